"""The binary routes: frames of chains, weights, GIFs, scripts; and clear refusals of anything else."""

import copy
import gzip
import io
import json
import random

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core import data
from core.analysis.gibbs_chains import REPLICAS, unpack_bits
from core.store import checkpoints
from pages.gibbs import chains, loading
from pages.shared import scripts
from pages.shared.codec import pack, unpack
from pages.shared.endpoints import MAX_BODY
from pages.shared.routes import ROUTES

GOOD, _ = checkpoints.available()
MACHINES = [
    c.name for c in GOOD if c.run["preset"]["family"] == "rbm" and len(c.run["preset"]["model"]["event_shape"]) == 2
]
NAME = next(n for n in MACHINES if n.startswith("digits-rbm-") and "exact" not in n)
HERE = {n: data.info(checkpoints.load(n).run["preset"]["dataset"]).test_is_here() for n in MACHINES}
BASE = {"start": "model", "chains": 4, "first": 0, "count": 3, "settings": {"seed": 3}}


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=ROUTES), raise_server_exceptions=True) as client:
        yield client


def message(header: dict, **planes: np.ndarray) -> bytes:
    """What the browser posts: uint8 planes, not compressed."""
    return gzip.decompress(pack(header, {name: ("u8", array) for name, array in planes.items()}))


def film(client, name: str = NAME, settings: dict | None = None, planes: dict | None = None, **header):
    """The answer to a request for frames as (header, planes)."""
    header = {**BASE, **header, "settings": {**BASE["settings"], **(settings or {})}}
    answer = client.post(f"/api/gibbs/{name}/frames", content=message(header, **(planes or {})))
    assert answer.status_code == 200, answer.text
    return unpack(answer.content)


def refusal(client, content: bytes, path: str = f"/api/gibbs/{NAME}/frames") -> tuple[int, str]:
    """Status and message of a request that must be refused in JSON."""
    answer = client.post(path, content=content)
    assert 400 <= answer.status_code < 500, (answer.status_code, content[:200])
    body = answer.json()
    assert body["error"] and len(body["error"]) < 600
    return answer.status_code, body["error"]


