"""What the routes of the Autoencoder page answer: ways to a code and back, examples through them, codes decoded.

Nothing here imports torch before the first answer needs it. What depends on the weights alone can be kept by a browser.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from core.config.capabilities import Capability
from core.store import checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError
from pages.autoencoder import loading
from pages.registry import is_of_images
from pages.shared import cost
from pages.shared.codec import BadRequest, codes, grey_image, halves, pack, whole
from pages.shared.endpoints import LONG, QUICK, asked, given
from pages.shared.model_store import answer, arrays, can, open_model

MOST = 12  # examples in one answer
MOST_WAYS = 24
CURVES = ("PCA", "latent semantic analysis")  # linear codes with an error for every size


# -- what there is --------------------------------------------------------------------------------


def about(name: str, query: dict[str, str]) -> bytes:
    """The ways to a code and back, the network's layers, PCA as it stands in the checkpoint. Raises `DataError`."""
    checkpoint = _net(name)
    shown, shape = loading.examples(checkpoint), checkpoint.manifest.preset.event_shape
    height, width = shape if len(shape) == 2 else (0, 0)
    portrait = arrays(name, checkpoint.version, "portrait.safetensors")
    stored = arrays(name, checkpoint.version, "weights.safetensors")
    header = {
        "n": len(shown.x),
        "height": height,
        "width": width,
        "inputs": int(np.prod(shape)),
        "layers": list(checkpoint.manifest.preset.model["layers"]),
        "code": checkpoint.manifest.preset.model.get("code", "linear"),
        "documents": shown.documents,
        "vocabulary": shown.vocabulary if shown.documents else [],
        "classes": shown.classes,
        "ways": [loading.described(way) for way in loading.ways(checkpoint)],
    }
    size = header["inputs"]
    parts = {} if shown.documents else {part: stored[f"view.{part}"] for part in ("shift", "scale")}
    planes = {k: ("f32", np.broadcast_to(v.astype(np.float32).reshape(-1), (size,))) for k, v in parts.items()}
    planes["codes"] = ("f16", portrait["codes"][:, : checkpoint.code_size])
    for curve in CURVES:
        own = {k.removeprefix(f"{curve}."): v for k, v in portrait.items() if k.startswith(f"{curve}.")}
        planes |= {f"linear_{k}": ("f32" if k == "errors" else "f16", v) for k, v in own.items()}
    return pack(header, planes, level=6)


def linear(name: str, query: dict[str, str]) -> bytes:
    """PCA, or latent semantic analysis, for every code size up to 100; the error for as many as there are."""
    _, state = loading.linear_basis(_net(name).name)
    planes = {f"linear_{k}": ("f32" if k == "errors" else "f16", v) for k, v in state.items()}
    return pack({}, planes, level=6)


def layer_errors(name: str, query: dict[str, str]) -> bytes:
    """What is lost after each layer, over all held-out examples. Raises `DataError`."""
    found = loading.layer_errors(_net(name).name)
    return pack({"titles": list(found)}, {"errors": ("f32", np.array(list(found.values())))})


# -- examples through it --------------------------------------------------------------------------


