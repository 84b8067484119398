"""Routes of the panel Inside: what goes on along a text, habits of heads, units that follow; refusals of nonsense."""

import numpy as np
import pytest
import torch
import writers
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.analysis import language_insides
from core.store import checkpoints
from pages.shared import model_store
from pages.shared.codec import message, unpack
from pages.shared.routes import ROUTES
from pages.tokens import insides, loading

TEXT = "def grüße(x):\n\treturn (x)  # 漢字 🙂\n"


@pytest.fixture(autouse=True, scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("insides")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(folder))
        yield writers.shelf(folder)


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=ROUTES), raise_server_exceptions=True) as client:
        yield client


def post(client, checkpoint, path: str, header: dict):
    return client.post(f"/api/tokens/{checkpoint.name}/{path}", content=message(header, {}))


def read(answer) -> tuple[dict, dict]:
    assert answer.status_code == 200, answer.text
    return unpack(answer.content)


def refused(answer, status: int, named: str) -> None:
    assert answer.status_code == status, answer.text
    assert named in answer.json()["error"] and len(answer.json()["error"]) < 600


def numbers(checkpoint, text: str) -> torch.Tensor:
    return torch.from_numpy(loading.language_model(checkpoint.name).vocabulary.encode(text))


@pytest.mark.parametrize("kind", ["transformer", "pairs"])
def test_attention_comes_as_roots_of_shares(client, here, kind):
    header, planes = read(post(client, here[kind], "inside", {"text": TEXT}))
    tokens = numbers(here[kind], TEXT)
    assert planes["tokens"].tolist() == tokens.tolist() and header["characters"] == len(TEXT)
    shares = language_insides.attention(here[kind].model(), tokens)
    assert np.allclose((planes["roots"] / 255.0) ** 2, shares, atol=2 / 255)
    assert np.allclose(((planes["roots"] / 255.0) ** 2).sum(3), 1, atol=0.1)


def test_activity_comes_between_minus_one_and_one(client, here):
    header, planes = read(post(client, here["lstm"], "inside", {"text": TEXT}))
    h = language_insides.activity(here["lstm"].model(), numbers(here["lstm"], TEXT))
    assert np.allclose(planes["activity"] / 127.5 - 1, h, atol=0.5 / 127)
    assert header["targets"].keys() == language_insides.TARGETS.keys() > header["later"].keys()


def test_counts_come_order_by_order(client, here):
    _, planes = read(post(client, here["ngram"], "inside", {"text": TEXT}))
    t, n = len(planes["tokens"]), here["ngram"].run["preset"]["model"]["order"]
    assert planes["seen"].shape == (t, n) and planes["likeliest"].shape == planes["probs"].shape == (t, n, 3)
    assert np.allclose(planes["weight"].sum(1), 1, atol=1e-5)


@pytest.mark.parametrize("kind", writers.KINDS)
def test_a_long_text_is_read_from_its_beginning_and_an_empty_one_not_at_all(client, here, kind):
    text = (TEXT * 300)[: insides.SENT]
    header, planes = read(post(client, here[kind], "inside", {"text": text}))
    assert len(planes["tokens"]) == header["most"] and 0 < header["characters"] < len(text)
    begins = text[: header["characters"]]
    assert numbers(here[kind], begins)[: header["most"]].tolist() == planes["tokens"].tolist()
    header, planes = read(post(client, here[kind], "inside", {"text": ""}))
    assert header["characters"] == 0 and planes["tokens"].shape == (0,)


def test_habits_are_those_of_the_test_text_and_kept_by_the_browser(client, here):
    answer = client.get(f"/api/tokens/{here['transformer'].name}/habits", params={"v": here["transformer"].version})
    header, planes = read(answer)
    assert "immutable" in answer.headers["cache-control"] and header["tokens"] > 500
    config = here["transformer"].run["preset"]["model"]
    shape = (config["layers"], config["heads"])
    assert set(planes) == set(header["usual"]) and all(each.shape == shape for each in planes.values())
    once = planes["beginning"] + planes["itself"] + planes["previous"]
    assert (once <= 1 + 1e-5).all() and (planes["back"] < config["span"]).all(), "no head looks further than the span"


