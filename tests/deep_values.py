"""What torch makes of deep machines, for the units of browser code that compute the same (tests/node/deep)."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import torch

from core.models.boltzmann.dbm_machine import DeepMachine
from core.store import checkpoints
from pages.deep import loading, routes
from pages.shared.model_store import test_images

SHIPPED = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}
PASSES = 7


def values() -> dict[str, Any]:
    names = ("digits-dbm", "digits-dbm-classes", "digits-dbn")
    return {"deep": {name: machine(SHIPPED[name].name) for name in names}}


def machine(name: str) -> dict[str, Any]:
    """A machine as the browser is sent it; beliefs about one test image, what they bound, what comes back."""
    images, _ = test_images(loading.machine(name).checkpoint)
    v = torch.from_numpy(images[5] > 127).float().flatten()[None]
    model = loading.machine(name).model
    found = {
        "message": base64.b64encode(gzip.decompress(routes.about(name, {"examples": "0"})[0])).decode(),
        "visible": v[0].tolist(),
        **(undirected(model, v) if isinstance(model, DeepMachine) else belief_net(model, v)),
    }
    return {key: value.tolist() if isinstance(value, torch.Tensor) else value for key, value in found.items()}


@torch.no_grad()
def undirected(model: DeepMachine, v: torch.Tensor) -> dict[str, Any]:
    beliefs = model.mean_field(v, PASSES, tolerance=0.0, start="half")
    recognised = [v, *(torch.full((1, n), 0.5) for n in model.sizes[1:])]
    for layer, (weight, bias) in enumerate(zip(model.weights, model.biases[1:], strict=False), 1):
        recognised[layer] = model.units[layer].mean(bias + recognised[layer - 1] @ weight)
    return {
        "passes": PASSES,
        "residual": beliefs.residual,
        "beliefs": [layer[0].tolist() for layer in beliefs.layers],
        "recognised": [layer[0].tolist() for layer in recognised],
        "bound": model.unnormalised_bound(beliefs.layers)[0],
        "energy": model.energy(beliefs.layers)[0],
        "reconstruction": model.layer_mean(beliefs.layers, 0)[0],
    }


@torch.no_grad()
def belief_net(model: Any, v: torch.Tensor) -> dict[str, Any]:
    return {
        "recognised": [v[0].tolist(), *(values[0].tolist() for _, values in model.activations(v))],
        "classes": model.classify(v)[0],
        "reconstruction": model.decode(model.encode(v)).flatten(),
    }
