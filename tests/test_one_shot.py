"""One-shot trials: the data, the network that learns for them, how representations solve them, the routes."""

import gzip
import io
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from conftest import seeded
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient
from torch.nn import functional

from core.analysis import one_shot as solving
from core.config.fields import SettingError
from core.data import one_shot
from core.data.sets.omniglot import shrink
from core.models.capabilities import LearnsClasses
from core.models.metric import prototypical
from core.models.metric.prototypical import Config, PrototypicalNetwork, split_episode
from pages.labels import trials
from pages.registry import list_checkpoints
from pages.shared.codec import pack, unpack
from pages.shared.routes import ROUTES


@pytest.fixture
def client():
    with TestClient(Starlette(routes=ROUTES)) as made:
        yield made


# -- the data -------------------------------------------------------------------------------------


def test_the_trials_come_with_the_project(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    one_shot.load.cache_clear()
    found = one_shot.load()
    assert found.support.shape == found.tests.shape == (20, 20, 105, 105) and found.support.dtype == bool
    assert (np.sort(found.answers, 1) == np.arange(20)).all(), "every character once in a run"
    assert 0.02 < found.support.mean() < 0.2 and not (found.support == found.tests).all((2, 3)).any()
    np.testing.assert_allclose(one_shot.reduced(found.tests[3]), shrink(found.tests[3].astype(float)), atol=1e-6)


def test_an_archive_as_it_is_published_is_packed(monkeypatch):
    rng = np.random.default_rng(0)
    monkeypatch.setattr(one_shot, "RUNS", 2)
    monkeypatch.setattr(one_shot, "WAYS", 3)
    ink, answers = rng.random((2, 2, 3, 105, 105)) < 0.1, np.array([[2, 0, 1], [0, 2, 1]])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for run in range(2):
            folder, lines = f"run{run + 1:02d}", []
            for i in range(3):
                for part, name in enumerate((f"training/class{i + 1:02d}", f"test/item{i + 1:02d}")):
                    png = io.BytesIO()
                    Image.fromarray(~ink[run, part, i]).save(png, "PNG")
                    archive.writestr(f"{folder}/{name}.png", png.getvalue())
                right = answers[run, i] + 1
                lines.append(f"{folder}/test/item{i + 1:02d}.png {folder}/training/class{right:02d}.png")
            archive.writestr(f"{folder}/class_labels.txt", "\n".join(lines))
    content = one_shot.pack(packed.getvalue())
    assert one_shot.pack(content) == content
    assert content[:6] == answers.astype(np.uint8).tobytes()
    bits = np.frombuffer(content, np.uint8, offset=6).reshape(2, 2, 3, 14, 105)
    np.testing.assert_array_equal(np.unpackbits(bits, axis=3, count=105).astype(bool), ink)


# -- the network ----------------------------------------------------------------------------------


def test_an_episode_has_one_example_of_each_class_as_support():
    labels = torch.tensor([7, 3, 7, 7, 9, 3, 5])
    seen = set()
    for seed in range(20):
        support, queries, classes = split_episode(labels, seeded(seed))
        assert sorted(labels[support].tolist()) == [3, 5, 7, 9]
        assert sorted([*support.tolist(), *queries.tolist()]) == list(range(7))
        assert torch.equal(labels[support][classes], labels[queries])
        seen.add(tuple(sorted(support.tolist())))
    assert len(seen) > 3


@pytest.mark.parametrize("shape", [(28, 28), (8, 8), (5, 3), (1, 1)])
def test_codes_and_layers_have_the_sizes_that_are_said(shape):
    model = PrototypicalNetwork(Config(shape, channels=(8, 8, 16))).eval()
    x = torch.rand(4, *shape, generator=seeded())
    layers = dict(model.activations(x))
    assert {name: u.shape[1] for name, u in layers.items()} == model.layer_sizes
    assert torch.equal(layers["code"], model.encode(x)) and model.encode(x).shape == (4, model.code_size)


def test_logits_are_scaled_squared_distances():
    model = PrototypicalNetwork(Config((8, 8), channels=(8, 8))).eval()
    x, support = torch.rand(5, 8, 8, generator=seeded()), torch.rand(3, 8, 8, generator=seeded(1))
    away = torch.cdist(model.encode(x), model.encode(support)).square()
    torch.testing.assert_close(model.class_logits(x, support), -model.log_scale.exp() * away, rtol=1e-3, atol=1e-4)


def test_the_loss_is_the_cross_entropy_of_the_queries():
    model = PrototypicalNetwork(Config((8, 8), channels=(8, 8), turns=False)).eval()
    x, labels = torch.rand(9, 8, 8, generator=seeded()), torch.arange(9) % 4
    support, queries, classes = split_episode(labels, seeded(5))
    expected = functional.cross_entropy(model.class_logits(x[queries], x[support]), classes)
    torch.testing.assert_close(model.loss(x, seeded(5), labels)["loss"], expected)
    one_each = model.loss(x[:4], seeded(), labels[:4])["loss"]
    assert one_each.item() == 0 and one_each.requires_grad, "no query: nothing to learn"
    assert model.metrics(x[:4], seeded(), labels[:4]) == {}


def test_turned_classes_are_classes_of_their_own():
    x = torch.rand(2, 6, 6, generator=seeded())
    turned, labels = prototypical.with_turns(x, torch.tensor([4, 9]))
    assert len(turned) == 8 and labels.unique().numel() == 8
    for k in range(4):
        assert torch.equal(turned[2 * k : 2 * k + 2], x.rot90(k, (1, 2)))


def test_it_learns_from_labels_and_without():
    model = PrototypicalNetwork(Config((8, 8), channels=(8, 8)))
    assert isinstance(model, LearnsClasses)
    x = torch.rand(12, 8, 8, generator=seeded())
    for labels in ({"labels": torch.arange(12) % 3}, {}):
        loss = model.loss(x, seeded(), **labels)["loss"]
        loss.backward()
        assert torch.isfinite(loss) and loss.item() > 0
        assert prototypical.METRICS.keys() == model.metrics(x, seeded(), **labels).keys()


def test_other_data_are_refused():
    with pytest.raises(SettingError, match="kind='counts'.*images"):
        prototypical.refit(Config((8, 8)), "counts", (8, 8))
    with pytest.raises(SettingError, match=r"event_shape=\(6,\)"):
        prototypical.refit(Config((8, 8)), "real", (6,))
    with pytest.raises(SettingError, match="channels"):
        Config((8, 8), channels=())


def test_the_shipped_network_does_as_its_score_says():
    (found,) = [c for c in list_checkpoints()[0] if c.manifest.preset.name == "omniglot-prototypical"]
    score = found.score("20-way one-shot accuracy")
    (space,) = [s for s in solving.spaces([found]) if s.info]
    solved = solving.solve(space)
    assert solved.result.accuracy == pytest.approx(score.value, abs=1e-9) and score.value >= 0.9
    assert solved.result.error == pytest.approx(score.spread, abs=1e-9)
    assert space.labels and space.learned == "Omniglot"


# -- representations ------------------------------------------------------------------------------


def test_the_nearest_of_the_support_is_the_answer():
    rng = np.random.default_rng(0)
    support = rng.normal(size=(4, 4, 3)).astype(np.float32)
    answers = np.array([[1, 0, 3, 2], [3, 2, 1, 0], [0, 1, 2, 3], [2, 3, 0, 1]])
    tests = np.take_along_axis(support, answers[..., None], 1) + 0.01
    found = solving.classify(support, tests, answers)
    expected = ((tests[:, :, None] - support[:, None]) ** 2).sum(-1)
    np.testing.assert_allclose(found.distances, expected, atol=1e-5)
    assert found.right.all() and found.accuracy == 1 and found.error == 0
    wrong = solving.classify(support, tests, np.roll(answers, 1, 1))
    assert wrong.accuracy < 0.5 and not wrong.right[0].any()


def test_an_error_is_of_shares_of_alphabets_of_which_each_has_two_runs():
    right = np.zeros((4, 5), bool)
    right[0], right[3, :2] = True, True  # half of the first alphabet, a fifth of the second
    found = solving.Result(np.empty(0), np.empty(0), right)
    np.testing.assert_allclose(one_shot.by_alphabet(right), [0.5, 0.2])
    assert found.accuracy == pytest.approx(0.35)
    assert found.error == pytest.approx(np.std([0.5, 0.2], ddof=1) / np.sqrt(2))


def test_runs_of_one_alphabet_come_one_after_the_other():
    (network,) = [s for s in solving.spaces(list_checkpoints()[0]) if s.labels and s.learned == "Omniglot"]
    vectors = solving.solve(network).vectors.reshape(800, -1)
    run = np.arange(800) // 40
    away = solving.squared_distances(vectors, vectors)
    away[run[:, None] == run] = np.inf
    alike = run[away.argmin(1)] // 2 == run // 2  # the nearest drawing of another run is of the same alphabet
    assert alike.reshape(20, 40).mean(1).min() > 0.7, "by chance one in nineteen"


def test_plain_representations_solve_the_trials():
    spaces = {one.key: one for one in solving.spaces(list_checkpoints()[0])}
    assert list(spaces)[:3] == ["pixels", "blurred", "pca"] and len(spaces) > 6
    labels = [one.labels for one in spaces.values()]
    assert not any(labels[:3]) and labels[3:] == sorted(labels[3:], reverse=True) and {*labels[3:]} == {True, False}
    known = one_shot.load()
    flat = {part: one_shot.reduced(getattr(known, part)).reshape(20, 20, -1) for part in ("support", "tests")}
    pixels = solving.solve(spaces["pixels"])
    right = [
        ((flat["tests"][r, t] - flat["support"][r]) ** 2).sum(1).argmin() == known.answers[r, t]
        for r in range(20)
        for t in range(20)
    ]
    assert pixels.result.accuracy == pytest.approx(np.mean(right)) and 0.15 < np.mean(right) < 0.3
    assert solving.solve(spaces["blurred"]).result.accuracy > pixels.result.accuracy
    assert solving.solve(spaces["pca"]).vectors.shape == (20, 2, 20, solving.COMPONENTS)
    everything = pixels.vectors.reshape(800, -1).astype(np.float64)
    away = ((everything - everything[5]) ** 2).sum(1)
    away[5] = np.inf
    np.testing.assert_array_equal(pixels.neighbours[5], away.argsort()[: solving.NEIGHBOURS])


# -- the page -------------------------------------------------------------------------------------


def get(client, path: str, **query) -> tuple[dict, dict]:
    answer = client.get(f"/api/labels/omniglot/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return unpack(answer.content, 2**20)


def post(client, header: dict, image: np.ndarray):
    content = gzip.decompress(pack(header, {"image": ("u8", image)}))
    return client.post("/api/labels/omniglot/drawn", content=content)


def test_the_routes_tell_the_trials(client):
    header, planes = get(client, "trials")
    known = one_shot.load()
    np.testing.assert_array_equal(planes["answers"], known.answers)
    answer = client.get("/api/labels/omniglot/drawings", params={"v": header["version"]})
    assert "immutable" in answer.headers["Cache-Control"], "drawings never change"
    _, planes = unpack(answer.content, 2**20)
    ink = np.unpackbits(planes["ink"], axis=-1, count=105).astype(bool)
    np.testing.assert_array_equal(ink[:, 0], known.support)
    np.testing.assert_array_equal(ink[:, 1], known.tests)
    assert header["spaces"][0] == {"key": "pixels", "title": "Pixels", "learned": "", "labels": False}
    assert any(space["labels"] and space["learned"] == "Omniglot" for space in header["spaces"])
    told, found = get(client, "told", of="blurred")
    assert found["distances"].shape == (20, 20, 20) and found["neighbours"].shape == (800, solving.NEIGHBOURS)
    assert np.mean(found["distances"].argmin(2) == known.answers) == pytest.approx(told["accuracy"])


def test_a_drawing_that_is_a_trial_s_is_told_as_in_the_trial(client):
    _, planes = get(client, "told", of="pixels")
    get(client, "told", of="pca")
    image = 255 * one_shot.load().tests[4, 7].astype(np.uint8)
    answer = post(client, {"run": 4, "of": ["pixels", "pca"]}, image)
    assert answer.status_code == 200, answer.text
    header, found = unpack(answer.content)
    assert header["of"] == ["pixels", "pca"]
    np.testing.assert_allclose(found["distances"][0], planes["distances"][4, 7], rtol=1e-4)
    assert found["distances"].shape == (2, 20)
    assert found["neighbours"][0, 0] == 4 * 40 + 20 + 7, "itself is nearest"


def test_a_drawing_is_answered_by_what_is_solved_and_computed_once(client, monkeypatch):
    monkeypatch.setattr(trials, "_solved", trials.Kept(trials.MOST))
    monkeypatch.setattr(trials, "_answers", trials.Kept(trials.MOST))
    made, begun, go_on = [], threading.Event(), threading.Event()

    def slow(one, *asked):
        made.append(one.key)
        begun.set()
        assert go_on.wait(60)
        return solving.answer(one, *asked)

    monkeypatch.setattr(trials, "answer", slow)
    image = 255 * one_shot.load().tests[4, 7].astype(np.uint8)
    header, planes = unpack(post(client, {"run": 4, "of": ["pixels", "pca"]}, image).content)
    assert header["of"] == [] and planes["distances"].shape == (0, 20), "nothing is solved for it"
    _, told = get(client, "told", of="pixels")
    question = {"run": 4, "of": ["pixels", "pca", "pixels"]}
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(post, client, question, image)
        assert begun.wait(60)
        second = pool.submit(post, client, question, image)
        go_on.set()
        answers = [unpack(each.result(60).content) for each in (first, second)]
    assert made == ["pixels"]
    for header, planes in answers:
        assert header["of"] == ["pixels"]
        np.testing.assert_allclose(planes["distances"][0], told["distances"][4, 7], rtol=1e-4)
    post(client, question, image[::-1])
    assert made == ["pixels"] * 2, "another drawing"


def test_what_has_no_trials_is_refused(client):
    image = np.zeros((105, 105), np.uint8)
    for answer, words in (
        (client.get("/api/labels/digits/trials"), "one-shot trials are there for omniglot alone"),
        (client.get("/api/labels/digits/drawings"), "one-shot trials are there for omniglot alone"),
        (client.get("/api/labels/omniglot/told", params={"of": "nothing"}), "representation='nothing'"),
        (post(client, {"run": 20, "of": ["pixels"]}, image), "run='20': expected a whole number between 0 and 19"),
        (post(client, {"run": 0, "of": []}, image), "of: expected the keys"),
        (post(client, {"run": 0, "of": ["pixels"]}, image[:28, :28]), "image of shape (28, 28)"),
    ):
        assert answer.status_code == 400 and words in answer.json()["error"], answer.text
