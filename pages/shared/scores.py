"""A checkpoint's scores in words, and as a table."""

from __future__ import annotations

import re

import streamlit as st

from core.config.score import Score, Unscored
from core.store.checkpoints import Checkpoint

LIKELIHOODS = ("test log-probability", "bound on test log-probability")  # exact or estimated, else a bound


def likelihood(checkpoint: Checkpoint) -> str | None:
    """The test log-probability with all that its scores say of how well it is known, or why it was not estimated; None
    where there is none."""
    score, bound = checkpoint.score("test log-probability"), checkpoint.score("reverse bound")
    if score is None:
        left_out = {one.name: one.reason for one in checkpoint.manifest.unscored}
        return left_out.get("test log-probability")
    if score.nature == "exact":
        return f"**{number(score)}** {unit(score)} (exact)"
    text = f"**{number(score)}** {unit(score)} (AIS"
    if bound:
        gap = bound.value - score.value
        text += f"; reverse AIS {number(bound)}, {abs(gap):.2f} {'higher' if gap > 0 else 'lower'}"
    return text + ")"


def name(score: Score | Unscored) -> str:
    """What a score is called on the screen; run.json says "nats a character"."""
    return re.sub(r"^(nats|bits) a ", r"\1 per ", score.name)


def unit(score: Score) -> str:
    """A score's unit; none for a fraction, which `number` gives in per cent."""
    return "" if _is_fraction(score) else score.unit.replace("/", " per ")


def nature(score: Score) -> str:
    """What kind of number a score is. The log Z of AIS tends to be too low, and so log p too high."""
    return score.nature.replace("upper-leaning estimate", "estimate, biased upwards")


def _is_fraction(score: Score) -> bool:
    return score.unit.startswith("share")


def number(score: Score) -> str:
    """A score's value with its spread."""
    if _is_fraction(score):
        spread = f" ± {100 * score.spread:.1f}" if score.spread is not None else ""
        return f"{100 * score.value:.1f}{spread}%"
    spread = f" ± {score.spread:.2f}" if score.spread is not None else ""
    text = f"{score.value:.2f}{spread}" if abs(score.value) >= 1 else f"{score.value:.3f}{spread}"
    return text.replace("-", "−")


def score_table(checkpoint: Checkpoint) -> None:
    """Every score in run.json, with what kind of number it is."""
    with st.expander("All scores", icon=":material/table:"):
        rows = [
            {
                "score": name(s),
                "value": number(s),
                "unit": unit(s),
                "kind": nature(s),
                "data": s.data,
                "method": s.note,
            }
            for s in checkpoint.manifest.scores
        ]
        rows += [{"score": name(s), "value": "not computed", "method": s.reason} for s in checkpoint.manifest.unscored]
        st.dataframe(rows, hide_index=True)
        preset = checkpoint.manifest.preset.name
        st.caption(f"To compute them again: `python -m core evaluate {preset}`.")
