"""The page of deep machines: what its machines consist of, what its routes answer, what it shows."""

import numpy as np
import pytest
import torch
from conftest import machine as rbm
from conftest import page, player, seeded

from core.config.capabilities import Capability
from core.models.boltzmann.dbm import DBM, DBMConfig
from core.models.boltzmann.stack import RBMStack, RBMStackConfig
from core.store import checkpoints
from pages.deep import EXHIBIT, loading, routes
from pages.shared.codec import unpack

SHIPPED = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}


def drawn(model):
    for i, parameter in enumerate(model.parameters()):
        parameter.data = torch.randn(parameter.shape, generator=seeded(i))
    return model


# -- what machines consist of ---------------------------------------------------------------------


@pytest.mark.parametrize("labels", [0, 3])
def test_the_connections_of_a_deep_boltzmann_machine_give_every_layer_its_input(labels):
    model = drawn(DBM(DBMConfig((5,), layers=(4, 3), labels=labels, chains=2)))
    found = model.connections()
    assert all(connection.undirected for connection in found.layers) and (found.classes is not None) == bool(labels)
    layers = [torch.rand(2, n, generator=seeded(9)) for n in model.sizes]
    for layer in range(len(layers)):
        below = [found.layers[layer - 1]] if 0 < layer <= 2 else [found.classes] if layer > 2 else []
        above = [found.layers[layer]] if layer < 2 else [found.classes] if layer == 2 and labels else []
        total = (below[0].up_bias if below else above[0].down_bias).clone()
        total = (
            total
            + sum(layers[layer - 1] @ c.weight for c in below)
            + sum(layers[layer + 1] @ c.weight.t() for c in above)
        )
        assert torch.allclose(total, model.layer_input(layers, layer), atol=1e-5)


@pytest.mark.parametrize("labels", [0, 3])
def test_the_connections_of_a_belief_net_are_its_machines(labels):
    model = drawn(RBMStack(RBMStackConfig((5,), layers=(4, 6), code="binary", labels=labels)))
    found = model.connections()
    assert [c.undirected for c in found.layers] == [False, True]
    x = torch.rand(3, 5, generator=seeded(1))
    first, second = found.layers
    up = torch.sigmoid(first.up_bias + x @ first.weight)
    assert torch.allclose(up, model.up(x, 1), atol=1e-6)
    top = second.up_bias + up @ second.weight
    if labels:
        y = model.classify(x)
        assert torch.allclose(found.classes.down_bias, second.up_bias)
        top = top + y @ found.classes.weight.t()
        logits = found.classes.up_bias + torch.nn.functional.softplus(
            (second.up_bias + up @ second.weight)[:, :, None] + found.classes.weight
        ).sum(1)
        assert torch.allclose(logits.softmax(1), y, atol=1e-5)
    assert torch.allclose(torch.sigmoid(top), model.encode(x), atol=1e-5)
    down = torch.sigmoid(second.down_bias + torch.sigmoid(top) @ second.weight.t())
    assert torch.allclose(
        torch.sigmoid(first.down_bias + down @ first.weight.t()), model.decode(torch.sigmoid(top)), atol=1e-5
    )


def test_an_rbm_has_one_connection_and_other_units_none():
    model = rbm()
    (only,) = model.connections().layers
    assert only.weight is model.W and only.undirected
    assert not DBM(DBMConfig((4,), layers=(3, 2), visible="gaussian", chains=2)).connections().layers
    assert not RBMStack(RBMStackConfig((4,), layers=(3, 2), code="linear")).connections().layers
    assert not RBMStack(RBMStackConfig((4,), layers=(3, 2), code="binary", doubled=True)).connections().layers


# -- routes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["digits-dbm", "digits-dbm-classes", "digits-dbn", "mnist-dbn"])
def test_weights_and_biases_arrive_as_they_are(client, name):
    checkpoint = SHIPPED[name]
    answer = client.get(f"/api/deep/{checkpoint.name}/about?v={checkpoint.version}")
    assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    header, planes = unpack(answer.content)
    found = loading.machine(checkpoint.name).model.connections()
    assert header["undirected"] == [c.undirected for c in found.layers]
    assert (header["height"], header["width"]) == checkpoint.manifest.preset.event_shape
    for i, connection in enumerate(found.layers):
        assert np.allclose(planes[f"weight_{i}"], connection.weight.detach(), rtol=2e-3, atol=1e-4)
        assert np.allclose(planes[f"up_{i}"], connection.up_bias.detach(), rtol=2e-3, atol=1e-4)
        assert np.allclose(planes[f"down_{i}"], connection.down_bias.detach(), rtol=2e-3, atol=1e-4)
    assert ("weight_classes" in planes) == (found.classes is not None)


@pytest.mark.parametrize("name", ["digits-dbm", "digits-dbn"])
def test_the_images_that_excite_a_unit_most_are_sent(client, name):
    checkpoint = SHIPPED[name]
    _, sent = unpack(client.get(f"/api/deep/{checkpoint.name}/about").content)
    _, rows = unpack(client.get(f"/api/deep/{checkpoint.name}/preferred").content)
    assert sent["images"].shape == (360, 8, 8) and sent["labels"].shape == (360,)
    x = torch.from_numpy(sent["images"] > 127).float()
    with torch.no_grad():
        layers = [values for _, values in loading.machine(checkpoint.name).model.activations(x)]
    assert len(rows) == len(layers)
    for i, values in enumerate(layers, 1):
        most = values.amax(0)
        assert torch.allclose(
            values[torch.from_numpy(rows[f"layer_{i}"][:, 0].astype(int)), torch.arange(len(most))], most
        )


