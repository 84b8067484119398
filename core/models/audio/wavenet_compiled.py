"""A WaveNet one sample at a time in compiled loops, for one recording on the CPU: the products are too small for a call
of a library each. It reads and writes the same queues as `core.models.audio.wavenet`.

The first call compiles, which takes some seconds.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from core.config.fields import require
from core.models.audio.base import Context
from core.numerics.cancel import check

AT_ONCE = 1_000  # samples from one look at whether anybody still waits to the next


class CompiledWaveNet:
    """A model's weights in a row, as the loops read them. C channels, K layers, S skip channels, L levels."""

    def __init__(self, model: nn.Module) -> None:
        layers, c = model.layers, model.config.channels
        self.dilations = np.array(model.config.dilations)
        self.places = np.concatenate([[0], self.dilations.cumsum()])  # where each queue begins, in vectors
        gates = torch.stack([layer.gate.weight for layer in layers])
        residuals = [layer.residual for layer in layers[:-1]]
        self.weights = (
            model.embed_past.weight.detach().float().numpy(),
            model.embed_now.weight.detach().float().numpy(),
            _columns(gates),  # (K, 2C, 2C)
            _columns(torch.stack([r.weight for r in residuals]) if residuals else gates[:0, :c, :c]),  # (K - 1, C, C)
            _plain(torch.stack([r.bias for r in residuals]) if residuals else gates[:0, 0, :c]),
            _columns(torch.stack([layer.skip.weight for layer in layers])),  # (K, C, S)
            _columns(model.hidden.weight),
            _plain(model.hidden.bias),
            _columns(model.out.weight),
            _plain(model.out.bias),
        )

    def draw(
        self, context: Context, noise: Tensor, temperature: float = 1.0, given: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Draw as many samples as there is noise (T,), uniform on [0, 1), after the one recording of the context, which
        goes on: the samples (T,), and the logits (T, L) that the model gave for each.

        given    (T,) samples that are taken instead of drawn; -1 where the model is free
        """
        require(temperature > 0, "temperature", temperature, "above 0")
        require(len(context.logits) == 1, "recordings", len(context.logits), "one at a time")
        queues = np.concatenate([context.cache[f"queue.{k}"][0].numpy() for k in range(len(self.dilations))])
        before = int(context.cache["before"])
        logits = np.empty((len(noise) + 1, context.logits.shape[1]), np.float32)
        logits[0] = context.logits[0].numpy()
        drawn = np.full(len(noise), -1, np.int64) if given is None else given.numpy().astype(np.int64)
        bias, uniform = np.ascontiguousarray(context.cache["bias"][0].numpy()), noise.numpy().astype(np.float64)
        loop = _loop()
        for first in range(0, len(noise), AT_ONCE):
            check()
            part = slice(first, first + AT_ONCE)
            step = context.length + 1 + first
            before = loop(
                drawn[part], logits[first : first + AT_ONCE + 1], uniform[part], temperature, before, step,
                queues, self.places, self.dilations, bias, *self.weights,
            )  # fmt: skip
        for k in range(len(self.dilations)):
            context.cache[f"queue.{k}"][0] = torch.from_numpy(queues[self.places[k] : self.places[k + 1]])
        context.cache["before"] = torch.tensor([before])
        context.logits, context.length = torch.from_numpy(logits[-1:].copy()), context.length + len(noise)
        return torch.from_numpy(drawn), torch.from_numpy(logits[:-1])


@cache
def _loop():  # noqa: ANN202
    from numba import njit

    @njit(fastmath={"contract", "reassoc", "nsz", "arcp"}, nogil=True)
    def loop(  # noqa: PLR0913
        drawn, logits, noise, temperature, before, step, queues, places, dilations, bias,
        embed_past, embed_now, gate, residual, residual_bias, skip, hidden, hidden_bias, out, out_bias,
    ):  # fmt: skip # noqa: ANN001, ANN202
        k_layers, c, s, n_levels = len(dilations), embed_now.shape[1], hidden.shape[0], logits.shape[1]
        u, a, g = np.empty(c, np.float32), np.empty(2 * c, np.float32), np.empty(c, np.float32)
        v, w, probs = np.empty(s, np.float32), np.empty(s, np.float32), np.empty(n_levels, np.float64)
        for t in range(len(drawn)):
            if drawn[t] < 0:
                top, total = logits[t].max(), 0.0
                for i in range(n_levels):
                    probs[i] = np.exp((logits[t, i] - top) / temperature)
                    total += probs[i]
                edge, level, wanted, last = 0.0, 0, noise[t] * total, 0
                for i in range(n_levels):
                    edge += probs[i]
                    if edge <= wanted:
                        level = i + 1
                    if probs[i] > 0:
                        last = i
                drawn[t] = min(level, last)
            x = drawn[t]
            for i in range(c):
                u[i] = embed_past[before, i] + embed_now[x, i]
            before = x
            v[:] = 0
            for k in range(k_layers):
                queue = queues[places[k] + (step + t) % dilations[k]]
                a[:] = bias[k]
                for j in range(c):
                    past, now = queue[j], u[j]
                    for i in range(2 * c):
                        a[i] += past * gate[k, j, i] + now * gate[k, c + j, i]
                    queue[j] = u[j]
                for i in range(c):
                    g[i] = np.tanh(a[i]) / (np.float32(1) + np.exp(-a[c + i]))
                for j in range(c):
                    for i in range(s):
                        v[i] += g[j] * skip[k, j, i]
                if k < k_layers - 1:
                    for i in range(c):
                        u[i] += residual_bias[k, i]
                    for j in range(c):
                        for i in range(c):
                            u[i] += g[j] * residual[k, j, i]
            w[:] = hidden_bias
            for j in range(s):
                if v[j] > 0:
                    for i in range(s):
                        w[i] += v[j] * hidden[j, i]
            told = logits[t + 1]
            told[:] = out_bias
            for j in range(s):
                if w[j] > 0:
                    for i in range(n_levels):
                        told[i] += w[j] * out[j, i]
        return before

    return loop


def _plain(tensor: Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.detach().float().numpy())


def _columns(weight: Tensor) -> np.ndarray:
    """Weights (..., out, in) as (..., in, out)."""
    return _plain(weight.transpose(-1, -2))
