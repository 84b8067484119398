"""What the routes of the maps answer: points, their places on a map, pictures, neighbours, decoders, films of codes.

Nothing here imports torch before the first answer needs it. An answer depends on the checkpoint's weights and on the
question alone, so that a browser can keep it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from starlette.requests import Request

from pages.codes import loading, values
from pages.shared import endpoints, maps, visitors
from pages.shared.codec import BadRequest, grey_image, pack, whole_number
from pages.shared.endpoints import asked, given
from pages.shared.model_store import arrays
from pages.shared.work import Pool

CHUNK = 2 * 2**20  # bytes of pictures in one answer, at most
MOST_POINTS = 70_000
MOST_ROWS = 240  # reconstructions in one answer
QUICK = ("code", "pca-pixels", "pca-code")  # maps that need no run
SPLITS = ("test", "train", "all")
METRICS = ("euclidean", "cosine")

TITLES = {
    "code": "Code",
    "pca-pixels": "PCA of the pixels",
    "pca-code": "PCA of the code",
    "umap-pixels": "UMAP of the pixels",
    "umap-code": "UMAP of the code",
    "tsne-pixels": "t-SNE of the pixels",
    "tsne-code": "t-SNE of the code",
}
SETTINGS = ("n_neighbors", "min_dist", "perplexity")  # that a visitor may choose


# -- points ---------------------------------------------------------------------------------------


def points(name: str, query: dict[str, str]) -> bytes:
    """Labels and errors of the points, and what else can be asked about them."""
    embedded = _points_of(name, query)
    n, dim = embedded.codes.shape
    height, width = embedded.images.shape[1:] if embedded.images is not None else (0, 0)
    header = {
        "split": embedded.split,
        "n": n,
        "dim": dim,
        "classes": list(embedded.class_names) if embedded.labels is not None else [],
        "height": height,
        "width": width,
        "chunk": _per_chunk(embedded),
        "glyphs": _is_ink(embedded),
        "maps": [
            {
                "name": m,
                "title": _title(embedded, m),
                "settings": _usual(m),
                "decodes": _decoder(embedded, m) is not None,
            }
            for m in _possible(embedded)
        ],
        "film": loading.training_trajectory(name) is not None,
        "kind": _kind(embedded),
        "size": int(np.prod(embedded.values.shape[1:])),
        "factors": list(embedded.factors),
        **values.described(embedded),
        "note": _note(embedded, query),
    }
    planes = {"errors": ("f32", embedded.errors), "indices": ("f32", embedded.indices)}
    planes |= {f"factor{i}": ("f32", values) for i, values in enumerate(embedded.factors.values())}
    if embedded.labels is not None:
        # a byte holds 256 classes, float32 any number of them
        planes["labels"] = ("u8" if len(embedded.class_names) <= 256 else "f32", embedded.labels)
    return pack(header, planes)


def sprites(name: str, query: dict[str, str], part: str) -> bytes:
    """The grey pictures of the points in part number `part`."""
    embedded = _points_of(name, query)
    if embedded.images is None:
        raise BadRequest("these data are not images")
    per = _per_chunk(embedded)
    first = whole_number("part", part, 0, (len(embedded.images) - 1) // per) * per
    return pack({"first": first}, {"images": ("u8", embedded.images[first : first + per])})


def layout(name: str, query: dict[str, str], layout_name: str) -> tuple[bytes, bool]:
    """The places of all points on a map, and whether it was ready; else its cost, or the run at work on it.

    With `quick` the scores of a new map are left out: they take longer than the places.
    """
    from core.analysis import layouts

    embedded, settings = _points_of(name, query), _settings(layout_name, query)
    _check_layout(embedded, layout_name)
    try:
        if "quick" in query and layout_name in QUICK and not _is_ready(embedded, layout_name):
            places = loading.quick_coordinates(embedded, layout_name)
            return pack({"ready": True, "scores": None}, {"coordinates": ("f32", places)}), False
        found = layouts.get_layout(embedded, layout_name, **settings)
    except layouts.LayoutMissing:
        run = _at_work(embedded, layout_name, settings)
        return pack(maps.absent(run, layout_name.split("-")[0], len(embedded.codes)), {}), False
    scores = {**found.scores, "error": float(embedded.errors.mean())} if layout_name == "code" else found.scores
    header = {"ready": True, "scores": scores, "seconds": found.seconds, "settings": found.settings}
    return pack(header, {"coordinates": ("f32", found.coordinates)}), True


def ask(name: str, query: dict[str, str], layout_name: str) -> dict[str, Any]:
    """Have a map computed for the visitor in a run of its own; its id."""
    from core import jobs
    from core.store import checkpoints

    embedded, settings = _points_of(name, query), _settings(layout_name, query)
    _check_layout(embedded, layout_name)
    checkpoint = checkpoints.load(name)
    run = jobs.submit_layout(checkpoint, layout_name, embedded.points, embedded.split, settings, **visitors.asks())
    return {"run": run.id}


# -- one point and what is near it ----------------------------------------------------------------


def neighbours(name: str, query: dict[str, str]) -> dict[str, Any]:
    """The points that are truly nearest to the point `of`, by pixels and by code, nearest first."""

    embedded = _points_of(name, query)
    of = whole_number("of", query.get("of", ""), 0, len(embedded.codes) - 1)
    k = min(whole_number("k", query.get("k", "10"), 1, 50), len(embedded.codes) - 1)
    metric = query.get("metric", "euclidean")
    if metric not in METRICS:
        raise BadRequest(f"metric={metric[:40]!r}: expected {' or '.join(METRICS)}")
    found = embedded.neighbours_of(of, k, metric)
    return {"of": of, **{space: [int(i) for i in rows] for space, rows in found.items()}}


def accuracy(name: str, query: dict[str, str]) -> dict[str, Any]:
    """k-NN accuracy of the code and of the data, each in its own space, over `n` points; None without classes."""
    from core.analysis import embedding

    embedded = _points_of(name, query)
    n = len(embedded.codes)
    voters = n if n <= embedding.MOST_VOTERS else embedding.VOTERS
    return {"n": voters, **{space: embedded.accuracy(space) for space in ("code", "pixels")}}


def clusters(name: str, query: dict[str, str]) -> bytes:
    """The cluster of each point by k-means of the codes, and how many points each has, the largest first."""
    member = _points_of(name, query).clusters()
    return pack({"sizes": np.bincount(member).tolist()}, {"clusters": ("u8", member)})


def point_values(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> Iterator[bytes]:
    """A number for each point, part by part: see `values.in_parts`."""
    return values.in_parts(_points_of(name, _told(header)), header)


def words(name: str, query: dict[str, str]) -> dict[str, Any]:
    """What tells the points `rows` apart, where they are no pictures: words of documents, columns of a table."""

    embedded = _points_of(name, query)
    if embedded.images is not None:
        raise BadRequest("these data are images: they have no words")
    return {"words": [embedded.words(row) for row in _rows(embedded, query)]}


def reconstructions(name: str, query: dict[str, str]) -> bytes:
    """What the model makes of the points `rows` (numbers with points between them), in greys."""

    embedded = _points_of(name, query)
    rows = np.array(_rows(embedded, query))
    if embedded.images is None:
        raise BadRequest("these data are not images")
    return pack({}, {"images": ("u8", embedded.reconstructions(rows))})


def decoder(name: str, query: dict[str, str], layout_name: str) -> bytes:
    """Layers that turn a place on the map into a picture: the model's own, or for PCA its linear way back."""
    embedded = _points_of(name, query)
    _check_layout(embedded, layout_name)
    layers = _decoder(embedded, layout_name)
    if layers is None:
        raise BadRequest(f"map {layout_name!r}: it has no decoder")
    stored = arrays(name, embedded.checkpoint.version, "weights.safetensors")
    size = embedded.images[0].size
    planes: dict[str, tuple[str, np.ndarray]] = {
        part: ("f32", np.broadcast_to(stored[f"view.{part}"].astype(np.float32).reshape(-1), (size,)))
        for part in ("shift", "scale")
    }
    for i, (weight, bias, _) in enumerate(layers):
        planes |= {f"weight{i}": ("f16", weight), f"bias{i}": ("f16", bias)}
    return pack({"units": [unit for _, _, unit in layers]}, planes, level=6)


