"""A checkpoint's scores in words, and as a table."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from core.store.checkpoints import Checkpoint

FEW_CHAINS = 10  # an AIS estimate that fewer chains carry has a spread that says nothing


def likelihood(checkpoint: Checkpoint) -> str | None:
    """The test log-probability with all that its scores say of how well it is known; None where it was not computed."""
    score, bound = checkpoint.score("test log-probability"), checkpoint.score("reverse bound")
    if score is None:
        return None
    unit = score["unit"].replace("/", " per ")
    if score["nature"] == "exact":
        return f"**{number(score)}** {unit} (exact)"
    carrying = re.search(r"(\d+) chains, (\d+) of them effective", score["note"])
    few = f", {carrying[2]} of {carrying[1]} chains effective" if carrying and int(carrying[2]) < FEW_CHAINS else ""
    text = f"**{number(score)}** {unit} (AIS{few}"
    if bound:
        gap = bound["value"] - score["value"]
        text += f"; reverse AIS {number(bound)}, {abs(gap):.2f} {'higher' if gap > 0 else 'lower'}"
    text += ")"
    if (doubt := disagreement(checkpoint)) is not None:
        text += f", known to about **±{doubt:.0f}** only"
    return text


def disagreement(checkpoint: Checkpoint) -> float | None:
    """Nats by which AIS and reverse AIS differ, where that is far more than both spreads: then it is the uncertainty,
    and the spreads are of no account. None where they agree, or where one was not computed."""
    score, bound = checkpoint.score("test log-probability"), checkpoint.score("reverse bound")
    if not score or not bound:
        return None
    gap = abs(bound["value"] - score["value"])
    return gap if gap > 3 * ((score["spread"] or 0) + (bound["spread"] or 0)) else None


def number(score: dict[str, Any]) -> str:
    """A score's value with its spread."""
    spread = f" ± {score['spread']:.2f}" if score["spread"] is not None else ""
    text = f"{score['value']:.2f}{spread}" if abs(score["value"]) >= 1 else f"{score['value']:.3f}{spread}"
    return text.replace("-", "−")


def score_table(checkpoint: Checkpoint) -> None:
    """Every score in run.json, with what kind of number it is."""
    with st.expander("All scores of this model, and what kind of number each is", icon=":material/table:"):
        rows = [
            {
                "score": s["name"],
                "value": number(s),
                "unit": s["unit"],
                "nature": s["nature"],
                "data": s["data"],
                "how": s["note"],
            }
            for s in checkpoint.manifest.scores
        ]
        rows += [{"score": s["name"], "value": "left out", "how": s["reason"]} for s in checkpoint.manifest.unscored]
        st.dataframe(rows, hide_index=True)
        if (doubt := disagreement(checkpoint)) is not None:
            st.caption(
                f"AIS and reverse AIS differ by **{doubt:.1f} nats** on the same images, far more than either spread. "
                f"Read both log-probabilities and log Z as ±{doubt:.0f}."
            )
        name = checkpoint.manifest.preset.name
        st.caption(f"Again on your machine: `python -m core evaluate {name}`. AIS gives an upper-leaning estimate.")
