"""Matrices in eight bits or less, a scale for each row: weights rounded so that layers say almost what they said.

Whole numbers of eight bits are stored; the wider the steps, the fewer bits they take when they are deflated
(`core.store.tensors`). Where it is known what a layer is shown, each rounding is made up for by the weights of the row
that are not yet rounded: Frantar, Ashkboos, Hoefler & Alistarh 2023, "GPTQ", after Hassibi & Stork 1993, "Optimal brain
surgeon".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from core.models.renamed_tensors import current_name
from core.store.tensors import SCALE

FROM = 4_096  # numbers in a tensor from which on eight bits pay
COLUMNS = 16  # of a matrix in a summary, from which on a scale for each row pays
BITS = 8.0  # a weight, at most
ENTROPY = math.log2(2 * math.pi * math.e) / 2  # bits that normal numbers of spread 1 hold in steps of 1
DAMPING = 0.003  # of the mean square of a layer's inputs, added to each: what few examples say is not believed fully
BLOCK = 64  # columns that are rounded before the others are told


def scales(w: Tensor, bits: float = BITS, most: int = 127) -> Tensor:
    """The step of each row of w (n, ...), as (n, 1, ...): so wide that normal numbers hold `bits` bits each, and that
    none is more than `most` steps. In half precision, rounded up."""
    rows, ones = w.float().flatten(1), (1,) * (w.ndim - 1)
    wide = rows.square().mean(1).sqrt() * 2 ** (ENTROPY - bits)
    step = torch.maximum(rows.abs().amax(1) / most, wide).clamp_min(6e-8).half()
    return torch.nextafter(step, torch.tensor(torch.inf, dtype=torch.half)).view(-1, *ones)


def quantize_summary(summary: dict[str, Tensor]) -> dict[str, Tensor]:
    """Summary tensors as they are stored: large matrices, which are looked at and not computed on, in eight bits;
    codes, of which pages give numbers, in ten."""
    found = dict(summary)
    for name, tensor in summary.items():
        w = tensor.detach().cpu().float()
        if not tensor.is_floating_point() or w.ndim != 2 or w.shape[1] < COLUMNS or w.numel() < FROM:
            continue
        bits, most, kind = (10, 511, torch.int16) if name.startswith("codes") else (BITS, 127, torch.int8)
        step = scales(w, bits, most)
        if step.isfinite().all() and not ((w == 0) | (w == 1)).all():  # else half precision does not hold it; bits
            found |= {name: (w / step.float()).round().to(kind), f"{name}{SCALE}": step}
    return found


@torch.no_grad()
def quantize_tensors(
    model: nn.Module, stored: dict[str, Tensor], run_examples: Callable[[], None], bits: float = BITS
) -> dict[str, Tensor]:
    """The tensors `stored` of the model, those of weights in eight bits or less; what is as coarse already stays.

    model         has these weights; is changed, layer by layer, so that later ones make up for the rounding of earlier
                  ones
    run_examples  has the model look at some of its training examples
    """
    found, layers = dict(stored), {f"{k}.weight": m for k, m in model.named_modules() if isinstance(m, nn.Linear)}
    called = _called(layers.values(), run_examples)
    for name, tensor in stored.items():
        if name.endswith(SCALE):
            continue
        scale = stored.get(f"{name}{SCALE}")
        w = tensor.float() if scale is None else tensor.float() * scale.float()
        if w.ndim < 2 or w.numel() < FROM or not (tensor.is_floating_point() or scale is not None):
            continue
        step = scales(w, bits)
        if scale is not None and (1.1 * scale >= step).float().mean() > 0.5:  # rounding itself widens them a little
            continue
        layer = layers.get(current_name(model, name))
        bias = getattr(layer, "bias", None)
        moments = _moments(layer, run_examples, bias is not None) if layer in called else None
        if moments is None:
            rounded = (w / step.float()).round()
        else:
            rounded, change = _with_feedback(w, step.float(), moments)
            layer.weight.copy_(rounded * step.float())
            if bias is not None:
                found[f"{name.removesuffix('weight')}bias"] = (bias + change).half()
                bias.copy_((bias + change).half())
        found |= {name: rounded.to(torch.int8), f"{name}{SCALE}": step}
    return found


def _called(layers: Iterable[nn.Linear], run_examples: Callable[[], None]) -> set[nn.Linear]:
    """Those of the layers that the examples go through as modules."""
    found: set[nn.Linear] = set()
    hooks = [layer.register_forward_pre_hook(lambda layer, _: found.add(layer)) for layer in layers]
    try:
        run_examples()
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _moments(layer: nn.Linear, run_examples: Callable[[], None], biased: bool) -> Tensor:
    """Mean products (i, i) of the layer's inputs, with a last one that is always 1 where it has a bias."""
    total, count = 0.0, 0

    def add_inputs(_: nn.Module, args: tuple[Tensor, ...]) -> None:
        nonlocal total, count
        x = args[0].detach().flatten(0, -2).float()
        x = torch.cat([x, x.new_ones(len(x), 1)], 1) if biased else x
        total, count = total + (x.T @ x).double(), count + len(x)

    hook = layer.register_forward_pre_hook(add_inputs)
    try:
        run_examples()
    finally:
        hook.remove()
    return total / count


def _with_feedback(w: Tensor, step: Tensor, moments: Tensor) -> tuple[Tensor, Tensor]:
    """w (o, i) in steps (o, 1), column by column: what is lost by each is made up for by those after it, and at last by
    the bias. Whole numbers (o, i) and what the bias changes by (o,).

    A weight that is zero stays so: a mask may say that it must.
    """
    i = w.shape[1]
    moments = moments + DAMPING * moments.diagonal()[:i].mean() * torch.eye(len(moments), dtype=moments.dtype)
    factor = torch.linalg.cholesky(torch.linalg.inv(moments), upper=True).float()
    left = torch.cat([w, w.new_zeros(len(w), len(moments) - i)], 1)
    rounded, none = torch.zeros_like(w), w == 0
    for low in range(0, i, BLOCK):
        high = min(low + BLOCK, i)
        lost = w.new_zeros(len(w), high - low)
        for j in range(low, high):
            rounded[:, j] = (left[:, j] / step[:, 0]).round().clamp(-127, 127).masked_fill(none[:, j], 0)
            lost[:, j - low] = (left[:, j] - rounded[:, j] * step[:, 0]) / factor[j, j]
            left[:, j + 1 : high] -= lost[:, j - low, None] * factor[j, j + 1 : high]
        left[:, high:] -= lost @ factor[low:high, high:]
    return rounded, left[:, i:].sum(1)
