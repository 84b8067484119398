"""Routes beside the pages: chains' frames, weights, GIFs, runs of training, maps of codes, latent spaces, scripts.

They keep nothing between requests: a player sends the hidden layers that it wants to go on from.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from core.data.errors import DataError
from core.jobs import queue
from core.jobs.queue import JobError
from core.numerics.cancel import Cancelled
from core.store.checkpoints import CheckpointError
from pages.ui import latent, loaders, maps, runs
from pages.ui.pixel_routes import PIXELS, PIXELS_ASKED
from pages.ui.token_insides import INSIDES, INSIDES_ASKED
from pages.ui.token_routes import TOKENS, TOKENS_ASKED
from pages.ui.token_runs import RUNS_ASKED
from pages.ui.wire import MAX_HEADER, gzipped, pack, unpack
from pages.ui.work import Busy, Pool, Streams, TooLong, done_for

MAX_BODY = 2 * 2**20  # bytes of a message to a route that names no other limit
MAX_GIF = 24 * 2**20  # a film of grey tiles
MAX_TEXT_HEADER = 2**19  # where a text of 100,000 characters is part of the message
MAX_WORD = 10_000  # bytes of what a visitor tells a run
SILENCE = 20.0  # seconds without a byte of a message that is being sent, after which it is given up
OPEN_BODIES = 64  # messages that are on their way at once
COMPONENTS = Path(__file__).parent.parent / "components"

# few threads each: torch itself spreads over the cores, and more at once would only wait for each other in memory.
# What is asked for with a drag never waits behind what takes seconds, and the pages' own threads do none of this
_chains = Pool("chains", 2)
_quick = Pool("quick", 2)
_maps = Pool("maps", 4)
_long = Pool("long", 2)
_scores = Pool("scores", 2)  # a new map's scores take seconds: nothing else shall wait for them
_runs = Pool("runs", 2)  # a run can be stopped while chains are being computed
_streams = Streams(Pool("streams", 2, waiting=256, each=64))
_bodies = 0  # open now

_log = logging.getLogger(__name__)


async def frames(request: Request) -> Response:
    """POST: the next frames of the chains that the message describes (see `pages.ui.chains.frames`)."""
    from pages.ui import chains  # here, because it brings torch: the server answers before that is loaded

    return await _answer(request, lambda header, planes: chains.frames(_name(request), header, planes), _chains)


async def gif(request: Request) -> Response:
    """POST: an animation of grey tiles with class-coloured borders."""
    from pages.ui import chains

    return await _answer(request, chains.gif, _long, most=MAX_GIF, media_type="image/gif")


async def weights(request: Request) -> Response:
    """GET: weights, biases and the display transform of an RBM, for what is computed in the browser."""
    return await _mapped(request, lambda name, query: _weights(name, loaders.playable(name).checkpoint.version), _quick)


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
            word, visitor = await _word(request), _visitor(request)
            answer = await done_for(request, _runs, _browser(request), lambda: runs.act(name, query, word, visitor))
        else:
            answer = await done_for(request, _runs, _browser(request), lambda: runs.look(name, query))
    except Exception as error:
        return _explained(error)
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


async def run_pictures(request: Request) -> Response:
    """GET: what the model could do after an epoch."""
    name, epoch, known = request.path_params["name"], request.path_params["epoch"], request.headers.get("if-none-match")
    try:
        mark, body = await done_for(request, _runs, _browser(request), lambda: runs.pictures(name, epoch, known or ""))
    except Exception as error:
        return _explained(error)
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
        return await _mapped(request, MAPS[what], _scores if what == "accuracy" else _maps)

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
        pool = _maps if "quick" in request.query_params else _scores
        return await _mapped(request, lambda name, query: maps.layout(name, which, query), pool)
    try:
        await _word(request)
    except Exception as error:
        return _explained(error)
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


TEXTS = {"write", "read", "inside", "units"}  # whose message may hold a long text
DRAGS = {"encode", "decode", "nearest"}  # asked for while a pointer moves


def given(work: Any) -> Any:
    """GET: what `work` gives for a checkpoint and a query."""

    async def answer(request: Request) -> Response:
        return await _mapped(request, work, _quick)

    return answer


def asked(what: str, work: Any) -> Any:
    """POST: what `work` answers to a message; films and texts come as a stream."""
    pool = _quick if what in DRAGS else _long
    header = MAX_TEXT_HEADER if what in TEXTS else MAX_HEADER

    async def answer(request: Request) -> Response:
        return await _answer(request, lambda head, planes: work(_name(request), head, planes), pool, most_header=header)

    return answer


async def map_land(request: Request) -> Response:
    """POST: where a drawing comes to lie."""
    return await _answer(request, lambda header, planes: maps.land(_name(request), header, planes), _quick)


async def _mapped(request: Request, work: Any, pool: Pool = _maps) -> Response:
    """Answer with what `work` gives: a message (kept by the browser, unless it says otherwise) or JSON."""
    query = dict(request.query_params)
    try:
        name = _name(request)
        answer = await done_for(request, pool, _browser(request), lambda: work(name, query))
    except Exception as error:
        return _explained(error)
    if isinstance(answer, dict):
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})
    body, lasting = answer if isinstance(answer, tuple) else (answer, True)
    return _gzipped(body, KEPT if lasting and "v" in query else {"Cache-Control": "no-store"})


async def _body(request: Request, most: int) -> bytes:
    """What was posted. Raises `runs.Refused` where it is too long or does not come, `Busy` where too many come."""
    global _bodies
    if _bodies >= OPEN_BODIES:
        raise Busy(_bodies - OPEN_BODIES + 1)
    _bodies += 1
    body, parts = bytearray(), request.stream().__aiter__()
    try:
        while True:
            part = await asyncio.wait_for(anext(parts, None), SILENCE)
            if part is None:
                return bytes(body)
            body += part
            if len(body) > most:
                raise runs.Refused(f"the message is longer than {most:,} bytes", 413)
    except TimeoutError:
        raise runs.Refused(f"no part of the message came for {SILENCE:.0f} seconds", 408) from None
    finally:
        _bodies -= 1


async def _word(request: Request) -> Any:
    """The JSON that was posted. Raises `runs.Refused`."""
    # no other web site's page can post this type without asking first
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise runs.Refused("expected Content-Type: application/json", 415)
    body = await _body(request, MAX_WORD)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise runs.Refused(f"not JSON ({error})") from error


def script(request: Request) -> Response:
    """GET: one file of a component."""
    folder, file = request.path_params["folder"], request.path_params["file"]
    kinds = {".js": "text/javascript", ".css": "text/css"}
    path = next((p for p in COMPONENTS.glob("*/*") if p.parts[-2:] == (folder, file)), None)
    if path is None or path.suffix not in kinds:
        return _refusal(f"no such file: {folder}/{file}", 404)
    return Response(path.read_bytes(), media_type=kinds[path.suffix], headers={"Cache-Control": "no-cache"})


def _browser(request: Request) -> str:
    """Whose turn it is: the visitor's network address with the browser's own mark, as many may share one address."""
    return f"{_visitor(request)} {request.cookies.get('_streamlit_xsrf', '')[:100]}"


def _visitor(request: Request) -> str:
    """By which name the runs of whoever asks are counted."""
    return queue.visitor(request.client.host if request.client else "127.0.0.1")


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


async def _answer(
    request: Request,
    work: Callable[[dict[str, Any], dict[str, np.ndarray]], Any],
    pool: Pool,
    most: int = MAX_BODY,
    most_header: int = MAX_HEADER,
    media_type: str = "application/octet-stream",
) -> Response:
    """Answer a message with what `work` makes of it; it is read in the pool's thread, as that can take long too."""
    try:
        body = await _body(request, most)
        answer = await done_for(request, pool, _browser(request), lambda: work(*unpack(body, most_header)))
        if isinstance(answer, Iterator):
            parts = _streams.open(_browser(request), answer)
            headers = {"Content-Encoding": "gzip", "Cache-Control": "no-store"}
            return StreamingResponse(gzipped(parts), headers=headers, media_type=media_type)
    except Exception as error:
        return _explained(error)
    return Response(answer, media_type=media_type) if media_type == "image/gif" else _gzipped(answer, {})


