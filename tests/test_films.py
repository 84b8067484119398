"""Films made of a training's first epochs, beside a checkpoint or in its place."""

import json
import shutil

import pytest

from core import models
from core.analysis import codec_comparison
from core.store import checkpoints, tensors
from docs import films

NAME = "digits-autoencoder-2-random"
SHIPPED = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "checkpoints"))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


def test_a_film_without_weights_stands_beside_the_other_trainings(root, tmp_path):
    films.film(models.presets()[NAME], 2, tmp_path)
    (film,) = checkpoints.films()
    assert film.picture_epochs() == [0, 1, 2] and [line["epoch"] for line in film.history()] == [1, 2]
    assert film.title == models.presets()[NAME].title
    assert film.preset.train.stop == film.history()[-1]["step"] and not (film.folder / checkpoints.FILES[0]).exists()
    assert checkpoints.available() == ([], [])
    other = SHIPPED["digits-autoencoder-2"]
    shutil.copytree(other.folder, root / other.name)
    found = codec_comparison.trainings(checkpoints.load(other.name))
    assert {title: c.folder for title, c in found.items()} == {
        "pretrained": root / other.name,
        "random initialisation": film.folder,
    }


def test_a_film_beside_a_checkpoint_ends_with_its_weights_and_says_what_is_not_theirs(root, tmp_path):
    shipped = SHIPPED[NAME]
    shutil.copytree(shipped.folder, root / shipped.name)
    films.film(models.presets()[NAME], 1, tmp_path)
    checkpoint = checkpoints.load(shipped.name)
    last = shipped.preset.train.epochs
    assert checkpoint.picture_epochs() == [0, 1, last] and checkpoints.films() == []
    sheets = {}
    for epoch in (0, 1, last):
        file = checkpoint.folder / "pictures" / f"{epoch:05d}.safetensors"
        planes, about = tensors.load_with_metadata(file.read_bytes())
        sheets[epoch] = planes
        assert all(sheet["about"].endswith(films.AGAIN) for sheet in json.loads(about["sheets"]))
    kept = tensors.load((shipped.folder / "pictures" / f"{last:05d}.safetensors").read_bytes())["reconstructions"]
    assert abs(sheets[last]["reconstructions"].astype(int) - kept).mean() < 12  # of its averaged weights
