"""What the routes of a latent space answer: posteriors, planes, layers, pictures; drawings encoded, samples compared.

Nothing here imports torch before the first answer needs it. What depends on the weights alone can be kept by a browser.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from core.store import checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError
from pages.ui import cost, loaders
from pages.ui.wire import BadRequest, pack, whole_number

MOST_PLACES = 256  # decoded in one answer
MOST_SAMPLES = 64  # compared with the training images in one answer


WHAT = r"""
A variational autoencoder generates images from codes: sample a code $z$ from a standard normal **prior**, and decode
it. An encoder infers which codes may have generated an image $x$: not a point, but a **posterior** with a mean and a
spread. Both are trained together to maximise a lower bound on $\log p(x)$, the ELBO:

$$
\log p(x) \;\ge\; \mathbb{E}_{q(z|x)} \log p(x \mid z)
\;-\; \beta\, \mathrm{KL}\big(q(z \mid x) \,\Vert\, \mathcal{N}(0, I)\big)
$$

With $\beta = 1$ it is the bound itself. The second term pulls all posteriors towards the prior: that is why the space
has few holes, and why images can be sampled from it (Kingma & Welling 2014; Rezende, Mohamed & Wierstra 2014).
"""

TRY = (
    "1. Move the pointer over the map. Every place is decoded as you go: find where one class turns into another.\n"
    "2. Press **M** to decode the whole plane; each cell has the same probability under the prior. Zoom in.\n"
    "3. Click examples. Whose ellipse is wide, and whose reconstruction is poor?\n"
    "4. **Interpolate** between two classes: the pixel blend shows both at once, the latent path passes through "
    "plausible images. Which classes lie on the path?\n"
    "5. **Dimensions**: move one slider at a time. Can you name what a unit does? Which ones do nothing?\n"
    "6. **Break it**, where models of several β are here: how large may β be before nothing is left?\n"
    "7. **Generate**, and compare the prior with the aggregated posterior: do samples cover the training data? Is "
    "any sample a copy of a training image?"
)


@dataclass(frozen=True)
class LatentState:
    """What a link to the Latent space page carries. The player in the browser writes it, and reads the texts among it.

    plane    two axes of the map: `dims~0~1`, `pca~0~1`, `class~3~8`; empty for the usual ones
    view     what the map shows: centre and zoom, `x,y,zoom`; empty where it shows all
    z        the point in the latent space, numbers with `_` between them; empty for the code of `pick`
    pick     chosen example, by row
    a, b     ends of the interpolation: `e12` an example, `z0.1_2` a point, `d...` a drawing
    t        place between them
    around   what the traversals start from
    beta     the one that is shown of the models that differ in beta
    seed     of the noise, and of the samples that `source` and `temperature` speak of
    less, more, strength    classes whose difference is added, by number, and how much of it
    """

    plane: str = ""
    view: str = ""
    manifold: Literal["off", "on"] = "off"
    z: str = ""
    pick: str = ""
    mode: Literal["interpolate", "dimensions", "beta", "noise", "generate", "attributes"] = "interpolate"
    a: str = ""
    b: str = ""
    t: float = field(default=0.0, metadata={"range": (0, 1)})
    speed: Literal["0.25", "0.5", "1", "2", "4"] = "1"
    turn: Literal["bounce", "loop", "once"] = "bounce"
    frames: Literal["12", "24", "48", "96"] = "24"
    around: Literal["point", "prior"] = "point"
    beta: str = ""
    seed: int = 0
    source: Literal["prior", "posterior"] = "prior"
    temperature: float = 1.0
    less: str = ""
    more: str = ""
    strength: float = field(default=1.0, metadata={"range": (-2, 2)})


# -- what there is --------------------------------------------------------------------------------


def points(name: str, query: dict[str, str]) -> bytes:
    """Posteriors of the first test examples, the KL of each unit, the linear code beside them."""
    found, checkpoint = _posteriors(name), _vae(name)
    height, width = checkpoint.run["preset"]["model"]["event_shape"]
    n, d = found.mean.shape
    header = {"n": n, "d": d, "height": height, "width": width, "axes": len(found.axes)}
    header["classes"] = list(found.class_names) if found.labels is not None else []
    header["known"] = list(found.class_means) if found.labels is not None else []  # classes that have a mean
    header["information"] = {factor: [round(float(x), 4) for x in row] for factor, row in found.information.items()}
    planes: dict[str, tuple[str, np.ndarray]] = {
        "mean": ("f32", found.mean),
        "log_var": ("f16", np.clip(found.log_var, -60_000, 60_000)),
        "kl": ("f32", found.kl),
        "dead": ("u8", found.dead),
    }
    if found.class_means:
        planes["class_means"] = ("f32", np.stack(list(found.class_means.values())))
    if found.labels is not None:
        planes["labels"] = ("u8" if len(found.class_names) <= 256 else "f32", found.labels)
    portrait = loaders.arrays(name, checkpoint.version, "portrait.safetensors")
    if "PCA.components" in portrait:
        planes |= {f"pca_{part}": ("f16", portrait[f"PCA.{part}"]) for part in ("mean", "components")}
    return pack(header, planes, level=6)


def axes(name: str, query: dict[str, str]) -> bytes:
    """Two orthonormal directions of the latent space."""
    from core.analysis import latent_space

    found, kind = _posteriors(name), query.get("kind", "")
    if kind not in ("dims", "pca", "class"):
        raise BadRequest(f"kind={kind[:40]!r}: expected one of dims, pca, class")
    first, second = (whole_number(part, query.get(part, ""), 0, 9_999) for part in ("first", "second"))
    return pack({}, {"axes": ("f32", latent_space.axes(found, kind, first, second))})


def decoder(name: str, query: dict[str, str]) -> bytes:
    """The layers from a code to a picture, of any model that has such; `units` is empty where it is no plain chain of
    layers, or too large, and codes must be sent to `decode`."""
    from core.analysis import embedding

    checkpoint = checkpoints.load(name)
    size = int(np.prod(_pictured(checkpoint)))
    layers = embedding.decoder_weights(checkpoint) or []
    stored = loaders.arrays(name, checkpoint.version, "weights.safetensors")
    planes: dict[str, tuple[str, np.ndarray]] = {
        part: ("f32", np.broadcast_to(stored[f"view.{part}"].astype(np.float32).reshape(-1), (size,)))
        for part in ("shift", "scale")
    }
    for i, (weight, bias, _) in enumerate(layers):
        planes |= {f"weight{i}": ("f16", weight), f"bias{i}": ("f16", bias)}
    return pack({"units": [unit for _, _, unit in layers]}, planes, level=6)


def pictures(name: str, query: dict[str, str]) -> bytes:
    """The examples themselves, in greys. Raises `DataError` where the data are not here."""
    from core.analysis import latent_space

    return pack({}, {"images": ("u8", latent_space.pictures(_vae(name)))}, level=6)


# -- what is asked about pictures and places ------------------------------------------------------


def encode(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Posterior of a picture (a deterministic code where the model is no variational one)."""
    from core.analysis import latent_space

    image, checkpoint = planes["image"], checkpoints.load(name)
    if image.shape != _pictured(checkpoint) or image.dtype != np.uint8:
        raise BadRequest(f"image of shape {image.shape}: expected bytes of {_pictured(checkpoint)}")
    mean, log_var = latent_space.landed(checkpoint, image)
    return pack({}, {"mean": ("f32", mean), "log_var": ("f32", np.maximum(log_var, -100))})


