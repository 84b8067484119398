"""All routes beside the pages: those of each exhibit, and the scripts and styles of the players."""

from __future__ import annotations

import importlib
import importlib.util

from starlette.routing import Route

from pages.registry import HOME, exhibits
from pages.shared import operator_routes, scripts


def routes_of(folder: str) -> list[Route]:
    """Those of the page's `routes.py`; none where it has no such file."""
    name = f"pages.{folder}.routes"
    return importlib.import_module(name).ROUTES if importlib.util.find_spec(name) else []


ROUTES = [
    *(route for name in (HOME, *(exhibit.name for exhibit in exhibits())) for route in routes_of(name)),
    *operator_routes.ROUTES,
    *scripts.ROUTES,
]
