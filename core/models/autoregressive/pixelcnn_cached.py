"""A gated PixelCNN pixel by pixel: each feature is computed once, the vertical stack a row at a time, the horizontal
one at each pixel, by products of small matrices."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.models.autoregressive.base import State, as_inputs, as_logits, level_channels
from core.models.autoregressive.pixel_orders import corner
from core.models.autoregressive.pixelcnn_layers import gate
from core.numerics.matmul import affine


class CachedPixelCNN:
    """A model's weights as matrices (inputs, outputs), and what is computed with them from place to place. C channels,
    K layers, h, w the sides of the grid that the stacks run over."""

    def __init__(self, model: nn.Module) -> None:
        self.model, self.config, layers = model, model.config, model.layers
        self.above = [_matrix(layer.above.weight) for layer in layers]
        self.above_bias = [layer.above.bias.detach() for layer in layers]
        self.across = [_matrix(layer.across.weight) for layer in layers]
        self.across_bias = [layer.across.bias.detach() for layer in layers]
        self.link = [_matrix(layer.link.weight) for layer in layers]
        c = model.config.channels
        out = [_matrix(layer.out.weight) for layer in layers]
        self.skip = torch.cat([both[:, :c] for both in out])  # (K * C, C)
        self.more = [both[:, c:].contiguous() for both in out]
        self.hidden, self.hidden_bias = _matrix(model.hidden.weight), model.hidden.bias.detach()
        self.out, self.out_bias = _matrix(model.out.weight), model.out.bias.detach()
        self.of_class = model.of_class.detach() if model.config.classes else None
        self.of_slice = self.of_context = None
        if model.config.slices > 1:
            self.of_slice, self.of_context = model.of_slice.detach(), _matrix(model.of_context.weight)

    @torch.no_grad()
    def init_cache(self, state: State) -> None:
        """Cache, of the grid that is being drawn:

        seen     (n, rows + h, w + border, E)       its pixels, with a border of zeros above, left and right
        above    (n, K - 1, rows, w + border, C)    the last rows of the vertical stack, inputs of layers 1 on
        row      (n, K, w, 2C)                      what the gates of this row's horizontal stack get beside `left`
        left     (n, K - 1, border + w, C)          this row of the horizontal stack, inputs of layers 1 on
        context  (n, h, w, C)                       features of earlier slices, where there are slices
        logits   (n, L)                             of the next place
        """
        n, c, (h, w) = len(state.values), self.config.channels, self.model.grid
        first, later = self.model.layers[0], self.config.kernel // 2
        like, k = self.hidden.new_zeros, len(self.model.layers)
        state.cache["seen"] = like(n, first.rows + h, w + 2 * first.half, level_channels(self.config.levels))
        state.cache["above"] = like(n, k - 1, later + 1, w + 2 * later, c)
        state.cache["row"] = like(n, k, w, 2 * c)
        state.cache["left"] = like(n, k - 1, later + w, c)
        self.advance(state, -1)

    @torch.no_grad()
    def advance(self, state: State, before: int) -> None:
        """Compute the logits of the next place, where those of place `before` were the last (-1: there were none)."""
        h, w = self.model.grid
        s, t = divmod(state.t, h * w)
        known = before - s * h * w  # the same place in this slice
        if known < 0:
            self._begin_slice(state, s)
        rows, row = range(max(known, 0) // w, t // w + 1), t // w
        seen, first, step = state.cache["seen"], self.model.layers[0], self.config.slices
        i, j = corner(s)
        values = state.values.view(-1, *self.config.event_shape)[:, i::step, j::step][:, rows.start : rows.stop]
        lines = slice(first.rows + rows.start, first.rows + rows.stop)
        seen[:, lines, first.half : first.half + w] = as_inputs(values, self.config.levels, seen.dtype)
        for r in rows if known < 0 else rows[1:]:
            self._row(state, s, r)
        done = known + (self.config.masks == "right")  # what saw itself saw a place that was not known yet
        for column in range(max(0, done - row * w), t - row * w + 1):
            self._pixel(state, row, column)

    def _begin_slice(self, state: State, s: int) -> None:
        """Features of the slices before slice s; nothing of it is known yet."""
        state.cache["above"].zero_()
        if self.config.slices > 1:
            context = self.model.context_of(self.model.as_image(state.values), s)
            state.cache["context"] = context.permute(0, 2, 3, 1).contiguous()

    def _row(self, state: State, s: int, row: int) -> None:
        """The vertical stack at one row, and what it says to the horizontal one."""
        cache, c, (_, w) = state.cache, self.config.channels, self.model.grid
        n, half = len(state.values), self.config.kernel // 2
        condition = self._condition(state.labels, s, cache["context"][:, row] if "context" in cache else None)
        inputs = _windows(cache["seen"][:, row : row + self.model.layers[0].rows], w)
        for index in range(len(self.model.layers)):
            a = affine(inputs, self.above[index], self.above_bias[index])  # (n * w, 2C)
            b = self.across_bias[index]
            if condition is not None:
                own = condition[:, :, index]  # (n, w or 1, 4C)
                a, b = (a.view(n, w, -1) + own[..., : 2 * c]).view(n * w, -1), b + own[..., 2 * c :]
            torch.add(affine(a, self.link[index]).view(n, w, -1), b, out=cache["row"][:, index])
            if index < len(self.model.layers) - 1:
                rows = cache["above"][:, index]
                rows[:, :-1] = rows[:, 1:].clone()
                rows[:, -1, half : half + w] = gate(a).view(n, w, c)
                inputs = _windows(rows, w)

    def _pixel(self, state: State, row: int, column: int) -> None:
        """The horizontal stack at one pixel, and its logits."""
        cache, c = state.cache, self.config.channels
        first, left = self.model.layers[0], self.config.kernel // 2
        inputs = cache["seen"][:, first.rows + row, column : column + first.left].flatten(1)
        later = cache["left"][:, :, column : column + left + 1].flatten(2).unbind(1)  # K - 1 of (n, (left + 1) * C)
        hs = cache["left"][:, :, column + left].unbind(1)  # K - 1 of (n, C), the last part of each of them
        beside = cache["row"][:, :, column].unbind(1)
        gates = beside[0].new_empty(len(beside[0]), len(beside) * c)
        for index, g in enumerate(gates.split(c, 1)):
            a, b = torch.addmm(beside[index], inputs, self.across[index]).sigmoid_().chunk(2, 1)
            torch.addcmul(b, a, b, value=-2, out=g)
            if index < len(hs):
                if index:
                    torch.addmm(hs[index - 1], g, self.more[index], out=hs[index])
                else:
                    torch.mm(g, self.more[0], out=hs[0])
                inputs = later[index]
        u = torch.addmm(self.hidden_bias, torch.mm(gates, self.skip).relu_(), self.hidden).relu_()
        cache["logits"] = as_logits(torch.addmm(self.out_bias, u, self.out))

    def _condition(self, labels: Tensor | None, s: int, context: Tensor | None) -> Tensor | None:
        """What the gates of a row know beside their pixels, (n, w or 1, K, 4C): of the class, of the slice, and of its
        context (n, w, C)."""
        condition = None if labels is None else self.of_class[labels][:, None]
        if context is not None:
            own = context @ self.of_context + self.of_slice[s]
            condition = own if condition is None else own + condition
        return None if condition is None else condition.unflatten(2, (len(self.above), -1))


def _matrix(weight: Tensor) -> Tensor:
    """A convolution's weights (out, in, rows, columns) as (rows * columns * in, out)."""
    return weight.detach().permute(2, 3, 1, 0).flatten(0, 2).contiguous()


def _windows(rows: Tensor, w: int) -> Tensor:
    """What a window of all rows sees at each of w places: (n * w, rows * width * C) for rows (n, rows, w + border,
    C)."""
    seen = rows.unfold(2, rows.shape[2] - w + 1, 1)  # (n, rows, w, C, width)
    return seen.permute(0, 2, 1, 4, 3).flatten(2).flatten(0, 1)
