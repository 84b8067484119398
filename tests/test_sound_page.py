"""The page Sound: the network as its player has it, recordings, classes by likelihood, links."""

import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import sounds
import streamlit
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core import data
from core.config.capabilities import Capability
from core.config.score import Score
from core.data.errors import DataError
from core.store import checkpoints
from pages.shared.codec import message, unpack
from pages.shared.routes import ROUTES
from pages.sound import EXHIBIT, STRUCTURES, comparison, loading, structure
from pages.sound.state import SoundState

PAGE = str(Path(__file__).parent.parent / "pages" / "sound" / "page.py")
OTHER = next(c for c in checkpoints.available()[0] if c.run["preset"]["name"] == "digits-rbm").folder


@pytest.fixture(autouse=True, scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sounds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(folder))
        patch.setattr(streamlit, "page_link", lambda *_, **__: None)  # the page runs without its frame here
        yield sounds.shelf(folder)


@pytest.fixture(params=sounds.KINDS)
def checkpoint(request, here):
    return here[request.param]


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=ROUTES), raise_server_exceptions=True) as client:
        yield client


def classes_of(client, name: str, levels: np.ndarray, **header):
    sent = message({"speaker": -1} | header, {"levels": ("u8", levels)})
    return client.post(f"/api/sound/{name}/classes", content=sent)


def got(answer) -> tuple[dict, dict[str, np.ndarray]]:
    assert answer.status_code == 200, answer.text
    return unpack(answer.content)


def refused(answer, status: int, named: str) -> None:
    assert answer.status_code == status, answer.text
    assert named in answer.json()["error"] and 0 < len(answer.json()["error"]) < 600


def test_the_player_is_told_what_the_model_is_and_which_recordings_there_are(client, checkpoint):
    header, _ = got(client.get(f"/api/sound/{checkpoint.name}/about"))
    dataset, config = data.load_test(checkpoint.preset.dataset), checkpoint.preset.model
    assert header["rate"] == dataset.rate and header["dilations"] == list(config.dilations)
    assert (header["channels"], header["skips"], header["levels"]) == (config.channels, config.skip, config.levels)
    assert header["classes"] == list(dataset.class_names) and header["speakers"] == list(dataset.speakers)
    assert header["receptive_field"] == 2 + sum(config.dilations) and not header["missing"]
    assert header["reach"] == [[0, 7.213], [16, 5.771]] and header["most"] == 32_000
    assert {r["label"] for r in header["recordings"]} == set(range(config.classes))
    for r in header["recordings"][::17]:
        _, planes = got(client.get(f"/api/sound/{checkpoint.name}/recording?row={r['row']}"))
        assert np.array_equal(planes["levels"], dataset.test[r["row"], : r["length"]])
        assert dataset.test_labels[r["row"]] == r["label"] and dataset.test_lengths[r["row"]] == r["length"]


def test_the_weights_are_those_of_the_model(client, checkpoint):
    answer = client.get(f"/api/sound/{checkpoint.name}/weights?v={checkpoint.version}")
    header, planes = got(answer)
    assert "immutable" in answer.headers["cache-control"]
    model = loading.sound_model(checkpoint.name).model
    assert header["dilations"] == list(model.dilations)
    assert planes.keys() == model.stacked_weights().keys()
    zeros = model.config.channels * (model.config.channels + 1)  # of the last layer, which has no residual
    assert sum(plane.size for plane in planes.values()) == sum(p.numel() for p in model.parameters()) + zeros
    for k, layer in enumerate(model.layers):
        assert np.array_equal(planes["gate"][k], layer.gate.weight.numpy())
        assert np.array_equal(planes["skip"][k], layer.skip.weight.numpy())
    assert not planes["residual"][-1].any() and planes["residual"][0].any()


def test_the_player_is_told_what_the_baselines_are(client, here):
    gru, _ = got(client.get(f"/api/sound/{here['gru'].name}/about"))
    assert (gru["state"], gru["hidden"], gru["dilations"], gru["coefficients"]) == (8, 6, [], [])
    assert gru["receptive_field"] is None and len(gru["classes"]) == 10 and len(gru["speakers"]) == 6
    linear, _ = got(client.get(f"/api/sound/{here['linear'].name}/about"))
    model = loading.sound_model(here["linear"].name).model
    assert np.allclose(linear["coefficients"], model.coefficients, atol=1e-4) and len(linear["coefficients"]) == 6
    assert (linear["state"], linear["dilations"], linear["classes"], linear["speakers"]) == (0, [], [], [])
    assert linear["receptive_field"] is None and len(linear["recordings"]) == len(gru["recordings"])


@pytest.mark.parametrize(("kind", "structure"), [("gru", "recurrent"), ("linear", "linear"), ("tones", "dilated")])
def test_the_player_is_told_which_program_runs_the_weights(client, here, kind, structure):
    header, planes = got(client.get(f"/api/sound/{here[kind].name}/weights?v={here[kind].version}"))
    weights = loading.sound_model(here[kind].name).model.stacked_weights()
    assert header["structure"] == structure and bool(header["dilations"]) == (structure == "dilated")
    assert planes.keys() == weights.keys()
    for name, plane in planes.items():
        assert np.array_equal(plane, weights[name].numpy())


def test_a_model_without_classes_compares_none(client, here):
    refused(classes_of(client, here["linear"].name, np.zeros(9, np.uint8)), 400, "not conditioned on classes")
    _, planes = got(classes_of(client, here["gru"].name, np.full(50, 128, np.uint8)))
    assert planes["bits"].shape == (10, 50)


