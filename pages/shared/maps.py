"""What the routes of maps have in common: the settings of a method, what a map costs, the run at work on it, and what
they answer."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.config.mode import Ability
from pages.shared import endpoints, visitors
from pages.shared.codec import BadRequest, pack
from pages.shared.work import Pool

if TYPE_CHECKING:
    from core.numerics.projections import Setting


def rules_of(method: str, names: Collection[str]) -> dict[str, Setting]:
    """The settings of a method (`core.numerics.projections`) that are among `names`; none of an unknown method."""
    from core.numerics.projections import SETTINGS

    return {name: rule for name, rule in SETTINGS.get(method, {}).items() if name in names}


def read_settings(rules: dict[str, Setting], query: dict[str, str]) -> dict[str, float]:
    """The settings in a query that differ from the usual ones."""
    settings: dict[str, float] = {}
    for name, rule in rules.items():
        if name not in query:
            continue
        try:
            value = type(rule.default)(query[name])
        except ValueError:
            value = float("nan")
        if not rule.low <= value <= rule.high:
            raise BadRequest(f"{name}={query[name][:40]!r}: expected a number from {rule.low:g} to {rule.high:g}")
        if value != rule.default:
            settings[name] = value
    return settings


def run_at_work(run_id: str) -> str | None:
    """The run's id where it is at work or waits."""
    from core import jobs

    try:
        run = jobs.get_run(run_id)
    except jobs.JobError:
        return None
    return run.id if run.status().state in (*jobs.LIVE_STATES, "queued") else None


def cost_in_words(method: str, n: int) -> str:
    """How long a map of n points takes; measured on one core."""
    seconds = 12 + n / (1000 if method.startswith("umap") else 250)
    if seconds < 75:
        return f"about {round(seconds / 10) * 10:.0f} seconds"
    return f"about {max(2, round(seconds / 60)):.0f} minutes"


@dataclass(frozen=True, eq=False)
class Map:
    """A map (n, 2) or (n, 3), and of PCA the share of the variance that it shows."""

    coordinates: np.ndarray
    explained: float | None = None


def map_of(vectors: np.ndarray, method: str, settings: dict[str, float]) -> Map | None:
    """The map of a representation's vectors (n, d): by PCA at once, else where it was computed before."""
    from core.analysis.representation_maps import map_key, plain_method, stored_map
    from core.numerics.projections import project

    plain, dimensions = plain_method(method)
    if plain == "pca":
        made = project("pca", vectors, dimensions=dimensions)
        return Map(made.coordinates, made.explained_variance_ratio)
    found = stored_map(map_key(vectors, method, settings), len(vectors), dimensions)
    return None if found is None else Map(found)


def answer_of(found: Map | None, run_id: Callable[[], str], method: str, n: int) -> tuple[bytes, bool]:
    """What a browser is told of a map of n points: its coordinates; while it is not ready, what it would cost or the
    run at work on it, and why the visitor may not have it computed."""
    if found is not None:
        return pack({"ready": True, "explained": found.explained}, {"coordinates": ("f32", found.coordinates)}), True
    return pack(absent(run_at_work(run_id()), method, n), {}), False


def absent(run: str | None, method: str, n: int) -> dict[str, Any]:
    """What a browser is told of a map of n points that is not ready; see `answer_of`."""
    refused = visitors.current().reason_against(Ability.TRAIN)
    return {"ready": False, "run": run, "cost": cost_in_words(method, n), "refused": refused}


def map_route(
    path: str,
    places: Callable[..., Any],
    ask: Callable[..., Any],
    pool: Callable[[Request], Pool] = lambda request: endpoints.MAPS,
) -> Route:
    """GET: the places of the examples on a map, `places(name, query, *parts)`, in the request's pool. POST: have it
    computed, `ask(name, query, *parts)`. The parts are those of the address after the name."""

    async def answer(request: Request) -> Response:
        parts = [value for part, value in request.path_params.items() if part != "name"]
        if request.method == "GET":
            return await endpoints.answer_get(request, lambda name, query: places(name, query, *parts), pool(request))
        try:
            visitors.current().require(Ability.TRAIN)
            await endpoints.read_json(request)
        except Exception as error:
            return endpoints.explained(error)
        return await endpoints.answer_get(request, lambda name, query: ask(name, query, *parts), endpoints.MAPS)

    return Route(f"/api/{path}", answer, methods=["GET", "POST"])
