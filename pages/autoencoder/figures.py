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
OTHERS = "other autoencoders"
REST = {"logistic PCA": CLASS_COLOURS[4], OTHERS: CLASS_COLOURS[0]} | dict.fromkeys(LINEAR, NOISE)
UNITS = {"relu": "ReLU", "gelu": "GELU"}


def one_line(checkpoint: Checkpoint) -> str:
    """The network in one line."""
    manifest, model = checkpoint.manifest, checkpoint.manifest.preset.model
    sizes = "–".join(map(str, (int(np.prod(model["event_shape"])), *model["layers"])))
    start = "pretrained as a stack of RBMs" if manifest.preset.origin else "random initialisation"
    units = f"{UNITS.get(model['units'], model['units'])} hidden units, {model['code']} code units"
    return f"Encoder {sizes}, mirrored decoder; {units}; {start}. {manifest.parameters:,} parameters."


def reconstructions(checkpoint: Checkpoint, comparison: Comparison, state: AutoencoderState) -> np.ndarray:
    """A row for each result below the originals, with its error: images, or their residuals; of a document the words
    that each finds most probable. Returns the rows of the examples that are shown.

    The widgets begin with `state` and hold their own values from then on.
    """
    documents, errors = comparison.documents, False
    with st.container(horizontal=True, vertical_alignment="center"):
        classes = ["any", *comparison.classes]
        key = model_picker.begin("autoencoder-digit", state.digit, classes)
        digit = st.selectbox("Class", classes, key=key, width=160)
        seed = st.number_input(
            "Shuffle",
            *map(int, bounds(AutoencoderState, "seed")),
            key=model_picker.begin("autoencoder-seed", state.seed),
            width=160,
            help="Seed: shows other examples.",
        )
        if not documents:
            errors = st.toggle(
                "Show residuals",
                key=model_picker.begin("autoencoder-errors", state.errors),
                help="Reconstruction minus original: orange too bright, blue too dark.",
            )
    st.query_params.update({"digit": digit, "seed": str(int(seed)), "errors": str(errors)})
    rows = comparison.draw_rows(digit, int(seed), 1 if documents else SHOWN)
    if documents:
        _row("original", None, _chips(comparison, comparison.x[rows], comparison.x[rows]))
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
            f"Most probable words first; words of the document in green. Number: per-word perplexity of held-out "
            f"documents given their {size}-D code, the effective number of equally likely words."
        )
    else:
        st.caption(
            f"Number: squared error per image, summed over pixels, mean over held-out images, as in Hinton & "
            f"Salakhutdinov 2006. Every model has a {size}-D code."
        )
        fitted = any(result.name == "logistic PCA" for result in comparison.results)
        if checkpoint.manifest.preset.view != "standardised" and not fitted:
            links.to_scores(checkpoint, "Fit logistic PCA as well")
    return rows


def error_by_size(checkpoint: Checkpoint, comparison: Comparison) -> None:
    """Reconstruction error of PCA, or latent semantic analysis, by code size, and of the other models."""
    import altair as alt
    import pandas as pd

    curve = loading.error_by_size(checkpoint)
    if not len(curve):
        st.caption("No linear code has been fitted to this data set.")
        return
    linear = "latent semantic analysis" if comparison.documents else "PCA"
    line = pd.DataFrame({"dimensions": np.arange(1, len(curve) + 1), "error": curve, "model": linear})
    others = [(r.name, r.size, r.error) for r in comparison.results if r.name != linear]
    others += [(OTHERS, *point) for point in _of_other_networks(checkpoint)]
    points = pd.DataFrame(others, columns=["model", "dimensions", "error"])
    names = [*points["model"].unique(), linear]
    runs = iter(RUNS)  # as they are coloured where their trainings are compared
    colours = [REST.get(name) or next(runs) for name in names]
    x = alt.X("dimensions:Q", title="code dimensions")
    unit = "per-word perplexity" if comparison.documents else "squared error per image"
    y = alt.Y("error:Q", title=unit, scale=alt.Scale(domainMin=0))
    colour = alt.Color("model:N", title=None, scale=alt.Scale(domain=names, range=colours))
    base = (
        alt.Chart(line)
        .mark_line()
        .encode(x, y, color=colour, tooltip=["dimensions", alt.Tooltip("error", format=".2f")])
    )
    dots = alt.Chart(points).mark_point(size=110, filled=True)
    dots = dots.encode(x, y, color=colour, tooltip=["model", "dimensions", alt.Tooltip("error", format=".2f")])
    st.altair_chart((base + dots).properties(height=300), width="stretch")
    best = min(comparison.results, key=lambda r: r.error)
    equal = int(np.argmax(curve <= best.error)) + 1
    if curve[-1] <= best.error:
        needed = f"needs **{equal}** dimensions to match the best **{best.size}**-D code."
        st.caption(f"{linear[0].upper()}{linear[1:]} {needed}")
    else:
        st.caption(f"Even with {len(curve)} dimensions, {linear} does not match the best {best.size}-D code.")


