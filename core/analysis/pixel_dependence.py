"""Which pixels each prediction depends on."""

from __future__ import annotations

import torch
from torch import Tensor

from core.config.fields import require
from core.models.autoregressive.base import AutoregressiveModel
from core.numerics.cancel import check
from core.numerics.sampling import temperature_softmax


def receptive_field(model: AutoregressiveModel, place: int, x: Tensor, labels: Tensor | None = None) -> Tensor:
    """How much the prediction at a flat index depends on each pixel, (K, D), the last of K being the prediction itself;
    mean over examples x (N, D); exactly 0 where a pixel is not seen.

    Nets of convolutions or LSTMs give the size of the gradient, layer by layer (`receptive_field`). For others it is
    what happens when a pixel takes another level: how far the predicted probabilities move, half the sum of |change|.
    """
    require(0 <= place < x.shape[1], "place", place, f"0 to {x.shape[1] - 1}")
    if hasattr(model, "receptive_field"):
        return model.receptive_field(place, x, labels).flatten(1)
    return _sensitivity(model, place, x, labels)[None]


@torch.no_grad()
def _sensitivity(model: AutoregressiveModel, place: int, x: Tensor, labels: Tensor | None) -> Tensor:
    places = x.shape[1]
    if hasattr(model, "predict"):  # any place from any others: those before it in its own order are known
        known = torch.zeros(1, places, dtype=torch.bool)
        known[0, model.order[: int((model.order == place).nonzero())]] = True

        def probs(y: Tensor, labels: Tensor | None) -> Tensor:
            return temperature_softmax(model.predict(y, known.expand(len(y), -1), labels)[:, place], 1.0)
    else:

        def probs(y: Tensor, labels: Tensor | None) -> Tensor:
            return temperature_softmax(model.logits(y, labels)[:, place], 1.0)

    moved = torch.zeros(places)
    for i, one in enumerate(x.long()):
        check()
        label = None if labels is None else labels[i : i + 1]
        changed = one.repeat(places, 1)
        changed.diagonal().add_((model.levels + 1) // 2).remainder_(model.levels)
        after = probs(changed, None if label is None else label.expand(places))
        apart = after - probs(one[None], label)
        # rows of one product are rounded alike only in one batch: what is not seen must be 0 to the last bit
        moved += torch.where(apart.abs().amax(1) > 1e-6, apart.abs().sum(1) / 2, 0.0)
    return moved / len(x)


def future_mask(model: AutoregressiveModel, place: int) -> Tensor:
    """The places that a prediction must not see: itself, and those after it in the model's order, (D,) bool."""
    turn = model.order.argsort()
    return turn >= turn[place]
