"""What the routes of all pages are made of: pools of threads, messages read and answered, errors put into words.

An exhibit's `routes.py` has a list ``ROUTES``, made with `given` (GET) and `asked` (POST). Routes keep nothing between
requests: a player sends what it wants to go on from.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from core import jobs
from core.data.errors import DataError
from core.jobs import JobError
from core.numerics.cancel import Cancelled
from core.store.checkpoints import CheckpointError
from pages.shared import visitors
from pages.shared.codec import MAX_HEADER, gzipped, unpack
from pages.shared.work import Busy, Pool, Streams, TooLong, done_for

MAX_BODY = 2 * 2**20  # bytes of a message to a route that names no other limit
MAX_TEXT_HEADER = 2**19  # where a text of 100,000 characters is part of the message
MAX_JSON = 10_000  # bytes of what a visitor tells a run
SILENCE = 20.0  # seconds without a byte of a message that is being sent, after which it is given up
OPEN_BODIES = 64  # messages that are on their way at once

# few threads each: torch itself spreads over the cores, and more at once would only wait for each other in memory.
# What is asked for with a drag never waits behind what takes seconds, and the pages' own threads do none of this
CHAINS = Pool("chains", 2)
QUICK = Pool("quick", 2)
MAPS = Pool("maps", 4)
LONG = Pool("long", 2)
SCORES = Pool("scores", 2)  # a new map's scores take seconds: nothing else shall wait for them
RUNS = Pool("runs", 2)  # a run can be stopped while chains are being computed
STREAMS = Streams(Pool("streams", 2, waiting=256, each=64))
TEXTS = Streams(Pool("texts", 2, waiting=256, each=64))  # a prompt is read in moments: no film is waited for
BATCHES = Pool("batches", 2)  # each turn is some steps of one model, for all its visitors
POOLS = (CHAINS, QUICK, MAPS, LONG, SCORES, RUNS, STREAMS.pool, BATCHES)
_bodies = 0  # open now

_log = logging.getLogger(__name__)

KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}  # for addresses that carry the version


class Refused(RuntimeError):
    """What was asked for is not done; `status` is that of the answer."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def given(path: str, work: Callable[..., Any], pool: Pool = QUICK) -> Route:
    """GET /api/`path`, which holds {name}: what `work(name, query)` gives for a checkpoint; see `answer_get`. What
    else the path names is an argument too."""

    async def answer(request: Request) -> Response:
        more = {key: value for key, value in request.path_params.items() if key != "name"}
        return await answer_get(request, lambda name, query: work(name, query, **more), pool)

    return Route(f"/api/{path}", answer)


def asked(
    path: str,
    work: Callable[[str, dict[str, Any], dict[str, np.ndarray]], Any],
    pool: Pool = LONG,
    most_header: int = MAX_HEADER,
    most: int = MAX_BODY,
    streams: Streams = STREAMS,
) -> Route:
    """POST /api/`path`: what `work(name, header, planes)` answers to a message; films and texts come as a stream."""

    async def answer(request: Request) -> Response:
        return await answer_post(
            request,
            lambda head, planes: work(name_of(request), head, planes),
            pool,
            most,
            most_header,
            streams=streams,
        )

    return Route(f"/api/{path}", answer, methods=["POST"])


async def answer_get(request: Request, work: Callable[[str, dict[str, str]], Any], pool: Pool) -> Response:
    """Answer with what `work` gives: a message (kept by the browser, unless it says otherwise) or JSON."""
    query = dict(request.query_params)
    try:
        name = name_of(request)
        answer = await done_for(request, pool, browser(request), lambda: work(name, query))
    except Exception as error:
        return explained(error)
    if isinstance(answer, dict):
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})
    body, lasting = answer if isinstance(answer, tuple) else (answer, True)
    return gzipped_response(body, KEPT if lasting and "v" in query else {"Cache-Control": "no-store"})