def _of_other_networks(checkpoint: Checkpoint) -> list[tuple[int, float]]:
    """Code size and error of the other autoencoders of the same data."""
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
    """Reconstructions of the first of the examples `rows` from each layer: before fine-tuning, where the stack is here,
    and after."""
    rows = rows[:8]
    errors = loading.layer_errors(checkpoint)
    for title, back in loading.layerwise_reconstructions(checkpoint, comparison, rows):
        words = comparison.documents
        shown = _chips(comparison, back[:1], None, 6) if words else pictures.row(comparison.grey(back), 40)
        _row(title, errors.get(title), shown, wide=False)
    what = "Documents" if comparison.documents else "Images"
    st.caption(
        f"{what} encoded up to one layer and decoded from there; errors are means over the same held-out examples. In "
        "the RBM stack, each layer adds to the error. Fine-tuning trains only the path through the whole network, so "
        "decoding from an intermediate layer no longer works."
    )


HOW = {
    "pretrained": "initialised from the RBM stack, Adam",
    "random initialisation": "sigmoid units, Glorot initialisation, Adam",
    "GELU": "GELU units, Glorot/He initialisation, Adam",
    "plain SGD": "sigmoid units, small random weights, SGD with momentum: the usual training before 2006",
}


def variants_table(among: dict[str, Checkpoint]) -> None:
    """A table of what was measured for each training; and what to make of it."""
    rows = ["| | held-out | training set | |", "| --- | ---: | ---: | --- |"]
    for name, checkpoint in among.items():
        last = checkpoint.history()[-1]
        rows.append(f"| **{name}** | {_held_out(checkpoint)} | {_seen(checkpoint, last)} | {HOW[name]} |")
    st.markdown("\n".join(rows))
    st.markdown(
        "Same layers, same seed, same number of epochs. Reconstruction error of the final weights on the held-out "
        "examples and on up to 1,000 training examples. In 2006, networks this deep were trained from a good starting "
        "point, found by pretraining one layer at a time. Better initialisation, other activation functions and "
        "adaptive optimisers have since closed the gap or reversed it: see the table."
    )


def _held_out(checkpoint: Checkpoint) -> str:
    """The score of the final weights: squared error per image, or per-word perplexity."""
    words = checkpoint.manifest.kind == "counts"
    score = checkpoint.score(f"reconstruction {'perplexity' if words else 'error'}")
    return f"{score.value:.2f}" if score else ""


def _seen(checkpoint: Checkpoint, last: dict[str, float]) -> str:
    """The same over training examples: the last point of a curve."""
    words = checkpoint.manifest.kind == "counts"
    value = last.get(f"train.{'cost' if words else 'reconstruction'}")
    return "" if value is None else f"{np.exp(value) if words else value:.2f}"


def explain_autoencoders() -> None:
    """Formulas and sources."""
    st.markdown("#### What this is")
    st.markdown(
        "An encoder compresses an image to a low-dimensional code, a decoder reconstructs it from the code, and "
        "backpropagation trains both together. With linear layers the optimum is PCA; with nonlinear layers the code "
        "can follow curved manifolds: nonlinear PCA."
    )
    st.latex(r"\min_{f,g}\; \mathbb{E}\,\|x - g(f(x))\|^2")
    st.latex(r"\text{PCA: } f(x) = W^\top (x-\mu),\; g(z) = \mu + W z")
    st.caption("Hinton & Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 313 (2006).")


def _chips(comparison: Comparison, shares: Any, own: Any, most: int = WORDS) -> str:
    """The most probable words of a document, those that `own` has in green."""
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
