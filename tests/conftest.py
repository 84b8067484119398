"""Tiny machines whose every state can be listed, and what enumeration says; pages and routes without a server."""

import asyncio
import itertools
import json
import os
import signal
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from core.models.boltzmann.rbm import RBM, RBMConfig, build

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell starts a job in the background so, and processes that tests start inherit it: Ctrl-C shall be what it is
    signal.signal(signal.SIGINT, signal.default_int_handler)
os.nice = lambda increment: 0  # a worker that a test runs in this process does not slow all tests after it
os.environ.setdefault("OMP_NUM_THREADS", "1")
torch.set_num_threads(1)  # bitwise equality of runs is promised for an equal number of threads

VISIBLE = ("bernoulli", "gaussian", "softmax")


@pytest.fixture(scope="module")
def client() -> Iterator:
    """All routes of the pages; what they raise fails the test."""
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    from pages.shared.routes import ROUTES

    with TestClient(Starlette(routes=ROUTES), raise_server_exceptions=True) as client:
        yield client


@pytest.fixture
def links(monkeypatch) -> None:
    """Links to other pages as plain text: a page that runs alone does not know the others, only the frame does."""
    import streamlit

    monkeypatch.setattr(streamlit, "page_link", lambda page, label, **_: streamlit.markdown(f"link: {label}"))


def page(name: str = "gibbs", **query: str):
    """A page (`AppTest`) after its first run; no exception may show."""
    from streamlit.testing.v1 import AppTest

    file = Path(__file__).parent.parent / "pages" / name / "page.py"
    app = AppTest.from_file(str(file), default_timeout=300)
    app.session_state[name] = {"shown": True}  # as a browser says once the first picture stands
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception[0].message
    return app


def player(app) -> dict:
    """What the page sends its player."""
    (component,) = app.get("bidi_component")
    return json.loads(component.proto.json)[0]


def in_a_loop(work: Coroutine) -> object:
    """The result of `work` in an event loop of a thread of its own: Playwright's occupies the main one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def machine(visible: str = "bernoulli", units: int = 4, hidden: int = 3, seed: int = 0, **settings) -> RBM:
    """A machine with random weights large enough that its units depend on each other, in float64, for evaluation."""
    settings = {"centred": False, "negative": "cd", **settings}
    model = build(RBMConfig((units,), hidden=hidden, visible=visible, **settings)).double().eval()
    generator = seeded(seed)
    scales = {"W": 0.5 if visible == "gaussian" else 1.2, "visible_bias": 0.7, "hidden_bias": 0.7, "base_bias": 0.6}
    scales |= {"log_variance": 0.5, "base_log_variance": 0.5}
    with torch.no_grad():
        for name, values in (*model.named_parameters(), *model.named_buffers()):
            if name in scales:
                values.copy_(torch.randn(values.shape, generator=generator, dtype=torch.float64) * scales[name])
    return model


def binary_states(units: int) -> torch.Tensor:
    """Every vector of 0 and 1: (2^units, units)."""
    return torch.tensor(list(itertools.product((0.0, 1.0), repeat=units)), dtype=torch.float64)


def sequences(words: int, length: int) -> torch.Tensor:
    """The counts of every ordered sequence of `length` of `words` words: (words^length, words)."""
    listed = torch.tensor(list(itertools.product(range(words), repeat=length)))
    return torch.nn.functional.one_hot(listed, words).sum(1).double()


def mesh(units: int, reach: float = 14.0, points: int = 281) -> tuple[torch.Tensor, float]:
    """A grid over [-reach, reach]^units and the logarithm of a cell's volume (the rectangle rule)."""
    axis = torch.linspace(-reach, reach, points, dtype=torch.float64)
    return torch.cartesian_prod(*[axis] * units).view(-1, units), units * float((axis[1] - axis[0]).log())


def visible_states(model: RBM, length: int = 3) -> tuple[torch.Tensor, float]:
    """Every visible state of a tiny machine (a fine grid, for real values) and the log-volume that each stands for."""
    units = len(model.visible_bias)
    if model.config.visible == "gaussian":
        return mesh(units)
    return (binary_states(units) if model.config.visible == "bernoulli" else sequences(units, length)), 0.0


def plain_energy(model: RBM, v: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    """E(v, h) of every pair, (V, 2^H), written out from the papers and sharing no code with the model."""
    W, a, b = model.W.detach(), model.visible_bias.detach(), model.hidden_bias.detach()
    if model.config.visible == "gaussian":
        s = (0.5 * model.log_variance.detach()).exp()
        own = ((v - a) ** 2 / (2 * s**2)).sum(1)
        return own[:, None] - (h @ b)[None] - torch.einsum("vi,ij,hj->vh", v / s, W, h)
    repeats = v.sum(1) if model.config.visible == "softmax" else torch.ones(len(v), dtype=torch.float64)
    return -(v @ a)[:, None] - repeats[:, None] * (h @ b)[None] - torch.einsum("vi,ij,hj->vh", v, W, h)


def base_energy(model: RBM, v: torch.Tensor) -> torch.Tensor:
    """Energy of the base-rate model, (V, 1), written out."""
    if model.config.visible == "gaussian":
        return ((v - model.base_bias) ** 2 / (2 * model.base_log_variance.exp())).sum(1, keepdim=True)
    return -(v @ model.base_bias)[:, None]


def log_joint(model: RBM, v: torch.Tensor, h: torch.Tensor, beta: float = 1.0, path: str = "heat") -> torch.Tensor:
    """Unnormalised log p(v, h) of every pair at inverse temperature beta: (V, 2^H)."""
    tempered = -beta * plain_energy(model, v, h)
    return tempered - (1 - beta) * base_energy(model, v) if path == "base" else tempered


@pytest.fixture(params=VISIBLE)
def tiny(request) -> RBM:
    """A machine of each kind with few enough units to enumerate."""
    return machine(request.param, units=2 if request.param == "gaussian" else 4)
