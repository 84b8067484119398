"""Small static figures and texts that pages share.

Altair and pandas are imported where a figure is drawn: at the top they would delay a page's first picture by 0.4 s.
"""

from __future__ import annotations

import math
import re

import numpy as np
import streamlit as st

from core.store.checkpoints import Checkpoint
from pages.shared.model_store import arrays
from pages.shared.scores import likelihood
from pages.shared.theme import NOISE, TEST, TRAIN


def one_line(checkpoint: Checkpoint) -> str:
    """An RBM in one line: its size, its training, its likelihood."""
    config = checkpoint.manifest.preset.model
    kind = {"bernoulli": "binary", "gaussian": "Gaussian"}.get(config["visible"], config["visible"])
    text = f"{math.prod(config['event_shape'])} {kind} visible units, **{config['hidden']}** hidden units, "
    text += f"{config['negative'].upper()}-{config['steps']}, {_trained_in(checkpoint)}."
    if said := likelihood(checkpoint):
        text += f" Test log-probability {said}."
    return text


def _trained_in(checkpoint: Checkpoint) -> str:
    seconds, device = checkpoint.manifest.seconds, checkpoint.manifest.device
    threads = re.search(r"(\d+) threads?\)$", device)
    if threads:
        device = "one CPU thread" if threads[1] == "1" else f"{threads[1]} CPU threads"
    time = f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} minutes"
    return f"trained in {time} on {device}"


def explain_gibbs(checkpoint: Checkpoint) -> None:
    """What the player shows: the formulas, their sources, and what to try."""
    visible = checkpoint.manifest.preset.model["visible"]
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("What happens in one Gibbs step")
        if visible == "bernoulli":
            energy = r"E(v,h) = -\sum_i a_i v_i - \sum_j b_j h_j - \sum_{ij} v_i W_{ij} h_j"
            down = r"p(v_i = 1 \mid h) = \sigma\big(\tfrac{1}{T}(a_i + \sum_j W_{ij} h_j)\big)"
            up = r"p(h_j = 1 \mid v) = \sigma\big(\tfrac{1}{T}(b_j + \sum_i v_i W_{ij})\big)"
        else:
            energy = r"E(v,h) = \sum_i \tfrac{(v_i - a_i)^2}{2 s_i^2}"
            energy += r" - \sum_j b_j h_j - \sum_{ij} \tfrac{v_i}{s_i} W_{ij} h_j"
            down = r"v_i \mid h \sim \mathcal{N}\big(a_i + s_i \sum_j W_{ij} h_j,\; T s_i^2\big)"
            up = r"p(h_j = 1 \mid v) = \sigma\big(\tfrac{1}{T}(b_j + \sum_i \tfrac{v_i}{s_i} W_{ij})\big)"
        st.latex(energy)
        st.markdown(
            "The units of one layer are independent given the other, so a whole layer is sampled at once. "
            "Press → to see the two halves of a step separately:"
        )
        st.latex(down)
        st.latex(up)
        st.latex(r"F(v) = -\log \sum_h e^{-E(v,h)}, \qquad \log p(v) = -F(v) - \log Z")
        st.caption(
            "Smolensky 1986; Hinton 2002. A low free energy F(v) means a probable image. The traces below the images "
            "show it for every chain; orange: the selected chain."
        )
    with right:
        st.subheader("Try this")
        st.markdown(
            "1. **Start from noise.** How many Gibbs steps until a sample forms? Lower the *temperature* to 0.5: "
            "the images get cleaner, but do the chains still change class?\n"
            "2. **Compare all.** CD restarts every *k* steps and never reaches modes far from its start. One long "
            "Gibbs chain reaches them, but rarely leaves a mode; tempering moves between modes. Whose autocorrelation "
            "falls fastest? In the class strip, each row is a chain and each colour a class.\n"
            "3. **Clamp the top half** (H): every chain samples its own completion. Clamp a few strokes instead: which "
            "images fit them?\n"
            "4. **Ablate** the 50 most active hidden units. Which images can the model still produce? The random "
            "numbers stay the same, so every change is due to those units.\n"
            "5. **Draw** a digit, then something that is not a digit. Where do the chains go from there?"
        )
        st.caption(
            "CD: Hinton 2002. Persistent chains: Tieleman 2008. Tempering: Desjardins et al. 2010, with "
            "replicas on the path to a model of independent pixels (Salakhutdinov & Murray 2008). Autocorrelation ρ "
            "averages over all chains and units, the first fifth of the frames dropped as burn-in; τ = 1 + 2 Σ ρ is "
            "the number of Gibbs steps per independent sample (Sokal 1997). Frame colour: class predicted by a linear "
            f"probe on the hidden units{_probe_words(checkpoint)}."
        )


