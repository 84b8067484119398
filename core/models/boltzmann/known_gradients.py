"""Losses whose gradients are computed by hand."""

from __future__ import annotations

import torch
from torch import Tensor


class WithGradients(torch.autograd.Function):
    """The value of a loss whose gradients are already known: backward hands them to the parameters."""

    @staticmethod
    def forward(ctx, value: Tensor, gradients: tuple[Tensor, ...], *parameters: Tensor) -> Tensor:  # noqa: ANN001
        ctx.gradients = gradients
        return value.clone()

    @staticmethod
    def backward(ctx, upstream: Tensor):  # noqa: ANN001, ANN205
        gradients, ctx.gradients = ctx.gradients, ()  # held no longer, so that they become .grad without a copy
        if upstream.device.type == "cpu" and float(upstream) == 1:  # as in every plain backward(): a pass over W saved
            return None, None, *gradients
        return None, None, *(g.mul_(upstream) for g in gradients)