@pytest.mark.parametrize(
    ("name", "words"),
    [("topics-stack-2", "units that are not binary"), ("digits-vae-2", "no layers that could be shown")],
)
def test_other_models_are_refused(client, name, words):
    answer = client.get(f"/api/deep/{SHIPPED[name].name}/about")
    assert answer.status_code == 404 and words in answer.json()["error"]


def test_without_test_images_the_weights_come_alone_and_are_asked_for_again(client, monkeypatch):
    from core.analysis import checkpoint_codec
    from core.data.errors import DataError

    def missing(checkpoint):
        raise DataError("mnist is not downloaded")

    monkeypatch.setattr(checkpoint_codec, "dataset_of", missing)
    monkeypatch.setattr(routes, "answer", lambda of, name, *asked: of(name, *asked))
    name = SHIPPED["digits-dbm"].name
    answer = client.get(f"/api/deep/{name}/about?v=1")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert "images" not in unpack(answer.content)[1]
    refused = client.get(f"/api/deep/{name}/preferred")
    assert refused.status_code == 409 and refused.json()["missing_data"]


def test_a_machine_is_read_once_with_and_without_examples(client):
    name = SHIPPED["digits-dbm"].name
    (first, lasting), (alone, _) = routes.about(name, {}), routes.about(name, {"examples": "0"})
    assert lasting and routes.about(name, {})[0] is first and len(alone) < len(first)


# -- the page -------------------------------------------------------------------------------------


def test_it_shows_deep_machines_of_binary_units_alone():
    shown = {c.run["preset"]["name"] for c in EXHIBIT.checkpoints()[0]}
    assert {"digits-dbm", "digits-dbm-tiny", "digits-dbm-classes", "digits-dbn", "mnist-dbn"} <= shown
    assert not shown & {"digits-rbm", "digits-dbm-stack", "digits-stack-2", "topics-stack-2", "faces-stack-30"}
    assert Capability.HAS_MEAN_FIELD in EXHIBIT.checkpoints()[0][0].capabilities


def test_the_belief_net_of_the_same_data_stands_beside_a_deep_boltzmann_machine(links):
    app = page("deep", checkpoint=SHIPPED["digits-dbm"].name)
    told = player(app)
    assert told["partner"]["name"] == SHIPPED["digits-dbn"].name
    assert told["logZ"] == SHIPPED["digits-dbm"].score("log Z by AIS").value
    assert player(page("deep", checkpoint=SHIPPED["digits-dbm-tiny"].name))["logZ"] == pytest.approx(97.086, abs=0.01)
    alone = player(page("deep", checkpoint=SHIPPED["digits-dbn"].name))
    assert alone["partner"] is None and alone["logZ"] is None


def test_the_table_sets_machines_of_the_same_images_side_by_side(links):
    app = page("deep", checkpoint=SHIPPED["digits-dbm"].name)
    table = app.dataframe[0].value
    assert {"Digits 8×8 · Deep belief network, class-conditional", SHIPPED["digits-rbm"].title} <= set(table["Machine"])
    assert not any("MNIST" in title for title in table["Machine"])
    known = table["log p of a test image, nats"].dropna()
    assert list(known) == sorted(known, reverse=True) and len(known) >= 6
    assert set(table["Kind of number"]) >= {"exact", "bound, estimate, biased upwards"}


def test_one_machine_of_each_kind_is_sampled_side_by_side(links, client):
    told = player(page("deep", checkpoint=SHIPPED["digits-dbm-classes"].name))["machines"]
    assert [one["kind"] for one in told] == list(loading.KINDS)
    assert told[2]["name"] == SHIPPED["digits-dbm-classes"].name and told[1]["name"] == SHIPPED["digits-dbn"].name
    answer = client.get(f"/api/deep/{told[0]['name']}/about?examples=0")
    assert answer.status_code == 200 and unpack(answer.content)[0]["undirected"] == [True]
    assert not loading.kind_of(SHIPPED["digits-vae-2"]) and not loading.kind_of(SHIPPED["faces-rbm"])


def test_a_link_is_read(links):
    query = {"mode": "units", "feedback": "0.25", "layer": "1", "unit": "7", "label": "3", "chains": "16", "pick": "12"}
    state = player(page("deep", checkpoint=SHIPPED["digits-dbm"].name, **query))["state"]
    assert (state["mode"], state["feedback"], state["layer"], state["unit"]) == ("units", 0.25, 1, 7)
    assert (state["label"], state["chains"], state["pick"]) == (3, "16", 12)
    query = {
        "mode": "chains",
        "temperature": "0.5",
        "ablated": "1.7.2.0",
        "clamped": "image",
        "chain": "5",
        "top": "_w",
    }
    state = player(page("deep", checkpoint=SHIPPED["digits-dbm"].name, **query))["state"]
    assert (state["temperature"], list(state["ablated"]), state["clamped"]) == (0.5, [1, 7, 2, 0], "image")
    assert (state["chain"], state["top"]) == (5, "_w")


def test_what_of_a_link_is_not_used_is_said(links):
    name = SHIPPED["digits-rbm"].name
    (warning,) = [w.value for w in page("deep", checkpoint=name).warning]
    assert f"{name!r} in the link cannot be shown on this page" in warning.replace("\\", "")
    (warning,) = [w.value for w in page("deep", checkpoint="digits-nothing").warning]
    assert "was not found" in warning
    (warning,) = [w.value for w in page("deep", chains="5").warning]
    assert "must be one of 16, 64" in warning