def _probe_words(checkpoint: Checkpoint) -> str:
    score = checkpoint.score("linear probe accuracy")
    return f" ({100 * score.value:.1f}% accuracy on {score.data.split(',')[0]})" if score else ""


def weights_and_energies(checkpoint: Checkpoint) -> None:
    """The weight histogram, and the free energies of training, test and noise images."""
    import altair as alt
    import pandas as pd

    summary = arrays(checkpoint.name, checkpoint.version, "portrait.safetensors")
    weights = arrays(checkpoint.name, checkpoint.version, "weights.safetensors")["W"].astype(np.float32)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Weight distribution")
        counts, edges = np.histogram(weights, bins=81, range=_symmetric(weights))
        table = pd.DataFrame({"weight": (edges[1:] + edges[:-1]) / 2, "share": counts / counts.sum()})
        chart = alt.Chart(table).mark_bar(color=TRAIN, binSpacing=0)
        st.altair_chart(
            chart.encode(
                x=alt.X("weight:Q", title="weight"),
                y=alt.Y("share:Q", title="fraction (square-root scale)", scale=alt.Scale(type="sqrt")),
                tooltip=[alt.Tooltip("weight:Q", format=".2f"), alt.Tooltip("share:Q", format=".4f")],
            ).properties(height=240)
        )
        st.caption(
            f"{weights.size:,} weights, standard deviation {weights.std():.2f}. A sharp peak at zero with long tails "
            "is typical after training: each hidden unit has strong weights to a few pixels. Open *Receptive fields* "
            "above to see which."
        )
    with right:
        st.subheader("Overfitting: compare free energies")
        parts = {"training": "train", "test": "test", "noise": "noise"}
        values = {k: summary[f"free_energy.{v}"].astype(np.float64) for k, v in parts.items()}
        _energy_histogram(values)
        gap = values["test"].mean() - values["training"].mean()
        spread = np.sqrt(sum(values[k].var() / len(values[k]) for k in ("test", "training")))
        st.caption(
            f"Mean free energy of test images less that of training images: **{gap:.1f} ± {spread:.1f} nats**. log Z "
            "cancels in this difference, so it needs no estimate of Z (Hinton 2010, sec. 6): where training images lie "
            "clearly below test images, the model is overfitting. Noise: independent pixels with the training means; a "
            "good model puts it far to the right."
        )


def _energy_histogram(values: dict[str, np.ndarray]) -> None:
    import altair as alt
    import pandas as pd

    everything = np.concatenate(list(values.values()))
    edges = np.histogram_bin_edges(everything, bins=70)
    rows = []
    for name, energies in values.items():
        counts, _ = np.histogram(energies, bins=edges)
        rows.append(
            pd.DataFrame({"free energy": (edges[1:] + edges[:-1]) / 2, "share": counts / len(energies), "images": name})
        )
    colours = alt.Scale(domain=list(values), range=[TRAIN, TEST, NOISE])
    chart = alt.Chart(pd.concat(rows)).mark_area(interpolate="step", opacity=0.5, line=True)
    st.altair_chart(
        chart.encode(
            x=alt.X("free energy:Q", title="free energy F(v), nats"),
            y=alt.Y("share:Q", title="fraction of images", stack=None),
            color=alt.Color("images:N", scale=colours, sort=list(values), legend=alt.Legend(orient="top", title=None)),
            tooltip=["images:N", alt.Tooltip("free energy:Q", format=".0f"), alt.Tooltip("share:Q", format=".3f")],
        ).properties(height=275)  # with its legend, as high as the chart beside it
    )


def _symmetric(values: np.ndarray) -> tuple[float, float]:
    top = float(np.quantile(np.abs(values), 0.9995))
    return -top, top
