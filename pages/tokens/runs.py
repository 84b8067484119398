"""What the routes of the page Next token answer of teacher forcing: texts that run freely, and what judges find.

A request says `first`, how many tokens of each stretch of the test text are given; `seed`, which runs; `pick`, whether
tokens are drawn as the model tells them ("drawn") or are always the likeliest ("greedy").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.store import checkpoints
from pages.shared import cost
from pages.shared.codec import BadRequest, message, pack
from pages.shared.model_store import answer
from pages.tokens import EXHIBIT, loading
from pages.tokens.writing import short

MOST = 256  # tokens given, as many as stretches have in training
RUNS = 4  # runs of the stretch that is shown
JUDGES = 5  # models that judge, at most
ENDS = 25  # places at the beginning and at the end of the runs that are told apart
PICKS = ("drawn", "greedy")


@dataclass(frozen=True)
class _Asked:
    """The model that a request is about, stretches of its test text, and how they are to go on.

    given (n, first), truth (n, count) tokens; most: how many can be given; whole: whether all of the test text was
    there to choose from.
    """

    opened: Any
    given: Any
    truth: Any
    most: int
    whole: bool
    seed: int
    pick: str

    @property
    def key(self) -> tuple[int, int, str, bool]:
        """What the runs of the model follow from, in few words."""
        return self.given.shape[1], self.seed, self.pick, self.whole

    def run(self, rows: Any) -> Any:
        """A free run of each of the stretches `rows`, (n,) that may repeat: tokens (n, count)."""
        import torch

        from core.analysis import teacher_forcing

        choice = teacher_forcing.GREEDY if self.pick == "greedy" else None
        noise = torch.Generator().manual_seed(self.seed)
        return teacher_forcing.free_run(self.opened.model, self.given[rows], self.truth.shape[1], noise, choice)


def _asked(name: str, header: dict[str, Any]) -> _Asked:
    import torch

    from core.analysis import teacher_forcing

    opened = loading.language_model(name)
    first, seed = _whole(header, "first", MOST), _whole(header, "seed", 2**31 - 1)
    if (pick := header.get("pick", "drawn")) not in PICKS:
        raise BadRequest(f"pick={str(pick)[:40]!r}: expected one of {', '.join(PICKS)}")
    text, whole = teacher_forcing.held_out_text(opened.checkpoint)
    tokens = torch.from_numpy(opened.vocabulary.encode(text))
    most = min(MOST, len(tokens) // 2)  # of a short text at least as much is told
    first = min(first, most)
    found = teacher_forcing.segments(tokens, first)
    # read once, told once, written once
    cost.within(cost.passes(opened.model, 3 * found.numel()), f"{found.numel():,} tokens of the test text")
    return _Asked(opened, found[:, :first], found[:, first:], most, whole, seed, pick)


def _whole(header: dict[str, Any], name: str, high: int) -> int:
    found = header.get(name, 0)
    if type(found) is not int or not 0 <= found <= high:
        raise BadRequest(f"{name}={str(found)[:40]}: expected a whole number from 0 to {high:,}")
    return found


def runs(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """The stretch number `stretch`: given (first,) and truth (t,) tokens; best (t,), the likeliest one token ahead of
    the truth, of probability probs (t,); log_probs (t,) of the truth; free (runs, t), runs from the same start."""
    from core.analysis import teacher_forcing

    asked = _asked(name, header)
    at = _whole(header, "stretch", 10**9) % len(asked.truth)
    best, probs, log_probs = teacher_forcing.one_step_ahead(
        asked.opened.model, asked.given[at : at + 1], asked.truth[at : at + 1]
    )
    free = asked.run([at] * (1 if asked.pick == "greedy" else RUNS))
    answer = {
        "given": ("u16", asked.given[at].numpy()),
        "truth": ("u16", asked.truth[at].numpy()),
        "best": ("u16", best[0].numpy()),
        "probs": ("f16", probs[0].numpy()),
        "log_probs": ("f32", log_probs[0].numpy()),
        "free": ("u16", free.numpy()),
    }
    return pack({"stretch": at, "stretches": len(asked.truth), "most": asked.most}, answer)


def drift(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> Iterator[bytes]:
    """All stretches, one free run of each. The first message has, by place, how often the likeliest token one ahead of
    the truth is the true one, how often the run holds the true one, and how often another stretch does; each other what
    a judge finds, the model itself first: mean log p of the truth and of the runs, by place, and what the runs cost
    more, nats a token, with its standard error over stretches: at all places, the first, the last, and how that grew.
    """
    asked = _asked(name, header)

    def parts() -> Iterator[bytes]:
        yield answer(_drifted, name, *asked.key)[0]
        for judge in (asked.opened, *_judges(asked.opened)):
            yield answer(_judged, name, *asked.key, judge.checkpoint.name, judge.checkpoint.version)

    return parts()


def _drifted(name: str, first: int, seed: int, pick: str, whole: bool) -> tuple[bytes, Any, Any, Any, Any]:
    """The first message of `drift`; given (n, first) and true tokens (n, t), log p of these by the model itself, and
    its runs (n, t)."""
    import torch

    from core.analysis import teacher_forcing

    asked = _asked(name, {"first": first, "seed": seed, "pick": pick})
    given, truth = asked.given, asked.truth
    best, _, own = teacher_forcing.one_step_ahead(asked.opened.model, given, truth)
    free = asked.run(torch.arange(len(truth)))
    right, met = ((found == truth).float() for found in (best, free))
    chance = teacher_forcing.chance_matches(truth)
    told = {"right": teacher_forcing.mean_error(right), "met": teacher_forcing.mean_error(met)}
    said = {"stretches": len(truth), "whole": whole, "chance": float(chance.mean()), **told}
    curves = {"right": right.mean(0), "met": met.mean(0), "chance": chance}
    return message(said, _curves(curves)), given, truth, own, free


def _judged(name: str, first: int, seed: int, pick: str, whole: bool, judge: str, version: str) -> bytes:
    """What a judge (of this version) finds."""
    from core.analysis import teacher_forcing

    opened = loading.language_model(judge)
    _, given, truth, own, free = answer(_drifted, name, first, seed, pick, whole)
    of_truth = own if judge == name else teacher_forcing.log_probs_under(opened.model, given, truth)
    of_free = teacher_forcing.log_probs_under(opened.model, given, free)
    more = of_truth - of_free
    ends = {"all": more, "early": more[:, :ENDS], "late": more[:, -ENDS:]}
    ends["growth"] = ends["late"] - ends["early"]
    found = {part: teacher_forcing.mean_error(values) for part, values in ends.items()}
    said = {"judge": judge, "short": short(opened.checkpoint.manifest.preset), **found}
    return message(said, _curves({"truth": of_truth.mean(0), "free": of_free.mean(0)}))


def _curves(curves: dict[str, Any]) -> dict[str, tuple[str, np.ndarray]]:
    return {name: ("f32", curve.numpy()) for name, curve in curves.items()}


def _judges(opened: Any) -> list[Any]:
    """Other models of the same text in the same tokens, the best first."""

    def cost(checkpoint: checkpoints.Checkpoint) -> float:
        score = checkpoint.score("nats a character")
        return score.value if score else float("inf")

    manifest = opened.checkpoint.manifest
    same = [
        c
        for c in EXHIBIT.checkpoints()[0]
        if c.name != opened.checkpoint.name
        and c.manifest.data_fingerprint == manifest.data_fingerprint
        and c.manifest.preset.view == manifest.preset.view
    ]
    others = (loading.language_model(c.name) for c in sorted(same, key=cost)[:JUDGES])
    return [other for other in others if other.vocabulary == opened.vocabulary]


# POST by name: see `pages.shared.routes`
