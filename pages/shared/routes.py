"""All routes beside the pages: those of each exhibit, and the scripts and styles of the players."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.registry import HOME, exhibits
from pages.shared import operator_routes
from pages.shared.endpoints import refusal

PAGES = Path(__file__).parents[1]


def script(request: Request) -> Response:
    """GET: one file of a page's browser part."""
    folder, file = request.path_params["folder"], request.path_params["file"]
    kinds = {".js": "text/javascript", ".css": "text/css"}
    path = next((p for p in PAGES.glob("*/view/*") if (p.parts[-3], p.name) == (folder, file)), None)
    if path is None or path.suffix not in kinds:
        return refusal(f"no such file: {folder}/view/{file}", 404)
    return Response(path.read_bytes(), media_type=kinds[path.suffix], headers={"Cache-Control": "no-cache"})


def routes_of(folder: str) -> list[Route]:
    """Those of the page's `routes.py`; none where it has no such file."""
    name = f"pages.{folder}.routes"
    return importlib.import_module(name).ROUTES if importlib.util.find_spec(name) else []


ROUTES = [
    *(route for name in (HOME, *(exhibit.name for exhibit in exhibits())) for route in routes_of(name)),
    *operator_routes.ROUTES,
    Route("/ui/{folder}/view/{file}", script),
]
