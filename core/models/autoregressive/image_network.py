"""Autoregressive networks that keep the image's rows and columns from layer to layer: gated PixelCNN, PixelRNN."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import torch
from torch import Generator, Tensor

from core.models.autoregressive.base import AutoregressiveModel, as_inputs, as_logits
from core.models.layer_sizes import pool_positions

NUMBERS = 2**22  # in the largest array where no gradient is asked for, so that memory stays bounded


class ImageNetwork(AutoregressiveModel):
    """Examples are (N, rows, columns), whole numbers below L. A family gives `outputs`, and how many numbers its
    largest array holds for a pixel."""

    numbers_a_pixel: int

    def outputs(self, image: Tensor, labels: Tensor | None, generator: Generator | None = None) -> list[Tensor]:
        """What each layer hands on, (N, rows, columns, F), and at the end the predictions (N, rows, columns, E),
        for images (N, E, rows, columns); `generator` draws the dropout of a training step. Without labels a
        class-conditional model goes by the mean over classes."""
        raise NotImplementedError

    def condition_of(self, labels: Tensor | None) -> Tensor | None:
        """What the layers know of the classes (N,), (N, ...); their mean (1, ...) where none is given."""
        if not self.classes:
            return None
        return self.of_class.mean(0, keepdim=True) if labels is None else self.of_class[labels]

    def logits(
        self, x: Tensor, labels: Tensor | None = None, order: Tensor | None = None, generator: Generator | None = None
    ) -> Tensor:
        """What is predicted of each pixel from those before it, (N, D, L), by one pass over all of them. Without a
        generator nothing is left out."""
        self.check_order(order)
        labels = self.check_labels(len(x), labels)
        at_once = max(1, len(x))
        if not torch.is_grad_enabled():
            at_once = max(1, NUMBERS // (self.numbers_a_pixel * len(self.order)))
        parts = zip(x.split(at_once), repeat(None) if labels is None else labels.split(at_once), strict=False)
        found = [self.outputs(self.as_image(some), those, generator)[-1] for some, those in parts]
        return as_logits(torch.cat(found).flatten(1, 2))

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """What each layer hands on, pooled over positions; of a class-conditional model, by the classes' mean."""
        *layers, _ = self.outputs(self.as_image(x), None)
        for name, features in zip(self.layer_sizes, layers, strict=True):
            yield name, pool_positions(features.permute(0, 3, 1, 2))

    def as_image(self, x: Tensor) -> Tensor:
        """Levels (N, D) or (N, rows, columns) as the first layer sees them: (N, E, rows, columns)."""
        x = as_inputs(x.view(-1, *self.config.event_shape), self.levels, self.out.weight.dtype)
        return x.permute(0, 3, 1, 2)  # channels stay last in memory, which convolutions on a CPU like

    def receptive_field(self, place: int, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """How much the prediction at a flat index depends on each pixel: (K, rows, columns), mean over examples x of
        |d f / d pixel|, f being each of the `outputs` there, the last of them the prediction itself (sums over
        features); zero where a pixel is not seen."""
        with torch.enable_grad():
            image = self.as_image(x).detach().requires_grad_()
            at_place = [
                part.flatten(1, 2)[:, place].sum() for part in self.outputs(image, self.check_labels(len(x), labels))
            ]
            slopes = [torch.autograd.grad(each, image, retain_graph=True)[0] for each in at_place]
        return torch.stack([slope.abs().sum(1).mean(0) for slope in slopes])