def through(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Examples of the class `digit` ("any" for all) drawn with `seed`, or a drawn image (plane "image"): as the model
    sees them, as each way `of` to a code (its kind and checkpoint) gives them back, and their codes. Raises
    `DataError`."""
    from core.analysis.codec_comparison import reconstruct

    checkpoint, of = _net(name), header.get("of")
    if not isinstance(of, list) or len(of) > MOST_WAYS:
        raise BadRequest(f"of: expected at most {MOST_WAYS} pairs of a kind and a checkpoint")
    rows, x = _examples(checkpoint, header, planes)
    sent = {"x": ("f16", x.flatten(1).numpy())}
    for i, way in enumerate(of):
        sent[f"back{i}"] = halves(reconstruct(_codec(checkpoint, way), x).flatten(1).numpy())
    sent["codes"] = ("f32", _codes(name, x))
    labels = loading.examples(checkpoint).labels if len(rows) else None
    names = [] if labels is None else [checkpoint.manifest.class_names[int(label)] for label in labels[rows]]
    return pack({"rows": rows.tolist(), "labels": names}, sent)


def layer(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """The same examples decoded from the layer `layer`: as the stack had it that the net began with, and as the net
    has it. Raises `DataError`."""
    from core.analysis.codec_comparison import layerwise_reconstructions

    checkpoint = _net(name)
    layers = len(checkpoint.manifest.preset.model["layers"])
    wanted = whole(header, "layer", 1, layers)
    _, x = _examples(checkpoint, header, planes)
    steps = [step for i, step in enumerate(layerwise_reconstructions(checkpoint, x)) if i % layers == wanted - 1]
    sent = {f"back{i}": halves(back.flatten(1).numpy()) for i, (_, back) in enumerate(steps)}
    return pack({"titles": [title for title, _ in steps]}, sent)


def decode(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """What the net's decoder makes of codes z (n, d), as it sees examples."""
    import torch

    z = codes(planes, _net(name).code_size, MOST)
    model = open_model(name).model
    cost.within(cost.passes(model, len(z)), f"{len(z)} codes")
    with torch.no_grad():
        back = model.decode(torch.from_numpy(z.copy())).flatten(1).numpy()
    return pack({}, {"back": halves(back)})


# -- small parts ----------------------------------------------------------------------------------


def _net(name: str) -> Checkpoint:
    checkpoint = checkpoints.load(name)
    if not can(checkpoint, Capability.ENCODES, Capability.DECODES_FROM_LAYERS):
        raise CheckpointError(f"{name} ({checkpoint.family_name}) does not decode from its layers")
    return checkpoint


def _examples(checkpoint: Checkpoint, header: dict[str, Any], planes: dict[str, np.ndarray]) -> tuple[np.ndarray, Any]:
    """Rows, none for a drawn image, and the examples (n, *event_shape)."""
    import torch

    from core.analysis import checkpoint_codec

    if "image" in planes:
        image = grey_image(planes, checkpoint.manifest.preset.event_shape if is_of_images(checkpoint) else None)
        return np.zeros(0, int), torch.from_numpy(checkpoint_codec.image_input(checkpoint, image))[None]
    shown, digit = loading.examples(checkpoint), header.get("digit")
    if digit != "any" and digit not in shown.classes:
        raise BadRequest(f"digit={str(digit)[:40]!r}: expected any, or one of {', '.join(shown.classes[:20])}")
    rows = shown.draw_rows(digit, whole(header, "seed", 0, 2**31 - 1), MOST)
    return rows, shown.x[rows]


def _codec(checkpoint: Checkpoint, way: Any) -> Any:
    """The way to a code and back of this kind and checkpoint. Raises `BadRequest`, `CheckpointError`."""
    if not isinstance(way, list) or len(way) != 2 or not all(isinstance(part, str) for part in way):
        raise BadRequest("of: expected pairs of a kind and a checkpoint")
    kind, name = way
    ours, theirs = checkpoint.manifest.preset, _net(name).manifest.preset
    if (ours.dataset, ours.view) != (theirs.dataset, theirs.view) or ours.event_shape != theirs.event_shape:
        raise BadRequest(f"{name}: it was trained on other data than {checkpoint.name}")
    if kind == "network":
        return open_model(name).model
    if (found := answer(loading.linear_code, name, kind)) is None:
        raise BadRequest(f"{name} holds no {kind[:40]}")
    return found


def _codes(name: str, x: Any) -> np.ndarray:
    import torch

    with torch.no_grad():
        return open_model(name).model.encode(x).numpy()


ROUTES = [
    given("autoencoder/{name}/about", about),
    given("autoencoder/{name}/linear", linear, LONG),
    given("autoencoder/{name}/layer-errors", layer_errors, LONG),
    asked("autoencoder/{name}/through", through, QUICK),  # these while a pointer draws or drags
    asked("autoencoder/{name}/layer", layer, QUICK),
    asked("autoencoder/{name}/decode", decode, QUICK),
]
