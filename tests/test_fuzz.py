"""Nonsense to every route: whatever comes, the answer is one of the app's own, in its own words, and never a 500."""

import copy
import itertools
import json
import random
import re
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
import sounds
import writers
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.store import checkpoints
from pages.shared import codec, cost
from pages.shared.routes import ROUTES

SHIPPED = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}
NAMES = ("digits-rbm", "digits-dbm", "digits-autoencoder-2", "digits-vae-2", "digits-made-17-classes", "digits-crbm")
NAMES += ("digits-ssvae",)  # which the data digits are shown in
ODD = (
    None, True, -1, 0, 1, 2**31, 2**63, 10**400, -0.5, 1e308, float("nan"), float("inf"), "", "x", "9" * 400, "\ud800",
    "<b>", [], [0], [[1]], ["x"] * 100, [float("nan")], {}, {"a": {"b": []}}, [{}], "0", "-1", "1e9", "../..", "\x00",
)  # fmt: skip
PYTHON = re.compile(
    r"Traceback|NoneType|object is not|invalid literal|cannot convert|could not convert|unexpected keyword|KeyError|"
    r"not subscriptable|list index|out of bounds|dtype|tensor|Tensor|argument|iterable|operand|<class|numpy|torch\.",
)
PLANES = {
    "u8": np.uint8, "u16": np.uint16, "f16": np.float16, "f32": np.float32,
}  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """One small checkpoint of each kind that a page plays, by preset; nothing is trained or kept elsewhere."""
    folder = tmp_path_factory.mktemp("fuzz")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(folder))
        patch.setenv("PLAYGROUND_DATA", str(folder / "data"))
        names = {"digits": "digits", "trials": "omniglot"}  # data sets: what is compared, and what one example is of
        for name in NAMES:
            shutil.copytree(SHIPPED[name].folder, folder / SHIPPED[name].name)
            names[name.split("-")[1]] = SHIPPED[name].name
        for kind in ("ngram", "gru", "transformer"):
            names[kind] = writers.make(Path(folder), kind).name
        names["tones"] = sounds.make(Path(folder), "tones").name
        yield names


@pytest.fixture(scope="module")
def client(here):
    with TestClient(Starlette(routes=ROUTES), raise_server_exceptions=False) as client:
        yield client


