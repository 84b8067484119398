"""What goes on inside a language model while it reads: where each head looks, what each hidden unit does, and which
unit follows something that can be said of a text.

A unit is searched for as any feature is chosen: on one half of a text, by the largest |r|; the r that counts is that of
the other half. Beside it stands what the same search finds for the target moved along the text by a random stretch:
such a target has the same runs, in wrong places. Karpathy, Johnson & Fei-Fei 2015 found units for quotes, brackets and
the place in a line by eye.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import torch
from torch import Generator, Tensor

from core.config.fields import SettingError, require
from core.data.tokenizers import Vocabulary
from core.models.capabilities import HasAttention, HasBackoff, HasHiddenStates
from core.numerics.cancel import check

SEGMENT = 256  # tokens of the segments that heads' statistics are measured on
SHIFTS = 200  # times a target is moved to wrong places
PATTERN = 100  # characters of a visitor's pattern
PATIENCE = 2.0  # seconds for it to match

# -- where heads look -------------------------------------------------------------------------------


@torch.no_grad()
def attention(model: HasAttention, tokens: Tensor) -> Tensor:
    """Where each of the tokens (T,) looks, by layer and head: shares (layers, heads, T, T + 1), column 0 the
    beginning."""
    return model.attention(tokens[None])[0]


@torch.no_grad()
def head_statistics(model: HasAttention, tokens: Tensor, spaces: Tensor) -> tuple[dict[str, Tensor], dict[str, float]]:
    """What each head mostly looks at in a text (T,), read in segments; `spaces` (V,) says which tokens are white.

    Shares of its attention, mean over the text, each (layers, heads):
        beginning   on the beginning
        itself      on the token that looks
        previous    on the one before it
        spaces      on white space before it
        alike       on earlier tokens like the one that looks
        followed    on what came after those (an induction head: Olsson et al. 2022)
    and `back`: how many tokens back it looks on average, the beginning aside. Second: the same of a head that looks at
    all alike.
    """
    found: list[dict[str, Tensor]] = []
    usual: list[dict[str, Tensor]] = []
    length = min(SEGMENT, model.config.span, len(tokens))
    for part in tokens[: len(tokens) // length * length].split(length):
        check()
        even = torch.ones(length, length + 1, device=part.device).tril(1)
        found.append(_statistics(attention(model, part), part, spaces))
        usual.append(_statistics((even / even.sum(1, keepdim=True))[None, None], part, spaces))
    mean = {name: torch.stack([each[name] for each in found]).mean(0) for name in found[0]}
    return mean, {name: float(torch.stack([each[name] for each in usual]).mean()) for name in usual[0]}


def _statistics(shares: Tensor, tokens: Tensor, spaces: Tensor) -> dict[str, Tensor]:
    t = len(tokens)
    place = torch.arange(t, device=tokens.device)
    back = place[:, None] - place  # (T, T), of who looks and who is looked at
    alike = tokens[:, None] == tokens
    kinds = {
        "itself": back == 0,
        "previous": back == 1,
        "spaces": (back > 0) & spaces[tokens],
        "alike": (back > 0) & alike,
        "followed": (back >= 0) & torch.nn.functional.pad(alike, (1, 0))[:, :-1],
    }
    on = shares[..., 1:]
    found = {name: (on * kind).sum(3).mean(2) for name, kind in kinds.items()}
    found["beginning"] = shares[..., 0].mean(2)
    found["back"] = (on * back).sum((2, 3)) / on.sum((2, 3)).clamp_min(1e-9)
    return found


# -- what an n-gram goes by -------------------------------------------------------------------------


@dataclass(frozen=True)
class Backoff:
    """What an n-gram of order n predicts after each of T tokens, by how many of the last it looks at.

    seen        (T, n) how often the last 0, 1, ... n - 1 tokens stood in the training text
    weight      (T, n + 1) the part of the prediction that comes from no count at all, then from each of those
    likeliest   (T, n, K) tokens by the prediction with so many looked at; probs (T, n, K) their probabilities
    """

    seen: Tensor
    weight: Tensor
    likeliest: Tensor
    probs: Tensor


@torch.no_grad()
def backoff(model: HasBackoff, tokens: Tensor, alternatives: int = 3) -> Backoff:
    """What an n-gram predicts after each of the tokens (T,), order by order."""
    seen, weight, likeliest, probs = [], [torch.ones(len(tokens), device=tokens.device)], [], []
    first = tokens.new_full((1,), model.beginning)
    heads, _ = model.heads(model.init_cache(1)["recent"], torch.cat([first, tokens])[None])
    for total, share, p in model.backoff(heads[1:]):
        weight = [*(each * share for each in weight), 1 - share]  # what the longer one leaves to the shorter
        best, which = p.topk(min(alternatives, p.shape[1]), 1)
        seen.append(total), likeliest.append(which), probs.append(best)
    if not seen:
        raise SettingError("this n-gram has read no text yet")
    return Backoff(torch.stack(seen, 1), torch.stack(weight, 1), torch.stack(likeliest, 1), torch.stack(probs, 1))


# -- what units do ----------------------------------------------------------------------------------


@torch.no_grad()
def activity(model: HasHiddenStates, tokens: Tensor) -> Tensor:
    """h of every unit after each of the tokens (T,), read from their beginning: (T, layers, H), between -1 and 1."""
    first = tokens.new_full((1,), model.beginning)
    found = model.hidden_states(torch.cat([first, tokens])[None], model.init_cache(1))
    return torch.stack([layer[0, 1:] for layer in found], 1)


@dataclass(frozen=True)
class UnitMatches:
    """Units by how well they follow a target on the first half of a text, the best first; |r| is what is compared.

    units       (K,) their numbers
    r_search    (K,) r on the half that they were chosen by
    r_held_out  (K,) r on the other half
    chance      |r| on the other half that the best unit for a target in wrong places stays below, 95 times of 100
    """

    units: Tensor
    r_search: Tensor
    r_held_out: Tensor
    chance: float


def find_units(activity: Tensor, target: Tensor, generator: Generator, most: int = 5) -> UnitMatches | None:
    """The units whose activity (T, U) follows the target (T,); None where that never changes in one of the halves."""
    half = len(target) // 2
    activity, target = activity.double(), target.double()
    u, v, first, second = activity[:half], activity[half:], target[:half], target[half:]
    if not half or first.min() == first.max() or second.min() == second.max():
        return None
    fitted, held = correlations(u, first[:, None])[:, 0], correlations(v, second[:, None])[:, 0]
    units = fitted.abs().argsort(descending=True)[:most]
    low = max(1, len(target) // 20)
    by = torch.randint(low, max(low + 1, len(target) - low), (SHIFTS,), generator=generator)
    moved = torch.stack([target.roll(int(k)) for k in by], 1)  # (T, SHIFTS)
    best = correlations(u, moved[:half]).abs().argmax(0)
    wrong = correlations(v, moved[half:]).gather(0, best[None]).abs()
    return UnitMatches(units, fitted[units], held[units], float(wrong.quantile(0.95)))


def correlations(u: Tensor, targets: Tensor) -> Tensor:
    """r (U, K) of u (T, U) with targets (T, K); 0 for what never changes."""
    u, targets = u - u.mean(0), targets - targets.mean(0)
    size = u.norm(dim=0)[:, None] * targets.norm(dim=0)
    return torch.where(size > 1e-9, (u.t() @ targets) / size.clamp_min(1e-9), 0.0)


# -- what they may follow ---------------------------------------------------------------------------

# how a span is found; what it holds is marked from its first character to the one before its last
_QUOTES = re.compile(r"\"[^\"]{1,1000}\"|“[^”]{1,1000}”|`[^`\n]{1,1000}`|(?<!\w)'[^'\n]{1,1000}'(?!\w)")
_OPENING, _CLOSING = "([{", ")]}"


def _line(text: str) -> list[float]:
    return list(accumulate(text, lambda n, c: 0 if c == "\n" else n + 1, initial=0))[1:]


def _word(text: str) -> list[float]:
    return list(accumulate(text, lambda n, c: n + 1 if c.isalpha() else 0, initial=0))[1:]


def _indent(text: str) -> list[float]:
    """Spaces that the line began with, as far as it is read."""
    found, spaces, within = [], 0, True
    for c in text:
        within = c == "\n" or (within and c in " \t")
        spaces = 0 if c == "\n" else spaces + within
        found.append(spaces)
    return found


def _brackets(text: str) -> list[float]:
    """1 within brackets; those that are never closed end with the paragraph."""
    found, depth = [], 0
    for before, c in zip("\n" + text, text, strict=False):
        depth = 0 if before == c == "\n" else max(0, depth + (c in _OPENING) - (c in _CLOSING))
        found.append(float(depth > 0))
    return found


def _quotes(text: str) -> list[float]:
    return _mark_spans(len(text), [(m.start(), m.end() - 1) for m in _QUOTES.finditer(text)])


def _colon(text: str) -> list[float]:
    return _mark_spans(len(text), [m.span() for m in re.finditer(r":\n?[^\n]*", text)])


def _upper(text: str) -> list[float]:
    return _mark_spans(len(text), [m.span() for m in re.finditer(r"[^\W\d_]{2,}", text) if m[0].isupper()])


def _mark_spans(length: int, spans: Sequence[tuple[int, int]]) -> list[float]:
    found = np.zeros(length)
    for start, end in spans:
        found[start:end] = 1
    return found.tolist()


@dataclass(frozen=True)
class Target:
    """Something that can be said of every character of a text; `of` gives a number for each. It is known as soon as the
    character is read, but for what `later` says: that follows from the text further on, which no unit has seen yet."""

    title: str
    of: Callable[[str], Sequence[float]]
    later: str = ""


TARGETS = {
    "line": Target("position in the line", _line),
    "quotes": Target(
        "inside quotes",
        _quotes,
        "Only closed quotes count; inside them, no unit can know yet that they will be closed.",
    ),
    "brackets": Target("inside brackets", _brackets),
    "capitals": Target("capital letters", lambda text: [float(c.isupper()) for c in text]),
    "upper": Target(
        "words in capitals",
        _upper,
        "Only words entirely in capitals count; at the first letters, no unit can know that yet.",
    ),
    "colon": Target("after a colon, to the end of the line", _colon),
    "word": Target("length of the word so far", _word),
    "vowels": Target("vowels", lambda text: [float(c in "aeiouAEIOU") for c in text]),
    "spaces": Target("white space", lambda text: [float(c.isspace()) for c in text]),
    "indent": Target("indentation of the line", _indent),
}

_MATCH = """
import json, re, sys
pattern, texts = json.load(sys.stdin)
try:
    found = re.compile(pattern, re.MULTILINE)