# words of Python's own errors, which say nothing to a visitor
_INTERNAL = re.compile(
    r"invalid literal|could not convert|cannot convert|unexpected keyword|not subscriptable|object is not|out of range"
    r"|must be real number|unsupported operand|not iterable|broadcast|reshape|not enough values|too many values"
)


def _explained(error: Exception) -> Response:
    """The answer to a request that failed: one table for all routes. What is no visitor's fault is raised again."""
    if isinstance(error, Busy):
        busy = _refusal(f"{error}.", 503, place=error.place)
        busy.headers["Retry-After"] = "1"
        return busy
    if isinstance(error, TooLong):
        return _refusal(error, 503)
    if isinstance(error, Cancelled):
        return Response(status_code=499)  # nobody reads it
    if isinstance(error, runs.Refused):
        return _refusal(error, error.status)
    if isinstance(error, DataError):
        return _refusal(error, 409, missing_data=True)
    if isinstance(error, JobError):
        return _refusal(error, 409)
    if isinstance(error, CheckpointError):
        return _refusal(error, 404)
    if isinstance(error, KeyError):
        return _refusal(f"the message lacks {error}", 400)
    if isinstance(error, ValueError) and (type(error) is not ValueError or not _INTERNAL.search(str(error))):
        return _refusal(error, 400)  # BadRequest and SettingError among them
    if isinstance(error, (ValueError, TypeError, OverflowError, AttributeError, IndexError)):
        _log.info("a message that could not be read", exc_info=error)
        return _refusal("a value in the message has the wrong type, size or range", 400)
    raise error


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
        Route(f"/api/{page}/{{name}}/{what}", asked(what, work), methods=["POST"])
        for page in POST
        for what, work in POST[page].items()
    ),
    Route("/ui/{folder}/{file}", script),
]
