"""The steps of a gated recurrent unit and their gradient, in few operations a step: a recording has thousands of them.

    r, z = sigmoid(a' + U' h + b')      n = tanh(a'' + r (U'' h + b''))     next h = n + z (h - n)

Cho et al. 2014; with the reset gate behind the product, as in cuDNN and PyTorch.
"""

from __future__ import annotations

import torch
from torch import Tensor


class GRUSteps(torch.autograd.Function):
    """States (T, n, H) after each step, of the inputs a (T, n, 3H) of r, z and n, the weights U (3H, H) and b (3H,) and
    the state (n, H) before the first step."""

    @staticmethod
    def forward(ctx, a: Tensor, weight: Tensor, bias: Tensor, before: Tensor) -> Tensor:  # noqa: ANN001
        steps, n, h_size = len(a), len(before), weight.shape[1]
        products, gates = a.new_empty(a.shape), a.new_empty(steps, n, 2 * h_size)
        new, states = a.new_empty(steps, n, h_size), a.new_empty(steps + 1, n, h_size)
        states[0], h, u = before, before, weight.t().contiguous()
        parts = zip(
            a.split(2 * h_size, 2)[0].unbind(), a[..., 2 * h_size :].unbind(), products.unbind(), gates.unbind(),
            gates[..., :h_size].unbind(), gates[..., h_size:].unbind(), products[..., 2 * h_size :].unbind(),
            products[..., : 2 * h_size].unbind(), new.unbind(), states[1:].unbind(), strict=True,
        )  # fmt: skip
        for a_gates, a_new, product, both, r, z, product_new, product_gates, n_t, after in parts:
            torch.addmm(bias, h, u, out=product)
            torch.add(a_gates, product_gates, out=both).sigmoid_()
            torch.addcmul(a_new, r, product_new, out=n_t).tanh_()
            h = torch.lerp(n_t, h, z, out=after)
        ctx.save_for_backward(products[..., 2 * h_size :], gates, new, states, weight)
        return states[1:]

    @staticmethod
    def backward(ctx, down: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # noqa: ANN001
        product_new, gates, new, states, weight = ctx.saved_tensors
        h_size = weight.shape[1]
        r, z = gates.split(h_size, 2)
        by_new = (1 - z) * (1 - new * new)  # of dh: what comes to the input of n
        by_z = (states[:-1] - new) * z * (1 - z)
        slopes = torch.stack([by_new * product_new * r * (1 - r), by_z, by_new * r], 2)  # (T, n, 3, H), of the products
        of_products, dh, total = torch.empty_like(slopes), torch.zeros_like(states[0]), []
        flat = of_products.flatten(2)
        parts = (down, slopes, of_products, flat, z)
        for down_t, slope, into, row, z_t in zip(*(reversed(part.unbind()) for part in parts), strict=True):
            dh = dh + down_t
            total.append(dh)
            torch.mul(slope, dh[:, None], out=into)
            dh = torch.addmm(dh * z_t, row, weight)
        into_new = by_new * torch.stack(total[::-1])
        of_inputs = torch.cat([flat[..., : 2 * h_size], into_new], 2)
        of_weight = flat.flatten(0, 1).t() @ states[:-1].flatten(0, 1)
        return of_inputs, of_weight, flat.sum((0, 1)), dh
