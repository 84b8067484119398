"""Films by their route, and the page Pixel by pixel: what a request determines, refusals of nonsense, links."""

import gzip
import json
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest
import readers
import streamlit
import torch
from conftest import in_a_loop
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core import data
from core.models.autoregressive import pixel_orders
from core.models.autoregressive.base import log_probs
from core.store import checkpoints
from pages.pixels import loading, requests
from pages.shared import codec
from pages.shared.routes import ROUTES

PAGE = str(Path(__file__).parent.parent / "pages" / "pixels" / "page.py")
RBM = next(c for c in checkpoints.available()[0] if c.run["preset"]["name"] == "digits-rbm")


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("painters")
    for kind in ("nade", "painter", "wrong"):
        readers.make(made, kind)
    shutil.copytree(RBM.folder, made / RBM.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(made))
        yield made


def named(start: str) -> str:
    return next(c.name for c in checkpoints.available()[0] if c.name.startswith(start))


@pytest.fixture(scope="module")
def nade(folder) -> str:
    return named("tiny-nade")


@pytest.fixture(scope="module")
def told(folder) -> str:
    """A model that is told classes, of 17 levels."""
    return named("tiny-painter")


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=ROUTES), raise_server_exceptions=True) as client:
        yield client


def ask(client, name: str, planes: dict | None = None, **header):
    listed = {k: ("u8" if v.dtype == np.uint8 else "f32", v) for k, v in (planes or {}).items()}
    return client.post(f"/api/pixels/{name}/film", content=codec.message({"images": [0], **header}, listed))


def film(client, name: str, planes: dict | None = None, **header) -> dict[str, np.ndarray]:
    """The planes of all messages of a stream, put together in the order of painting, and where they begin."""
    answer = ask(client, name, planes, **header)
    assert answer.status_code == 200, answer.text
    rest, found, first = answer.content, [], None
    while rest:
        line = rest[: rest.index(b"\n") + 1]
        sizes = [
            np.dtype(codec._TYPES[p["type"]]).itemsize * int(np.prod(p["shape"])) for p in json.loads(line)["planes"]
        ]
        size = len(line) + sum(sizes)
        header, planes = codec.unpack(rest[:size])
        rest = rest[size:]
        if "order" in planes:
            order = planes["order"]
            continue
        first = header["first"] if first is None else first
        found.append(planes)
    joined = {k: np.concatenate([p[k] for p in found], 1) for k in found[0]} if found else {}
    return {**joined, "order": order, "first": first}


def test_about_says_what_the_model_is(client, told, nade):
    header, planes = codec.unpack(client.get(f"/api/pixels/{told}/about").content)
    assert (header["height"], header["width"], header["levels"]) == (8, 8, 17)
    assert header["classes"] == list("0123456789") and list(header["orders"]) == ["raster"] and header["proper"]
    assert planes["examples"].shape == (64, 64) and len(header["labels"]) == 64
    header, _ = codec.unpack(client.get(f"/api/pixels/{nade}/about").content)
    assert set(header["orders"]) == set(pixel_orders.ORDERS) and header["classes"] == []
    header, _ = codec.unpack(client.get(f"/api/pixels/{named('tiny-wrong')}/about").content)
    assert not header["proper"]


def test_a_film_carries_what_the_model_told_and_what_it_cost(client, told):
    found = film(client, told, images=[0, 1, 2], labels=[3, 1, 4], seed=5)
    x = np.empty((3, 64), np.int64)
    x[:, found["order"]] = found["values"]
    each = log_probs(loading.pixel_model(told), torch.from_numpy(x), torch.tensor([3, 1, 4]))[
        :, found["order"].astype(int)
    ]
    assert np.allclose(-found["nats"], each, atol=1e-4)
    assert np.allclose(np.exp(found["logits"].astype(float)).sum(2), 1, atol=0.01)
    picked = np.take_along_axis(found["logits"], found["values"][..., None].astype(int), 2)[..., 0]
    assert np.allclose(picked, -found["nats"], atol=0.02)


def test_the_same_request_has_the_same_film_and_an_image_its_own(client, nade):
    one, again = (film(client, nade, images=[3, 8], seed=2, order="spiral") for _ in range(2))
    assert all(np.array_equal(one[k], again[k]) for k in ("values", "logits", "nats", "order"))
    assert np.array_equal(one["order"], pixel_orders.order("spiral", (8, 8)))
    assert np.array_equal(film(client, nade, images=[8], seed=2, order="spiral")["values"][0], one["values"][1])
    assert not np.array_equal(film(client, nade, images=[8], seed=3, order="spiral")["values"][0], one["values"][1])


def test_a_rewritten_film_goes_on_from_the_past_that_was_kept(client, told):
    whole = film(client, told, labels=[2])
    given, held = np.zeros(64, np.uint8), np.zeros(64, np.uint8)
    past = whole["order"][:30].astype(int)
    given[past], held[past] = whole["values"][0, :30], 1
    rest = film(client, told, {"given": given, "held": held}, labels=[2], after=30)
    assert rest["first"] == 30 and np.array_equal(rest["values"], whole["values"][:, 30:])
    given[past[-1]] = (given[past[-1]] + 8) % 17
    other = film(client, told, {"given": given, "held": held}, labels=[2], after=None)
    assert other["first"] == 30 and not np.allclose(other["logits"], rest["logits"], atol=1e-3)
    held[:] = 1
    assert "values" not in film(client, told, {"given": given, "held": held}, labels=[2], after=None)


