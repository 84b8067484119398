"""Several processes that do the same work together, each a part of it; started by PyTorch's `torchrun`.

All of them hold the same model. Of a batch, each takes its own rows; what they find is averaged. Random numbers are
drawn for the whole batch by each, from generators in the same state (`core.numerics.sampling`), so that one process and
many see the same ones.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor

LAUNCHED = "TORCHELASTIC_RUN_ID"  # what `torchrun` tells every process that it starts
_LONGEST_PAUSE = timedelta(days=30)  # that one process may let the others wait


@dataclass(frozen=True)
class Processes:
    """This process, number `rank`, among `count`. What they do together is called by all of them, in the same order."""

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether it is the one that writes, prints and decides."""
        return self.rank == 0

    def part(self, whole: Tensor, axis: int = 0) -> Tensor:
        """This process's part of a tensor: of `count` equal ones along the axis, the one with its number."""
        return whole.tensor_split(self.count, axis)[self.rank]

    def gather(self, part: Tensor, axis: int = 0) -> Tensor:
        """The whole of which every process has a part of equal size."""
        if self.count == 1:
            return part
        parts = [torch.empty_like(part, memory_format=torch.contiguous_format) for _ in range(self.count)]
        torch.distributed.all_gather(parts, part.contiguous())
        return torch.cat(parts, axis)

    def average_(self, tensors: list[Tensor]) -> None:
        """Let each tensor be its mean over the processes; floating point, in one message for all of a type."""
        if self.count == 1:
            return
        for dtype in dict.fromkeys(tensor.dtype for tensor in tensors):
            own = [tensor for tensor in tensors if tensor.dtype == dtype]
            flat = torch.cat([tensor.reshape(-1) for tensor in own])
            torch.distributed.all_reduce(flat)
            parts = flat.div_(self.count).split([tensor.numel() for tensor in own])
            torch._foreach_copy_(own, [part.view_as(tensor) for part, tensor in zip(parts, own, strict=True)])

    def agree(self, value: Any = None) -> Any:
        """What the first process says: a value that JSON can hold."""
        if self.count == 1:
            return value
        text = json.dumps(value).encode() if self.is_first else b""
        size = torch.tensor(len(text))
        torch.distributed.broadcast(size, 0)
        letters = torch.zeros(int(size), dtype=torch.uint8)
        if self.is_first:
            letters.copy_(torch.frombuffer(bytearray(text), dtype=torch.uint8))
        torch.distributed.broadcast(letters, 0)
        return json.loads(letters.numpy().tobytes())


ALONE = Processes()


def is_launched() -> bool:
    """Whether this process is one of several that `torchrun` started."""
    return LAUNCHED in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1


def own_device(name: str) -> str:
    """The device of this process where `name` says the kind: on a machine with several GPUs, each has its own."""
    if name in ("auto", "cuda") and torch.cuda.is_available() and is_launched():
        return f"cuda:{int(os.environ['LOCAL_RANK']) % torch.cuda.device_count()}"
    return name


@contextmanager
def joined() -> Iterator[Processes]:
    """The processes that `torchrun` started, connected while this holds; this one alone where it started none."""
    if not is_launched():
        yield ALONE
        return
    # what is agreed on goes by the processor, gradients of a GPU by its own network
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    if torch.cuda.is_available():
        torch.cuda.set_device(own_device("cuda"))
    torch.distributed.init_process_group(backend, timeout=_LONGEST_PAUSE)
    try:
        yield Processes(torch.distributed.get_rank(), torch.distributed.get_world_size())
    finally:
        torch.distributed.destroy_process_group()
