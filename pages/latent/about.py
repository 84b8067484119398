"""What the page says of a model and of itself."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from core.config.capabilities import Capability
from core.store.checkpoints import Checkpoint
from pages.registry import list_checkpoints
from pages.shared import downloads
from pages.shared.model_store import can

WHAT = r"""
A variational autoencoder generates images from codes: sample a code $z$ from a standard normal **prior**, and decode
it. An encoder infers which codes may have generated an image $x$: not a point, but a **posterior** with a mean and a
variance. Both are trained together to maximise a lower bound on $\log p(x)$, the ELBO:

$$
\log p(x) \;\ge\; \mathbb{E}_{q(z|x)} \log p(x \mid z)
\;-\; \beta\, \mathrm{KL}\big(q(z \mid x) \,\Vert\, \mathcal{N}(0, I)\big)
$$

With $\beta = 1$ it is the bound itself. The second term pulls all posteriors towards the prior: that is why the space
has few holes, and why images can be sampled from it (Kingma & Welling 2014; Rezende, Mohamed & Wierstra 2014).
"""


TRY = (
    "1. Move the pointer over the map to decode the point below it. Where does one class turn into another?\n"
    "2. Press **M** to decode the whole plane; each cell has the same probability under the prior. Zoom in.\n"
    "3. Click examples. Whose ellipse is wide, and whose reconstruction is poor?\n"
    "4. **Interpolate** between two classes: the pixel blend shows both at once, the latent paths pass through "
    "plausible images. Which classes lie on the path?\n"
    "5. **Dimensions**: move one slider at a time. What does each dimension change? Which ones change nothing?\n"
    "6. **Collapse**, where models with several β are available: at which β does the posterior collapse?\n"
    "7. **Generate**: compare the prior with the aggregated posterior. Do the samples cover the training data? Is "
    "any sample a copy of a training image?"
)


def beside(checkpoint: Checkpoint, data_is_here: bool) -> dict[str, Any]:
    """What the player is told besides the checkpoint."""
    good, _ = list_checkpoints()
    deep = autoencoder_beside(checkpoint, good)
    return {
        "dataHere": data_is_here,
        "trainHere": downloads.dataset_summary(checkpoint.manifest.preset.dataset)["train_here"],
        "beta": beta(checkpoint),
        "labelled": len(checkpoint.manifest.class_names) > 1,
        "mig": (mig := checkpoint.score("MIG")) and mig.value,
        "split": kl_split(checkpoint),
        "family": [{"name": c.name, "version": c.version, "beta": beta(c)} for c in beta_family(checkpoint, good)],
        "deep": deep and {"name": deep.name, "version": deep.version, "title": deep.title},
    }


def kl_split(checkpoint: Checkpoint) -> dict[str, float] | None:
    """The KL in its two parts, as its scores have them, and the number of images; None where one was not computed."""
    information = checkpoint.score("mutual information")
    aggregated = checkpoint.score("KL of the aggregated posterior")
    n = information and re.search(r"([\d,]+) examples", information.data)
    if not (n and aggregated):
        return None
    return {
        "mutual_information": information.value,
        "aggregated_kl": aggregated.value,
        "n": int(n[1].replace(",", "")),
    }


def beta(checkpoint: Checkpoint) -> float:
    """The weight of the KL term that the model was trained with."""
    return float(checkpoint.manifest.preset.model["beta"])


def beta_family(checkpoint: Checkpoint, among: Iterable[Checkpoint]) -> list[Checkpoint]:
    """Those of `among` that were trained on the same data by the same settings but for beta, by beta; the checkpoint
    itself is one of them, and stands for its value of beta."""

    def but_beta(c: Checkpoint) -> tuple[object, ...]:
        preset = c.manifest.preset
        model = {k: v for k, v in preset.model.items() if k != "beta"}
        return preset.family, preset.view, model, preset.train, c.manifest.data_fingerprint

    found = {beta(c): c for c in among if but_beta(c) == but_beta(checkpoint)} | {beta(checkpoint): checkpoint}
    return [found[value] for value in sorted(found)]


def autoencoder_beside(checkpoint: Checkpoint, among: Iterable[Checkpoint]) -> Checkpoint | None:
    """The deterministic autoencoder of the same pictures whose code is nearest in size, pretrained ones first."""
    manifest, size = checkpoint.manifest, checkpoint.code_size
    fitting = [
        c
        for c in among
        if can(c, Capability.ENCODES, Capability.DECODES_FROM_LAYERS)
        and c.manifest.data_fingerprint == manifest.data_fingerprint
        and c.manifest.preset.event_shape == manifest.preset.event_shape
    ]

    def far(c: Checkpoint) -> tuple[float, bool, str]:
        return abs(math.log(c.code_size / size)), not c.manifest.preset.origin, c.name

    return min(fitting, key=far, default=None)


def one_line(checkpoint: Checkpoint) -> str:
    """The model in one line: its layers, what it was trained on, its bound."""
    manifest, config = checkpoint.manifest, checkpoint.manifest.preset.model
    net = "convolutional VAE" if config["net"] == "conv" else f"VAE {'–'.join(map(str, config['layers']))}"
    text = f"{manifest.data_title}, {net} with a **{config['latent']}-D** latent space, β = {config['beta']:g}. "
    score = next((s for s in manifest.scores if s.name == "test ELBO"), None)
    if score:
        value = f"{score.value:.2f}".replace("-", "−")
        text += f"Test ELBO **{value}** {score.unit.replace('/', ' per ')} (a lower bound)."
    return text
