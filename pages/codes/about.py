"""What the page says of a model and of itself."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.config.capabilities import Capability
from core.store.checkpoints import Checkpoint
from pages.registry import page


def one_line(checkpoint: Checkpoint) -> str:
    """The model in one line: its layers, what it was trained on, how well it reconstructs."""
    manifest, config = checkpoint.manifest, checkpoint.manifest.preset.model
    sizes = "–".join(map(str, (int(np.prod(config["event_shape"])), *config.get("layers", [checkpoint.code_size]))))
    if config.get("net") == "conv":
        sizes = f"{int(np.prod(config['event_shape']))}, convolutions:"
    text = f"{sizes} {checkpoint.family_name} on {manifest.data_title}: a code of **{checkpoint.code_size}** numbers. "
    score = next((s for s in manifest.scores if "reconstruction" in s["name"]), None)
    if score:
        text += f"Test {score['name']} **{score['value']:.2f}** ({score['unit']})."
    return text


# what a code is, its formula, and its linear case: of an autoencoder or a stack, and of a variational autoencoder
POINT = (
    "An autoencoder squeezes each image through a few numbers, its **code**, and must draw it again from nothing "
    "else. It is never told a label. Images that can share a description come to lie side by side: the classes that "
    "you see are found, not taught.",
    r"z = \mathrm{encode}(x), \quad \hat x = \mathrm{decode}(z), \quad \min \sum_x \lVert x - \hat x \rVert^2",
    "With one linear layer each way, the best that can be done spans the same plane as **PCA**: that is the linear "
    "case. Layers between let the plane bend (Hinton & Salakhutdinov 2006).",
)


POSTERIOR = (
    "A variational autoencoder answers an image not with one code but with a distribution over codes, its "
    "**posterior**. A point here is the **posterior mean**; how wide a posterior is, the Latent space page shows. "
    "Training draws all posteriors towards one cloud about zero, and no label is ever told: the classes that you see "
    "are found, not taught.",
    r"q(z \mid x) = \mathcal{N}\big(\mu(x), \mathrm{diag}\, \sigma^2(x)\big), \quad "
    r"z = \mu(x), \quad \hat x = \mathrm{decode}(z)",
    "With one linear layer each way and real-valued pixels it is **probabilistic PCA**: that is the linear case "
    "(Lucas et al. 2019). Layers between let the plane bend.",
)


def _kind_of(checkpoint: Checkpoint) -> str:
    """What an example is: "image", "document" or "row" of a table."""
    if checkpoint.manifest.kind == "counts":
        return "document"
    return "image" if len(checkpoint.manifest.preset.event_shape) == 2 else "row"


def _first_try(kind: str) -> str:
    if kind != "image":
        return f"1. Move the pointer over points: each says what its {kind} holds.\n"
    return (
        "1. Move the pointer through empty space on the code's map: the decoder draws what lives there. Press "
        "**D** for the whole plane, and compare it with PCA's.\n"
    )


def _last_try(kind: str) -> str:
    return {
        "image": "5. Draw one like these, then something that is none. What does the model take it for?",
        "document": "5. Choose a group of documents with the lasso: which words do they share?",
        "row": "5. Choose a group with the lasso: in which columns are its rows unusual?",
    }[kind]


def explain(checkpoint: Checkpoint) -> None:
    """What the maps show, and what to try."""
    left, right = st.columns(2, gap="large")
    what, formula, linear = POSTERIOR if Capability.HAS_POSTERIOR in checkpoint.capabilities else POINT
    kind = _kind_of(checkpoint)
    if kind != "image":
        what = what.replace("image", kind).replace("Image", kind.capitalize()).replace(f"an {kind}", f"a {kind}")
        what = what.replace("draw it again", "restore it")
        linear = linear.replace("pixels", "numbers")
    with left:
        st.subheader("What a code is", anchor=False)
        st.markdown(what)
        st.latex(formula)
        st.markdown(
            f"{linear} **UMAP** and **t-SNE** only place the points so that neighbours stay near; they have no "
            "decoder, and distances between their islands mean little."
        )
    with right:
        st.subheader("Try this", anchor=False)
        st.markdown(
            _first_try(kind)
            + "2. Click a point. Solid lines go to true neighbours that a map keeps, dashed ones to those that it "
            "tears away; dotted rings are false neighbours. Which map lies least?\n"
            "3. Choose a cluster with the lasso, and find it on the other map.\n"
            "4. Play the training. When do the classes part?\n" + _last_try(kind)
        )
        st.page_link(page("train"), label="Train a code of another size", icon=":material/model_training:")
