"""What the routes of the comparison answer: examples, maps, neighbours, similarities, an image through all.

The name in an address is that of a data set. Nothing here imports torch before the first answer needs it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pages.compare import loading
from pages.registry import exhibits, list_checkpoints
from pages.shared import endpoints, maps
from pages.shared.codec import BadRequest, pack, whole_number
from pages.shared.endpoints import asked, given

CHUNK = 2 * 2**20  # bytes of pictures in one answer, at most
MOST_IN_MATRIX = 48  # representations in one matrix
MOST_EIGENVALUES = 200
COST_OF_TEXT = "nats a character"  # log-probability with the other sign, the same for every way of cutting a text
SUGGESTED = 4  # groups, each way
LIKELIHOODS = ("test log-probability", "bound on test log-probability", COST_OF_TEXT)
MEASURES = ("cka", "overlap", "procrustes", "rsa")


# -- examples -------------------------------------------------------------------------------------


def about(name: str, query: dict[str, str]) -> bytes:
    """The examples' labels and factors, and all representations that can be chosen."""
    shown, listed = loading.examples(name), loading.listed(name)
    height, width = shown.images.shape[1:] if shown.images is not None else (0, 0)
    titles = {c.name: c.title for c in list_checkpoints()[0] if c.manifest.preset.dataset == name}
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


def places(name: str, query: dict[str, str]) -> tuple[bytes, bool]:
    """The map of the representation `of` by `method`: (n, 2); of PCA also the share of the variance that it shows.
    Where it is not ready: what it would cost, or the run at work on it."""
    from core import jobs
    from core.analysis.representation_maps import map_key, stored_map
    from core.numerics.projections import project

    key, (method, settings) = _of(query), _method(query)
    vectors = loading.representation(name, key).vectors
    if method == "pca":
        made = project("pca", vectors)
        header = {"ready": True, "explained": made.explained_variance_ratio}
        return pack(header, {"coordinates": ("f32", made.coordinates)}), True
    found = stored_map(map_key(vectors, method, settings), len(vectors))
    if found is not None:
        return pack({"ready": True, "explained": None}, {"coordinates": ("f32", found)}), True
    run = jobs.map_run(key, name, loading.examples(name).split, method, settings)
    return pack(
        {"ready": False, "run": maps.run_at_work(run), "cost": maps.cost_in_words(method, len(vectors))}, {}
    ), False


def ask(name: str, query: dict[str, str], visitor: str = "") -> dict[str, Any]:
    """Have a map computed for a visitor (`core.jobs.visitor_id`) in a run of its own; its id."""
    from core import jobs

    method, settings = _method(query)
    about = loading.info(name, _of(query))
    run = jobs.submit_map(about.key, name, loading.examples(name).split, method, settings, visitor)
    return {"run": run.id}


def neighbours(name: str, query: dict[str, str]) -> bytes:
    """The nearest others of every example in the full space of `of`, nearest first: (n, k)."""
    found = loading.neighbours(name, _of(query))
    return pack({}, {"rows": ("u16" if len(found) < 2**16 else "f32", found)})


# -- several representations ----------------------------------------------------------------------


def similarity(name: str, query: dict[str, str]) -> bytes:
    """The measure of every pair of the representations `of` (keys with commas between): (m, m)."""
    from core.representations.similarity import similarity_matrix

    keys = _of(query).split(",")
    if len(keys) > MOST_IN_MATRIX:
        raise BadRequest(f"of: {len(keys)} representations, expected at most {MOST_IN_MATRIX}")
    measure, k = _measure(name, query)
    loading.compute_together(name, keys)
    found = similarity_matrix([loading.terms(name, key) for key in keys], measure, k)
    return pack({"measure": measure}, {"matrix": ("f32", found)})


def interval(name: str, query: dict[str, str]) -> bytes:
    """The measure of the representations `of` and `against`, with its 95% interval over examples."""
    from core.representations import similarity

    measure, k = _measure(name, query)
    found = similarity.interval(*(loading.terms(name, _of(query, field)) for field in ("of", "against")), measure, k)
    return pack({"interval": [None if np.isnan(x) else x for x in (found.value, found.low, found.high)]}, {})


def geometry(name: str, query: dict[str, str]) -> bytes:
    """How many dimensions the examples fill in the representation `of`: TwoNN with its interval, participation ratio,
    and the spectrum (shares of the variance)."""
    from core.config.fields import SettingError
    from core.representations import geometry as shape

    terms = loading.terms(name, _of(query))
    try:
        found = shape.two_nn(terms.points)
        two_nn = [found.value, found.low, found.high]
    except SettingError as error:
        two_nn = str(error)
    finite = isinstance(two_nn, str) or np.isfinite(two_nn).all()
    ratio = shape.participation_ratio(terms)
    header = {
        "size": terms.points.shape[1],
        "two_nn": two_nn if finite else "not finite: too many equal distances",
        "participation": ratio if np.isfinite(ratio) else None,
    }
    return pack(header, {"spectrum": ("f32", shape.spectrum(terms)[:MOST_EIGENVALUES])})