def test_bits_of_every_class_are_those_of_the_model(client, checkpoint):
    dataset, model = data.load_test(checkpoint.preset.dataset), loading.sound_model(checkpoint.name).model
    levels = dataset.test[3, :500]
    header, planes = got(classes_of(client, checkpoint.name, levels))
    assert header["places"][0] == 1 and header["places"][-1] == 500
    assert planes["bits"].shape == (model.classes, len(header["places"]))
    for k in (0, model.classes - 1):
        log_probs = model.log_probs(torch.from_numpy(levels.astype(np.int64))[None], torch.tensor([k]))[0]
        expected = -log_probs.double().cumsum(0).numpy()[np.array(header["places"]) - 1] / math.log(2)
        assert np.allclose(planes["bits"][k], expected, rtol=1e-4)
    if model.speakers:
        _, spoken = got(classes_of(client, checkpoint.name, levels, speaker=2))
        assert not np.allclose(spoken["bits"], planes["bits"])


def test_one_sample_has_its_classes(client, checkpoint):
    header, planes = got(classes_of(client, checkpoint.name, np.array([7], np.uint8)))
    assert header["places"] == [1] and np.isfinite(planes["bits"]).all()


def test_nonsense_is_refused_in_words(client, here):
    name = here["tones"].name
    refused(client.get(f"/api/sound/{name}/recording?row=100000"), 400, "from 0 to 239")
    refused(client.get(f"/api/sound/{name}/recording"), 400, "row=''")
    refused(classes_of(client, name, np.zeros(0, np.uint8)), 400, "1 to 32,000 samples")
    refused(classes_of(client, name, np.zeros(32_001, np.uint8)), 400, "1 to 32,000 samples")
    refused(classes_of(client, name, np.zeros((2, 2), np.uint8)), 400, "1 to 32,000 samples")
    refused(classes_of(client, name, np.zeros(9, np.uint8), speaker=0), 400, "speaker='0'")
    refused(client.get("/api/sound/nobody/about"), 404, "nobody")


def test_other_models_are_refused_in_words(client, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(OTHER.parent))
    for what in ("about", "weights", "recording?row=0"):
        refused(client.get(f"/api/sound/{OTHER.name}/{what}"), 404, "draws no sounds")


def test_without_data_the_model_comes_alone_and_is_asked_for_again(client, here, monkeypatch):
    from core.analysis import checkpoint_codec

    def missing(checkpoint):
        raise DataError("it is not downloaded")

    monkeypatch.setattr(checkpoint_codec, "dataset_of", missing)
    name = here["spoken"].name
    answer = client.get(f"/api/sound/{name}/about?v=1")
    header, _ = got(answer)
    assert header["recordings"] == [] and "not downloaded" in header["missing"]
    assert header["classes"] and len(header["speakers"]) == 6 and "no-store" in answer.headers["cache-control"]
    refused(client.get(f"/api/sound/{name}/recording?row=0"), 409, "not downloaded")


def app(**query: str) -> AppTest:
    test = AppTest.from_file(PAGE, default_timeout=120)
    test.query_params.update(query)
    return test.run()


def test_the_page_reads_its_link_and_says_what_it_cannot_use(here):
    found = app(checkpoint=here["tones"].name, mode="hear", temperature="0.5", muted="1.4")
    assert not found.exception and not found.warning
    (warning,) = [w.value for w in app(checkpoint=here["tones"].name, length="9").warning]
    assert "between 100 and 4,000" in warning


def test_its_capabilities_are_asked_for(here):
    assert EXHIBIT.requires == {Capability.STEPS_SAMPLES}
    assert all(EXHIBIT.can_show(checkpoint) for checkpoint in here.values())
    assert {structure(checkpoint) for checkpoint in here.values()} == set(STRUCTURES.values())
    unknown = SimpleNamespace(capabilities=frozenset({Capability.STEPS_SAMPLES}))
    assert not EXHIBIT.suits(unknown)  # the player has no program for it


def test_the_models_of_one_data_set_are_compared(here):
    def page(name: str) -> None:
        from core.store import checkpoints
        from pages.sound import EXHIBIT, comparison

        comparison.show(checkpoints.load(name), EXHIBIT.checkpoints()[0])

    found = AppTest.from_function(page, args=(here["gru"].name,), default_timeout=120).run()
    assert not found.exception
    (table,) = found.dataframe
    assert table.value["model"].tolist() == ["Tiny: linear", "Tiny: gru", "Tiny: spoken"]
    assert table.value["bits per sample"].tolist() == ["6.25", "5.50", "5.25"]
    assert [w.replace(",", "").isdigit() for w in table.value["weights"]] == [True] * 3
    assert any("Spoken digits" in heading.value for heading in found.subheader)


def test_samples_on_their_own_stand_first(here):
    score = Score("base-rate bits per sample", 7.5, "bits/sample", "exact", "spoken digits")
    run = here["gru"].run | {"scores": [*here["gru"].run["scores"], score.to_json()]}
    rows = comparison.rows(checkpoints.Checkpoint(here["gru"].folder, run), list(here.values()))
    assert [row["model"] for row in rows] == ["independent samples", "Tiny: linear", "Tiny: gru", "Tiny: spoken"]
    assert rows[0]["bits per sample"] == "7.50" and not rows[0]["weights"]
    assert SoundState().begin == "nothing"
