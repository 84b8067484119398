"""What the routes of the comparison answer: examples, maps, neighbours, similarities, an image through all.

The name in an address is that of a data set. Nothing here imports torch before the first answer needs it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pages.compare import loading
from pages.shared import endpoints
from pages.shared.codec import BadRequest, pack, whole_number
from pages.shared.endpoints import given

CHUNK = 2 * 2**20  # bytes of pictures in one answer, at most


# -- examples -------------------------------------------------------------------------------------


def about(name: str, query: dict[str, str]) -> bytes:
    """The examples' labels and factors, and all representations that can be chosen."""
    from core.store import checkpoints

    shown, listed = loading.examples(name), loading.listed(name)
    height, width = shown.images.shape[1:] if shown.images is not None else (0, 0)
    titles = {c.name: c.title for c in checkpoints.available()[0] if c.manifest.preset.dataset == name}
    header = {
        "title": shown.dataset.title,
        "split": shown.split,
        "n": len(shown),
        "classes": list(shown.dataset.class_names) if shown.labels is not None else [],
        "height": height,
        "width": width,
        "binary": shown.dataset.kind == "binary",
        "chunk": _per_chunk(shown),
        "factors": list(shown.factors),
        "most": loading.MOST,
        "usual": loading.usual(name),
        "representations": [
            {
                "key": one.key,
                "title": one.title,
                "kind": one.kind,
                "checkpoint": one.checkpoint,
                "model": titles.get(one.checkpoint, ""),
                "layer": one.layer,
                "size": one.size,
            }
            for one in listed.values()
        ],
    }
    planes: dict[str, tuple[str, np.ndarray]] = {"indices": ("f32", shown.rows)}
    planes |= {f"factor{i}": ("f32", values) for i, values in enumerate(shown.factors.values())}
    if shown.labels is not None:
        planes["labels"] = ("u8" if len(shown.dataset.class_names) <= 256 else "f32", shown.labels)
    return pack(header, planes)


def images(name: str, query: dict[str, str], part: str) -> bytes:
    """The grey pictures of the examples in part number `part`."""
    shown = loading.examples(name)
    if shown.images is None:
        raise BadRequest("these data are not images")
    per = _per_chunk(shown)
    first = whole_number("part", part, 0, (len(shown) - 1) // per) * per
    return pack({"first": first}, {"images": ("u8", shown.images[first : first + per])})


# -- one representation ---------------------------------------------------------------------------


def places(name: str, query: dict[str, str]) -> bytes:
    """The PCA map of the representation `of`: (n, 2), and the share of the variance that it shows."""
    from core.numerics.projections import project

    made = project("pca", loading.representation(name, _of(query)).vectors)
    header = {"ready": True, "explained": made.explained_variance_ratio}
    return pack(header, {"coordinates": ("f32", made.coordinates)})


def neighbours(name: str, query: dict[str, str]) -> bytes:
    """The nearest others of every example in the full space of `of`, nearest first: (n, k)."""
    found = loading.neighbours(name, _of(query))
    return pack({}, {"rows": ("u16" if len(found) < 2**16 else "f32", found)})


# -- small parts ----------------------------------------------------------------------------------


def _of(query: dict[str, str], field: str = "of") -> str:
    if not (key := query.get(field, "")):
        raise BadRequest(f"{field}: expected the key of a representation")
    return key


def _per_chunk(shown: Any) -> int:
    return max(1, CHUNK // max(1, shown.images[0].size)) if shown.images is not None else 0


ROUTES = [
    given("compare/{name}/about", about, endpoints.MAPS),
    given("compare/{name}/images/{part}", images, endpoints.MAPS),
    given("compare/{name}/map", places, endpoints.MAPS),
    given("compare/{name}/neighbours", neighbours, endpoints.MAPS),
]
