"""What the routes of the page of labels answer: a pool of examples; it in one representation; one-shot trials; what a
net memorises."""

from __future__ import annotations

import numpy as np

from pages.labels import loading, memorising, styles, trials
from pages.shared import endpoints
from pages.shared.codec import BadRequest, pack
from pages.shared.endpoints import asked, given

METHODS = ("pca", "umap")


def about(name: str, query: dict[str, str]) -> bytes:
    """The pool, with the labels that are kept back (n,), and the representations that there are."""
    found = loading.pool(name)
    header = {
        "n": len(found.at),
        "classes": list(found.classes),
        "words": found.words,
        "representations": [
            {"key": one.key, "title": loading.short_title(name, one)} for one in loading.shown_in(name)
        ],
    }
    planes: dict[str, tuple[str, np.ndarray]] = {"labels": ("f32", found.labels.astype(np.float32))}
    if found.images is not None:
        planes["images"] = ("u8", found.images)
    return pack(header, planes)


def view(name: str, query: dict[str, str]) -> bytes:
    """The pool in the representation `of`: vectors (n, d), neighbours (n, k)."""
    found = loading.view(name, query.get("of", ""))
    planes = {
        "vectors": ("f16", found.vectors.astype(np.float16)),
        "neighbours": ("u16", found.neighbours.astype(np.uint16)),
    }
    return pack({}, planes)


def places(name: str, query: dict[str, str]) -> bytes:
    """A map (n, 2) of the pool in the representation `of`, by `method`."""
    if (method := query.get("method", "")) not in METHODS:
        raise BadRequest(f"method={method[:40]!r}: expected one of {', '.join(METHODS)}")
    return pack({}, {"map": ("f32", loading.map_of(name, query.get("of", ""), method))})


def memorise(name: str, query: dict[str, str]) -> bytes:
    """Examples (n, d) to train and to test a small net on, and how many bits they hold."""
    found = memorising.material(name)
    header = {"training": found.training, "shape": found.shape, "bits": memorising.bits_of(name)}
    x = ("f16", found.x.astype(np.float16)) if found.shape is None else ("u8", found.x)
    return pack(header, {"x": x, "labels": ("f32", found.labels.astype(np.float32))})


ROUTES = [
    given("labels/{name}/about", about, endpoints.MAPS),
    given("labels/{name}/view", view, endpoints.MAPS),
    given("labels/{name}/map", places, endpoints.LONG),
    given("labels/{name}/memorise", memorise, endpoints.MAPS),
    given("labels/{name}/trials", trials.trials, endpoints.QUICK),
    given("labels/{name}/drawings", trials.drawings, endpoints.QUICK),
    given("labels/{name}/told", trials.told, endpoints.MAPS),
    asked("labels/{name}/drawn", trials.drawn, endpoints.QUICK),
    given("labels/{name}/styles", styles.styles, endpoints.MAPS),
    asked("labels/{name}/style", styles.style_of, endpoints.QUICK),
]
