"""What the routes of a latent space answer: posteriors, planes, layers, pictures; drawings encoded, samples compared.

Nothing here imports torch before the first answer needs it. What depends on the weights alone can be kept by a browser.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from core.config.capabilities import Capability
from core.store import checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError
from pages.shared import cost
from pages.shared.codec import BadRequest, codes, grey_image, halves, pack, whole_number
from pages.shared.endpoints import QUICK, asked, given
from pages.shared.model_store import arrays, can

MOST_PLACES = 256  # decoded in one answer
MOST_SAMPLES = 64  # compared with the training images in one answer


# -- what there is --------------------------------------------------------------------------------


def points(name: str, query: dict[str, str]) -> bytes:
    """Posteriors of the first test examples, the KL of each unit, the linear code beside them."""
    found, checkpoint = _posteriors(name), _vae(name)
    height, width = checkpoint.manifest.preset.event_shape
    n, d = found.mean.shape
    header = {"n": n, "d": d, "height": height, "width": width, "axes": len(found.axes)}
    header["classes"] = list(found.class_names) if found.labels is not None else []
    header["known"] = list(found.class_means) if found.labels is not None else []  # classes that have a mean
    header["information"] = {factor: [round(float(x), 4) for x in row] for factor, row in found.information.items()}
    planes: dict[str, tuple[str, np.ndarray]] = {
        "mean": ("f32", found.mean),
        "log_var": halves(found.log_var),
        "kl": ("f32", found.kl),
        "inactive": ("u8", found.dead),
    }
    if found.class_means:
        planes["class_means"] = ("f32", np.stack(list(found.class_means.values())))
    if found.labels is not None:
        planes["labels"] = ("u8" if len(found.class_names) <= 256 else "f32", found.labels)
    summary = arrays(name, checkpoint.version, "portrait.safetensors")
    if "PCA.components" in summary:
        planes |= {f"pca_{part}": ("f16", summary[f"PCA.{part}"]) for part in ("mean", "components")}
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
    from core.analysis import checkpoint_codec

    checkpoint = checkpoints.load(name)
    size = int(np.prod(_pictured(checkpoint)))
    layers = checkpoint_codec.decoder_weights(checkpoint) or []
    stored = arrays(name, checkpoint.version, "weights.safetensors")
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

    checkpoint = checkpoints.load(name)
    image = grey_image(planes, _pictured(checkpoint))
    mean, log_var = latent_space.image_posterior(checkpoint, image)
    return pack({}, {"mean": ("f32", mean), "log_var": ("f32", np.maximum(log_var, -100))})


def decode(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Pictures of codes z (n, d), for decoders that do not run in the browser."""
    from core.analysis import checkpoint_codec

    checkpoint = checkpoints.load(name)
    _pictured(checkpoint)
    z = codes(planes, checkpoint.code_size, MOST_PLACES)
    cost.within(cost.passes(checkpoint_codec.codec_of(checkpoint), len(z)), f"{len(z)} codes")
    return pack({}, {"images": ("u8", checkpoint_codec.to_grey(checkpoint, checkpoint_codec.decode(checkpoint, z)))})


def nearest(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """The training image nearest to each of the pictures. Raises `DataError` where the data are not here."""
    from core.analysis import latent_space

    images, checkpoint = planes["images"], _vae(name)
    if images.dtype != np.uint8 or images.ndim != 3 or not 1 <= len(images) <= MOST_SAMPLES:
        raise BadRequest(f"images of shape {images.shape}: expected 1 to {MOST_SAMPLES} images, as bytes")
    found, rows, apart = latent_space.nearest_training(checkpoint, images)
    return pack({"rows": rows.tolist()}, {"images": ("u8", found), "distance": ("f32", apart)})


# -- small parts ----------------------------------------------------------------------------------


def _vae(name: str) -> Checkpoint:
    checkpoint = checkpoints.load(name)
    if not can(checkpoint, Capability.HAS_POSTERIOR, Capability.DECODES):
        raise CheckpointError(f"{name} ({checkpoint.family_name}) has no latent space with a prior")
    _pictured(checkpoint)
    return checkpoint


def _posteriors(name: str) -> Any:
    from core.analysis import latent_space

    return latent_space.posteriors(_vae(name))


def _pictured(checkpoint: Checkpoint) -> tuple[int, ...]:
    shape = checkpoint.manifest.preset.event_shape
    if len(shape) != 2:
        raise BadRequest(f"{checkpoint.name}: its examples are not images")
    return shape


# -- what stands beside the explorer --------------------------------------------------------------


ROUTES = [
    given("latent/{name}/points", points),
    given("latent/{name}/axes", axes),
    given("latent/{name}/decoder", decoder),
    given("latent/{name}/pictures", pictures),
    asked("latent/{name}/encode", encode, QUICK),  # these three while a pointer moves
    asked("latent/{name}/decode", decode, QUICK),
    asked("latent/{name}/nearest", nearest, QUICK),
]
