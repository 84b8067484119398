"""Texts by their routes, and the page Next token: what a request determines, refusals of nonsense, links."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import streamlit
import torch
import writers
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core.analysis import text_generation
from core.numerics.sampling import SamplingConfig
from pages import registry
from pages.shared.codec import message, unpack
from pages.shared.routes import ROUTES
from pages.tokens import loading

PAGE = str(Path(__file__).parent.parent / "pages" / "tokens" / "page.py")
ODD = ["", "a", "\n", "Grüße, 漢字 🙂", "\x00\x07\r\t\ufffd", "x" * 20_000]
PLAIN = {"temperature": 1.0}


@pytest.fixture(autouse=True, scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("writers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(folder))
        patch.setattr(streamlit, "page_link", lambda *_, **__: None)  # the page runs without its frame here
        yield writers.shelf(folder)


@pytest.fixture(params=writers.KINDS)
def name(request, here):
    return here[request.param].name


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=ROUTES), raise_server_exceptions=True) as client:
        yield client


def post(client, name: str, what: str, path=(), **header):
    planes = {"path": ("u16", np.asarray(path, np.uint16))}
    return client.post(f"/api/tokens/{name}/{what}", content=message(header, planes))


def messages(answer) -> list[tuple[dict, dict]]:
    """All messages of a stream."""
    assert answer.status_code == 200, answer.text
    return list(writers.messages(answer.content))


def written(answer) -> tuple[np.ndarray, np.ndarray, int]:
    """Tokens (n, T), log p told before each (n, T, V), and the number of the first place."""
    parts = [(header, planes) for header, planes in messages(answer) if "tokens" in planes]
    tokens, told = (np.concatenate([planes[key] for _, planes in parts], 1) for key in ("tokens", "log_probs"))
    return tokens, told.astype(np.float64), parts[0][0]["first"]


def refused(answer, status: int, named: str) -> None:
    assert answer.status_code == status, answer.text
    assert named in answer.json()["error"] and 0 < len(answer.json()["error"]) < 600


# -- what is written ------------------------------------------------------------------------------


def test_a_text_is_what_the_model_draws_by_the_seed(client, name):
    tokens, told, first = written(post(client, name, "write", prompt="The ", count=20, seed=3, choices=[PLAIN]))
    found = loading.language_model(name)
    prompt = torch.from_numpy(found.vocabulary.encode("The "))
    expected = list(
        text_generation.generate(
            found.model, found.model.prefill(prompt[None]), text_generation.noise(3, 0, 20), [SamplingConfig()]
        )
    )
    assert first == 0 and tokens[0].tolist() == [int(drawn) for _, drawn in expected]
    np.testing.assert_allclose(told[0], torch.cat([logits for logits, _ in expected]), atol=0.02, rtol=0.002)
    np.testing.assert_allclose(np.exp(told[0]).sum(1), 1, atol=0.01)


def test_a_text_asked_for_in_parts_is_the_same(client, name):
    whole, told, _ = written(post(client, name, "write", prompt="The ", count=20, seed=5, choices=[PLAIN]))
    rest, told_rest, first = written(
        post(client, name, "write", prompt="The ", path=whole[0, :8], count=12, seed=5, choices=[PLAIN])
    )
    assert first == 8 and rest[0].tolist() == whole[0, 8:].tolist()
    np.testing.assert_allclose(told_rest[0], told[0, 8:], atol=0.02)
    again, told_again, first = written(
        post(client, name, "write", prompt="The ", path=whole[0, :8], after=3, count=0, seed=5, choices=[PLAIN])
    )
    assert first == 3 and again[0].tolist() == whole[0, 3:8].tolist()
    np.testing.assert_allclose(told_again[0], told[0, 3:8], atol=0.02)


def test_texts_asked_for_at_once_are_those_asked_for_alone(client, name):
    asked = [
        {"prompt": "The " * i, "count": 10 + 9 * i, "seed": i, "choices": [PLAIN, {"temperature": 0.5 + i, "top_k": 9}]}
        for i in range(5)
    ]
    alone = [written(post(client, name, "write", **each)) for each in asked]
    with ThreadPoolExecutor(len(asked)) as visitors:
        together = list(visitors.map(lambda each: written(post(client, name, "write", **each)), asked))
    for (tokens, told, first), (expected, told_alone, _) in zip(together, alone, strict=True):
        assert first == 0 and tokens.tolist() == expected.tolist()
        np.testing.assert_allclose(told, told_alone, atol=0.02)


def test_what_is_told_of_a_token_follows_from_those_before_it_alone(client, name):
    _, told, _ = written(post(client, name, "write", path=[65, 66, 67, 68], after=0, count=0, choices=[PLAIN]))
    _, other, _ = written(post(client, name, "write", path=[65, 66, 90, 91], after=0, count=0, choices=[PLAIN]))
    np.testing.assert_array_equal(told[0, :3], other[0, :3])
    assert np.abs(told[0, 3] - other[0, 3]).max() > 0.01 or name.startswith("tiny-ngram")


def test_each_column_is_drawn_by_its_own_choice(client, name):
    choices = [PLAIN, {"temperature": 0.05}, {"temperature": 1.0, "top_k": 1}]
    tokens, told, _ = written(post(client, name, "write", prompt="a", count=12, seed=1, choices=choices))
    alone, _, _ = written(post(client, name, "write", prompt="a", count=12, seed=1, choices=choices[:1]))
    assert tokens.shape == (3, 12) and tokens[0].tolist() == alone[0].tolist()
    best = np.take_along_axis(told[2], tokens[2][:, None].astype(int), 1)[:, 0]
    np.testing.assert_allclose(best, told[2].max(1), atol=0.01)  # as near as half precision tells


@pytest.mark.parametrize("prompt", ODD, ids=range(len(ODD)))
def test_any_prompt_can_be_gone_on_from(client, name, prompt):
    tokens, _, _ = written(post(client, name, "write", prompt=prompt, count=3, choices=[PLAIN]))
    assert tokens.shape == (1, 3)


def test_a_prompt_as_long_as_allowed_is_read(client, here):
    answer = post(client, here["ngram"].name, "write", prompt="ab" * 10_000, count=2, choices=[PLAIN])
    assert written(answer)[0].shape == (1, 2)


def test_nonsense_is_refused(client, here):
    name = here["lstm"].name

    def ask(path=(), **header):
        return post(client, name, "write", path, **{"prompt": "a", "count": 1, "choices": [PLAIN], **header})

    refused(ask(prompt="a" * 20_001), 400, "20,001 characters")
    refused(ask(prompt=3), 400, "prompt=")
    refused(ask(count=-1), 400, "count=-1")
    refused(ask(count=10**6), 400, "count=")
    refused(ask(seed="x"), 400, "seed=")
    refused(ask(choices=[]), 400, "choices")
    refused(ask(choices=[{"temperature": 0}]), 400, "temperature=0")
    refused(ask(choices=[{"top_k": 1.5}]), 400, "top_k=")
    refused(ask(choices=[{"top_p": True}]), 400, "top_p=")
    refused(ask(choices=[{"heat": 1}]), 400, "heat")
    refused(ask(path=[400]), 400, "token 400")
    refused(ask(path=[1] * 3_000), 400, "path")
    refused(ask(path=[1], after=2), 400, "after=2")
    refused(ask(path=[1], after=0, choices=[PLAIN, PLAIN]), 400, "after=0")
    refused(post(client, "none-such", "write", prompt="", count=1, choices=[PLAIN]), 404, "none-such")


# -- what is read ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_a_text_costs_what_the_model_says(client, name, text):
    (told, _), *parts = messages(post(client, name, "read", text=text, alternatives=3))
    found = loading.language_model(name)
    tokens = torch.from_numpy(found.vocabulary.encode(text))
    assert told["count"] == len(tokens)
    read = np.concatenate([planes["tokens"] for _, planes in parts]) if parts else np.zeros(0)
    assert read.tolist() == tokens.tolist()
    if not len(tokens):
        return
    nats, rank, entropy, likeliest, probs = (
        np.concatenate([planes[key] for _, planes in parts])
        for key in ("nats", "rank", "entropy", "likeliest", "probs")
    )
    np.testing.assert_allclose(nats, -found.model.log_probs(tokens[None])[0], atol=2e-3, rtol=1e-3)
    assert (entropy >= 0).all() and (entropy <= np.log(found.vocabulary.size) + 0.01).all()
    assert (np.diff(probs.astype(np.float64), axis=1) <= 0).all()
    told, best = np.exp(-nats), probs[:, 0].astype(np.float64)
    np.testing.assert_allclose(told[rank == 0], best[rank == 0], atol=1e-3, rtol=2e-3)
    assert (rank[told < 0.98 * best - 1e-3] > 0).all()


def test_what_cannot_be_read_is_refused(client, here):
    refused(post(client, here["lstm"].name, "read", text="a" * 100_001), 400, "100,001 characters")
    refused(post(client, here["lstm"].name, "read"), 400, "text")
    refused(post(client, here["lstm"].name, "read", text="a", alternatives=99), 400, "alternatives")


def test_about_tells_the_vocabulary_and_how_the_test_text_begins(client, here):
    header, _ = unpack(client.get(f"/api/tokens/{here['pairs'].name}/about").content)
    assert bytes.fromhex(header["tokens"][65]) == b"A" and header["size"] == 1_024
    tokens = loading.language_model(here["pairs"].name).vocabulary.encode(header["text"])
    assert header["per_token"] == pytest.approx(len(header["text"]) / len(tokens)) and header["per_token"] > 1.2
    assert len(header["text"]) > 3_000 and all(prompt in header["text"] for prompt in header["prompts"])
    header, planes = unpack(client.get(f"/api/tokens/{here['pairs'].name}/around").content)
    assert {rival["name"] for rival in header["rivals"]} == {c.name for c in here.values()}
    assert set(planes) == {f"{kind}.{i}" for kind in ("left", "nats") for i in range(len(here))}


# -- the page -------------------------------------------------------------------------------------


def opened(**query) -> AppTest:
    page = AppTest.from_file(PAGE, default_timeout=300)
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def test_the_page_shows_the_checkpoint_of_the_link(here):
    page = opened(checkpoint=here["lstm"].name, prompt="if x:\n", temperature="0.3", t="7")
    assert not page.exception and not page.warning
    proto = page.get("bidi_component")[0].proto
    assert here["lstm"].name in str(proto)
    assert "LSTM" in page.caption[0].value and "5.05 bits" in page.caption[0].value


def test_nonsense_in_a_link_is_said(here):
    page = opened(checkpoint=here["lstm"].name, temperature="900", top_p="0", mode="fly", speed="7")
    assert not page.exception
    said = " ".join(warning.value for warning in page.warning).replace("\\", "")  # a link's text is escaped
    assert all(word in said for word in ("temperature", "top_p", "mode", "speed"))


def test_without_models_the_page_says_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))
    registry._listed.cache_clear()
    page = opened()
    registry._listed.cache_clear()
    assert not page.exception and "help-ngram" in page.info[0].value
