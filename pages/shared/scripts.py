"""The scripts and styles of the players, as browsers fetch them."""

from __future__ import annotations

import hashlib
import re
import time
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.shared.endpoints import KEPT, refusal

PAGES = Path(__file__).parents[1]
KINDS = {".js": "text/javascript", ".css": "text/css"}
FRESH_FOR = 1.0  # seconds for which a look at the files stands


def address(page: str, file: str = "player.js") -> str:
    """Where a browser finds the script in the page's folder `view`. It changes when any file of any player does, and so
    do the addresses of what the script imports: browsers keep them all, and ask for none a second time."""
    return f"./ui/{version()}/{page}/view/{file}"


def version() -> str:
    """Changes when a file does."""
    return _version(int(time.monotonic() / FRESH_FOR))


@lru_cache(maxsize=1)
def _version(moment: int) -> str:
    known = ((file.parts[-3:], (found := file.stat()).st_mtime_ns, found.st_size) for file in PAGES.glob("*/view/*"))
    return hashlib.sha256(repr(sorted(known)).encode()).hexdigest()[:12]


def script(request: Request) -> Response:
    """GET: one file of a page's browser part."""
    parts = request.path_params
    folder, file = parts["folder"], parts["file"]
    path = PAGES / folder / "view" / file
    if not re.fullmatch(r"\w{1,60}/\w{1,60}\.(js|css)", f"{folder}/{file}", re.ASCII) or not path.is_file():
        return refusal(f"no such file: {folder}/view/{file}", 404)
    headers = KEPT if parts.get("version") == version() else {"Cache-Control": "no-cache"}
    return Response(path.read_bytes(), media_type=KINDS[path.suffix], headers=headers)


ROUTES = [Route("/ui/{version}/{folder}/view/{file}", script), Route("/ui/{folder}/view/{file}", script)]