IMAGE = np.arange(64, dtype=np.uint8) % 17
FILM = {"images": [0], "labels": [3], "temperature": 1.0, "order": "raster", "seed": 1, "after": 0}
# a message that is answered, for every route that takes one: which checkpoint, header, planes
GOOD: dict[str, tuple[str, dict, dict]] = {
    "/api/compare/{name}/through": (
        "digits",
        {"of": ["pixels", "pca-2", "digits-autoencoder-2~code"], "row": 0},
        {"image": IMAGE.reshape(8, 8)},
    ),
    "/api/compare/{name}/upload": (
        "digits",
        {"title": "Own", "name": "own.csv", "metadata": "", "ids": ""},
        {"vectors": np.frombuffer(b"1,2\n" * 360, np.uint8)},
    ),
    "/api/compare/{name}/forget": ("digits", {"key": "upload~none"}, {}),
    "/api/labels/{name}/drawn": (
        "trials",
        {"run": 3, "of": ["pixels", "pca"]},
        {"image": np.zeros((105, 105), np.uint8)},
    ),
    "/api/labels/{name}/style": ("digits", {}, {"image": IMAGE.reshape(8, 8)}),
    "/api/gibbs/{name}/frames": (
        "rbm",
        {"start": "model", "chains": 2, "first": 0, "count": 1, "class": "3", "settings": {"seed": 3, "sweeps": 1}},
        {},
    ),
    "/api/gif": (
        "rbm",
        {"width": 8, "height": 8, "columns": 1, "fps": 5, "colours": ["#ff0000"]},
        {"tiles": np.zeros((2, 1, 64), np.uint8), "classes": np.zeros((2, 1), np.uint8)},
    ),
    "/api/autoencoder/{name}/through": (
        "autoencoder",
        {"digit": "3", "seed": 0, "of": [["network", SHIPPED["digits-autoencoder-2"].name]]},
        {},
    ),
    "/api/autoencoder/{name}/layer": ("autoencoder", {"layer": 1}, {"image": IMAGE.reshape(8, 8)}),
    "/api/autoencoder/{name}/decode": ("autoencoder", {}, {"z": np.zeros((1, 2), np.float32)}),
    "/api/maps/{name}/land": (
        "autoencoder",
        {"split": "test", "points": 100, "maps": [{"name": "code"}]},
        {"image": IMAGE.reshape(8, 8)},
    ),
    "/api/maps/{name}/values": (
        "autoencoder",
        {"split": "test", "points": 100, "kind": "unit", "of": "code", "unit": 1},
        {},
    ),
    "/api/latent/{name}/encode": ("vae", {}, {"image": IMAGE.reshape(8, 8)}),
    "/api/latent/{name}/decode": ("vae", {}, {"z": np.zeros((1, 2), np.float32)}),
    "/api/latent/{name}/nearest": ("vae", {}, {"images": IMAGE.reshape(1, 8, 8)}),
    "/api/pixels/{name}/film": ("made", FILM, {}),
    "/api/pixels/{name}/surprise": ("made", {"vary": "plain", "seed": 0, "level": 1, "label": 3}, {"image": IMAGE}),
    "/api/pixels/{name}/readings": ("made", {"rival": "", "vary": "plain", "seed": 0}, {"image": IMAGE}),
    "/api/pixels/{name}/fill": (
        "made",
        {"hole": "lower", "order": "raster", "way": "held", "label": 3},
        {"image": IMAGE},
    ),
    "/api/pixels/{name}/ahead": ("made", {"label": 3}, {"image": IMAGE}),
    "/api/pixels/{name}/running": ("made", {"t": 32, "label": 3, "seed": 0}, {"image": IMAGE}),
    "/api/tokens/{name}/write": (
        "gru",
        {"prompt": "The ", "count": 3, "seed": 0, "choices": [{"temperature": 1.0, "top_k": 3}], "after": 0},
        {"path": np.array([1, 2], np.uint16)},
    ),
    "/api/tokens/{name}/read": ("gru", {"text": "The end", "alternatives": 2}, {}),
    "/api/tokens/{name}/runs": ("gru", {"first": 4, "seed": 0, "stretch": 0, "pick": "drawn"}, {}),
    "/api/tokens/{name}/drift": ("gru", {"first": 4, "seed": 0, "pick": "greedy"}, {}),
    "/api/tokens/{name}/inside": ("transformer", {"text": "The end"}, {}),
    "/api/sound/{name}/classes": ("tones", {"speaker": -1}, {"levels": IMAGE}),
    "/api/tokens/{name}/units": ("gru", {"follow": "spaces", "text": "The end"}, {}),
}
ASKED = [route.path for route in ROUTES if "POST" in route.methods and "GET" not in route.methods]
GOT = [route.path for route in ROUTES if "GET" in route.methods]


def message(header: dict, planes: dict[str, np.ndarray]) -> bytes:
    kinds = {np.dtype(t): name for name, t in PLANES.items()}
    listed = {name: (kinds[array.dtype], array) for name, array in planes.items()}
    return codec.message(header, listed)


def own_words(answer, what) -> None:
    assert answer.status_code != 500, what
    if answer.status_code >= 400:
        said = answer.text if "<" not in answer.text[:1] else ""
        assert not PYTHON.search(said) and tempfile.gettempdir() not in said, (what, said)
        assert len(said) < 700, what


def nested(header: dict) -> list[tuple]:
    """The places of a header: its fields, and those of what they hold."""
    found: list[tuple] = []
    for key, value in header.items():
        found.append((key,))
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for k, each in inner:
            found.append((key, k))
            if isinstance(each, dict):
                found += [(key, k, name) for name in each]
    return found


def changed(header: dict, place: tuple, value) -> dict:
    header = copy.deepcopy(header)
    at = header
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    return header


