"""Figures and words of the Autoencoder page."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.checkpoints import Checkpoint
from pages.components.training import COLOURS as RUNS
from pages.ui import links, loaders, pictures
from pages.ui.loaders import Rivals
from pages.ui.state import AutoencoderState
from pages.ui.theme import CLASS_COLOURS, NOISE

SHOWN = 12  # examples in a row
REST = {"logistic PCA": CLASS_COLOURS[4], "other nets": CLASS_COLOURS[0], "PCA": NOISE}


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
    st.caption(
        f"Squared error summed over the pixels of an image, mean over the held-out images; a code has "
        f"{rivals.found[0].size} numbers. The measure of Hinton & Salakhutdinov 2006."
    )
    if checkpoint.run["preset"]["view"] != "standardised" and all(r.name != "logistic PCA" for r in rivals.found):
        links.to_scores(checkpoint, "Fit logistic PCA too")


def error_by_size(checkpoint: Checkpoint, rivals: Rivals) -> None:
    """PCA's error for every code size, and where the others stand."""
    import altair as alt
    import pandas as pd

    curve = loaders.error_by_size(checkpoint)
    if not len(curve):
        st.caption("PCA has not been fitted to these data.")
        return
    line = pd.DataFrame({"numbers": np.arange(1, len(curve) + 1), "error": curve, "way": "PCA"})
    others = [(r.name, r.size, r.error) for r in rivals.found if r.name != "PCA"]
    others += [("other nets", *point) for point in _of_other_nets(checkpoint)]
    points = pd.DataFrame(others, columns=["way", "numbers", "error"])
    names = [*points["way"].unique(), "PCA"]
    runs = iter(RUNS)  # as they are coloured where their trainings are compared
    colours = [REST.get(name) or next(runs) for name in names]
    x = alt.X("numbers:Q", title="numbers in the code")
    y = alt.Y("error:Q", title="squared error an image", scale=alt.Scale(domainMin=0))
    colour = alt.Color("way:N", title=None, scale=alt.Scale(domain=names, range=colours))
    base = (
        alt.Chart(line).mark_line().encode(x, y, color=colour, tooltip=["numbers", alt.Tooltip("error", format=".2f")])
    )
    dots = alt.Chart(points).mark_point(size=110, filled=True)
    dots = dots.encode(x, y, color=colour, tooltip=["way", "numbers", alt.Tooltip("error", format=".2f")])
    st.altair_chart((base + dots).properties(height=300), width="stretch")
    best = min(rivals.found, key=lambda r: r.error)
    equal = int(np.argmax(curve <= best.error)) + 1
    if curve[-1] <= best.error:
        st.caption(f"PCA needs **{equal}** numbers to do what the best here does with **{best.size}**.")
    else:
        st.caption(f"Even with {len(curve)} numbers PCA does not reach what the best here does with {best.size}.")


def _of_other_nets(checkpoint: Checkpoint) -> list[tuple[int, float]]:
    """Size of the code and error of the other autoencoders of these data."""
    shown = {c.name for c in loaders.ways(checkpoint).values()}
    found = []
    for other in loaders.autoencoders():
        same = all(other.run["preset"][part] == checkpoint.run["preset"][part] for part in ("dataset", "view"))
        if same and other.name not in shown and (score := other.score("reconstruction error")):
            found.append((other.run["preset"]["model"]["layers"][-1], score["value"]))
    return found


def walk(checkpoint: Checkpoint, state: AutoencoderState) -> None:
    """The way back, begun after each layer: before fine-tuning, where the stack is here, and after."""
    steps = loaders.walk(checkpoint, state.seed)
    for title, images, error in steps:
        _row(title, error, pictures.row(images, 40), wide=False)
    st.caption(
        "Images go up through some layers only and come back from there; errors over 200 images. In the stack each "
        "layer adds a loss of its own; fine-tuning trains the whole way through the code, and spoils the short cuts."
    )


HOW = {
    "pretrained": "begun from the stack of RBMs",
    "random weights": "the same units and Adam, begun from random weights as large as the size of the layer asks for",
    "modern units": "GELU instead of sigmoid units, random weights, Adam",
    "plain descent": "sigmoid units, small random weights, gradient descent with momentum: the usual way before 2006",
}


def ways_in_words(among: dict[str, Checkpoint]) -> None:
    """What was measured for each way of training, in a table; and what to make of it."""
    rows = ["| | on held-out images | on images trained on | |", "| --- | ---: | ---: | --- |"]
    for name, checkpoint in among.items():
        last = checkpoint.history()[-1]
        seen = last.get("train.reconstruction")
        rows.append(
            f"| **{name}** | {last['reconstruction']:.2f} | {'' if seen is None else f'{seen:.2f}'} | {HOW[name]} |"
        )
    st.markdown("\n".join(rows))
    st.markdown(
        "Same layers, same seed, same number of passes; errors over 1,000 images. In 2006 the way to train so deep "
        "a net was to begin near a good solution, found one layer at a time. Since then better first weights, other "
        "units, and steps that adapt to each weight have closed the gap or turned it round: see the table for this net."
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