except (re.error, OverflowError, RecursionError) as error:
    print(json.dumps(str(error)))
else:
    print(json.dumps([[m.span() for m in found.finditer(text)] for text in texts]))
"""


def pattern_targets(pattern: str, texts: Sequence[str]) -> list[Sequence[float]]:
    """1 for each character of the texts that a regular expression matches, else 0. Raises `SettingError`.

    A short pattern can take for ever: it is matched by a process of its own, which is ended after `PATIENCE` seconds.
    """
    require(0 < len(pattern) <= PATTERN, "pattern", pattern[:PATTERN], f"1 to {PATTERN} characters")
    command = [sys.executable, "-I", "-S", "-c", _MATCH]
    request = json.dumps([pattern, list(texts)])
    try:
        done = subprocess.run(command, input=request, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise SettingError(
            f"pattern={pattern!r}: given up after {PATIENCE:g} seconds; is a repeat inside a repeat?"
        ) from None
    if done.returncode:
        raise SettingError(f"pattern={pattern!r}: matching failed")
    found = json.loads(done.stdout)
    if isinstance(found, str):
        raise SettingError(f"pattern={pattern!r} is not a regular expression: {found}")
    return [_mark_spans(len(text), spans) for text, spans in zip(texts, found, strict=True)]


def targets(follow: str, texts: Sequence[str]) -> list[Sequence[float]]:
    """What is followed, for each character of the texts: a key of `TARGETS`, or a pattern after a slash."""
    if follow.startswith("/"):
        return pattern_targets(follow[1:], texts)
    require(follow in TARGETS, "follow", follow, f"one of {', '.join(TARGETS)}, or / and a pattern")
    return [TARGETS[follow].of(text) for text in texts]


def last_characters(vocabulary: Vocabulary, text: str, tokens: np.ndarray) -> np.ndarray:
    """Which character of the text each of its tokens (T,) ends with or in: (T,)."""
    sizes = [len(vocabulary.tokens[token]) for token in tokens]
    ends = np.cumsum([len(c.encode(errors="replace")) for c in text])
    return np.searchsorted(ends, np.cumsum(sizes) - 1, side="right")
