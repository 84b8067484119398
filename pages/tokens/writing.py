"""What the routes of the page Next token answer: texts as they are written; what a model makes of a text.

Nothing is kept for a visitor: a request carries all that its answer follows from. Nothing here imports torch before the
first answer needs it.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from core.store import checkpoints
from core.store.manifest import PresetEntry
from pages.shared import cost
from pages.shared.codec import BadRequest, halves, message, pack
from pages.shared.model_store import arrays
from pages.shared.work import Part
from pages.tokens import EXHIBIT, loading

MOST = 2_000  # tokens that a text is written on, at most
COLUMNS = 12  # texts written beside each other
PROMPT = 20_000  # characters of a prompt: seconds, where a model reads token by token
AT_ONCE = 8  # tokens told in one message

# -- what there is --------------------------------------------------------------------------------


def about(name: str, query: dict[str, str]) -> bytes:
    """What the model is, the bytes of each of its tokens (hex), how the test text begins, some prompts from it, and
    how many characters of it a token is, on average."""
    opened, text = loading.language_model(name), excerpt(name)
    header = {
        "tokens": [token.hex() for token in opened.vocabulary.tokens],
        "size": opened.vocabulary.size,
        "family": opened.checkpoint.manifest.preset.family,
        "text": text,
        "prompts": prompts(text),
        "per_token": len(text) / max(1, len(opened.vocabulary.encode(text))),
        "most": MOST,
    }
    return pack(header, {}, level=6)


def excerpt(name: str) -> str:
    """How the test text of the checkpoint begins: it is kept beside the weights."""
    checkpoint = checkpoints.load(name)
    kept = arrays(name, checkpoint.version, "portrait.safetensors").get("text")
    return "" if kept is None else kept.tobytes().decode(errors="ignore")


def prompts(text: str, most: int = 6) -> list[str]:
    """First lines of paragraphs, each once, the first one left out (it may begin in the middle)."""
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text)[1:]:
        line, more, _ = paragraph.partition("\n")
        if 0 < len(line) <= 60 and (prompt := line + more) not in found:
            found.append(prompt)
    return found[:most]


def around(name: str, query: dict[str, str]) -> bytes:
    """The models of the same text (with `all`, of any), with what a character costs each, and what it costs when only
    the last few tokens are left to them."""
    dataset = checkpoints.load(name).manifest.preset.dataset
    rivals, planes = [], {}
    near = [c for c in EXHIBIT.checkpoints()[0] if "all" in query or c.manifest.preset.dataset == dataset]
    for i, other in enumerate(near):
        preset, score = other.manifest.preset, other.score("nats a character")
        summary = arrays(other.name, other.version, "portrait.safetensors")
        rivals.append(
            {
                "name": other.name,
                "version": other.version,
                "title": other.title,
                "family": preset.family,
                "short": short(preset),
                "view": preset.view,
                "data": preset.dataset,
                "same": preset.dataset == dataset,
                "nats": score and score.value,
            }
        )
        if "reach.left" in summary:
            planes |= {f"left.{i}": ("f32", summary["reach.left"]), f"nats.{i}": ("f32", summary["reach.nats"])}
    return pack({"rivals": rivals}, planes), False  # other checkpoints come and go


def short(preset: PresetEntry) -> str:
    """A word or two for a model, such as stands above a column."""
    word = preset.model.get("cell", preset.family)
    name = {"lstm": "LSTM", "gru": "GRU", "ngram": "n-gram", "transformer": "Transformer"}.get(word, word)
    tokens = {"pairs": "BPE"}.get(preset.view, preset.view)
    return name if preset.view == "characters" else f"{name}, {tokens}"


# -- texts as they are written --------------------------------------------------------------------


def generate(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> Iterator[Part]:
    """A text as it is written, a few tokens at a time. The header says

    prompt      the text that is read first
    count, seed how many tokens are drawn, by which noise
    choices     how: a list of `core.numerics.sampling.SamplingConfig` as JSON, one for each text beside the others

    and the plane `path` (T,) which tokens come after the prompt before any is drawn; what is told of those from number
    `after` on is part of the answer.
    """
    from core.analysis import text_generation

    opened = loading.language_model(name)
    path = path_of(opened, planes)
    configs = [_sampling_config(each) for each in _list("choices", header.get("choices"), 1, COLUMNS)]
    (count,) = _wholes("count", [header.get("count")], MOST)
    (seed,) = _wholes("seed", [header.get("seed", 0)], 2**31 - 1)
    (after,) = _wholes("after", [header.get("after", len(path))], len(path))
    if after < len(path) and len(configs) > 1:
        raise BadRequest(f"after={after}: what is told of a path goes with one choice, not {len(configs)}")
    text = text_of("prompt", header.get("prompt", ""), PROMPT)
    tokens = len(opened.vocabulary.encode(text)) + len(configs) * (len(path) + count)
    cost.within(cost.passes(opened.model, tokens), f"{tokens:,} tokens of this model")
    return _written(name, text, path, after, text_generation.noise(seed, len(path), count), configs)


def _written(name: str, prompt: str, path: np.ndarray, after: int, noise: Any, configs: list[Any]) -> Iterator[Part]:
    """What was told and what came at places that follow, from `after` on, until the noise ends."""
    import torch

    from core.analysis import batched_generation, text_generation

    yield message({}, {})  # others need not wait for the prompt, which is read here, once for all that follows it
    model, context = loading.language_model(name).model, loading.context_after(name, prompt)
    known = torch.from_numpy(path)
    model.read(context, known[None, :after])
    steps = text_generation.score_tokens(model, context, known[after:])
    for at, log_probs, tokens in _in_parts(steps, after):
        yield _message(at, log_probs, tokens)
    request = batched_generation.Request(context, noise, configs)

    def encode(first: int, sampled: list[Any]) -> bytes:
        log_probs, tokens = ([getattr(each, part) for each in sampled] for part in ("log_probs", "tokens"))
        return _message(len(path) + first, torch.stack(log_probs, 1), torch.stack(tokens, 1))

    yield lambda visitor: loading.batches(name).stream(visitor, request, encode)


def _in_parts(steps: Iterable[Any], first: int) -> Iterator[tuple[int, Any, Any]]:
    import torch

    steps = iter(steps)
    while few := list(itertools.islice(steps, AT_ONCE)):
        yield first, torch.stack([each[0] for each in few], 1), torch.stack([each[1] for each in few], 1)
        first += len(few)


def _message(first: int, log_probs: Any, tokens: Any) -> bytes:
    """log p (n, t, V) of what could come and the tokens (n, t) that did."""
    planes = {"tokens": ("u16", tokens.numpy()), "log_probs": halves(log_probs.clamp_max(0).numpy())}
    return message({"first": first}, planes)


# -- what a model reads in a text -----------------------------------------------------------------


def read_text(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> Iterator[bytes]:
    """What every token of `text` costs, part by part, and what was likelier."""
    import torch

    from core.analysis import text_generation

    opened = loading.language_model(name)
    tokens = encoded(opened, text_of("text", header.get("text"), text_generation.LONGEST))
    cost.within(cost.passes(opened.model, len(tokens)), f"{len(tokens):,} tokens of this model")
    alternatives = _wholes("alternatives", [header.get("alternatives", 5)], 20)[0]

    def parts() -> Iterator[bytes]:
        yield message({"count": len(tokens), "tokens": [token.hex() for token in opened.vocabulary.tokens]}, {})
        for part in text_generation.read_text(opened.model, torch.from_numpy(tokens), alternatives):
            yield message(
                {},
                {
                    "tokens": ("u16", part.tokens.numpy()),
                    "nats": ("f32", part.nats.numpy()),
                    "rank": ("u16", part.rank.numpy()),
                    "entropy": ("f16", part.entropy.numpy()),
                    "likeliest": ("u16", part.likeliest.numpy()),
                    "probs": ("f16", part.probs.numpy()),
                },
            )

    return parts()


# -- what requests say ----------------------------------------------------------------------------


def text_of(what: str, found: Any, most: int) -> str:
    """A text of at most so many characters that came with a request. Raises `BadRequest`."""
    if not isinstance(found, str):
        raise BadRequest(f"{what}={str(found)[:40]!r}: expected a text")
    if len(found) > most:
        raise BadRequest(f"{what} of {len(found):,} characters: at most {most:,} can be read at once")
    return found


def encoded(opened: Any, text: str) -> np.ndarray:
    """A text in the model's tokens: (T,)."""
    return opened.vocabulary.encode(text)