@pytest.mark.parametrize(
    "header",
    [
        {"images": []},
        {"images": list(range(65))},
        {"images": [-1]},
        {"images": [0.5]},
        {"images": "all"},
        {"seed": -1},
        {"seed": 2**31},
        {"seed": "x"},
        {"temperature": 0},
        {"temperature": None},
        {"temperature": "warm"},
        {"order": "zigzag"},
        {"order": 3},
        {"order_seed": -4},
        {"after": 65},
        {"after": 1},
        {"after": "end"},
    ],
)
def test_films_that_are_none_are_refused(client, nade, header):
    answer = ask(client, nade, **header)
    assert answer.status_code == 400 and next(iter(header)) in answer.json()["error"]


@pytest.mark.parametrize(
    "planes",
    [
        {"given": np.zeros(63, np.uint8), "held": np.ones(63, np.uint8)},
        {"given": np.full(64, 2, np.uint8), "held": np.ones(64, np.uint8)},
        {"given": np.zeros(64, np.uint8), "held": np.ones(63, np.uint8)},
        {"given": np.zeros(64, np.uint8)},
        {"given": np.zeros(64, np.float32), "held": np.ones(64, np.uint8)},
    ],
)
def test_pasts_that_are_none_are_refused(client, nade, planes):
    assert ask(client, nade, planes).status_code == 400


@pytest.mark.parametrize("labels", [[], [0, 1], [10], [-1], None])
def test_classes_that_are_none_are_refused(client, told, labels):
    assert "labels" in ask(client, told, labels=labels).json()["error"]


def test_other_models_and_unknown_ones_are_refused(client):
    for name in (RBM.name, "nothing", "x" * 300):
        assert client.get(f"/api/pixels/{name}/about").status_code == 404
        assert ask(client, name).status_code == 404


def test_a_stream_can_be_read_message_by_message():
    parts = [codec.message({"i": i}, {"x": ("u16", np.arange(i + 1))}) for i in range(3)]

    async def squeezed_parts() -> list[bytes]:
        async def messages():
            for part in parts:
                yield part

        return [part async for part in codec.gzipped(messages())]

    squeezed = in_a_loop(squeezed_parts())
    reader = zlib.decompressobj(wbits=31)
    assert [reader.decompress(part) for part in squeezed[:3]] == parts
    assert gzip.decompress(b"".join(squeezed)) == b"".join(parts)


def opened(monkeypatch, **query: str) -> tuple[AppTest, dict]:
    monkeypatch.setattr(streamlit, "page_link", lambda page, label, **_: streamlit.markdown(f"link: {label}"))
    app = AppTest.from_file(PAGE, default_timeout=300)
    app.session_state["pixels"] = {"shown": True}
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception[0].message
    (component,) = app.get("bidi_component")
    return app, json.loads(component.proto.json)[0]


def test_the_page_opens_explains_itself_and_brings_links_back(monkeypatch, nade):
    app, sent = opened(monkeypatch)
    assert not app.warning and any("What this is" in s.value for s in app.subheader)
    app, sent = opened(monkeypatch, checkpoint=nade, images="4", t="12", edits="0.12.1.0", order="spiral", keep="left")
    assert sent["checkpoint"] == nade and not app.warning
    expected = {"images": 4, "t": 12, "edits": "0.12.1.0", "order": "spiral", "keep": "left"}
    assert expected.items() <= sent["state"].items()


def test_nonsense_in_a_link_is_said(monkeypatch):
    app, sent = opened(monkeypatch, checkpoint="?", images="65", speed="fast", t="-2", mode="x", temperature="9")
    assert len(app.warning) == 6 and (sent["state"]["images"], sent["state"]["mode"]) == (16, "paint")


def test_a_wrong_mask_is_said_and_comes_last(monkeypatch):
    app, _ = opened(monkeypatch)
    assert app.selectbox[0].options[-1] == "Tiny: wrong"
    app, _ = opened(monkeypatch, checkpoint=named("tiny-wrong"))
    assert any("masks are wrong" in c.value for c in app.caption)


def test_without_the_data_examples_come_from_the_portrait_or_not_at_all(client, nade, monkeypatch):
    monkeypatch.setattr(data.DatasetInfo, "is_here", lambda self: False)
    _, planes = codec.unpack(client.get(f"/api/pixels/{nade}/about").content)
    assert planes["examples"].shape == (64, 64)
    portrait = requests.arrays
    monkeypatch.setattr(requests, "arrays", lambda *a: {k: v for k, v in portrait(*a).items() if "examples" not in k})
    monkeypatch.setattr(data, "load", lambda name: (_ for _ in ()).throw(data.DataError("not here")))
    header, planes = codec.unpack(client.get(f"/api/pixels/{nade}/about").content)
    assert planes["examples"].shape == (0, 64) and header["labels"] == []


def test_without_any_model_the_page_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))
    monkeypatch.setattr(streamlit, "page_link", lambda page, label, **_: None)
    app = AppTest.from_file(PAGE, default_timeout=300).run()
    assert not app.exception and "python -m core train digits-made" in app.info[0].value