def land(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Where a drawing comes to lie on each of the maps that the message names, and what the model makes of it."""
    from core.analysis import checkpoint_codec, layouts
    from core.store import checkpoints

    embedded = _points_of(name, _told(header))
    image = grey_image(planes, None if embedded.images is None else embedded.images.shape[1:])
    asked = header.get("maps", [])
    if not isinstance(asked, list) or len(asked) > 8 or not all(isinstance(entry, dict) for entry in asked):
        raise BadRequest("maps: expected a list of at most 8 maps")
    checkpoint = checkpoints.load(name)
    code, values = checkpoint_codec.encode_image(checkpoint, image), checkpoint_codec.image_input(checkpoint, image)
    decoded = checkpoint_codec.decode(checkpoint, code[None])
    places = []
    for entry in asked:
        layout_name = str(entry.get("name"))
        _check_layout(embedded, layout_name)
        settings = _settings(layout_name, {k: str(v) for k, v in entry.items() if k != "name"})
        place = layouts.out_of_sample(embedded, layout_name, values, code, **settings)
        places.append(place and {"at": [float(t) for t in place[0]], "exact": bool(place[1])})
    error = float(np.square(values - decoded[0]).sum())
    back = checkpoint_codec.to_grey(checkpoint, decoded)[0]
    return pack({"code": [float(z) for z in code], "places": places, "error": error}, {"back": ("u8", back)})


def film(name: str, query: dict[str, str]) -> bytes:
    """The codes of the same test examples along the training, stage by stage."""
    found = loading.training_trajectory(name)
    if found is None:
        raise BadRequest(f"{name} has no codes saved during training")
    header = {"stages": list(found.stages), "n": int(found.codes.shape[1])}
    epochs = np.asarray(found.epochs, np.float32)
    planes = {"epochs": ("f32", epochs), "codes": ("f32", found.codes), "errors": ("f32", found.errors)}
    return pack(header, planes)


# -- small parts ----------------------------------------------------------------------------------


def _which(query: dict[str, str]) -> tuple[str, int]:
    split = query.get("split", "test")
    if split not in SPLITS:
        raise BadRequest(f"split={split[:40]!r}: expected one of {', '.join(SPLITS)}")
    return split, whole_number("points", query.get("points", "10000"), 10, MOST_POINTS)


def _told(header: dict[str, Any]) -> dict[str, str]:
    """Which points a message is about, as an address has it."""
    return {k: str(header[k]) for k in ("split", "points") if k in header}


def _points_of(name: str, query: dict[str, str]) -> Any:
    return loading.embedded_dataset(name, *_which(query))


def _rows(embedded: Any, query: dict[str, str]) -> list[int]:
    texts = [text for text in query.get("rows", "").split(".") if text]
    if not 0 < len(texts) <= MOST_ROWS:
        raise BadRequest(f"rows: {len(texts)} of them, expected 1 to {MOST_ROWS}")
    return [whole_number("rows", text, 0, len(embedded.codes) - 1) for text in texts]


def _kind(embedded: Any) -> str:
    """What an example is."""
    if embedded.images is not None:
        return "images"
    return "documents" if embedded.checkpoint.manifest.kind == "counts" else "rows"


def _note(embedded: Any, query: dict[str, str]) -> str:
    """What is shown in place of what was asked for, where that is too little for a map."""
    asked, _ = _which(query)
    if embedded.split == asked:
        return ""
    which = "held-out" if asked == "test" else "training"
    return f"Fewer than 3 {which} examples: the maps show all {len(embedded.codes)}, held-out and training."


def _rules(layout_name: str) -> dict[str, Any]:
    return maps.rules_of(layout_name.split("-")[0], SETTINGS)


def _settings(layout_name: str, query: dict[str, str]) -> dict[str, float]:
    """The settings of a map that differ from the usual ones."""
    return maps.read_settings(_rules(layout_name), query)


def _usual(layout_name: str) -> dict[str, list[float]]:
    return {name: [rule.low, rule.high, rule.default] for name, rule in _rules(layout_name).items()}


def _possible(embedded: Any) -> list[str]:
    from core.analysis import layouts

    return list(layouts.list_layouts(embedded))


def _check_layout(embedded: Any, layout_name: str) -> None:
    if layout_name not in _possible(embedded):
        raise BadRequest(f"map {layout_name[:40]!r}: expected one of {', '.join(_possible(embedded))}")


def _title(embedded: Any, layout_name: str) -> str:
    dim = embedded.codes.shape[1]
    title = TITLES[layout_name].replace("the code", f"the {dim}-D code")
    return title if embedded.images is not None else title.replace("the pixels", "the data")


def _is_ready(embedded: Any, layout_name: str) -> bool:
    from core.analysis import layouts

    return layouts.is_ready(embedded.checkpoint, layout_name, embedded.points, embedded.split, {})


def _at_work(embedded: Any, layout_name: str, settings: dict[str, float]) -> str | None:
    """The id of the run that computes the map just now."""
    from core.analysis.layouts import layout_key

    key = layout_key(embedded.checkpoint, layout_name, embedded.points, embedded.split, settings)
    return maps.run_at_work(f"layout-{key}")


def _per_chunk(embedded: Any) -> int:
    return max(1, CHUNK // max(1, embedded.images[0].size)) if embedded.images is not None else 0


def _is_ink(embedded: Any) -> bool:
    """Whether the pictures are strokes on black, which can be drawn without their ground."""
    if embedded.images is None:
        return False
    some = embedded.images[:1000]
    corners = some[:, (0, 0, -1, -1), (0, -1, 0, -1)]
    return float(np.median(corners)) < 15 and float((some < 25).mean()) > 0.25


def _decoder(embedded: Any, layout_name: str) -> list[tuple[np.ndarray, np.ndarray, str]] | None:
    """Layers from a place on the map to an example as the model sees it; None where there is no way back."""
    from core.analysis import checkpoint_codec, layouts

    if embedded.images is None or layout_name not in QUICK:
        return None
    layers = [] if layout_name == "pca-pixels" else checkpoint_codec.decoder_weights(embedded.checkpoint)
    if layers is None or layout_name == "code":
        return layers
    pca = layouts.get_layout(embedded, layout_name).pca
    # components (2, D): a place is a mixture of them about the mean
    return [(np.asarray(pca.components).T, np.asarray(pca.mean), "linear"), *layers]


# -- routes ---------------------------------------------------------------------------------------


def _layout_pool(request: Request) -> Pool:
    return endpoints.MAPS if "quick" in request.query_params else endpoints.SCORES


ROUTES = [
    given("maps/{name}/sprites/{part}", sprites, endpoints.MAPS),
    given("maps/{name}/decoder/{layout_name}", decoder, endpoints.MAPS),
    maps.map_route("maps/{name}/layouts/{layout_name}", layout, ask, _layout_pool),
    given("maps/{name}/film", film, endpoints.MAPS),
    asked("maps/{name}/land", land, endpoints.QUICK),
    asked("maps/{name}/values", point_values, endpoints.MAPS),
    given("maps/{name}/points", points, endpoints.MAPS),
    given("maps/{name}/neighbours", neighbours, endpoints.MAPS),
    given("maps/{name}/reconstructions", reconstructions, endpoints.MAPS),
    given("maps/{name}/words", words, endpoints.MAPS),
    given("maps/{name}/accuracy", accuracy, endpoints.SCORES),
    given("maps/{name}/clusters", clusters, endpoints.SCORES),
]
