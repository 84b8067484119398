"""What each idea is worth: bits per sample of all models of one data set, and of samples on their own."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.store.checkpoints import Checkpoint
from pages.shared import scores
from pages.sound import structure

BITS, ALONE = "test bits per sample", "base-rate bits per sample"
IDEAS = {
    "": "how often each level occurs",
    "linear": "a weighted sum of the last samples; the size of the last errors",
    "recurrent": "one state, which every sample changes",
    "dilated": "layers of dilations, whose reach doubles",
}


def rows(checkpoint: Checkpoint, others: Sequence[Checkpoint]) -> list[dict[str, str]]:
    """A row for each of `others` that was tested on the data of `checkpoint`, after one for samples on their own; the
    dearest first."""
    same = [c for c in others if c.manifest.data_fingerprint == checkpoint.manifest.data_fingerprint and c.score(BITS)]
    found = [_row(c.title, IDEAS[structure(c)], c, BITS, f"{c.manifest.parameters:,}") for c in same]
    if alone := next((c for c in (checkpoint, *same) if c.score(ALONE)), None):
        found.append(_row("independent samples", IDEAS[""], alone, ALONE, ""))
    return [row for _, row in sorted(found, key=lambda pair: -pair[0])]


def show(checkpoint: Checkpoint, others: Sequence[Checkpoint]) -> None:
    """The rows as a table."""
    if found := rows(checkpoint, others):
        st.subheader(f"What each idea is worth on {checkpoint.manifest.data_title}", anchor=False)
        st.dataframe(found, hide_index=True)
        st.caption(
            "Exact, over whole test recordings; after ±, one standard error. A model that is conditioned on class and "
            "speaker is given them."
        )


def _row(title: str, idea: str, checkpoint: Checkpoint, name: str, weights: str) -> tuple[float, dict[str, str]]:
    score, told = checkpoint.score(name), checkpoint.score("class told by likelihood") if name == BITS else None
    return score.value, {
        "model": title,
        "what it knows": idea,
        "bits per sample": scores.number(score),
        "class told by likelihood": scores.number(told) if told else "",
        "weights": weights,
    }
