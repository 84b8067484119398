"""Routes beside the pages: chains' frames, weights, GIFs, runs of training, maps of codes, latent spaces, scripts.

They keep nothing between requests: a player sends the hidden layers that it wants to go on from.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from core import jobs
from core.checkpoints import CheckpointError
from core.data import DataError
from core.jobs import JobError
from pages.ui import latent, loaders, maps, runs
from pages.ui.pixel_routes import PIXELS, PIXELS_ASKED
from pages.ui.token_insides import INSIDES, INSIDES_ASKED
from pages.ui.token_routes import TOKENS, TOKENS_ASKED
from pages.ui.token_runs import RUNS_ASKED
from pages.ui.wire import gzipped, pack, unpack

MAX_BODY = 24 * 2**20
MAX_WORD = 10_000  # bytes of what a visitor tells a run
COMPONENTS = Path(__file__).parent.parent / "components"

# two requests at a time: torch itself spreads over the cores, and more at once would only wait for each other in memory
# (what comes as a stream is made in the server's own threads, message by message)
_workers = ThreadPoolExecutor(2, "chains")
_mappers = ThreadPoolExecutor(4, "maps")
_scorers = ThreadPoolExecutor(2, "scores")  # a new map's scores take seconds: nothing else shall wait for them
_watchers = ThreadPoolExecutor(2, "runs")  # a run can be stopped while chains are being computed


async def frames(request: Request) -> Response:
    """POST: the next frames of the chains that the message describes (see `pages.ui.chains.frames`)."""
    from pages.ui import chains  # here, because it brings torch: the server answers before that is loaded

    return await _answer(request, lambda header, planes: chains.frames(_name(request), header, planes))


async def gif(request: Request) -> Response:
    """POST: an animation of grey tiles with class-coloured borders."""
    from pages.ui import chains

    return await _answer(request, chains.gif, "image/gif")


def weights(request: Request) -> Response:
    """GET: weights, biases and the display transform of an RBM, for what is computed in the browser."""
    try:
        from core import checkpoints

        checkpoint = checkpoints.load(_name(request))
        body = _weights(checkpoint.name, checkpoint.version)
    except CheckpointError as error:
        return _refusal(error, 404)
    return _gzipped(body, {"Cache-Control": "public, max-age=31536000, immutable"})


@lru_cache(maxsize=8)
def _weights(name: str, version: str) -> bytes:
    found = loaders.arrays(name, version, "weights.safetensors")
    portrait = loaders.arrays(name, version, "portrait.safetensors")
    visible, hidden = found["W"].shape
    spread = np.exp(0.5 * found["log_variance"].astype(np.float32)) if "log_variance" in found else np.ones(visible)
    planes = {
        "W": ("f16", found["W"]),
        "hidden_bias": ("f16", found["hidden_bias"]),
        "visible_bias": ("f16", found["visible_bias"]),
        "spread": ("f16", spread),
        "shift": ("f16", np.broadcast_to(found["view.shift"].reshape(-1), (visible,))),
        "scale": ("f16", np.broadcast_to(found["view.scale"].reshape(-1), (visible,))),
        "use": ("f16", portrait["hidden_use"]),
    }
    return pack({"visible": visible, "hidden": hidden}, planes, level=6)


async def run(request: Request) -> Response:
    """GET: how far a run is. POST: what it shall do, in JSON (see `pages.ui.runs`)."""
    name, query = request.path_params["name"], dict(request.query_params)
    try:
        if request.method == "POST":
            answer = await _watching(runs.act, name, query, await _word(request), _visitor(request))
        else:
            answer = await _watching(runs.look, name, query)
    except runs.Refused as refused:
        return _refusal(refused, refused.status)
    except JobError as error:
        return _refusal(error, 409)
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


async def run_pictures(request: Request) -> Response:
    """GET: what the model could do after an epoch."""
    try:
        mark, body = await _watching(
            runs.pictures,
            request.path_params["name"],
            request.path_params["epoch"],
            request.headers.get("if-none-match", ""),
        )
    except runs.Refused as refused:
        return _refusal(refused, refused.status)
    headers = {"ETag": mark, "Cache-Control": "no-cache"}
    return Response(status_code=304, headers=headers) if body is None else _gzipped(body, headers)


KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}  # for addresses that carry the version
MAPS = {
    "points": maps.points,
    "neighbours": maps.neighbours,
    "reconstructions": maps.reconstructions,
    "words": maps.words,
    "accuracy": maps.accuracy,
}


def map_points(what: str) -> Any:
    """GET: one thing about the points of a checkpoint's data (see `pages.ui.maps`)."""

    async def answer(request: Request) -> Response:
        return await _mapped(request, MAPS[what], _scorers if what == "accuracy" else _mappers)

    return answer


