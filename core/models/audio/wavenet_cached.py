"""A WaveNet one sample at a time, by products of small matrices: what each layer saw `dilation` samples ago comes from
its queue, and what it sees now takes that place (Paine et al. 2016)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class CachedWaveNet:
    """A model's weights as matrices (inputs, outputs). C channels, K layers, S skip channels, L levels."""

    def __init__(self, model: nn.Module) -> None:
        layers, c = model.layers, model.config.channels
        gates = [layer.gate.weight.detach() for layer in layers]
        self.past = [gate[:, :c].t().contiguous() for gate in gates]
        self.now = [gate[:, c:].t().contiguous() for gate in gates]
        self.residual = [_matrix(layer.residual) for layer in layers[:-1]]
        self.residual_bias = [layer.residual.bias.detach() for layer in layers[:-1]]
        self.skip = torch.cat([_matrix(layer.skip) for layer in layers])  # (K * C, S)
        self.hidden, self.hidden_bias = _matrix(model.hidden), model.hidden.bias.detach()
        self.out, self.out_bias = _matrix(model.out), model.out.bias.detach()
        self.embed_past, self.embed_now = model.embed_past.weight.detach(), model.embed_now.weight.detach()
        self.dilations = model.config.dilations

    @torch.no_grad()
    def read(self, x: Tensor, cache: dict, step: int) -> Tensor:
        """Logits (n, L) after the samples x (n,), read in this step; the cache of the model goes on."""
        u = self.embed_past[cache["before"]] + self.embed_now[x]
        cache["before"] = x
        c, last = u.shape[1], len(self.residual)
        gates = u.new_empty(len(x), len(self.dilations) * c)
        for k, g in enumerate(gates.split(c, 1)):
            place = cache[f"queue.{k}"][:, step % self.dilations[k]]
            a = torch.addmm(cache["bias"][:, k], place, self.past[k]).addmm_(u, self.now[k])
            place.copy_(u)
            torch.mul(a[:, :c].tanh_(), a[:, c:].sigmoid_(), out=g)
            if k < last:
                u = torch.addmm(u, g, self.residual[k]).add_(self.residual_bias[k])
        v = torch.mm(gates, self.skip).relu_()
        v = torch.addmm(self.hidden_bias, v, self.hidden).relu_()
        return torch.addmm(self.out_bias, v, self.out)


def _matrix(linear: nn.Linear) -> Tensor:
    return linear.weight.detach().t().contiguous()
