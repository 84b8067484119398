"""What the player of Gibbs chains asks for: frames, weights, animations."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.numerics.kept import kept
from core.store.checkpoint import CheckpointError
from pages.gibbs import EXHIBIT, loading
from pages.shared.codec import pack
from pages.shared.endpoints import CHAINS, LONG, answer_post, asked, given
from pages.shared.model_store import arrays

MAX_GIF = 24 * 2**20  # a film of grey tiles


def frames(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """The next frames of the chains that the message describes (see `pages.gibbs.chains.frames`)."""
    from pages.gibbs import chains  # here, because it brings torch: the server answers before that is loaded

    return chains.frames(name, header, planes)


async def gif(request: Request) -> Response:
    """POST: an animation of grey tiles with class-coloured borders."""
    from pages.gibbs import chains

    return await answer_post(request, chains.gif, LONG, most=MAX_GIF, media_type="image/gif")


def weights(name: str, query: dict[str, str]) -> bytes:
    """Weights, biases and the display transform of an RBM, for what is computed in the browser."""
    return _weights(name, loading.rbm(name).checkpoint.version)


@kept("weights for the browser")
def _weights(name: str, version: str) -> bytes:
    found = arrays(name, version, "weights.safetensors")
    summary = arrays(name, version, "portrait.safetensors")
    visible, hidden = found["W"].shape
    spread = np.exp(0.5 * found["log_variance"].astype(np.float32)) if "log_variance" in found else np.ones(visible)
    planes = {
        "W": ("f16", found["W"]),
        "hidden_bias": ("f16", found["hidden_bias"]),
        "visible_bias": ("f16", found["visible_bias"]),
        "spread": ("f16", spread),
        "shift": ("f16", np.broadcast_to(found["view.shift"].reshape(-1), (visible,))),
        "scale": ("f16", np.broadcast_to(found["view.scale"].reshape(-1), (visible,))),
        "use": ("f16", summary["hidden_use"]),
    }
    return pack({"visible": visible, "hidden": hidden}, planes, level=6)


def warm_up() -> None:
    """Import and open in the background what the first visitor will wait for, in that order."""

    def work() -> None:
        for checkpoint in EXHIBIT.checkpoints()[0]:  # this imports torch
            with suppress(CheckpointError):  # gone meanwhile: whoever opens it is told
                loading.rbm(checkpoint.name)
        import altair  # noqa: F401  (charts come after the first picture)

    threading.Thread(target=work, daemon=True).start()


ROUTES = [
    asked("gibbs/{name}/frames", frames, CHAINS),
    given("gibbs/{name}/weights", weights),
    Route("/api/gif", gif, methods=["POST"]),
]