def test_units_are_judged_on_the_half_that_did_not_choose_them(client, here):
    header, planes = read(post(client, here["lstm"], "units", {"follow": "spaces", "text": TEXT}))
    test = insides.test_excerpt(here["lstm"].name)
    tokens = numbers(here["lstm"], test)
    activity = language_insides.activity(here["lstm"].model(), tokens)[:, 0].double().numpy()
    opened = loading.language_model(here["lstm"].name)
    last = language_insides.last_characters(opened.vocabulary, test, tokens.numpy())
    target = np.array([float(test[i].isspace()) for i in last])
    half, best = len(target) // 2, header["units"][0]
    assert best["fitted"] == pytest.approx(np.corrcoef(activity[:half, best["unit"]], target[:half])[0, 1], abs=1e-4)
    assert best["held"] == pytest.approx(np.corrcoef(activity[half:, best["unit"]], target[half:])[0, 1], abs=1e-4)
    assert 0 < header["chance"] < 1 and header["mean"] == pytest.approx(target.mean())
    bytes_ = numbers(here["lstm"], TEXT)
    assert planes["target"].shape == bytes_.shape
    assert [b in (9, 10, 32) for b in bytes_.tolist()] == planes["target"].astype(bool).tolist()
    again, _ = read(post(client, here["lstm"], "units", {"follow": "spaces", "text": TEXT}))
    assert again == header, "the same question has the same answer"


def test_what_is_found_in_the_test_text_is_found_once(client, here, monkeypatch):
    for path, kind, of in (("habits", "transformer", "head_statistics"), ("units", "lstm", "find_units")):
        model_store._answer.cache_clear()
        calls, real = [], getattr(language_insides, of)
        monkeypatch.setattr(language_insides, of, lambda *a, real=real, calls=calls: calls.append(a) or real(*a))
        for follow, text in (("spaces", "a b"), ("spaces", "abc d"), ("vowels", "a b"), ("spaces", "a b")):
            if path == "units":
                header, planes = read(post(client, here[kind], path, {"follow": follow, "text": text}))
                assert header["units"] and len(planes["target"]) == len(text), "the text's own target is its own"
            else:
                read(client.get(f"/api/tokens/{here[kind].name}/habits"))
        assert len(calls) == (2 if path == "units" else 1)


def test_what_never_occurs_has_no_units_and_a_pattern_may_be_anyones(client, here):
    header, planes = read(post(client, here["lstm"], "units", {"follow": "/zq{3}", "text": TEXT}))
    assert header["units"] is None and header["mean"] == 0 and not planes["target"].any()
    header, planes = read(post(client, here["lstm"], "units", {"follow": "/x", "text": "axbx"}))
    assert planes["target"].tolist() == [0, 1, 0, 1] and header["units"]
    header, planes = read(post(client, here["lstm"], "units", {"follow": "line", "text": "ab\nabcd"}))
    assert header["top"] == 4 and np.allclose(planes["target"], [0.25, 0.5, 0, 0.25, 0.5, 0.75, 1])
    header, planes = read(post(client, here["lstm"], "units", {"follow": "line", "text": ""}))
    assert planes["target"].shape == (0,) and header["units"]


def test_a_pattern_that_is_none_is_answered_with_what_is_wrong(client, here):
    for pattern, said in (("(", "not a regular expression"), ("a" * 101, "1 to 100 characters"), ("", "1 to 100")):
        header, planes = read(post(client, here["lstm"], "units", {"text": "", "follow": f"/{pattern}"}))
        assert said in header["wrong"] and not planes


def test_nonsense_is_refused_by_name(client, here):
    for header, named in (
        ({"text": 3, "follow": "line"}, "text"),
        ({"text": "x" * (insides.SENT + 1), "follow": "line"}, "at most 10,000"),
        ({"text": "", "follow": "tides"}, "follow"),
        ({"text": "", "follow": None}, "follow"),
    ):
        refused(post(client, here["lstm"], "units", header), 400, named)
    refused(post(client, here["ngram"], "inside", {}), 400, "text")
    refused(post(client, here["ngram"], "units", {"follow": "line", "text": ""}), 400, "hidden-states")
    refused(client.get(f"/api/tokens/{here['lstm'].name}/habits"), 400, "attention")


def test_a_model_that_came_without_its_test_text_says_so(client, here, monkeypatch):
    model_store._answer.cache_clear()
    monkeypatch.setattr(insides, "excerpt", lambda name: "")
    refused(post(client, here["lstm"], "units", {"follow": "line", "text": ""}), 404, "no test text")
    with pytest.raises(checkpoints.CheckpointError):
        insides.test_excerpt(here["lstm"].name)