async def map_sprites(request: Request) -> Response:
    """GET: one part of the points' pictures."""
    part = request.path_params["part"]
    return await _mapped(request, lambda name, query: maps.sprites(name, part, query))


async def map_decoder(request: Request) -> Response:
    """GET: layers that turn places on a map into pictures."""
    return await _mapped(request, lambda name, query: maps.decoder(name, request.path_params["map"], query))


async def map_film(request: Request) -> Response:
    """GET: the codes along the training."""
    return await _mapped(request, lambda name, query: maps.film(name))


async def map_layout(request: Request) -> Response:
    """GET: the places of the points on a map. POST: have it computed."""
    which = request.path_params["map"]
    if request.method == "GET":
        workers = _mappers if "quick" in request.query_params else _scorers
        return await _mapped(request, lambda name, query: maps.layout(name, which, query), workers)
    try:
        await _word(request)
    except runs.Refused as refused:
        return _refusal(refused, refused.status)
    return await _mapped(request, lambda name, query: maps.ask(name, which, query, _visitor(request)))


# what a page's player gets, and what it asks with a message: functions of a checkpoint's name, see the modules
GET = {
    "latent": {"points": latent.points, "axes": latent.axes, "decoder": latent.decoder, "pictures": latent.pictures},
    "pixels": PIXELS,
    "tokens": TOKENS | INSIDES,
}
POST = {
    "latent": {"encode": latent.encode, "decode": latent.decode, "nearest": latent.nearest},
    "pixels": PIXELS_ASKED,
    "tokens": TOKENS_ASKED | RUNS_ASKED | INSIDES_ASKED,
}


def given(work: Any) -> Any:
    """GET: what `work` gives for a checkpoint and a query."""

    async def answer(request: Request) -> Response:
        return await _mapped(request, work)

    return answer


def asked(work: Any) -> Any:
    """POST: what `work` answers to a message; films and texts come as a stream."""

    async def answer(request: Request) -> Response:
        return await _answer(request, lambda header, planes: work(_name(request), header, planes))

    return answer


async def map_land(request: Request) -> Response:
    """POST: where a drawing comes to lie."""
    return await _answer(request, lambda header, planes: maps.land(_name(request), header, planes))


async def _mapped(request: Request, work: Any, workers: ThreadPoolExecutor = _mappers) -> Response:
    """Answer with what `work` gives: a message (kept by the browser, unless it says otherwise) or JSON."""
    query = dict(request.query_params)
    try:
        name = _name(request)
        answer = await asyncio.get_running_loop().run_in_executor(workers, work, name, query)
    except DataError as error:
        return _refusal(error, 409, missing_data=True)
    except JobError as error:
        return _refusal(error, 409)
    except CheckpointError as error:
        return _refusal(error, 404)
    except (ValueError, TypeError) as error:
        return _refusal(error, 400)
    if isinstance(answer, dict):
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})
    body, lasting = answer if isinstance(answer, tuple) else (answer, True)
    return _gzipped(body, KEPT if lasting and "v" in query else {"Cache-Control": "no-store"})


