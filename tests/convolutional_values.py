"""What torch makes of convolutional machines, for the units of browser code that compute the same
(tests/node/convolutional)."""

from __future__ import annotations

from typing import Any

import torch

from core.models.boltzmann.crbm import Config, ConvRBM

TINY = (2, 3)


def values() -> dict[str, Any]:
    return {
        "convolutional": {kind: machine(kind) for kind in ("bernoulli", "gaussian")} | {"tiny": tiny()},
        "dense": dense(),
    }


def drawn(shape: tuple[int, int], kind: str, filters: int, size: int, pool: int) -> ConvRBM:
    """A machine with random weights."""
    model = ConvRBM(Config(shape, filters=filters, size=size, pool=pool, visible=kind, chains=4))
    for i, parameter in enumerate(model.parameters()):
        parameter.data = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(i))
    return model


def parts(model: ConvRBM) -> dict[str, Any]:
    found = model.feature_maps()
    height, width = model.config.event_shape
    return {
        "filters": found.filters.flatten().tolist(),
        "hiddenBias": found.hidden_bias.tolist(),
        "visibleBias": float(found.visible_bias),
        "pool": found.pool,
        "binary": found.binary,
        "height": height,
        "width": width,
    }


@torch.no_grad()
def machine(kind: str) -> list[dict[str, Any]]:
    """Probabilities of detection and pooling units given an image; visible means given detection units; for blocks of
    one unit and of four."""
    return [case(drawn((5, 7), kind, filters=3, size=2, pool=pool)) for pool in (1, 2)]


def case(model: ConvRBM) -> dict[str, Any]:
    generator = torch.Generator().manual_seed(7)
    v = torch.randn(1, *model.config.event_shape, generator=generator)
    if model.config.visible == "bernoulli":
        v = (v > 0).float()
    h = model.draw_hidden(model.hidden_input(v), generator)
    return parts(model) | {
        "visible": v.flatten().tolist(),
        "detection": model.detection_probs(v).flatten().tolist(),
        "pooling": model.pooling_probs(v).flatten().tolist(),
        "on": h.flatten().nonzero().flatten().tolist(),
        "means": model.visible_probs(h).flatten().tolist(),
    }


@torch.no_grad()
def tiny() -> dict[str, Any]:
    """p(v) of every state of six binary visibles, by enumeration; state s has pixel i on where bit i of s is."""
    model = drawn(TINY, "bernoulli", filters=2, size=2, pool=1)
    states = torch.tensor([[(s >> i) & 1 for i in range(6)] for s in range(64)]).float().view(64, *TINY)
    return parts(model) | {"probabilities": (-model.free_energy(states)).softmax(0).tolist()}


def dense() -> dict[str, Any]:
    """Hidden probabilities of a dense RBM."""
    generator = torch.Generator().manual_seed(1)
    weight, bias = torch.randn(5, 3, generator=generator), torch.randn(3, generator=generator)
    v = torch.tensor([1.0, 0.0, 0.5, 1.0, 0.0])
    means = torch.sigmoid(bias + v @ weight)
    return {
        "weight": weight.flatten().tolist(),
        "bias": bias.tolist(),
        "visible": v.tolist(),
        "means": means.tolist(),
    }
