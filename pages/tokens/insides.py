"""What the routes of the panel Inside answer: attention, activity or counts along a text; heads' habits; units that
follow something. Beside `pages.tokens.writing`."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.config.capabilities import Capability
from core.store import checkpoints
from pages.shared.codec import BadRequest, pack
from pages.shared.model_store import OpenModel, answer, can
from pages.tokens import loading
from pages.tokens.writing import excerpt, text_of

MOST_ATTENDED, MOST_TOKENS = 256, 1_000  # tokens that are shown at once: of a model with attention, of others
SENT = 10_000  # characters of a text that is sent


def inside(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """What goes on while the model reads `text`: a long one's beginning. By what it has, with T tokens, K likely ones:

    attention        roots (layers, heads, T, T + 1): square roots of shares, 255 for 1; column 0 the beginning
    hidden states    activity (T, layers, H), 0 for -1, 255 for 1
    backoff          seen (T, n), weight (T, n + 1), likeliest and probs (T, n, K): see `language_insides.Backoff`
    """
    from core.analysis import language_insides

    opened = loading.language_model(name)
    text, tokens = visible_text(opened, header.get("text"))
    what = {"characters": len(text), "most": _most_tokens(opened)}
    found: dict[str, tuple[str, Any]] = {"tokens": ("u16", tokens.numpy())}
    if can(opened.checkpoint, Capability.HAS_ATTENTION):
        found["roots"] = ("u8", (255 * language_insides.attention(opened.model, tokens).sqrt()).round().byte().numpy())
    elif can(opened.checkpoint, Capability.HAS_HIDDEN_STATES):
        units = language_insides.activity(opened.model, tokens)
        found["activity"] = ("u8", (127.5 * (1 + units.clamp(-1, 1))).round().byte().numpy())
        what["targets"] = {key: target.title for key, target in language_insides.TARGETS.items()}
        what["later"] = {key: target.later for key, target in language_insides.TARGETS.items() if target.later}
    else:
        counts = language_insides.backoff(opened.model, tokens)
        found |= {"seen": ("f32", counts.seen.numpy()), "weight": ("f32", counts.weight.numpy())}
        found |= {"likeliest": ("u16", counts.likeliest.numpy()), "probs": ("f16", counts.probs.numpy())}
    return pack(what, found)


def head_statistics(name: str, query: dict[str, str]) -> bytes:
    """What each head mostly looks at in the test text: planes (layers, heads), and what is usual."""
    return answer(_head_statistics, name)


def _head_statistics(name: str) -> bytes:
    import torch

    from core.analysis import language_insides

    opened = _with(Capability.HAS_ATTENTION, name)
    tokens = torch.from_numpy(opened.vocabulary.encode(test_excerpt(name)))
    spaces = torch.zeros(opened.vocabulary.size, dtype=torch.bool)
    spaces[: len(opened.vocabulary.tokens)] = torch.tensor([token.isspace() for token in opened.vocabulary.tokens])
    found, usual = language_insides.head_statistics(opened.model, tokens, spaces)
    return pack({"usual": usual, "tokens": len(tokens)}, {key: ("f32", each.numpy()) for key, each in found.items()})


def units(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Units that follow what `follow` names along the test text, the best first, and the plane `target` (T,): the same
    of `text`, from 0 to 1; or `wrong`, what is wrong with a visitor's pattern."""
    from core.analysis import language_insides
    from core.config.fields import SettingError

    opened, follow = _with(Capability.HAS_HIDDEN_STATES, name), header.get("follow")
    if not isinstance(follow, str):
        raise BadRequest(f"follow={str(follow)[:40]!r}: expected a text")
    text, tokens = visible_text(opened, header.get("text"))
    try:
        found = answer(_followers, name, follow)
        (here,) = language_insides.targets(follow, [text])
    except SettingError as error:
        if not follow.startswith("/"):
            raise
        return pack({"wrong": str(error)}, {})  # half a pattern is no fault of the page's
    top = max(1.0, *here) if here else 1.0
    along = _of_tokens(opened, text, tokens.numpy(), here) / top
    return pack({**found, "top": top}, {"target": ("f32", along)})


def _followers(name: str, follow: str) -> dict[str, Any]:
    """What `units` says of the test text, whatever text is shown."""
    import torch

    from core.analysis import language_insides

    opened, test = loading.language_model(name), test_excerpt(name)
    (on_test,) = language_insides.targets(follow, [test])
    activity = loading.hidden_activity(name, test)
    target = _of_tokens(opened, test, opened.vocabulary.encode(test), on_test)
    found = language_insides.find_units(activity.flatten(1), torch.from_numpy(target), torch.Generator().manual_seed(0))
    answer = {"tokens": len(target), "mean": float(target.mean()), "units": None}
    if found:
        width = activity.shape[2]
        matches = zip(found.units.tolist(), found.r_search.tolist(), found.r_held_out.tolist(), strict=True)
        answer["units"] = [
            {"layer": unit // width, "unit": unit % width, "fitted": fitted, "held": held}
            for unit, fitted, held in matches
        ]
        answer["chance"] = found.chance
    return answer


def visible_text(opened: OpenModel, text: Any) -> tuple[str, Any]:
    """As much of the text as is shown at once, and its tokens (T,). Raises `BadRequest`."""
    import torch

    from core.analysis.language_insides import last_characters

    text = text_of("text", text, SENT)
    tokens = opened.vocabulary.encode(text)[: _most_tokens(opened)]
    read = int(last_characters(opened.vocabulary, text, tokens)[-1]) + 1 if len(tokens) else 0
    return text[:read], torch.from_numpy(tokens)


def test_excerpt(name: str) -> str:
    """How the test text begins. Raises `CheckpointError` where none was kept."""
    if not (text := excerpt(name)):
        raise checkpoints.CheckpointError(f"{name} has no test text with it")
    return text


def _most_tokens(opened: OpenModel) -> int:
    return MOST_ATTENDED if can(opened.checkpoint, Capability.HAS_ATTENTION) else MOST_TOKENS


def _with(needed: Capability, name: str) -> OpenModel:
    opened = loading.language_model(name)
    if not can(opened.checkpoint, needed):
        raise BadRequest(f"{name} is of the family {opened.checkpoint.family_name}: it lacks {needed}")
    return opened


def _of_tokens(opened: OpenModel, text: str, tokens: np.ndarray, each: Any) -> np.ndarray:
    """What is said of each character, for each of the tokens (T,)."""
    from core.analysis.language_insides import last_characters

    return np.asarray(each, np.float64)[last_characters(opened.vocabulary, text, tokens)]