def path_of(opened: Any, planes: dict[str, np.ndarray]) -> np.ndarray:
    """The plane `path`, checked: (T,) int64."""
    path = planes.get("path", np.zeros(0, np.uint16))
    if path.dtype != np.uint16 or path.ndim != 1 or len(path) > MOST:
        raise BadRequest(f"path of shape {path.shape}: expected at most {MOST:,} tokens in a row")
    if len(path) and int(path.max()) >= opened.vocabulary.size:
        raise BadRequest(f"path with token {int(path.max())}: this model has {opened.vocabulary.size:,}, from 0")
    return path.astype(np.int64)


def _sampling_config(found: Any) -> Any:
    from core.numerics.sampling import SamplingConfig

    names = [f.name for f in dataclasses.fields(SamplingConfig)]
    if not isinstance(found, dict) or set(found) - set(names):
        raise BadRequest(f"choices: {str(found)[:60]!r} is none; expected {', '.join(names)}")
    for name, value in found.items():
        if type(value) is bool or not isinstance(value, int if name == "top_k" else int | float):
            raise BadRequest(f"{name}={str(value)[:40]!r}: expected a number")
    return SamplingConfig(**found)


def _list(what: str, found: Any, fewest: int, most: int) -> list[Any]:
    if not isinstance(found, list) or not fewest <= len(found) <= most:
        raise BadRequest(f"{what}: expected {fewest} to {most} of them")
    return found


def _wholes(what: str, found: list[Any], high: int) -> list[int]:
    if not all(type(n) is int and 0 <= n <= high for n in found):
        raise BadRequest(f"{what}={str(found[0])[:40]}: expected a whole number from 0 to {high:,}")
    return found
