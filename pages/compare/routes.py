"""What the routes of the comparison answer: examples, maps, neighbours, similarities, an image through all.

The name in an address is that of a data set. Nothing here imports torch before the first answer needs it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from core.config.capabilities import Capability
from core.config.mode import Ability
from core.representations.catalogue import UPLOADS
from pages.compare import loading, uploading
from pages.registry import exhibits, is_of_images, list_checkpoints
from pages.shared import endpoints, maps, represented, scores, visitors
from pages.shared.codec import BadRequest, pack, whole_number
from pages.shared.endpoints import asked, given

CHUNK = 2 * 2**20  # bytes of pictures in one answer, at most
MOST_IN_MATRIX = 48  # representations in one matrix
MOST_EIGENVALUES = 200
COST_OF_TEXT = "nats a character"  # log-probability with the other sign, the same for every way of cutting a text
SUGGESTED = 4  # groups, each way
LIKELIHOODS = (*scores.LIKELIHOODS, COST_OF_TEXT)
MEASURES = ("cka", "overlap", "procrustes", "rsa")


# -- examples -------------------------------------------------------------------------------------


def about(name: str, query: dict[str, str]) -> tuple[bytes, bool]:
    """The examples' labels and factors, and all representations that can be chosen: uploads come and go."""
    shown, listed = represented.examples(name), represented.listed(name)
    height, width = shown.images.shape[1:] if shown.images is not None else (0, 0)
    models = {c.name: c for c in list_checkpoints()[0] if c.manifest.preset.dataset == name}
    twins = loading.twins(list(models.values()))
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
        "scores": loading.example_scores(name),
        "most": represented.MOST,
        "no_uploads": visitors.current().reason_against(Ability.UPLOAD),
        "usual": represented.usual(name),
        "representations": [
            loading.told(one, models.get(one.checkpoint), twins.get(one.checkpoint, "")) for one in listed.values()
        ],
    }
    planes: dict[str, tuple[str, np.ndarray]] = {"indices": ("f32", shown.rows)}
    planes |= {f"factor{i}": ("f32", values) for i, values in enumerate(shown.factors.values())}
    if shown.labels is not None:
        planes["labels"] = ("u8" if len(shown.dataset.class_names) <= 256 else "f32", shown.labels)
    return pack(header, planes), False