def decode(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Pictures of codes z (n, d), for decoders that do not run in the browser."""
    from core.analysis import embedding

    z, checkpoint = planes["z"], checkpoints.load(name)
    _pictured(checkpoint)
    width = loaders.code_size(checkpoint)
    if z.dtype != np.float32 or z.ndim != 2 or z.shape[1] != width or not 1 <= len(z) <= MOST_PLACES:
        raise BadRequest(f"z of shape {z.shape}: expected 1 to {MOST_PLACES} codes of {width} numbers, as f32")
    if not np.isfinite(z).all():
        raise BadRequest("z: expected finite numbers")
    cost.within(cost.passes(embedding.model_of(checkpoint), len(z)), f"{len(z)} codes")
    return pack({}, {"images": ("u8", embedding.grey(checkpoint, embedding.decode(checkpoint, z)))})


def nearest(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """The training image nearest to each of the pictures. Raises `DataError` where the data are not here."""
    from core.analysis import latent_space

    images, checkpoint = planes["images"], _vae(name)
    if images.dtype != np.uint8 or images.ndim != 3 or not 1 <= len(images) <= MOST_SAMPLES:
        raise BadRequest(f"images of shape {images.shape}: expected 1 to {MOST_SAMPLES} pictures, as bytes")
    found, rows, apart = latent_space.nearest_training(checkpoint, images)
    return pack({"rows": rows.tolist()}, {"images": ("u8", found), "distance": ("f32", apart)})


# -- small parts ----------------------------------------------------------------------------------


def _vae(name: str) -> Checkpoint:
    checkpoint = checkpoints.load(name)
    if checkpoint.run["preset"]["family"] != "vae":
        family = checkpoint.run["preset"]["family"]
        raise CheckpointError(f"{name} has no latent space with a prior: it is of the family {family!r}")
    _pictured(checkpoint)
    return checkpoint


def _posteriors(name: str) -> Any:
    from core.analysis import latent_space

    return latent_space.posteriors(_vae(name))


def _pictured(checkpoint: Checkpoint) -> tuple[int, ...]:
    shape = tuple(checkpoint.run["preset"]["model"].get("event_shape", ()))
    if len(shape) != 2:
        raise BadRequest(f"{checkpoint.name}: its examples are no pictures")
    return shape


# -- what stands beside the explorer --------------------------------------------------------------


def beside(checkpoint: Checkpoint, data_is_here: bool) -> dict[str, Any]:
    """What the player is told besides the checkpoint."""
    good, _ = checkpoints.available()
    deep = autoencoder_beside(checkpoint, good)
    return {
        "dataHere": data_is_here,
        "beta": beta(checkpoint),
        "labelled": len(checkpoint.run["class_names"]) > 1,
        "mig": (checkpoint.score("MIG") or {}).get("value"),
        "split": kl_split(checkpoint),
        "family": [{"name": c.name, "version": c.version, "beta": beta(c)} for c in beta_family(checkpoint, good)],
        "deep": deep and {"name": deep.name, "version": deep.version, "title": deep.title},
    }


def kl_split(checkpoint: Checkpoint) -> dict[str, float] | None:
    """The KL as its scores have it: what of it tells images apart, the rest, and of how many images; None where one of
    them was not computed."""
    told, apart = checkpoint.score("mutual information"), checkpoint.score("KL of the aggregated posterior")
    n = told and re.search(r"([\d,]+) examples", told["data"])
    if not (n and apart):
        return None
    return {"told": told["value"], "apart": apart["value"], "n": int(n[1].replace(",", ""))}


def beta(checkpoint: Checkpoint) -> float:
    """The weight of the KL term that the model was trained with."""
    return float(checkpoint.run["preset"]["model"]["beta"])


def beta_family(checkpoint: Checkpoint, among: Iterable[Checkpoint]) -> list[Checkpoint]:
    """Those of `among` that were trained on the same data by the same settings but for beta, by beta; the checkpoint
    itself is one of them, and stands for its value of beta."""

    def but_beta(c: Checkpoint) -> tuple[object, ...]:
        preset = c.run["preset"]
        model = {k: v for k, v in preset["model"].items() if k != "beta"}
        return preset["family"], preset["view"], model, preset["train"], c.run["data_fingerprint"]

    found = {beta(c): c for c in among if but_beta(c) == but_beta(checkpoint)} | {beta(checkpoint): checkpoint}
    return [found[value] for value in sorted(found)]


def autoencoder_beside(checkpoint: Checkpoint, among: Iterable[Checkpoint]) -> Checkpoint | None:
    """The deterministic autoencoder of the same pictures whose code is nearest in size, pretrained ones first."""
    run, size = checkpoint.run, loaders.code_size(checkpoint)
    fitting = [
        c
        for c in among
        if c.run["preset"]["family"] == "autoencoder"
        and c.run["data_fingerprint"] == run["data_fingerprint"]
        and tuple(c.run["preset"]["model"]["event_shape"]) == tuple(run["preset"]["model"]["event_shape"])
    ]

    def far(c: Checkpoint) -> tuple[float, bool, str]:
        return abs(math.log(loaders.code_size(c) / size)), not c.run["preset"].get("origin"), c.name

    return min(fitting, key=far, default=None)


def one_line(checkpoint: Checkpoint) -> str:
    """The model in one line: its layers, what it was trained on, its bound."""
    run, config = checkpoint.run, checkpoint.run["preset"]["model"]
    net = "convolutions" if config["net"] == "conv" else "–".join(map(str, config["layers"]))
    text = f"{run['data_title']}, VAE {net} with a **{config['latent']}-D** latent space, β = {config['beta']:g}. "
    score = next((s for s in run["scores"] if s["name"] == "test ELBO"), None)
    if score:
        value = f"{score['value']:.2f}".replace("-", "−")
        text += f"Test ELBO **{value}** {score['unit'].replace('/', ' per ')} (a lower bound)."
    return text
