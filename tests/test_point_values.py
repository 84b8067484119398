"""Numbers that the points of Codes are coloured by: activations of units and scores, in parts, kept."""

import numpy as np
import pytest
import torch
import writers

from core.analysis import embedding, example_scores, point_values
from core.config.fields import SettingError
from core.representations.catalogue import CODES, layers_of
from core.store import checkpoints
from pages.codes import loading
from pages.shared.codec import message

FOUND = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}
AUTOENCODER, VAE = FOUND["digits-autoencoder-16"], FOUND["digits-vae-2"]


@pytest.fixture(autouse=True)
def parts(monkeypatch):
    """Small parts, and nothing kept from before."""
    monkeypatch.setattr(point_values, "PART", 40)
    monkeypatch.setattr(loading, "_values", loading.Kept(160))


def of_all(embedded, kind: str, of: str) -> np.ndarray:
    units = layers_of(embedded.checkpoint)[of] if kind == "unit" else 1
    columns = [
        np.concatenate([loading.point_values(embedded, kind, of, unit, first) for first in range(0, len(embedded), 40)])
        for unit in range(units)
    ]
    return np.stack(columns, 1)


@pytest.mark.parametrize("checkpoint", [AUTOENCODER, VAE], ids=lambda c: c.name)
def test_units_are_those_of_the_model(checkpoint):
    embedded = embedding.embed_dataset(checkpoint, "test", 100)
    model, x = checkpoint.model(), torch.from_numpy(embedded.values)
    with torch.no_grad():
        known = dict(model.activations(x))
    layers = layers_of(checkpoint)
    code = next(layer for layer in layers if layer in CODES)
    for layer, size in layers.items():
        found = of_all(embedded, "unit", layer)
        assert found.shape == (100, size)
        assert np.allclose(found, known[layer], atol=2e-3 * float(known[layer].abs().max()))
    assert np.allclose(of_all(embedded, "unit", code), embedded.codes, rtol=1e-3, atol=1e-3)


def test_the_bound_is_that_of_each_example():
    embedded = embedding.embed_dataset(VAE, "test", 100)
    assert [score.name for score in point_values.scores_of(VAE)] == ["elbo"]
    assert point_values.scores_of(AUTOENCODER) == []
    found = of_all(embedded, "score", "elbo")[:, 0]
    x, generator = torch.from_numpy(embedded.values[40:80]), torch.Generator().manual_seed(40)
    assert found.shape == (100,)
    assert np.allclose(found[40:80], VAE.model().elbo(x, generator, example_scores.DRAWS), atol=1e-4)
    other = example_scores.compute(VAE, "elbo", "test", embedded.indices)  # from other draws of the codes
    assert abs(found.mean() - other.mean()) < 0.5


def test_what_a_model_does_not_have_is_refused_by_name():
    embedded = embedding.embed_dataset(AUTOENCODER, "test", 20)
    with pytest.raises(SettingError, match="layer='dragon-1': one of"):
        point_values.activations(embedded, "dragon-1", 0)
    for name in ("elbo", "error"):
        with pytest.raises(SettingError, match="none"):
            point_values.scores(embedded, name, 0)


def ask(client, name: str, **header):
    return client.post(f"/api/maps/{name}/values", content=message({"points": "100", **header}, {}))


def test_the_route_answers_part_by_part_and_computes_each_once(client, monkeypatch):
    embedded = embedding.embed_dataset(AUTOENCODER, "test", 100)
    made, plain = [], point_values.activations
    monkeypatch.setattr(point_values, "activations", lambda *asked: made.append(asked[1:]) or plain(*asked))
    for _ in range(2):
        answer = ask(client, AUTOENCODER.name, kind="unit", of="code", unit=3)
        assert answer.status_code == 200
        got = list(writers.messages(answer.content))
        assert [header["first"] for header, _ in got] == sorted(header["first"] for header, _ in got)
        values = np.concatenate([planes["values"] for _, planes in got])
        assert np.allclose(values, embedded.codes[:, 3], rtol=1e-3, atol=1e-3)
    assert made == [("code", first) for first in (0, 40, 80)]
    monkeypatch.setattr("pages.codes.values.PAUSE", -1.0)
    got = list(writers.messages(ask(client, AUTOENCODER.name, kind="unit", of="code", unit=4).content))
    assert [header["first"] for header, _ in got] == [0, 40, 80]
    assert len(made) == 3, "another unit of a layer that is kept"


def test_of_a_wide_layer_only_the_units_that_were_asked_for_are_kept(monkeypatch):
    embedded = embedding.embed_dataset(AUTOENCODER, "test", 100)
    layer, size = max(layers_of(AUTOENCODER).items(), key=lambda one: one[1])
    whole = of_all(embedded, "unit", layer)
    monkeypatch.setattr(loading, "_values", loading.Kept(160))
    monkeypatch.setattr(loading, "WIDE", size - 1)
    made, plain = [], point_values.activations
    monkeypatch.setattr(point_values, "activations", lambda *asked: made.append(asked[2]) or plain(*asked))
    for unit in (5, 7, 5):
        found = [loading.point_values(embedded, "unit", layer, unit, first) for first in (0, 40, 80)]
        assert np.array_equal(np.concatenate(found), whole[:, unit])
        assert all(part.base is None for part in found), "a view would keep the whole layer"
    assert made == 2 * [0, 40, 80]


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ({"kind": "unit", "of": "code", "unit": 16}, "unit"),
        ({"kind": "unit", "of": "code", "unit": -1}, "unit"),
        ({"kind": "unit", "of": "code"}, "unit"),
        ({"kind": "unit", "of": "zzz", "unit": 0}, "zzz"),
        ({"kind": "score", "of": "elbo"}, "elbo"),
        ({"kind": "dragon", "of": "code"}, "dragon"),
        ({"of": "code"}, "kind"),
        ({"kind": "unit", "of": "code", "unit": 0, "split": "dev"}, "split"),
        ({"kind": "unit", "of": "code", "unit": 0, "points": "9"}, "points"),
    ],
)
def test_other_questions_are_refused_in_words(client, header, named):
    answer = ask(client, AUTOENCODER.name, **header)
    assert answer.status_code == 400 and named in answer.json()["error"]


def test_the_points_say_what_colours_can_stand_for(client):
    from pages.shared.codec import unpack

    header, _ = unpack(client.get(f"/api/maps/{VAE.name}/points", params={"points": 100}).content)
    assert header["scores"] == [{"name": "elbo", "title": "ELBO", "unit": "nats"}]
    assert {"name": "posterior-mean", "title": "posterior mean", "size": 2} in header["layers"]
