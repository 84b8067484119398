"""Words of the Autoencoder page: what the model is, how its variants were trained, what it all means."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.store.checkpoints import Checkpoint
from pages.shared import links

UNITS = {"relu": "ReLU", "gelu": "GELU"}


def one_line(checkpoint: Checkpoint) -> str:
    """The network in one line."""
    manifest, model = checkpoint.manifest, checkpoint.manifest.preset.model
    sizes = "–".join(map(str, (int(np.prod(model["event_shape"])), *model["layers"])))
    start = "pretrained as a stack of RBMs" if manifest.preset.origin else "random initialisation"
    units = f"{UNITS.get(model['units'], model['units'])} hidden units, {model['code']} code units"
    return f"Encoder {sizes}, mirrored decoder; {units}; {start}. {manifest.parameters:,} parameters."


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
        last, epochs = checkpoint.history()[-1], checkpoint.manifest.preset.train["epochs"]
        short = last["epoch"] < epochs
        how = f"{HOW[name]}; only {last['epoch']} of {epochs} epochs, weights not kept" if short else HOW[name]
        rows.append(f"| **{name}** | {_held_out(checkpoint, last)} | {_of_curve(checkpoint, last, 'train.')} | {how} |")
    st.markdown("\n".join(rows))
    st.markdown(
        "Same layers, same seed, same schedule. Reconstruction error of the last weights on the held-out examples and "
        "on up to 1,000 training examples. In 2006, networks this deep were trained from a good starting point, found "
        "by pretraining one layer at a time. Better initialisation, other activation functions and adaptive optimisers "
        "have since closed the gap or reversed it: see the table."
    )


def _held_out(checkpoint: Checkpoint, last: dict[str, float]) -> str:
    """The score of the last weights: squared error per image, or per-word perplexity; where they were not scored, the
    last point of the curve, over up to 1,000 examples."""
    score = checkpoint.score(f"reconstruction {'perplexity' if _of_words(checkpoint) else 'error'}")
    return f"{score.value:.2f}" if score else _of_curve(checkpoint, last)


def _of_curve(checkpoint: Checkpoint, last: dict[str, float], part: str = "") -> str:
    words = _of_words(checkpoint)
    value = last.get(f"{part}{'cost' if words else 'reconstruction'}")
    return "" if value is None else f"{np.exp(value) if words else value:.2f}"


def _of_words(checkpoint: Checkpoint) -> bool:
    return checkpoint.manifest.kind == "counts"


def explain_autoencoders(checkpoint: Checkpoint) -> None:
    """Formulas, sources, and what the numbers are."""
    st.markdown("#### What this is")
    st.markdown(
        "An encoder compresses an image to a low-dimensional code, a decoder reconstructs it from the code, and "
        "backpropagation trains both together. With linear layers the optimum is PCA; with nonlinear layers the code "
        "can follow curved manifolds: nonlinear PCA."
    )
    st.latex(r"\min_{f,g}\; \mathbb{E}\,\|x - g(f(x))\|^2")
    st.latex(r"\text{PCA: } f(x) = W^\top (x-\mu),\; g(z) = \mu + W z")
    if checkpoint.manifest.kind == "counts":
        measured = (
            "Words of the document in green, most probable first. Errors are per-word perplexities of held-out "
            "documents given their code, the effective number of equally likely words."
        )
    else:
        measured = (
            "Errors are squared errors per image, summed over pixels, means over the same held-out images, as in "
            "Hinton & Salakhutdinov 2006. In residuals, orange is too bright and blue too dark."
        )
    st.markdown(
        f"{measured} PCA has a code of every size; networks and logistic PCA only those that were trained, and the "
        "nearest of these stand beside it. In the RBM stack, each layer adds to the error. Fine-tuning trains only the "
        "path through the whole network, so decoding from an intermediate layer no longer works."
    )
    st.caption("Hinton & Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 313 (2006).")
    if checkpoint.manifest.kind in ("grey", "binary") and not checkpoint.score("logistic PCA, for comparison"):
        links.to_scores(checkpoint, "Fit logistic PCA as well")