async def _word(request: Request) -> Any:
    """The JSON that was posted. Raises `runs.Refused`."""
    # no other web site's page can post this type without asking first
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise runs.Refused("expected Content-Type: application/json", 415)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_WORD:
            raise runs.Refused(f"the message is longer than {MAX_WORD:,} bytes", 413)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise runs.Refused(f"not JSON ({error})") from error


async def _watching(work: Any, *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(_watchers, work, *arguments)


def script(request: Request) -> Response:
    """GET: one file of a component."""
    folder, file = request.path_params["folder"], request.path_params["file"]
    kinds = {".js": "text/javascript", ".css": "text/css"}
    path = next((p for p in COMPONENTS.glob("*/*") if p.parts[-2:] == (folder, file)), None)
    if path is None or path.suffix not in kinds:
        return _refusal(f"no such file: {folder}/{file}", 404)
    return Response(path.read_bytes(), media_type=kinds[path.suffix], headers={"Cache-Control": "no-cache"})


def _visitor(request: Request) -> str:
    """By which name the runs of whoever asks are counted."""
    return jobs.visitor(request.client.host if request.client else "127.0.0.1")


def _name(request: Request) -> str:
    """The checkpoint that the address names. Raises `CheckpointError` for what can be no folder's name."""
    name = request.path_params["name"]
    if not re.fullmatch(r"\w[\w.-]{0,99}", name):
        raise CheckpointError(f"unknown checkpoint {name[:100]!r}")
    return name


def _refusal(error: Exception | str, status: int, **more: Any) -> JSONResponse:
    text = (
        str(getattr(error, "public", error)).encode(errors="backslashreplace").decode()
    )  # half a surrogate pair is no UTF-8
    return JSONResponse({"error": text if len(text) <= 500 else text[:500] + "…", **more}, status)


async def _answer(request: Request, work: Any, media_type: str = "application/octet-stream") -> Response:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            return _refusal(f"the message is longer than {MAX_BODY:,} bytes", 413)
    try:
        header, planes = unpack(bytes(body))
        answer = await asyncio.get_running_loop().run_in_executor(_workers, work, header, planes)
    except DataError as error:
        return _refusal(error, 409, missing_data=True)
    except CheckpointError as error:
        return _refusal(error, 404)
    except KeyError as error:
        return _refusal(f"the message lacks {error}", 400)
    except (ValueError, TypeError, OverflowError) as error:  # BadRequest and SettingError among them
        return _refusal(error, 400)
    if media_type == "image/gif":
        return Response(answer, media_type=media_type)
    if isinstance(answer, Iterator):
        headers = {"Content-Encoding": "gzip", "Cache-Control": "no-store"}
        return StreamingResponse(gzipped(answer), headers=headers, media_type="application/octet-stream")
    return _gzipped(answer, {})


def _gzipped(body: bytes, headers: dict[str, str]) -> Response:
    return Response(body, headers={**headers, "Content-Encoding": "gzip", "Content-Type": "application/octet-stream"})


ROUTES = [
    Route("/api/gibbs/{name}/frames", frames, methods=["POST"]),
    Route("/api/gibbs/{name}/weights", weights),
    Route("/api/gif", gif, methods=["POST"]),
    Route("/api/runs/{name}", run, methods=["GET", "POST"]),
    Route("/api/runs/{name}/pictures/{epoch}", run_pictures),
    Route("/api/maps/{name}/sprites/{part}", map_sprites),
    Route("/api/maps/{name}/decoder/{map}", map_decoder),
    Route("/api/maps/{name}/layouts/{map}", map_layout, methods=["GET", "POST"]),
    Route("/api/maps/{name}/film", map_film),
    Route("/api/maps/{name}/land", map_land, methods=["POST"]),
    *(Route(f"/api/maps/{{name}}/{what}", map_points(what)) for what in MAPS),
    *(Route(f"/api/{page}/{{name}}/{what}", given(work)) for page in GET for what, work in GET[page].items()),
    *(
        Route(f"/api/{page}/{{name}}/{what}", asked(work), methods=["POST"])
        for page in POST
        for what, work in POST[page].items()
    ),
    Route("/ui/{folder}/{file}", script),
]