def images(name: str, query: dict[str, str], part: str) -> bytes:
    """The grey pictures of the examples in part number `part`."""
    shown = represented.examples(name)
    if shown.images is None:
        raise BadRequest("these data are not images")
    per = _per_chunk(shown)
    first = whole_number("part", part, 0, (len(shown) - 1) // per) * per
    return pack({"first": first}, {"images": ("u8", shown.images[first : first + per])})


# -- one representation ---------------------------------------------------------------------------


def places(name: str, query: dict[str, str]) -> tuple[bytes, bool]:
    """The map of the representation `of` by `method`: (n, 2) or (n, 3); of PCA also the share of the variance that it
    shows. Where it is not ready: what it would cost, or the run at work on it."""
    from core import jobs

    key, (method, settings) = _of(query), _method(query)
    found, shown = loading.map_of(name, key, method, settings), represented.examples(name)
    return maps.answer_of(found, lambda: jobs.map_run(key, name, shown.split, method, settings), method, len(shown))


def ask(name: str, query: dict[str, str]) -> dict[str, Any]:
    """Have a map computed for the visitor in a run of its own; its id."""
    from core import jobs

    method, settings = _method(query)
    about = represented.info(name, _of(query))
    run = jobs.submit_map(about.key, name, represented.examples(name).split, method, settings, **visitors.asks())
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
    represented.compute_together(name, keys)
    found = similarity_matrix([loading.terms(name, key) for key in keys], measure, k)
    return pack({"measure": measure}, {"matrix": ("f32", found)})


def interval(name: str, query: dict[str, str]) -> bytes:
    """The measure of the representations `of` and `against`, with its 95% interval over examples."""
    from core.representations import similarity

    measure, k = _measure(name, query)
    found = similarity.interval(*(loading.terms(name, _of(query, field)) for field in ("of", "against")), measure, k)
    return pack({"interval": [None if np.isnan(x) else x for x in (found.value, found.low, found.high)]}, {})


def geometry(name: str, query: dict[str, str]) -> bytes:
    """How many dimensions the examples fill in the representation `of`: TwoNN, participation ratio and the spectrum
    (shares of the variance), with their intervals."""
    from core.config.fields import SettingError
    from core.representations import geometry as shape

    terms = loading.terms(name, _of(query))
    try:
        two_nn = _with_ends(shape.two_nn(terms.points)) or "not finite: too many equal distances"
    except SettingError as error:
        two_nn = str(error)
    spread = shape.spread_of_variance(terms)
    header = {
        "size": terms.points.shape[1],
        "two_nn": two_nn,
        "participation": _with_ends(spread.participation),
    }
    ends = {"spectrum": spread.shares, "low": spread.low, "high": spread.high}
    return pack(header, {plane: ("f32", values[:MOST_EIGENVALUES]) for plane, values in ends.items()})


def _with_ends(found: Any) -> list[float] | None:
    """A value with the ends of its interval; None where one is no number."""
    both = [found.value, found.low, found.high]
    return both if np.isfinite(both).all() else None


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
    chosen: list[dict[str, Any]] = []
    for one in sorted(groups, key=lambda one: one["apart"] - one["together"]):
        rows = set(one["rows"])
        if not any(2 * len(rows & set(other["rows"])) > min(len(rows), len(other["rows"])) for other in chosen):
            chosen.append(one)
    return pack({"groups": sorted(chosen, key=lambda one: one["from"])}, {})


def readout(name: str, query: dict[str, str]) -> bytes:
    """Accuracy of classes read out of the representation `of` by `method`, for few and many labels of each class."""
    key, by = _of(query), _reader(query)
    return _accuracies(loading.readout(name, key, by, lambda: loading.terms(name, key).points))


def map_readout(name: str, query: dict[str, str]) -> bytes:
    """The same of the two coordinates of its map by `method`, read out by `by`."""
    key, by, (method, settings) = _of(query), _reader(query, "by"), _method(query)
    found = loading.map_of(name, key, method, settings)
    if found is None:
        raise BadRequest(f"method={method!r}: the map of {key} is not computed yet")
    return _accuracies(loading.readout(name, key, by, lambda: found.coordinates, f"{method} {settings}"))


def _accuracies(points: list) -> bytes:
    return pack({"points": [{"labels": one.labels, "mean": one.mean, "spread": one.spread} for one in points]}, {})


def read(name: str, query: dict[str, str]) -> bytes:
    """The class that is read out of every example by `method`, from the other folds: (n,)."""
    classes = len(represented.examples(name).dataset.class_names)
    found = loading.predictions(name, _of(query), _reader(query))
    return pack({}, {"read": ("u8" if classes <= 256 else "f32", found)})


def factors(name: str, query: dict[str, str]) -> bytes:
    """How well each known factor is read out of the representation `of`, by a regression and by neighbours."""
    found = loading.factor_scores(name, _of(query))
    rows = [{k: None if v != v else v for k, v in vars(one).items()} for one in found]  # NaN: a constant factor
    return pack({"factors": rows}, {})


def values(name: str, query: dict[str, str]) -> bytes:
    """What a model says of each example by `of` (of the scores that `about` lists): (n,), NaN where time ran out."""
    return pack({}, {"values": ("f32", loading.values(name, _of(query)))})


def likelihoods(name: str, query: dict[str, str]) -> tuple[bytes, bool]:
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
                "checkpoint": checkpoint.name,
                "draws": Capability.SAMPLES in checkpoint.capabilities and is_of_images(checkpoint),
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
    return pack({"rows": rows}, {}), False


def samples(name: str, query: dict[str, str]) -> bytes:
    """A few samples of the checkpoint `of` as greys (n, h, w), and how many seconds one takes here."""
    found = loading.samples(name, _of(query))
    return pack({"seconds": found.seconds}, {"images": ("u8", found.images)})


# -- to take along ----------------------------------------------------------------------------------


def vectors(name: str, query: dict[str, str]) -> bytes:
    """The vectors of the representation `of` as CSV."""
    from pages.compare.exports import vectors_csv

    return vectors_csv(name, _of(query))


def notebook(name: str, query: dict[str, str]) -> bytes:
    """A notebook that computes what a link with this query shows of the representations `reps`."""
    from pages.compare.exports import notebook_of

    method, settings = _method(query)
    return notebook_of(name, query, method, settings, _measure(name, query)[1], LIKELIHOODS)


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
    return measure, min(k, len(represented.examples(name)) - 1)


def _reader(query: dict[str, str], field: str = "method") -> Any:
    """What classes are read out by."""
    from core.representations.readout import TITLES

    by = query.get(field, "knn")
    if by not in TITLES:
        raise BadRequest(f"{field}={by[:40]!r}: expected one of {', '.join(TITLES)}")
    return by


def _method(query: dict[str, str]) -> tuple[Any, dict[str, float]]:
    """The method that a map is asked for by, and its settings that differ from the usual ones."""
    from core.analysis.representation_maps import METHODS

    method = query.get("method", "pca")
    if method not in METHODS:
        raise BadRequest(f"method={method[:40]!r}: expected one of {', '.join(METHODS)}")
    return method, maps.read_settings(METHODS[method], query)


def _per_chunk(shown: Any) -> int:
    return max(1, CHUNK // max(1, shown.images[0].size)) if shown.images is not None else 0


# -- routes ---------------------------------------------------------------------------------------


def _unless_uploaded(work: Any) -> Any:
    """The same work, whose answers browsers do not keep where an upload is named: another one may take its name."""

    def answer(name: str, query: dict[str, str], **more: str) -> Any:
        found = work(name, query, **more)
        body, lasts = found if isinstance(found, tuple) else (found, True)
        return body, lasts and not any(f"{UPLOADS}~" in value for value in query.values())

    return answer


def _through(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    from pages.compare.through import through  # here, because it brings torch

    return through(name, header, planes)


_GIVEN = [
    ("about", about, endpoints.MAPS),
    ("images/{part}", images, endpoints.MAPS),
    ("neighbours", neighbours, endpoints.LONG),
    ("similarity", similarity, endpoints.SCORES),
    ("interval", interval, endpoints.SCORES),
    ("geometry", geometry, endpoints.SCORES),
    ("suggest", suggest, endpoints.LONG),
    ("readout", readout, endpoints.SCORES),
    ("map-readout", map_readout, endpoints.SCORES),
    ("read", read, endpoints.SCORES),
    ("factors", factors, endpoints.SCORES),
    ("values", values, endpoints.SCORES),
    ("likelihoods", likelihoods, endpoints.MAPS),
    ("samples", samples, endpoints.LONG),
    ("vectors", vectors, endpoints.LONG),
    ("notebook", notebook, endpoints.MAPS),
]
ROUTES = [
    *(given(f"compare/{{name}}/{path}", _unless_uploaded(work), pool) for path, work, pool in _GIVEN),
    maps.map_route("compare/{name}/map", _unless_uploaded(places), ask),
    asked("compare/{name}/through", _through, endpoints.QUICK),
    asked("compare/{name}/upload", uploading.upload, endpoints.LONG, most=uploading.MOST),
    asked("compare/{name}/forget", uploading.forget, endpoints.LONG),
]