def size(name: str) -> tuple[int, int]:
    model = loading.rbm(name).model
    return tuple(model.W.shape)


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("sampler", ["gibbs", "cd", "pt"])
def test_every_machine_plays_with_every_sampler(client, name, sampler):
    visible, hidden = size(name)
    header, planes = film(client, name, {"sampler": sampler})
    binary = loading.rbm(name).model.config.visible == "bernoulli"
    assert (header["first"], header["count"]) == (0, 3)
    assert planes["mean"].shape == (3, 4, visible)
    assert planes["sample"].shape == (3, 4, -(-visible // 8) if binary else visible)
    assert planes["hidden"].shape == (3, 4, -(-hidden // 8))
    assert planes["free_energy"].shape == (3, 4) and np.isfinite(planes["free_energy"]).all()
    assert ("replicas" in planes) == (sampler == "pt")
    classes = checkpoints.load(name).run["class_names"]
    if "probe.weight" in loading.rbm(name).summary:
        assert planes["class"].shape == planes["confidence"].shape == (3, 4)
        assert planes["class"].max() < len(classes)


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("start", chains.STARTS)
def test_every_start_begins_every_machine_alike_for_one_seed(client, name, start):
    if start in ("test", "class") and not HERE[name]:
        pytest.skip("the data set is not on this machine")
    drawing = np.arange(size(name)[0], dtype=np.uint8)
    wanted = {"start": start, "class": checkpoints.load(name).run["class_names"][0], "planes": {"drawing": drawing}}
    _, first = film(client, name, **wanted)
    _, again = film(client, name, **wanted)
    for key in first:
        assert np.array_equal(first[key], again[key])
    _, other = film(client, name, {"seed": 4}, **wanted)
    assert not np.array_equal(first["hidden"], other["hidden"])
    if start == "drawing":
        expected = drawing if "faces" in name else 255 * (drawing > 127)
        assert np.abs(first["mean"][0].astype(int) - expected).max() <= 1, "the drawing is frame 0 of every chain"


def test_a_class_start_shows_that_class(client):
    array, labels = data.load("digits").test, data.load("digits").test_labels
    _, planes = film(client, start="class", **{"class": "7"}, chains=20)
    known = {image.reshape(-1).tobytes() for image in (array[labels == 7] > 8)}
    shown = unpack_bits(planes["sample"][0], 64).astype(bool)
    agree = [max((np.frombuffer(k, bool) == image).mean() for k in known) for image in shown]
    assert min(agree) > 0.8, "each start is a noisy copy of a test image of a 7"


@pytest.mark.parametrize("sampler", ["gibbs", "cd", "pt"])
@pytest.mark.parametrize("cuts", [(2, 3), (1, 4), (1, 1, 1, 1, 1)])
def test_batches_join_without_a_seam(client, sampler, cuts):
    settings = {"sampler": sampler, "sweeps": 2, "cd_steps": 3, "off": [1, 5]}
    held = {"clamp_mask": np.arange(64, dtype=np.uint8) % 2, "clamp_grey": np.full(64, 200, np.uint8)}
    _, whole = film(client, settings=settings, planes=held, count=5, start="noise")
    t, past = 0, {}
    for cut in cuts:
        planes = held | ({"hidden": past["replicas" if sampler == "pt" else "hidden"][-1]} if past else {})
        _, past = film(client, settings=settings, planes=planes, first=t, count=cut, start="noise")
        for key, plane in past.items():
            assert np.array_equal(plane, whole[key][t : t + cut]), (key, t)
        t += cut
    if sampler == "pt":
        assert whole["replicas"].shape == (5, REPLICAS, 4, 16)


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("sampler", ["gibbs", "pt"])
def test_held_pixels_hold_in_every_chain_and_frame(client, name, sampler):
    visible, _ = size(name)
    mask = np.zeros(visible, np.uint8)
    mask[: visible // 2] = 1
    grey = np.where(np.arange(visible) % 3 == 0, 255, 0).astype(np.uint8)
    for first in (0, 1):
        planes = {"clamp_mask": mask, "clamp_grey": grey}
        if first:
            planes["hidden"] = frames["replicas" if sampler == "pt" else "hidden"][0]  # noqa: F821
        _, frames = film(client, name, {"sampler": sampler}, planes, first=first)
        shown = frames["mean"][..., mask > 0].astype(int)
        assert np.abs(shown - grey[mask > 0]).max() <= 1
    if "faces" not in name:
        assert np.array_equal(unpack_bits(frames["sample"], visible)[..., mask > 0] * 255 + 0 * shown, shown)


def test_an_empty_mask_holds_nothing(client):
    held = {"clamp_mask": np.zeros(64, np.uint8), "clamp_grey": np.full(64, 255, np.uint8)}
    assert np.array_equal(film(client)[1]["mean"], film(client, planes=held)[1]["mean"])


def test_units_that_are_off_are_off_from_the_first_frame(client):
    _, planes = film(client, settings={"off": [0, 9, 127]}, chains=30, count=10)
    hidden = unpack_bits(planes["hidden"], 128)
    assert not hidden[..., [0, 9, 127]].any()
    assert hidden.any((0, 1)).sum() > 60


def test_heat_stirs_the_chains(client):
    def energy(temperature):
        return film(client, settings={"temperature": temperature}, chains=64, count=30)[1]["free_energy"][10:].mean()

    assert energy(0.3) < energy(1) < energy(3)


def test_the_longest_film_of_the_most_chains_is_answered(client):
    _, planes = film(client, chains=256, count=120)
    assert planes["mean"].shape == (120, 256, 64)


# -- refusals -------------------------------------------------------------------------------------

ODD = {
    "no chains": ({"chains": 0}, "chains"),
    "too many chains": ({"chains": 257}, "chains"),
    "no frames": ({"count": 0}, "count"),
    "too many frames": ({"count": 10_000}, "count"),
    "before the start": ({"first": -1}, "first"),
    "a later frame without its past": ({"first": 4}, "hidden"),
    "an unknown start": ({"start": "dream"}, "start"),
    "a start that is no word": ({"start": ["model"]}, "start"),
    "an unknown class": ({"start": "class", "class": "ten"}, "class"),
    "no drawing": ({"start": "drawing"}, "drawing"),
    "chains in words": ({"chains": "many"}, "many"),
    "infinitely many": ({"chains": float("inf")}, ""),
    "no number": ({"count": float("nan")}, ""),
}
ODD_SETTINGS = {
    "an unknown sampler": ({"sampler": "hmc"}, "sampler"),
    "no temperature": ({"temperature": float("nan")}, "temperature"),
    "zero temperature": ({"temperature": 0}, "temperature"),
    "temperature in words": ({"temperature": "hot"}, ""),
    "heated tempering": ({"sampler": "pt", "temperature": 2}, "temperature"),
    "no sweeps": ({"sweeps": 0}, "sweeps"),
    "half a sweep": ({"sweeps": 1.5}, ""),
    "a unit too many": ({"off": [128]}, "off"),
    "a negative unit": ({"off": [-1]}, "off"),
    "an infinite unit": ({"off": [float("inf")]}, ""),
    "units that are no list": ({"off": 3}, ""),
    "a negative seed": ({"seed": -1}, "seed"),
    "an unknown setting": ({"speed": 3}, "speed"),
    "half a character": ({"\ud800": 3}, ""),
}


@pytest.mark.parametrize("what", ODD)
def test_a_bad_request_is_refused_by_name(client, what):
    change, named = ODD[what]
    status, error = refusal(client, json.dumps(BASE | change).encode() + b"\n")
    assert status == 400 and named in error


@pytest.mark.parametrize("what", ODD_SETTINGS)
def test_a_bad_setting_is_refused_by_name(client, what):
    change, named = ODD_SETTINGS[what]
    status, error = refusal(client, json.dumps(BASE | {"settings": change}).encode() + b"\n")
    assert status == 400 and named in error


@pytest.mark.parametrize("missing", ["chains", "first", "count"])
def test_a_missing_part_is_named(client, missing):
    _, error = refusal(client, json.dumps({k: v for k, v in BASE.items() if k != missing}).encode() + b"\n")
    assert missing in error


@pytest.mark.parametrize(
    ("planes", "named"),
    [
        ({"hidden": np.zeros((4, 15), np.uint8)}, "units"),
        ({"hidden": np.zeros((3, 16), np.uint8)}, "hidden"),
        ({"hidden": np.zeros((REPLICAS, 4, 16), np.uint8)}, "hidden"),
        ({"hidden": np.zeros(0, np.uint8)}, "hidden"),
        ({"drawing": np.zeros(63, np.uint8)}, "drawing"),
        ({"drawing": np.zeros((8, 8), np.uint8)}, "drawing"),
        ({"clamp_mask": np.ones(63, np.uint8), "clamp_grey": np.ones(63, np.uint8)}, "clamp"),
        ({"clamp_mask": np.ones(64, np.uint8)}, "clamp"),
    ],
)
def test_planes_of_the_wrong_shape_are_refused(client, planes, named):
    change = {"first": 2} if "hidden" in planes else {"start": "drawing"} if "drawing" in planes else {}
    status, error = refusal(client, message(BASE | change, **planes))
    assert status == 400 and named in error


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"{}", b"{}\n", b"null\n", b"[]\n", b"3\n", b'"x"\n', b"{\n}", b"\xff\xfe\n", b"[" * 100_000 + b"\n"]
    + [
        json.dumps(BASE | {"planes": planes}).encode() + b"\n"
        for planes in (
            5,
            "x",
            {"a": 1},
            [5],
            [{"name": "hidden"}],
            [{"name": "hidden", "type": "i64", "shape": [1]}],
            [{"name": "hidden", "type": [], "shape": [1]}],
            [{"name": "hidden", "type": "u8", "shape": 3}],
            [{"name": "hidden", "type": "u8", "shape": [-1, -1]}],
            [{"name": "hidden", "type": "u8", "shape": [10**30]}],
            [{"name": "hidden", "type": "u8", "shape": [float("inf")]}],
            [{"name": "hidden", "type": "u8", "shape": [4, 16]}],
        )
    ],
)
def test_what_is_no_message_is_refused(client, content):
    assert refusal(client, content)[0] == 400


def test_too_long_a_message_is_refused_before_it_is_read_whole(client):
    status, error = refusal(client, b"{}\n" + bytes(MAX_BODY))
    assert status == 413 and f"{MAX_BODY:,}" in error


@pytest.mark.parametrize(
    "name", ["nothing", "..", ".", "*", "[a]", "~", "\\", "a b", "x" * 3000, f"{NAME}.partial", "core"]
)
def test_a_checkpoint_that_is_not_there_is_not_found(client, name):
    quoted = name.replace("\\", "%5C").replace("[", "%5B").replace(" ", "%20").replace(".", "%2E")
    for answer in (
        client.post(f"/api/gibbs/{quoted}/frames", content=message(BASE)),
        client.get(f"/api/gibbs/{quoted}/weights"),
    ):
        assert answer.status_code == 404
        if "/api/gibbs" in str(answer.url):  # a client may itself tidy up dots
            assert "error" in answer.text or answer.text == "Not Found"


def test_test_images_that_are_not_here_say_how_to_get_them(client, monkeypatch):
    entry = data.info("digits")
    monkeypatch.setattr(type(entry), "is_here", lambda self: False)
    for start in ("test", "class"):
        answer = client.post(f"/api/gibbs/{NAME}/frames", content=message(BASE | {"start": start, "class": "1"}))
        assert answer.status_code == 409 and answer.json()["missing_data"]
        assert "download" in answer.json()["error"] and entry.title in answer.json()["error"]


def test_random_messages_are_answered_or_refused(client):
    """Never a crash: the client raises what the server did not catch."""
    rng = random.Random(0)
    odd = [
        None,
        True,
        -1,
        0,
        1.5,
        1e308,
        float("nan"),
        float("inf"),
        10**40,
        "",
        "x",
        "\ud800",
        [],
        {},
        [[]],
        ["a", 1],
        {"a": {}},
    ]
    keys = ["start", "class", "chains", "first", "count", "settings", "planes"]
    inner = ["sampler", "temperature", "sweeps", "cd_steps", "off", "seed"]
    shapes = [[], [0], [64], [4, 16], [2, 2], [1, 4, 16], [REPLICAS, 4, 16]]
    for _ in range(600):
        header = json.loads(json.dumps(BASE))
        for key in rng.sample(keys, rng.randint(0, 2)):
            header[key] = copy.deepcopy(rng.choice(odd))
        if isinstance(header["settings"], dict):
            for key in rng.sample(inner, rng.randint(0, 2)):
                header["settings"][key] = copy.deepcopy(rng.choice([*odd, "pt", "cd", [3]]))
        if rng.random() < 0.6:
            names = rng.sample(["hidden", "drawing", "clamp_mask", "clamp_grey"], rng.randint(1, 4))
            header["planes"] = [
                {"name": n, "type": rng.choice(["u8", "bits", "f16", "f32"]), "shape": rng.choice(shapes)}
                for n in names
            ]
            header["first"] = rng.choice([0, 1])
            header["start"] = rng.choice(["model", "drawing", "noise"])
        content = json.dumps(header).encode() + b"\n" + rng.randbytes(rng.choice([0, 64, 5000]))
        if rng.random() < 0.2:
            content = bytearray(content)
            content[rng.randrange(len(content))] = rng.randrange(256)
        path = rng.choice([f"/api/gibbs/{NAME}/frames", "/api/gif"])
        answer = client.post(path, content=bytes(content))
        assert answer.status_code == 200 or (400 <= answer.status_code < 500 and answer.json()["error"]), header


# -- weights, pictures, scripts -------------------------------------------------------------------


@pytest.mark.parametrize("name", MACHINES)
def test_weights_are_the_checkpoints_own(client, name):
    answer = client.get(f"/api/gibbs/{name}/weights?v=1")
    assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    header, planes = unpack(answer.content)
    stored = checkpoints.load(name).arrays()
    assert (header["visible"], header["hidden"]) == stored["W"].shape
    for key in ("W", "hidden_bias", "visible_bias"):
        assert np.array_equal(planes[key], stored[key].astype(np.float16))
    for key in ("spread", "shift", "scale"):
        assert planes[key].shape == (header["visible"],) and np.isfinite(planes[key]).all()
    assert (planes["scale"] > 0).all() and planes["use"].shape == (header["hidden"],)


GIF = {"width": 6, "height": 5, "columns": 2, "fps": 10, "colours": ["#ff0000", "#00ff00"]}


def test_a_gif_holds_every_frame_in_its_colours(client):
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 256, (7, 3, 30), dtype=np.uint8)
    classes = rng.integers(0, 2, (7, 3)).astype(np.uint8)
    classes[:, 2] = 255
    answer = client.post("/api/gif", content=message(GIF, tiles=tiles, classes=classes))
    assert answer.headers["content-type"] == "image/gif"
    picture = Image.open(io.BytesIO(answer.content))
    assert (picture.format, picture.n_frames, picture.info["loop"]) == ("GIF", 7, 0)
    assert picture.info["duration"] == 100
    zoom = min(720 // (2 * (6 + 4)), 720 // (2 * (5 + 4)))
    cell_w, cell_h = zoom * 6 + 2 * (zoom + 1), zoom * 5 + 2 * (zoom + 1)
    assert picture.size == (2 * cell_w, 2 * cell_h)
    for t in range(7):
        picture.seek(t)
        shown = np.asarray(picture.convert("RGB")).astype(int)
        for k in range(3):
            y, x = (k // 2) * cell_h, (k % 2) * cell_w
            frame = {0: (255, 0, 0), 1: (0, 255, 0), 255: (40, 40, 40)}[int(classes[t, k])]
            assert tuple(shown[y + 1, x + 1]) == frame
            inside = shown[y + 1 + zoom + zoom // 2 :: zoom, x + 1 + zoom + zoom // 2 :: zoom][:5, :6]
            assert np.abs(inside[..., 0].reshape(-1) - tiles[t, k]).max() <= 1
            assert (inside == inside[..., :1]).all(), "greys are grey"


@pytest.mark.parametrize(
    ("change", "tiles", "named"),
    [
        ({"columns": 0}, (2, 3, 30), "columns"),
        ({"columns": 4}, (2, 3, 30), "columns"),
        ({"fps": 0}, (2, 3, 30), "fps"),
        ({"fps": 100}, (2, 3, 30), "fps"),
        ({"width": 7}, (2, 3, 30), ""),
        ({"width": 0, "height": 10**9}, (2, 3, 0), "width"),
        ({"colours": ["red"]}, (2, 3, 30), ""),
        ({"colours": ["#000000"] * 256}, (2, 3, 30), "colours"),
        ({"colours": None}, (2, 3, 30), ""),
        ({}, (301, 1, 30), "frames"),
        ({}, (0, 3, 30), "frames"),
        ({}, (2, 30), "tiles"),
    ],
)
def test_a_gif_that_cannot_be_is_refused(client, change, tiles, named):
    planes = {"tiles": np.zeros(tiles, np.uint8), "classes": np.zeros(tiles[:2], np.uint8)}
    status, error = refusal(client, message(GIF | change, **planes), "/api/gif")
    assert status == 400 and named in error


def test_a_tall_gif_stays_a_picture(client):
    planes = {"tiles": np.zeros((1, 64, 784), np.uint8), "classes": np.zeros((1, 64), np.uint8)}
    answer = client.post("/api/gif", content=message(GIF | {"width": 28, "height": 28, "columns": 1}, **planes))
    assert max(Image.open(io.BytesIO(answer.content)).size) < 64 * 34


def test_scripts_are_kept_by_a_browser_until_one_of_them_changes(client, monkeypatch):
    address = scripts.address("gibbs").removeprefix(".")
    answer = client.get(address)
    assert answer.headers["cache-control"].endswith("immutable")
    assert answer.text == client.get("/ui/gibbs/view/player.js").text
    assert client.get("/ui/gibbs/view/player.js").headers["cache-control"] == "no-cache"
    monkeypatch.setattr(scripts, "version", lambda: "another")
    assert scripts.address("gibbs").removeprefix(".") != address
    assert client.get(address).headers["cache-control"] == "no-cache"


def test_only_scripts_and_styles_of_components_are_served(client):
    answer = client.get("/ui/gibbs/view/player.js")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/javascript")
    assert client.get("/ui/gibbs/view/player.css").headers["content-type"].startswith("text/css")
    for path in ("gibbs/__init__.py", "gibbs/none.js", "gibbs/" + "x" * 3000 + ".js", "%2E%2E/app.js", "ui/chains.py"):
        assert client.get(f"/ui/{path}").status_code == 404
    for path in ("gibbs/..%2F..%2Fui%2Froutes.py", "..%2f..%2fapp.py", "gibbs/%00.js"):
        assert client.get(f"/ui/{path}").status_code in (400, 404)


def test_a_machine_of_documents_is_refused_in_words(client):
    name = next(c.name for c in GOOD if c.run["preset"]["model"].get("visible") == "softmax")
    answer = client.post(f"/api/gibbs/{name}/frames", content=message(BASE))
    assert answer.status_code == 400 and "not images" in answer.json()["error"]
