"""The page of labels, style and class: what the routes answer, and data of which there is no such model."""

import numpy as np
import pytest
import torch
from brought import save, table

from core import data
from core.analysis import style as analysis
from core.config.capabilities import Capability
from core.data.preprocessing import preprocess
from core.store import checkpoints
from core.store.checkpoints import CheckpointError
from pages.labels import styles
from pages.shared.codec import message, unpack

SHIPPED = checkpoints.available()[0]
(DIGITS,) = [c for c in SHIPPED if c.run["preset"]["name"] == "digits-ssvae"]


def get(client, name: str) -> tuple[dict, dict]:
    answer = client.get(f"/api/labels/{name}/styles")
    assert answer.status_code == 200, answer.text
    return unpack(answer.content, 2**22)


def test_images_come_with_class_and_style_and_the_decoder_that_writes_them(client):
    header, planes = get(client, "digits")
    model = DIGITS.model()
    n, k = len(planes["images"]), 10
    assert planes["images"].shape == (styles.EXAMPLES, 8, 8) and planes["style"].shape == (n, model.config.latent)
    assert header["model"] == DIGITS.name and header["classes"] == [str(c) for c in range(k)]
    assert header["error"] == DIGITS.score("class error").value and "360 examples" in header["data"]
    assert (planes["probs"].argmax(1) == planes["labels"]).mean() == pytest.approx(1 - header["error"], abs=0.04)
    np.testing.assert_allclose(planes["probs"].sum(1), 1, rtol=1e-5)
    x = torch.from_numpy(planes["images"].astype(np.float32) / 255)
    with torch.no_grad():
        np.testing.assert_allclose(model.encode(x)[:, :-k].numpy(), planes["style"], atol=1e-4)
        u = model.encode(x).numpy()
        for i, unit in enumerate(header["units"]):
            u = u @ planes[f"weight{i}"].astype(np.float32).T + planes[f"bias{i}"].astype(np.float32)
            u = torch.from_numpy(u)
            u = {"gelu": torch.nn.functional.gelu, "sigmoid": torch.sigmoid}[unit](u).numpy()
        np.testing.assert_allclose(u, model.decode(model.encode(x)).flatten(1).numpy(), atol=5e-3)


def test_the_given_examples_are_training_examples_of_their_class(client):
    _, planes = get(client, "digits")
    train = preprocess(data.load("digits"), "grey").values.flatten(1).numpy()
    labels = data.load("digits").train_labels
    seen = np.rint(planes["given"].reshape(len(planes["given"]), -1) / 255 * 16)
    assert len(seen) == DIGITS.preset.model.labels
    for image, label in zip(seen, planes["given_labels"], strict=True):
        same = np.flatnonzero((train == image).all(1))
        assert len(same) and label in labels[same]
    assert (np.bincount(planes["given_labels"].astype(int)) == 10).all()


def test_a_drawing_is_read_as_the_image_that_it_is(client):
    _, planes = get(client, "digits")
    for i in (0, 17, 100):
        content = message({}, {"image": ("u8", planes["images"][i])})
        answer = client.post("/api/labels/digits/style", content=content)
        assert answer.status_code == 200, answer.text
        _, found = unpack(answer.content, 2**16)
        np.testing.assert_allclose(found["style"], planes["style"][i], atol=1e-4)
        np.testing.assert_allclose(found["probs"], planes["probs"][i], atol=1e-4)


@pytest.mark.parametrize(
    ("image", "said"),
    [(np.zeros((9, 8), np.uint8), "8"), (np.zeros((8, 8), np.float32), "image"), (None, "image")],
)
def test_what_is_no_drawing_is_refused(client, image, said):
    planes = {} if image is None else {"image": ("f32" if image.dtype == np.float32 else "u8", image)}
    answer = client.post("/api/labels/digits/style", content=message({}, planes))
    assert answer.status_code == 400 and said in answer.json()["error"]


def test_data_without_such_a_model_are_refused_in_words(client, tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    own = save("people.csv", table(120))
    for name, title in ((own, "people"), ("bars-and-stripes-3", "Bars and stripes")):
        answer = client.get(f"/api/labels/{name}/styles")
        assert answer.status_code == 400
        said = answer.json()["error"]
        assert f"No model of {title}" in said and "Digits 8×8" in said and "page Train" in said


def test_a_model_that_does_not_separate_style_is_refused():
    other = next(c for c in SHIPPED if c.run["preset"]["name"] == "digits-vae-2")
    assert Capability.SEPARATES_STYLE in DIGITS.capabilities - other.capabilities
    with pytest.raises(CheckpointError, match="VAE does not separate class from style"):
        analysis.model_of(other)