def suggest(name: str, query: dict[str, str]) -> bytes:
    """Groups of examples that stand together in the representation `of` and part in `against`, and the other way."""
    from core.representations.alignment import suggested_selections

    both = [loading.terms(name, _of(query, field)) for field in ("of", "against")]
    groups = []
    for source in (0, 1):
        found = suggested_selections(both[source], both[1 - source], most=SUGGESTED)
        groups += [
            {"rows": one.rows.tolist(), "together": one.together, "apart": one.apart, "from": source, "to": 1 - source}
            for one in found
        ]
    return pack({"groups": sorted(groups, key=lambda one: one["apart"] - one["together"])[: 2 * SUGGESTED]}, {})


def readout(name: str, query: dict[str, str]) -> dict[str, Any]:
    """Accuracy of classes read out of the representation `of` by `method`, for few and many labels of each class."""
    from core.representations.readout import TITLES, readout

    method = query.get("method", "knn")
    if method not in TITLES:
        raise BadRequest(f"method={method[:40]!r}: expected one of {', '.join(TITLES)}")
    key, shown = _of(query), loading.examples(name)
    if shown.labels is None:
        raise BadRequest("these data have no classes to read out")
    found = loading.kept_readout(
        name, key, method, lambda: readout(loading.terms(name, key).points, shown.labels, method)
    )
    return {"points": [{"labels": one.labels, "mean": one.mean, "spread": one.spread} for one in found]}


def likelihoods(name: str, query: dict[str, str]) -> dict[str, Any]:
    """Every model of the data with a likelihood, from what its checkpoint says of itself."""
    rows = []
    for checkpoint in list_checkpoints()[0]:
        manifest = checkpoint.manifest
        score = next(filter(None, map(checkpoint.score, LIKELIHOODS)), None)
        if manifest.preset.dataset != name or score is None:
            continue
        rows.append(
            {
                "model": checkpoint.title,
                "value": -score.value if score.name == COST_OF_TEXT else score.value,
                "spread": score.spread,
                "unit": score.unit.replace("char", "character"),
                "nature": score.nature,
                "note": score.note,
                "view": "" if score.name == COST_OF_TEXT else manifest.preset.view,
                "parameters": manifest.parameters,
                "seconds": manifest.seconds,
                "pages": [
                    {"title": one.title, "address": f"{one.name}?checkpoint={checkpoint.name}"}
                    for one in exhibits()
                    if one.can_show(checkpoint)
                ],
            }
        )
    return {"rows": rows}


# -- small parts ----------------------------------------------------------------------------------


def _of(query: dict[str, str], field: str = "of") -> str:
    if not (key := query.get(field, "")):
        raise BadRequest(f"{field}: expected the key of a representation")
    return key


def _measure(name: str, query: dict[str, str]) -> tuple[Any, int]:
    """The measure of similarity that is asked for, and its number of neighbours."""
    measure = query.get("measure", "cka")
    if measure not in MEASURES:
        raise BadRequest(f"measure={measure[:40]!r}: expected one of {', '.join(MEASURES)}")
    k = whole_number("k", query.get("k", "10"), 1, loading.NEIGHBOURS)
    return measure, min(k, len(loading.examples(name)) - 1)


def _method(query: dict[str, str]) -> tuple[Any, dict[str, float]]:
    """The method that a map is asked for by, and its settings that differ from the usual ones."""
    from core.numerics.projections import SETTINGS

    method = query.get("method", "pca")
    if method not in SETTINGS:
        raise BadRequest(f"method={method[:40]!r}: expected one of {', '.join(SETTINGS)}")
    return method, maps.read_settings(SETTINGS[method], query)


def _per_chunk(shown: Any) -> int:
    return max(1, CHUNK // max(1, shown.images[0].size)) if shown.images is not None else 0


# -- routes ---------------------------------------------------------------------------------------


def _through(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    from pages.compare.through import through  # here, because it brings torch

    return through(name, header, planes)


ROUTES = [
    given("compare/{name}/about", about, endpoints.MAPS),
    given("compare/{name}/images/{part}", images, endpoints.MAPS),
    maps.map_route("compare/{name}/map", places, ask),
    given("compare/{name}/neighbours", neighbours, endpoints.LONG),
    given("compare/{name}/similarity", similarity, endpoints.SCORES),
    given("compare/{name}/interval", interval, endpoints.SCORES),
    given("compare/{name}/geometry", geometry, endpoints.SCORES),
    given("compare/{name}/suggest", suggest, endpoints.LONG),
    given("compare/{name}/readout", readout, endpoints.SCORES),
    given("compare/{name}/likelihoods", likelihoods, endpoints.MAPS),
    asked("compare/{name}/through", _through, endpoints.QUICK),
]
