"""Figures and words of the Autoencoder page."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.checkpoints import Checkpoint
from pages.ui import loaders, pictures
from pages.ui.loaders import Rivals
from pages.ui.state import AutoencoderState
from pages.ui.theme import NOISE, TEST, TRAIN

SHOWN = 12  # examples in a row


def one_line(checkpoint: Checkpoint) -> str:
    """The net in one line."""
    run, model = checkpoint.run, checkpoint.run["preset"]["model"]
    sizes = "–".join(map(str, (int(np.prod(model["event_shape"])), *model["layers"])))
    begun = "a stack of RBMs, unrolled" if run["preset"].get("origin") else "random weights"
    units = f"{model['units']} units, {model['code']} code"
    return f"{sizes} and back, {units}, begun from {begun}. {run['parameters']:,} weights."


def reconstructions(checkpoint: Checkpoint, rivals: Rivals, state: AutoencoderState) -> None:
    """A row of images for each rival under the originals, with its error; on request what it gets wrong."""
    with st.container(horizontal=True, vertical_alignment="center"):
        classes = ["any", *rivals.classes]
        digit = st.selectbox(
            "Class", classes, index=classes.index(state.digit) if state.digit in classes else 0, width=160
        )
        seed = st.number_input("Other examples", 0, 9_999, state.seed, width=160, help="Which ones are drawn.")
        errors = st.toggle(
            "Show what is wrong", state.errors, help="Reconstruction less original: orange adds, blue misses."
        )
    st.query_params.update({"digit": digit, "seed": str(seed), "errors": str(errors)})
    rows = rivals.some(digit, int(seed), SHOWN)
    original = rivals.images(rows)
    _row("original", None, pictures.row(original))
    for rival in rivals.found:
        back = rivals.back(rival, rows)
        picture = pictures.signed_row(back - original) if errors else pictures.row(back)
        _row(rival.name, rival.error, picture)
    sizes = {rival.examples for rival in rivals.found}
    st.caption(
        f"Squared error summed over the pixels of an image, mean over {max(sizes):,} held-out images"
        + (f" ({min(sizes):,} for logistic PCA, whose codes have to be searched for)" if len(sizes) > 1 else "")
        + f"; a code has {rivals.found[0].size} numbers. The measure of Hinton & Salakhutdinov 2006."
    )


def error_by_size(checkpoint: Checkpoint, rivals: Rivals) -> None:
    """PCA's error for every code size, and where the others stand."""
    import altair as alt
    import pandas as pd

    curve = loaders.error_by_size(checkpoint)
    line = pd.DataFrame({"numbers": np.arange(1, len(curve) + 1), "error": curve, "way": "PCA"})
    points = pd.DataFrame(
        [{"numbers": r.size, "error": r.error, "way": r.name} for r in rivals.found if r.name != "PCA"]
    )
    x = alt.X("numbers:Q", title="numbers in the code")
    y = alt.Y("error:Q", title="squared error an image", scale=alt.Scale(domainMin=0))
    colour = alt.Color("way:N", title=None, scale=alt.Scale(range=[TRAIN, TEST, "#2e8b57", NOISE]))
    base = (
        alt.Chart(line).mark_line().encode(x, y, color=colour, tooltip=["numbers", alt.Tooltip("error", format=".2f")])
    )
    dots = alt.Chart(points).mark_point(size=110, filled=True)
    dots = dots.encode(x, y, color=colour, tooltip=["way", "numbers", alt.Tooltip("error", format=".2f")])
    st.altair_chart((base + dots).properties(height=300), width="stretch")
    equal = int(np.argmax(curve <= rivals.found[0].error)) + 1
    if curve[-1] <= rivals.found[0].error:
        st.caption(f"PCA needs **{equal}** numbers to do what this autoencoder does with **{rivals.found[0].size}**.")
    else:
        st.caption(
            f"Even with {len(curve)} numbers PCA does not reach what this autoencoder does with {rivals.found[0].size}."
        )


def walk(checkpoint: Checkpoint, state: AutoencoderState) -> None:
    """The way back, begun after each layer: before fine-tuning, where the stack is here, and after."""
    steps = loaders.walk(checkpoint, state.seed)
    for title, images, error in steps:
        _row(title, error, pictures.row(images, 40), wide=False)
    st.caption(
        "Images go up through some layers only and come back from there; errors over 200 images. In the stack each "
        "layer adds a loss of its own; fine-tuning trains the whole way through the code, and spoils the short cuts."
    )


def pretraining_in_words(checkpoint: Checkpoint, other: Checkpoint) -> None:
    """What was measured for both, in a sentence."""
    pair = sorted((checkpoint, other), key=lambda c: not c.run["preset"].get("origin"))
    last = [c.history()[-1] for c in pair]
    words = []
    for checkpoint_, line in zip(("From the stack", "From random weights"), last, strict=True):
        seen, held_out = line.get("train.reconstruction"), line["reconstruction"]
        words.append(
            f"{checkpoint_}: **{held_out:.2f}** on held-out images"
            + (f", {seen:.2f} on those trained on" if seen else "")
        )
    st.markdown(
        f"Same net, same seed, same budget of back-propagation. {'. '.join(words)}. In 2006 the deep net with sigmoid "
        "units did not train at all from random weights; Adam and careful first weights changed that. What is left of "
        "the gap is what the figures say."
    )


def explain_autoencoders() -> None:
    """Formulas and sources."""
    st.markdown("#### What this is")
    st.markdown(
        "An encoder squeezes an image into a code of a few numbers, a decoder draws it again from the code, and "
        "back-propagation makes both better together. With one linear layer the best that can be done is PCA; with "
        "layers of non-linear units between, the code can follow curved surfaces: an extension of PCA."
    )
    st.latex(
        r"\min_{f,g}\; \mathbb{E}\,\|x - g(f(x))\|^2 \qquad \text{PCA: } f(x) = W^\top (x-\mu),\; g(z) = \mu + W z"
    )
    st.caption("Hinton & Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 313 (2006).")


def _row(title: str, error: float | None, picture: np.ndarray, wide: bool = True) -> None:
    label, images = st.columns([1, 5 if wide else 2.4], vertical_alignment="center", gap="small")
    label.markdown(f"**{title}**" + (f"  \n{error:.2f}" if error is not None else ""))
    images.image(picture, width="content")