async def answer_post(
    request: Request,
    work: Callable[[dict[str, Any], dict[str, np.ndarray]], Any],
    pool: Pool,
    most: int = MAX_BODY,
    most_header: int = MAX_HEADER,
    media_type: str = "application/octet-stream",
    streams: Streams = STREAMS,
) -> Response:
    """Answer a message with what `work` makes of it; it is read in the pool's thread, as that can take long too."""
    try:
        body = await read_body(request, most)
        answer = await done_for(request, pool, browser(request), lambda: work(*unpack(body, most_header)))
        if isinstance(answer, Iterator):
            parts = streams.open(browser(request), answer)
            headers = {"Content-Encoding": "gzip", "Cache-Control": "no-store"}
            return StreamingResponse(gzipped(parts), headers=headers, media_type=media_type)
    except Exception as error:
        return explained(error)
    return Response(answer, media_type=media_type) if media_type == "image/gif" else gzipped_response(answer, {})


async def read_body(request: Request, most: int) -> bytes:
    """What was posted. Raises `Refused` where it is too long or does not come, `Busy` where too many come."""
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
                raise Refused(f"the message is longer than {most:,} bytes", 413)
    except TimeoutError:
        raise Refused(f"no data received for {SILENCE:.0f} seconds", 408) from None
    finally:
        _bodies -= 1


async def read_json(request: Request) -> Any:
    """The JSON that was posted. Raises `Refused`."""
    # no other web site's page can post this type without asking first
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refused("expected Content-Type: application/json", 415)
    body = await read_body(request, MAX_JSON)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(f"not JSON ({error})") from error


def browser(request: Request) -> str:
    """Whose turn it is: the visitor's network address with the browser's own mark, as many may share one address."""
    address = jobs.visitor_id(request.client.host if request.client else "127.0.0.1")
    return f"{address} {request.cookies.get('_streamlit_xsrf', '')[:100]}"


def name_of(request: Request) -> str:
    """The checkpoint that the address names. Raises `CheckpointError` for what can be no folder's name."""
    name = request.path_params["name"]
    if not re.fullmatch(r"\w[\w.-]{0,119}", name):
        raise CheckpointError(f"unknown checkpoint {name[:100]!r}")
    return name


def refusal(error: Exception | str, status: int, **more: Any) -> JSONResponse:
    """What is wrong, in words, as JSON: the public ones where an error has such, 500 characters at most."""
    # half a surrogate pair is no UTF-8
    text = str(getattr(error, "public", error)).encode(errors="backslashreplace").decode()
    return JSONResponse({"error": text if len(text) <= 500 else text[:500] + "…", **more}, status)


# words of Python's own errors, which say nothing to a visitor
_INTERNAL = re.compile(
    r"invalid literal|could not convert|cannot convert|unexpected keyword|not subscriptable|object is not|out of range"
    r"|must be real number|unsupported operand|not iterable|broadcast|reshape|not enough values|too many values"
)


def explained(error: Exception) -> Response:
    """The answer to a request that failed: one table for all routes. What is no visitor's fault is raised again."""
    if isinstance(error, Busy):
        busy = refusal(f"{error}.", 503, place=error.place)
        busy.headers["Retry-After"] = "1"
        return busy
    if isinstance(error, TooLong):
        return refusal(error, 503)
    if isinstance(error, Cancelled):
        return Response(status_code=499)  # nobody reads it
    if isinstance(error, Refused):
        return refusal(error, error.status)
    if isinstance(error, visitors.Forbidden):
        return refusal(error, 403)
    if isinstance(error, DataError):
        return refusal(error, 409, missing_data=True)
    if isinstance(error, JobError):
        return refusal(error, 409)
    if isinstance(error, CheckpointError):
        return refusal(error, 404)
    if isinstance(error, KeyError):
        return refusal(f"the message lacks {error}", 400)
    if isinstance(error, ValueError) and (type(error) is not ValueError or not _INTERNAL.search(str(error))):
        return refusal(error, 400)  # BadRequest and SettingError among them
    if isinstance(error, (ValueError, TypeError, OverflowError, AttributeError, IndexError)):
        _log.info("a message that could not be read", exc_info=error)
        return refusal("a value in the message has the wrong type, size or range", 400)
    raise error


def gzipped_response(body: bytes, headers: dict[str, str]) -> Response:
    """A message that is gzipped already."""
    return Response(body, headers={**headers, "Content-Encoding": "gzip", "Content-Type": "application/octet-stream"})