def test_every_route_that_takes_a_message_is_among_these():
    assert sorted(GOOD) == sorted(ASKED)


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.hostile("Messages of nonsense to every route", "refused in words")
def test_messages_of_nonsense_are_refused_in_words(client, here, path):
    kind, header, planes = GOOD[path]
    address = path.format(name=here[kind])
    good = message(header, planes)
    answer = client.post(address, content=good)
    assert answer.status_code == (400 if path.endswith("readings") else 200), answer.text
    rng = random.Random(path)
    for place in nested(header):
        for value in rng.sample(ODD, 9):
            sent = changed(header, place, value)
            own_words(client.post(address, content=message(sent, planes)), (path, place, value))
    for name, array in planes.items():
        odd = [array[..., :0], array.astype(np.float32), np.full(array.shape, np.nan, np.float32), array.ravel()[:1]]
        odd += [np.zeros((3, 1, 4, 1), np.uint8), np.full(array.shape, 255, np.uint8), np.zeros((), np.uint8)]
        for other in odd:
            own_words(client.post(address, content=message(header, {**planes, name: other})), (path, name, other))
        own_words(client.post(address, content=message(header, {k: v for k, v in planes.items() if k != name})), name)
    for cut in (0, 1, len(good) // 2, len(good) - 1):
        own_words(client.post(address, content=good[:cut]), (path, cut))
    for body in (b"[]\n", b"null\n", b"{\n", b"\xff\xfe\n", b'{"planes": 3}\n', b"[" * 5000 + b"\n", b"\n" * 9):
        own_words(client.post(address, content=body), (path, body[:20]))


COSTLY = ("frames", "decode", "film", "fill", "running", "write", "read", "runs", "drift", "classes")


@pytest.mark.parametrize("path", [path for path in ASKED if path.endswith(COSTLY)])
@pytest.mark.hostile("Requests that cost too much", "refused before they start")
def test_what_costs_too_much_is_refused_before_it_starts(client, here, monkeypatch, path):
    monkeypatch.setattr(cost, "MOST", 100)
    monkeypatch.setattr(cost, "MOST_A_FRAME", 100)
    kind, header, planes = GOOD[path]
    refused = client.post(path.format(name=here[kind]), content=message(header, planes))
    assert refused.status_code == 400 and "at most 0 billion are allowed" in refused.json()["error"]


QUERIES = ("split", "points", "of", "k", "rows", "kind", "first", "second", "t", "seed", "place", "source", "after")
QUERIES += ("epochs", "v", "quick", "all", "row", "n_neighbors", "min_dist", "perplexity")
TEXTS = ("", "x", "-1", "0", "1e9", "nan", "9" * 400, "١٢", "1.2.3", "../..", "\x00", "<b>", "%", "💥", "²")


@pytest.mark.parametrize("path", GOT)
@pytest.mark.hostile("Addresses of nonsense to every route", "refused in words")
def test_addresses_of_nonsense_are_refused_in_words(client, here, path):
    rng, parts = random.Random(path), re.findall(r"{(\w+)}", path)
    kinds = {
        "pixels": "made",
        "sound": "tones",
        "tokens": "gru",
        "latent": "vae",
        "gibbs": "rbm",
        "deep": "dbm",
        "convolutional": "crbm",
        "maps": "autoencoder",
        "autoencoder": "autoencoder",
        "compare": "digits",
        "labels": "digits",
    }
    page = "".join(path.split("/")[2:3])
    usual = {"name": here[kinds.get(page, "rbm")], "part": "0", "layout_name": "pca", "epoch": "0"}
    usual |= {"folder": "shared", "file": "html.js", "version": "0"}
    base = path.format(**usual)
    own_words(client.get(base), base)
    for query, text in rng.sample(list(itertools.product(QUERIES, TEXTS)), 60):
        own_words(client.get(base, params={query: text, "points": "20"} if query != "points" else {query: text}), query)
    for part, text in itertools.product(parts, (*TEXTS, *here.values(), "a" * 300, "..", "%2e%2e%2f")):
        address = path.format(**{**usual, part: text.replace("\x00", "%00").replace("%", "%25") or "x"})
        own_words(client.get(address), address)


@pytest.mark.parametrize("path", ["/api/runs/{name}", "/api/maps/{name}/layouts/umap"])
def test_words_of_nonsense_are_refused_in_words(client, here, path):
    address = path.format(name=here["autoencoder"])
    for value in (*ODD, *({"do": odd} for odd in ODD), *({"do": "lr", "lr": odd} for odd in ODD)):
        try:
            body = json.dumps(value).encode()
        except (ValueError, UnicodeEncodeError):
            continue
        if path.endswith("umap") and isinstance(value, dict):
            continue  # it asks for nothing in its message: a map would be begun
        own_words(client.post(address, content=body, headers={"Content-Type": "application/json"}), value)
    for body in (b"", b"{", b"\xff", b"[" * 9000, b'{"do":' + b'"x' * 4000):
        own_words(client.post(address, content=body, headers={"Content-Type": "application/json"}), body[:9])
