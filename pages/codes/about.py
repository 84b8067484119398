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
    net = f"{checkpoint.family_name} {sizes}"
    if config.get("net") == "conv":
        net = f"convolutional {checkpoint.family_name}"
    text = f"{manifest.data_title}, {net} with a **{checkpoint.code_size}-D** code. "
    score = next((s for s in manifest.scores if "reconstruction" in s.name), None)
    if score:
        text += f"Test {score.name} **{score.value:.2f}** {score.unit.replace('/', ' per ')}."
    return text


# what a code is, its formula, and its linear case: of an autoencoder or a stack, and of a variational autoencoder
POINT = (
    "An autoencoder compresses each image to a short vector, its **code**, and reconstructs it from the code alone. "
    "It is trained without labels. Similar images get similar codes: the clusters are learned, not given.",
    r"z = \mathrm{encode}(x), \quad \hat x = \mathrm{decode}(z), \quad \min \sum_x \lVert x - \hat x \rVert^2",
    "With one linear layer each way, the optimum spans the same subspace as **PCA**. Hidden layers make it a curved "
    "surface (Hinton & Salakhutdinov 2006).",
)


POSTERIOR = (
    "A variational autoencoder encodes an image not as a point but as a distribution over codes, the **posterior**. "
    "Each point here is a **posterior mean**; the page Latent space also shows the variances. Training pulls all "
    "posteriors towards a standard normal prior and uses no labels: the clusters are learned, not given.",
    r"q(z \mid x) = \mathcal{N}\big(\mu(x), \mathrm{diag}\, \sigma^2(x)\big), \quad "
    r"z = \mu(x), \quad \hat x = \mathrm{decode}(z)",
    "With one linear layer each way and Gaussian pixels it is **probabilistic PCA** (Lucas et al. 2019). Hidden "
    "layers make it a curved surface.",
)


def _kind_of(checkpoint: Checkpoint) -> str:
    """What an example is: "image", "document" or "row" of a table."""
    if checkpoint.manifest.kind == "counts":
        return "document"
    return "image" if len(checkpoint.manifest.preset.event_shape) == 2 else "row"


def _first_try(kind: str) -> str:
    if kind != "image":
        return f"1. Move the pointer over points to see what each {kind} contains.\n"
    return (
        "1. Move the pointer over empty space on the map of the code: the decoder decodes that point. Press **D** to "
        "decode the whole plane, and compare it with PCA.\n"
    )


def _last_try(kind: str) -> str:
    return {
        "image": "6. Draw an image like these, then something else. Where does the encoder place it?",
        "document": "6. Select a group of documents with the lasso. Which words do they share?",
        "row": "6. Select a group with the lasso. In which columns are its rows unusual?",
    }[kind]


def explain(checkpoint: Checkpoint) -> None:
    """What the maps show, and what to try."""
    left, right = st.columns(2, gap="large")
    what, formula, linear = POSTERIOR if Capability.HAS_POSTERIOR in checkpoint.capabilities else POINT
    kind = _kind_of(checkpoint)
    if kind != "image":
        what = what.replace("image", kind).replace("Image", kind.capitalize()).replace(f"an {kind}", f"a {kind}")
        linear = linear.replace("pixels", "values")
    with left:
        st.subheader("What a code is", anchor=False)
        st.markdown(what)
        st.latex(formula)
        st.markdown(
            f"{linear} **UMAP** and **t-SNE** only arrange points so that neighbours stay close: they have no "
            "decoder, and distances between their clusters mean little."
        )
    with right:
        st.subheader("Try this", anchor=False)
        st.markdown(
            _first_try(kind)
            + "2. Click a point. Solid lines: neighbours that the map preserves; dashed: that it separates; dotted "
            "rings: false neighbours. Which map is most faithful?\n"
            "3. Select a cluster with the lasso, and find it on the other map.\n"
            "4. Play the training. When do the classes separate?\n"
            "5. Colour by a unit of a layer, then by the next ones (**.**). Which units tell a class?\n"
            + _last_try(kind)
        )
        st.page_link(page("train"), label="Train with another code size", icon=":material/model_training:")
