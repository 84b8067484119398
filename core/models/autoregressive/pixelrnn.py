"""PixelRNN: every pixel from all earlier ones, by LSTMs that walk over the image.

    o, f, i = sigmoid(I * x_t + W * h_t-1 + b)      g = tanh(...)
    c_t = f c_t-1 + i g      h_t = o tanh(c_t)      x <- x + U h        (I masked: nothing of what is not known yet)

"row"       t goes down the rows; W sees three neighbours in the row above, so that a triangle above a pixel is seen.
"diagonal"  t goes along the diagonals, from the upper left, and in a second LSTM from the upper right: of each pixel W
            sees the neighbour before it in its row, and the one above. What the second makes of a row holds pixels that
            are not known yet, so that it is shown one row further down. Every earlier pixel is seen (the last one of
            the row above only once the first convolution reaches it).

One convolution whose mask hides the pixel itself comes before the layers, two of width 1 after them.
Source: van den Oord, Kalchbrenner & Kavukcuoglu 2016, section 3 and table 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.config.fields import check_settings, require, setting
from core.config.presets import Preset, TrainConfig
from core.data.base import Kind
from core.models.autoregressive import base
from core.models.autoregressive.base import State, as_inputs, as_logits, base_outputs, level_channels
from core.models.autoregressive.image_network import ImageNetwork
from core.models.layer_sizes import pooled_size
from core.models.renamed_tensors import RenamedTensors

FAMILY, NAME = "pixelrnn", "PixelRNN"

LOSS, METRICS = base.LOSS, base.METRICS

SHUT = -1e4  # what a gate sees beyond the image, so that its states stay zero there


@dataclass(frozen=True)
class PixelRNNConfig:
    """`layers` LSTM layers of `hidden` units over images (rows, columns), with twice as many features between them."""

    event_shape: tuple[int, ...]
    levels: int = setting(2, "Levels per pixel; 2 for binary pixels.", low=2, high=256)
    classes: int = setting(0, "Classes to condition on; 0: unconditional.", low=0, high=1_000)
    kind: Literal["row", "diagonal"] = setting(
        "diagonal", "Row LSTM (down the rows) or diagonal BiLSTM (along both diagonals)."
    )
    hidden: int = setting(16, "LSTM units per pixel.", low=1, high=1_000)
    layers: int = setting(7, "Number of LSTM layers.", low=1, high=100)
    first: int = setting(7, "Kernel size of the first convolution, odd.", low=3, high=31)

    def __post_init__(self) -> None:
        check_settings(self)
        require(len(self.event_shape) == 2, "event_shape", self.event_shape, "rows and columns: images only")
        require(self.first % 2 == 1, "first", self.first, "odd, so that the kernel has a centre")

    @property
    def accepts(self) -> tuple[Kind, ...]:
        """The kinds of data that the model takes."""
        return base.accepts(self.levels)


Config = PixelRNNConfig


def step(gates: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """h and c (..., H) of an LSTM after c, for what its gates see, (..., 4H)."""
    size = c.shape[-1]
    o, f, i = gates[..., : 3 * size].sigmoid().chunk(3, -1)
    c = torch.addcmul(f * c, i, gates[..., 3 * size :].tanh())
    return o * c.tanh(), c


class Layer(nn.Module):
    """One layer over maps (N, h, w, 2H): R LSTMs (2 for diagonals, else 1), each of which sees `taps` pixels of its
    input and two or three neighbours of its state."""

    def __init__(self, config: PixelRNNConfig) -> None:
        super().__init__()
        size, self.diagonal = config.hidden, config.kind == "diagonal"
        ways, self.taps, near = (2, 1, 2) if self.diagonal else (1, 2, 3)
        spread = (near * size) ** -0.5
        self.input_to_state = nn.Linear(2 * size * self.taps, ways * 4 * size)
        self.state_to_state = nn.Parameter(torch.empty(ways, near * size, 4 * size).uniform_(-spread, spread))
        self.upsample = nn.Linear(size, 2 * size)
        with torch.no_grad():
            self.input_to_state.bias.view(ways, 4, size)[:, 1] += 1  # remember at first

    def forward(self, x: Tensor, condition: Tensor | None) -> Tensor:
        """The next map; condition (N, R * 4H) is what the gates know of the class."""
        seen = torch.cat([F.pad(x, (0, 0, 1, -1)), x], 3) if self.taps == 2 else x  # the pixel before, and the pixel
        gates = self.input_to_state(seen)  # (N, h, w, R * 4H)
        if condition is not None:
            gates = gates + condition[:, None, None]
        h = self._diagonals(gates) if self.diagonal else self._scan(gates.permute(1, 0, 2, 3)[:, None])[:, 0]
        return x + self.upsample(h if self.diagonal else h.transpose(0, 1))

    def _diagonals(self, gates: Tensor) -> Tensor:
        """h (N, h, w, H) of both LSTMs together."""
        left, right = gates.chunk(2, 3)
        both = _skew(torch.stack([left, right.flip(2)]))  # (2, N, h, h + w - 1, 4H)
        h = self._scan(both.permute(3, 0, 1, 2, 4)).permute(1, 2, 3, 0, 4)  # (2, N, h, h + w - 1, H)
        left, right = _unskew(h)
        return left + F.pad(right.flip(2), (0, 0, 0, 0, 1, -1))

    def _scan(self, gates: Tensor) -> Tensor:
        """h at all steps, (T, R, N, P, H), for what the gates see of the input, (T, R, N, P, 4H): P places a step."""
        ways, n, places, size = *gates.shape[1:4], gates.shape[4] // 4
        h = c = gates.new_zeros(ways, n, places, size)
        found = []
        for now in gates.unbind(0):
            past = _near(h, self.diagonal).flatten(1, 2)  # (R, N * P, near * H)
            h, c = step(now + torch.bmm(past, self.state_to_state).view_as(now), c)
            found.append(h)
        return torch.stack(found)


class PixelRNN(RenamedTensors, ImageNetwork):
    """Examples are (N, rows, columns), whole numbers below L; H hidden units, K layers."""

    RENAMED = {".into.": ".input_to_state.", ".over": ".state_to_state", ".up.": ".upsample.", "last.": "hidden."}

    def __init__(self, config: PixelRNNConfig) -> None:
        super().__init__(config)
        size, count = config.hidden, level_channels(config.levels)
        self.numbers_a_pixel = 8 * size
        self.half = config.first // 2
        self.above = nn.Conv2d(count, 2 * size, (self.half, config.first))  # rows above a pixel
        self.left = nn.Conv2d(count, 2 * size, (1, self.half), bias=False)  # pixels before it in its row
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.hidden, self.out = nn.Linear(2 * size, 2 * size), nn.Linear(2 * size, count)
        if config.classes:
            self.of_class = nn.Parameter(
                torch.zeros(config.classes, config.layers, self.layers[0].input_to_state.out_features)
            )

    # -- the model ------------------------------------------------------------------------------

    @property
    def layer_sizes(self) -> dict[str, int]:
        """The map after the first convolution and after every layer, pooled over positions (see `pool_positions`)."""
        size = pooled_size(2 * self.config.hidden, self.config.event_shape)
        return dict.fromkeys(("convolution", *(f"layer-{i}" for i in range(1, self.config.layers + 1))), size)

    def outputs(self, image: Tensor, labels: Tensor | None, generator: Generator | None = None) -> list[Tensor]:
        """The map before each layer and after the last, (N, rows, columns, 2H), and the predictions (N, rows, columns,
        E), for images (N, E, rows, columns)."""
        u = self.above(F.pad(image, (self.half, self.half, self.half, -1)))
        u = (u + self.left(F.pad(image, (self.half, -1)))).permute(0, 2, 3, 1)
        maps, condition = [u], self.condition_of(labels)
        for index, layer in enumerate(self.layers):
            u = layer(u, None if condition is None else condition[:, index])
            maps.append(u)
        u = self.hidden(u.relu()).relu()
        with torch.autocast(u.device.type, enabled=False):
            return [*maps, self.out(u.to(self.out.weight.dtype))]

    # -- place by place -------------------------------------------------------------------------

    @torch.no_grad()
    def init_cache(self, state: State) -> None:
        """Cache:

        seen    (n, half + rows, columns + border, E)        the pixels, with a border of zeros above, left and right
        first   (n, columns, 2H)      the first convolution's view of the rows above
        gates   (n, K, columns, 4H)   what the LSTMs of this row see beside their inputs (row: of the row above too)
        h       (n, K, columns, H)    their last states at each column: of this row up to the place, else the row above
        c       (n, K, columns, H), diagonal: (n, K, H)       and cells (diagonal: of the pixel before)
        x       (n, K, border + columns, 2H)                  the layers' inputs in this row
        right   (n, K, columns, H)    diagonal: states of the second LSTM in the row above
        logits  (n, L)                of the next place
        """
        state.prepared = weights = PreparedWeights(self)
        n, size, k, (rows, columns) = len(state.values), self.config.hidden, len(self.layers), self.config.event_shape
        like, taps = weights.out.new_zeros, self.layers[0].taps
        state.cache["seen"] = like(n, self.half + rows, columns + 2 * self.half, level_channels(self.levels))
        state.cache["h"] = like(n, k, columns, size)
        state.cache["c"] = like(n, k, size) if self.layers[0].diagonal else like(n, k, columns, size)
        state.cache["x"] = like(n, k, taps - 1 + columns, 2 * size)
        if self.layers[0].diagonal:
            state.cache["right"] = like(n, k, columns, size)
        self._row(state)
        self._pixel(state)

    def next_logits(self, state: State) -> Tensor:
        """(n, L) for place `state.order[state.t]`."""
        return state.cache["logits"]

    @torch.no_grad()
    def append(self, state: State, values: Tensor) -> None:
        """Let the next place hold these levels (n,), and compute what the place after it needs."""
        seen, columns = state.cache["seen"], self.config.event_shape[1]
        row, column = divmod(state.t, columns)
        seen[:, self.half + row, self.half + column] = as_inputs(values, self.levels, seen.dtype)
        super().append(state, values)
        if state.t < len(self.order):
            if state.t % columns == 0:
                self._row(state)
            self._pixel(state)

    def _row(self, state: State) -> None:
        """What a whole row can know before its first pixel."""
        weights, cache, (_, columns) = state.prepared, state.cache, self.config.event_shape
        row, n = state.t // columns, len(state.values)
        windows = cache["seen"][:, row : row + self.half].unfold(2, self.config.first, 1)  # (n, half, w, E, first)
        windows = windows.permute(0, 2, 1, 4, 3).flatten(2)
        cache["first"] = torch.addmm(weights.above_bias, windows.flatten(0, 1), weights.above).view(n, columns, -1)
        condition = 0 if state.labels is None else weights.of_class[state.labels][:, :, None]  # (n, K, 1, R * 4H)
        bias = weights.bias[None, :, None] + condition
        if not self.layers[0].diagonal:
            near = _near(cache["h"], diagonal=False)  # (n, K, w, 3H)
            cache["gates"] = torch.einsum("nkwi,kij->nkwj", near, weights.state_to_state[0]) + bias
            return
        left, right = bias.chunk(2, -1)
        cache["gates"] = left.expand(n, -1, columns, -1)
        cache["c"].zero_()
        if row:
            self._from_the_right(weights, cache, right)

    def _from_the_right(self, weights: PreparedWeights, cache: dict[str, Tensor], bias: Tensor) -> None:
        """The second LSTM of every layer in the row that has just been completed, from its last pixel to its first."""
        size = self.config.hidden
        gates = torch.einsum("nkwi,kij->wknj", cache["x"], weights.input_to_state[:, :, 4 * size :]) + bias.permute(
            2, 1, 0, 3
        )
        h = c = gates.new_zeros(gates.shape[1], gates.shape[2], size)  # (K, n, H)
        for column in reversed(range(len(gates))):
            past = torch.cat([cache["right"][:, :, column].transpose(0, 1), h], 2)
            h, c = step(torch.baddbmm(gates[column], past, weights.state_to_state[1]), c)
            cache["right"][:, :, column] = h.transpose(0, 1)

    def _pixel(self, state: State) -> None:
        """All layers at one pixel, and its logits."""
        weights, cache, columns = state.prepared, state.cache, self.config.event_shape[1]
        row, column = divmod(state.t, columns)
        size, taps, diagonal = self.config.hidden, self.layers[0].taps, self.layers[0].diagonal
        before = cache["seen"][:, self.half + row, column : column + self.half].flatten(1)
        x = torch.addmm(cache["first"][:, column], before, weights.left)
        xs, gates = cache["x"], cache["gates"][:, :, column].unbind(1)
        hs, cs = cache["h"][:, :, column].unbind(1), (cache["c"] if diagonal else cache["c"][:, :, column]).unbind(1)
        earlier = cache["h"][:, :, column - 1].unbind(1) if column else [torch.zeros_like(h) for h in hs]
        for index in range(len(self.layers)):
            xs[:, index, taps - 1 + column] = x
            seen = xs[:, index, column : column + taps].flatten(1)
            own = torch.addmm(gates[index], seen, weights.input_to_state[index][:, : 4 * size])
            if diagonal:
                own = own.addmm_(torch.cat([hs[index], earlier[index]], 1), weights.state_to_state[0, index])
            h, c = step(own, cs[index])
            hs[index].copy_(h)
            cs[index].copy_(c)
            if diagonal:
                h = h + cache["right"][:, index, column]
            x = x + torch.addmm(weights.upsample_bias[index], h, weights.upsample[index])
        u = torch.addmm(weights.hidden_bias, x.relu(), weights.hidden).relu_()
        cache["logits"] = as_logits(torch.addmm(weights.out_bias, u, weights.out))

    # -- learning -------------------------------------------------------------------------------

    @torch.no_grad()
    def start_from(self, x: Tensor) -> None:
        """Predictions start at how often each level occurs. Raises `ValueError` for levels that are none."""
        self.out.bias.copy_(base_outputs(x.flatten()[:, None], self.levels)[0])
        self.out.weight.mul_(0.1)


class PreparedWeights:
    """The weights as matrices (inputs, outputs), for the products that are taken place by place."""

    def __init__(self, model: PixelRNN) -> None:
        layers = model.layers
        self.above, self.left = (
            conv.weight.detach().permute(2, 3, 1, 0).flatten(0, 2).contiguous() for conv in (model.above, model.left)
        )
        self.above_bias = model.above.bias.detach()
        self.input_to_state = torch.stack(
            [layer.input_to_state.weight.detach().t() for layer in layers]
        )  # (K, taps * 2H, R * 4H)
        self.bias = torch.stack([layer.input_to_state.bias.detach() for layer in layers])
        self.state_to_state = torch.stack(
            [layer.state_to_state.detach() for layer in layers], 1
        )  # (R, K, near * H, 4H)
        self.upsample, self.upsample_bias = _transpose(*(layer.upsample for layer in layers))
        (self.hidden,), (self.hidden_bias,) = _transpose(model.hidden)
        (self.out,), (self.out_bias,) = _transpose(model.out)
        self.of_class = model.of_class.detach() if model.config.classes else None


def _transpose(*layers: nn.Linear) -> tuple[list[Tensor], list[Tensor]]:
    return [layer.weight.detach().t().contiguous() for layer in layers], [layer.bias.detach() for layer in layers]


def _near(h: Tensor, diagonal: bool) -> Tensor:
    """The states that each place (axis 2) sees of the step before: of places p - 1 and p, or also of p + 1."""
    before = F.pad(h, (0, 0, 1, -1))
    return torch.cat([before, h] if diagonal else [before, h, F.pad(h, (0, 0, -1, 1))], 3)


def _skew(gates: Tensor) -> Tensor:
    """Row r moved r places to the right, (..., h, h + w - 1, F) for (..., h, w, F): neighbours from above and from the
    left are then both in the column before."""
    rows, columns = gates.shape[-3:-1]
    wide = F.pad(gates, (0, 0, 0, rows), value=SHUT).flatten(-3, -2)  # (..., h * (w + h), F)
    return wide[..., : rows * (columns + rows - 1), :].unflatten(-2, (rows, -1))


def _unskew(h: Tensor) -> Tensor:
    """What `_skew` moved, in its place again."""
    rows, columns = h.shape[-3], h.shape[-2] - h.shape[-3] + 1
    wide = F.pad(h.flatten(-3, -2), (0, 0, 0, rows)).unflatten(-2, (rows, -1))
    return wide[..., :columns, :]


build = PixelRNN
refit = partial(base.refit_config, what="a PixelRNN")


_SMOOTH = TrainConfig(optimiser="adam", lr_schedule="cosine", lr=0.002, average=0.999)
_SMALL = replace(_SMOOTH, epochs=30, batch_size=20, average=0.99)

_DIGITS = PixelRNNConfig((8, 8), levels=17, hidden=24, layers=3, first=5)

_LARGE = replace(_SMOOTH, epochs=100, batch_size=16, lr=0.001, average=0.9995)
_KINDS = {"row": "row LSTM", "diagonal": "diagonal BiLSTM"}

PRESETS = (
    *(
        Preset(  # 25 ms an example of one core
            f"mnist-pixelrnn-{kind}",
            f"MNIST · PixelRNN, {_KINDS[kind]}",
            FAMILY,
            "mnist",
            "static",
            PixelRNNConfig((28, 28), kind=kind, hidden=hidden),
            _LARGE,
        )
        for kind, hidden in (("row", 32), ("diagonal", 16))
    ),
    *(
        Preset(
            f"digits-pixelrnn-17-{kind}",
            f"Digits 8×8 · PixelRNN, {_KINDS[kind]}",
            FAMILY,
            "digits",
            "levels-17",
            replace(_DIGITS, kind=kind),
            _SMALL,
        )
        for kind in _KINDS
    ),
    Preset(
        "digits-pixelrnn-17-classes",
        "Digits 8×8 · PixelRNN, diagonal BiLSTM, class-conditional",
        FAMILY,
        "digits",
        "levels-17",
        replace(_DIGITS, classes=10),
        _SMALL,
    ),
)
