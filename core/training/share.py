"""One process's share of a training that several do together (`core.numerics.processes`).

Each computes the loss of its rows of every batch, with its part of the persistent chains. Gradients, the loss and
running means are then averaged, which gives those of the whole batch: a loss is a mean over examples and chains. Of a
model that does not say so (`DividesBatches`), every process computes whole batches.
"""

from __future__ import annotations

import contextlib

import torch
from torch import Tensor, nn

from core.config.fields import require
from core.config.presets import TrainConfig
from core.models.training_protocols import DividesBatches, KeepsChains
from core.numerics.processes import Processes
from core.numerics.sampling import BatchGenerator


class Share:
    """The part of this process in the training of `model`, which holds all chains but between `split` and `gather`."""

    def __init__(self, model: nn.Module, processes: Processes) -> None:
        self.model, self.processes = model, processes
        divides = isinstance(model, DividesBatches) and not model.whole_batches
        self.parts = processes.count if divides else 1
        self.chains = model.chain_buffers if self.parts > 1 and isinstance(model, KeepsChains) else {}

    def check(self, config: TrainConfig, examples: int) -> None:
        """Raise `SettingError` where batches or chains cannot be divided among the processes."""
        rule = f"a multiple of {self.parts}, the number of processes"
        batch = min(config.batch_size, examples)
        require(batch % self.parts == 0, "batch_size", batch, rule)
        for name, axis in self.chains.items():
            chains = self.model.get_buffer(name).shape[axis]
            require(chains % self.parts == 0, "chains", chains, rule)

    def rows(self, n: int) -> slice:
        """Those of a batch of n that are this process's."""
        size = n // self.parts
        return slice(self.processes.rank * size, (self.processes.rank + 1) * size) if self.parts > 1 else slice(n)

    def drawing(self, generator: BatchGenerator) -> contextlib.AbstractContextManager[None]:
        """While this holds, draws are for the rows of this process."""
        return generator.drawing_part(self.processes.rank, self.parts) if self.parts > 1 else contextlib.nullcontext()

    def average(self, loss: Tensor) -> Tensor:
        """The loss of the whole batch; gradients and running means become those of the whole batch, too."""
        if self.processes.count == 1:
            return loss.detach()
        loss = loss.detach().clone()
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        running = [b for name, b in self.model.named_buffers() if b.is_floating_point() and name not in self.chains]
        self.processes.average_([loss, *gradients, *running])
        return loss

    def split(self) -> None:
        """Keep this process's chains alone."""
        for name, axis in self.chains.items():
            self._replace(name, self.processes.part(self.model.get_buffer(name), axis).clone())

    def gather(self) -> None:
        """Have the chains of all processes."""
        for name, axis in self.chains.items():
            self._replace(name, self.processes.gather(self.model.get_buffer(name), axis))

    def _replace(self, name: str, tensor: Tensor) -> None:
        owner, _, own = name.rpartition(".")
        setattr(self.model.get_submodule(owner), own, tensor.contiguous(memory_format=torch.contiguous_format))
