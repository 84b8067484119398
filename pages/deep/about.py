"""What the page says of a model and of itself."""

from __future__ import annotations

import streamlit as st

from core.config.capabilities import Capability
from core.store.checkpoints import Checkpoint
from pages.deep import loading
from pages.registry import list_checkpoints
from pages.shared import scores
from pages.shared.model_store import can

WHAT = r"""
A **deep Boltzmann machine** has several layers of hidden units, and every connection between neighbouring layers works
both ways (Salakhutdinov & Hinton 2009):

$$
E(v, h^1, h^2) = -b\cdot v - b^1\!\cdot h^1 - b^2\!\cdot h^2 - v^\top W^1 h^1 - {h^1}^\top W^2 h^2
$$

A unit of the first layer gets input from the image below and from the second layer above. So the posterior has to be
found by going back and forth: **mean field** gives each unit one belief and updates layer after layer, which never
lowers the bound
$\log p(v) \ge \mathbb{E}_q[-E] + H(q) - \log Z$. A **belief net** (Hinton, Osindero & Teh 2006) has the same layers,
but below its top only the way down belongs to the model; its inference is one pass up.
"""

TRY = (
    "1. **Hide** the lower half of a digit. Move **Feedback** from 0 to 1: which layer changes, and what appears?\n"
    "2. Draw something between a 4 and a 9. Does feedback decide?\n"
    "3. **Mean field and Gibbs**: which units lie off the diagonal? Hide half of the image and look again.\n"
    "4. Click a unit to clamp it on. Those that become less likely explained the same stroke.\n"
    "5. **Gibbs chains**: clamp the top layer of a digit. What stays the same, what varies?\n"
    "6. **Noise or data**: do chains from noise come to the energy of chains from test images?\n"
    "7. **What units respond to**: does a unit of layer 2 respond to what its weights show?"
)


def one_line(checkpoint: Checkpoint) -> str:
    """The model in one line: its layers, what it was trained on, its likelihood."""
    layers = "–".join(map(str, (_visibles(checkpoint), *checkpoint.manifest.preset.model["layers"])))
    kind = "deep Boltzmann machine" if can(checkpoint, Capability.HAS_MEAN_FIELD) else "deep belief network"
    text = f"{checkpoint.manifest.data_title}, {kind} **{layers}**. "
    for name in scores.LIKELIHOODS:
        if score := checkpoint.score(name):
            return (
                text
                + f"{score.name.capitalize()} **{scores.number(score)}** {scores.unit(score)} ({scores.nature(score)})."
            )
    unscored = {one.name: one.reason for one in checkpoint.manifest.unscored}
    return text + next(
        (f"{name} {_not_estimated(unscored[name])}" for name in scores.LIKELIHOODS if name in unscored), ""
    )


def estimates(checkpoint: Checkpoint) -> str:
    """What AIS says of log Z in both directions, or why neither counts: a check on the machine's chains."""
    forward, reverse = (checkpoint.score(f"log Z by {way}") for way in ("AIS", "reverse AIS"))
    if forward and reverse:
        return (
            f"log Z in nats: {scores.number(forward)} by AIS from noise, {scores.number(reverse)} by AIS backwards "
            f"from chains ({forward.note})."
        )
    reasons = [one.reason for one in checkpoint.manifest.unscored if one.name in (*scores.LIKELIHOODS, "log Z by AIS")]
    return f"log p of a test image {_not_estimated(reasons[0])}." if reasons else ""


def _not_estimated(reason: str) -> str:
    """A reason as the end of a sentence."""
    return reason if reason.startswith("not estimated") else f"not estimated: {reason}"


def machines_beside(checkpoint: Checkpoint) -> None:
    """RBMs, belief nets and deep machines of the same data, with what is known of their likelihoods."""
    ours = checkpoint.manifest
    rows = []
    for c in list_checkpoints()[0]:
        same = c.manifest.data_fingerprint == ours.data_fingerprint and c.manifest.preset.view == ours.preset.view
        if not same or not (kind := loading.kind_of(c)):
            continue
        found = [score for name in scores.LIKELIHOODS if (score := c.score(name))]
        rows.append(
            {
                "Machine": c.title,
                "Kind": kind,
                "Hidden layers": "–".join(map(str, c.layers.values())),
                "Parameters": c.manifest.parameters,
                "log p of a test image, nats": found[0].value if found else None,
                "±": found[0].spread if found else None,
                "Kind of number": f"{'bound, ' if 'bound' in found[0].name else ''}{scores.nature(found[0])}"
                if found
                else "not estimated",
            }
        )
    if len(rows) < 2:
        return
    st.markdown("#### One layer, or several: machines of the same images")
    rows.sort(key=lambda row: (row["log p of a test image, nats"] is None, -(row["log p of a test image, nats"] or 0)))
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        column_config={
            "Parameters": st.column_config.NumberColumn(format="localized"),
            "log p of a test image, nats": st.column_config.NumberColumn(format="%.2f"),
            "±": st.column_config.NumberColumn(format="%.2f"),
        },
    )
    st.caption(
        "A bound lies below log p. Annealed importance sampling (AIS) tends to find too small a log Z, and so too high "
        "a log p: such an estimate is biased upwards. Compare two machines by numbers of the same kind."
    )


def _visibles(checkpoint: Checkpoint) -> int:
    height, width = checkpoint.manifest.preset.event_shape
    return height * width
