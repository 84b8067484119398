"""A gated residual layer and its gradient in few operations: a WaveNet spends its training moving such small matrices.

a = past W' + u W + bias    g = tanh(a') * sigmoid(a'')    next u = u + g R + r
"""

from __future__ import annotations

import torch
from torch import Tensor


class GatedLayer(torch.autograd.Function):
    """g and the next u, (T * n, C) each, of u (T * n, C), time first, before whose first step there is nothing; as
    PyTorch's own operators would give them, without their copies.

    gate        (2C, 2C): the halves are of what was `shift` rows ago, and of what is now
    bias        (n, 2C), of each recording
    residual    R (C, C), and its bias r (C,); None, and the next u too, in a last layer
    """

    @staticmethod
    def forward(  # noqa: ANN205
        ctx,  # noqa: ANN001
        u: Tensor,
        gate: Tensor,
        bias: Tensor,
        residual: Tensor | None,
        residual_bias: Tensor | None,
        shift: int,
    ):
        c = u.shape[1]
        a = u @ gate[:, c:].t()
        a[shift:].addmm_(u[:-shift], gate[:, :c].t())
        a.view(-1, len(bias), 2 * c).add_(bias)
        filtered, opened = a[:, :c].tanh(), a[:, c:].sigmoid()
        g = filtered * opened
        ctx.shift, ctx.n = shift, len(bias)
        ctx.save_for_backward(u, gate, filtered, opened, residual)
        return g, None if residual is None else torch.addmm(u, g, residual.t()).add_(residual_bias)

    @staticmethod
    def backward(ctx, down_g: Tensor, down_u: Tensor | None):  # noqa: ANN001, ANN205
        u, gate, filtered, opened, residual = ctx.saved_tensors
        c, shift, g = u.shape[1], ctx.shift, filtered * opened
        of_residual = of_residual_bias = None
        if residual is not None:
            of_residual, of_residual_bias = down_u.t() @ g, down_u.sum(0)
            down_g = torch.addmm(down_g, down_u, residual)
        down_a = u.new_empty(len(u), 2 * c)
        by_filter, by_gate = down_g * opened, down_g * g
        torch.addcmul(by_filter, by_filter * filtered, filtered, value=-1, out=down_a[:, :c])
        torch.addcmul(by_gate, by_gate, opened, value=-1, out=down_a[:, c:])
        below = down_a @ gate[:, c:] if down_u is None else torch.addmm(down_u, down_a, gate[:, c:])
        below[:-shift].addmm_(down_a[shift:], gate[:, :c])
        of_gate = torch.cat([down_a[shift:].t() @ u[:-shift], down_a.t() @ u], 1)
        return below, of_gate, down_a.view(-1, ctx.n, 2 * c).sum(0), of_residual, of_residual_bias, None
