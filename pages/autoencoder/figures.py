"""Figures and words of the Autoencoder page."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from core.store.checkpoints import Checkpoint
from pages.autoencoder import EXHIBIT, loading
from pages.autoencoder.loading import Comparison
from pages.autoencoder.state import AutoencoderState
from pages.shared import links, model_picker, pictures
from pages.shared.state import bounds
from pages.shared.theme import CLASS_COLOURS, NOISE
from pages.train.player import COLOURS as RUNS

SHOWN = 12  # images in a row
WORDS = 16  # of a document
LINEAR = ("PCA", "latent semantic analysis")  # those with a curve over code sizes
REST = {"logistic PCA": CLASS_COLOURS[4], "other nets": CLASS_COLOURS[0]} | dict.fromkeys(LINEAR, NOISE)


def one_line(checkpoint: Checkpoint) -> str:
    """The net in one line."""
    manifest, model = checkpoint.manifest, checkpoint.manifest.preset.model
    sizes = "–".join(map(str, (int(np.prod(model["event_shape"])), *model["layers"])))
    begun = "a stack of RBMs, unrolled" if manifest.preset.origin else "random weights"
    units = f"{model['units']} units, {model['code']} code"
    return f"{sizes} and back, {units}, begun from {begun}. {manifest.parameters:,} weights."


def reconstructions(checkpoint: Checkpoint, comparison: Comparison, state: AutoencoderState) -> np.ndarray:
    """A row for each result under the originals, with its error: images, on request what is wrong with them; of a
    document the words that each expects most. Returns the rows of the examples that are shown.

    The widgets begin with `state` and hold their own values from then on.
    """
    documents, errors = comparison.documents, False
    with st.container(horizontal=True, vertical_alignment="center"):
        classes = ["any", *comparison.classes]
        key = model_picker.begin("autoencoder-digit", state.digit, classes)
        digit = st.selectbox("Class", classes, key=key, width=160)
        seed = st.number_input(
            "Other examples",
            *map(int, bounds(AutoencoderState, "seed")),
            key=model_picker.begin("autoencoder-seed", state.seed),
            width=160,
            help="Which ones are drawn.",
        )
        if not documents:
            errors = st.toggle(
                "Show what is wrong",
                key=model_picker.begin("autoencoder-errors", state.errors),
                help="Reconstruction less original: orange adds, blue misses.",
            )
    st.query_params.update({"digit": digit, "seed": str(int(seed)), "errors": str(errors)})
    rows = comparison.draw_rows(digit, int(seed), 1 if documents else SHOWN)
    if documents:
        _row("its own words", None, _chips(comparison, comparison.x[rows], comparison.x[rows]))
    else:
        original = comparison.images(rows)
        _row("original", None, pictures.row(original))
    for result in comparison.results:
        if documents:
            shown = _chips(comparison, comparison.reconstruct(result, rows), comparison.x[rows])
        else:
            back = comparison.grey(comparison.reconstruct(result, rows))
            shown = pictures.signed_row(back - original) if errors else pictures.row(back)
        _row(result.name, result.error, shown)
    size = comparison.results[0].size
    if documents:
        st.caption(
            f"Most frequent words first, those of the passage in green. Perplexity of held-out passages' own words, "
            f"given their code of {size} numbers: among how many words, all as likely, each would be a guess."
        )
    else:
        st.caption(
            f"Squared error summed over the pixels of an image, mean over the held-out images; a code has "
            f"{size} numbers. The measure of Hinton & Salakhutdinov 2006."
        )
        fitted = any(result.name == "logistic PCA" for result in comparison.results)
        if checkpoint.manifest.preset.view != "standardised" and not fitted:
            links.to_scores(checkpoint, "Fit logistic PCA too")
    return rows


def error_by_size(checkpoint: Checkpoint, comparison: Comparison) -> None:
    """What PCA, or latent semantic analysis, loses for every code size, and where the others stand."""
    import altair as alt
    import pandas as pd

    curve = loading.error_by_size(checkpoint)
    if not len(curve):
        st.caption("No linear code has been fitted to these data.")
        return
    linear = "latent semantic analysis" if comparison.documents else "PCA"
    line = pd.DataFrame({"numbers": np.arange(1, len(curve) + 1), "error": curve, "way": linear})
    others = [(r.name, r.size, r.error) for r in comparison.results if r.name != linear]
    others += [("other nets", *point) for point in _of_other_nets(checkpoint)]
    points = pd.DataFrame(others, columns=["way", "numbers", "error"])
    names = [*points["way"].unique(), linear]
    runs = iter(RUNS)  # as they are coloured where their trainings are compared
    colours = [REST.get(name) or next(runs) for name in names]
    x = alt.X("numbers:Q", title="numbers in the code")
    unit = "perplexity a word" if comparison.documents else "squared error an image"
    y = alt.Y("error:Q", title=unit, scale=alt.Scale(domainMin=0))
    colour = alt.Color("way:N", title=None, scale=alt.Scale(domain=names, range=colours))
    base = (
        alt.Chart(line).mark_line().encode(x, y, color=colour, tooltip=["numbers", alt.Tooltip("error", format=".2f")])
    )
    dots = alt.Chart(points).mark_point(size=110, filled=True)
    dots = dots.encode(x, y, color=colour, tooltip=["way", "numbers", alt.Tooltip("error", format=".2f")])
    st.altair_chart((base + dots).properties(height=300), width="stretch")
    best = min(comparison.results, key=lambda r: r.error)
    equal = int(np.argmax(curve <= best.error)) + 1
    if curve[-1] <= best.error:
        needed = f"needs **{equal}** numbers to do what the best here does with **{best.size}**."
        st.caption(f"{linear[0].upper()}{linear[1:]} {needed}")
    else:
        st.caption(f"Even with {len(curve)} numbers {linear} does not reach what the best here does with {best.size}.")


def _of_other_nets(checkpoint: Checkpoint) -> list[tuple[int, float]]:
    """Size of the code and error of the other autoencoders of these data."""
    shown = {c.name for c in loading.training_variants(checkpoint).values()}
    found = []
    for other in EXHIBIT.checkpoints()[0]:
        theirs, ours = other.manifest.preset, checkpoint.manifest.preset
        same = (theirs.dataset, theirs.view) == (ours.dataset, ours.view)
        score = other.score("reconstruction error") or other.score("reconstruction perplexity")
        if same and other.name not in shown and score:
            found.append((other.manifest.preset.model["layers"][-1], score.value))
    return found


def walk(checkpoint: Checkpoint, comparison: Comparison, rows: np.ndarray) -> None:
    """The way back, begun after each layer: before fine-tuning, where the stack is here, and after. Of the examples
    `rows`, the first of them."""
    rows = rows[:8]
    errors = loading.layer_errors(checkpoint)
    for title, back in loading.layerwise_reconstructions(checkpoint, comparison, rows):
        words = comparison.documents
        shown = _chips(comparison, back[:1], None, 6) if words else pictures.row(comparison.grey(back), 40)
        _row(title, errors.get(title), shown, wide=False)
    what = "Documents" if comparison.documents else "Images"
    st.caption(
        f"{what} go up through some layers only and come back from there; each error is the mean over the same "
        "held-out examples as above. In the stack each layer adds a loss of its own; fine-tuning trains the whole way "
        "through the code, and spoils the short cuts."
    )


HOW = {
    "pretrained": "begun from the stack of RBMs",
    "random initialisation": "the same units and Adam, from random weights scaled to the layer size (Glorot)",
    "GELU": "GELU instead of sigmoid units, random weights, Adam",
    "plain SGD": "sigmoid units, small random weights, gradient descent with momentum: the usual way before 2006",
}


def variants_table(among: dict[str, Checkpoint]) -> None:
    """What was measured for each way of training, in a table; and what to make of it."""
    rows = ["| | on held-out examples | on those trained on | |", "| --- | ---: | ---: | --- |"]
    for name, checkpoint in among.items():
        last = checkpoint.history()[-1]
        rows.append(f"| **{name}** | {_held_out(checkpoint)} | {_seen(checkpoint, last)} | {HOW[name]} |")
    st.markdown("\n".join(rows))
    st.markdown(
        "Same layers, same seed, same number of passes; the error of the finished net, over the same held-out examples "
        "as above and over up to 1,000 that it was trained on. In 2006 the way to train so deep "
        "a net was to begin near a good solution, found one layer at a time. Since then better first weights, other "
        "units, and steps that adapt to each weight have closed the gap or turned it round: see the table for this net."
    )


def _held_out(checkpoint: Checkpoint) -> str:
    """The score of the finished net: squared error an image, or perplexity a word."""
    words = checkpoint.manifest.kind == "counts"
    score = checkpoint.score(f"reconstruction {'perplexity' if words else 'error'}")
    return f"{score.value:.2f}" if score else ""


def _seen(checkpoint: Checkpoint, last: dict[str, float]) -> str:
    """The same over examples that it was trained on: the last point of a curve."""
    words = checkpoint.manifest.kind == "counts"
    value = last.get(f"train.{'cost' if words else 'reconstruction'}")
    return "" if value is None else f"{np.exp(value) if words else value:.2f}"


def explain_autoencoders() -> None:
    """Formulas and sources."""
    st.markdown("#### What this is")
    st.markdown(
        "An encoder squeezes an image into a code of a few numbers, a decoder draws it again from the code, and "
        "back-propagation makes both better together. With one linear layer the best that can be done is PCA; with "
        "layers of non-linear units between, the code can follow curved surfaces: an extension of PCA."
    )
    st.latex(r"\min_{f,g}\; \mathbb{E}\,\|x - g(f(x))\|^2")
    st.latex(r"\text{PCA: } f(x) = W^\top (x-\mu),\; g(z) = \mu + W z")
    st.caption("Hinton & Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 313 (2006).")


def _chips(comparison: Comparison, shares: Any, own: Any, most: int = WORDS) -> str:
    """The likeliest words of a document, those that `own` has in green."""
    inside = set(comparison.words(own, len(comparison.vocabulary))[0]) if own is not None else set()
    words = comparison.words(shares, most)[0]
    return " ".join(f":green-background[**{w}**]" if w in inside else f":gray-background[{w}]" for w in words)


def _row(title: str, error: float | None, shown: np.ndarray | str, wide: bool = True) -> None:
    label, images = st.columns([1, 5 if wide else 2.4], vertical_alignment="center", gap="small")
    label.markdown(f"**{title}**" + (f"  \n{error:.2f}" if error is not None else ""))
    if isinstance(shown, str):
        images.markdown(shown)
    else:
        images.image(shown, width="content")
