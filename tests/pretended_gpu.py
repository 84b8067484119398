"""A GPU for machines without one: the processor computes, and an account is kept of what would be where.

(PyTorch's FakeTensorMode keeps such an account too, but in a build for processors the process ends when a gradient of a
tensor on `cuda` is asked for.) The device belongs to the memory: all views of it are on the same one. Operations follow
PyTorch's rules: tensors of two devices may not meet, but for numbers without dimension of the processor, copies, and
indices of the processor into tensors of the GPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

CPU, CUDA = torch.device("cpu"), torch.device("cuda", 0)
_MOVES = {Tensor.to, Tensor.cpu, Tensor.cuda}
_WHOLE = {torch.ops.aten.cat.default, torch.ops.aten.stack.default}  # numbers of the processor are not taken along
_INDEXED = {torch.ops.aten.index.Tensor, torch.ops.aten.index_put_.default, torch.ops.aten.index_put.default}


class DeviceGenerator(torch.Generator):
    """The processor's generator that takes itself for the GPU's where it is made for one; to stand in the place of
    `torch.Generator`."""

    def __new__(cls, device: torch.device | str = "cpu") -> DeviceGenerator:
        made = super().__new__(cls)
        made.of_cuda = _is_cuda(device)
        return made

    @property
    def device(self) -> torch.device:
        return CUDA if self.of_cuda else CPU


class Account(TorchDispatchMode):
    """Which memory is the GPU's. What an operation makes is where its operands are."""

    def __init__(self) -> None:
        super().__init__()
        self.memory: dict[int, torch.UntypedStorage] = {}  # kept, so that no address is used twice
        self.default = False  # whether what is made of nothing is made on the GPU, as by a function of its tensors

    @contextmanager
    def making(self, on_gpu: bool) -> Iterator[None]:
        """While this holds, memory that is asked for inside a function is on the GPU, or is not."""
        before, self.default = self.default, on_gpu
        try:
            yield
        finally:
            self.default = before

    def has(self, tensor: Tensor) -> bool:
        """Whether the tensor is on the GPU."""
        return tensor.untyped_storage()._cdata in self.memory

    def put(self, tensor: Tensor) -> Tensor:
        """The tensor, on the GPU."""
        storage = tensor.untyped_storage()
        self.memory[storage._cdata] = storage
        return tensor

    def take(self, tensor: Tensor) -> Tensor:
        """The tensor, on the processor."""
        self.memory.pop(tensor.untyped_storage()._cdata, None)
        return tensor

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = [one for one in tree_leaves((args, kwargs)) if isinstance(one, Tensor)]
        there = any(map(self.has, given)) if given else self.default
        if there:
            self._check(func, args, given)
        known = {tensor.untyped_storage()._cdata for tensor in given}
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made) if there else ():
            if isinstance(tensor, Tensor) and tensor.untyped_storage()._cdata not in known:
                self.put(tensor)
        return made

    def _check(self, func: Any, args: Any, given: list[Tensor]) -> None:
        if func is torch.ops.aten.copy_.default:
            return
        if func in _INDEXED and self.has(args[0]):
            given = [args[0], *args[2:3]]
        here = [tensor for tensor in given if not self.has(tensor) and (tensor.ndim or func in _WHOLE)]
        if here:
            raise RuntimeError(f"{func}: tensors on cuda:0 and one on cpu of shape {tuple(here[0].shape)}")


class Devices(TorchFunctionMode):
    """What Python asks of devices, answered from the account."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account = account

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func == Tensor.device.__get__:
            return CUDA if self.account.has(args[0]) else CPU
        if func == Tensor.is_cuda.__get__:
            return self.account.has(args[0])
        if func is Tensor.backward:
            with self, self.account.making(self.account.has(args[0])):
                return torch.autograd.backward(args[0], kwargs.get("gradient"))
        if func in (Tensor.numpy, Tensor.__array__) and self.account.has(args[0]):
            raise TypeError("can't convert cuda:0 device type tensor to numpy")
        if func in _MOVES:
            return self._moved(func, *args, **kwargs)
        return self._made(func, args, kwargs)

    def _made(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """What a function gives that may be told a device, and may draw."""
        device = kwargs.pop("device", None)
        of_cuda = _is_cuda(device) if device is not None else any(map(self._has, tree_leaves((args, kwargs))))
        drawn_by = kwargs.get("generator") or next((a for a in args if isinstance(a, torch.Generator)), None)
        if drawn_by is not None and drawn_by.device.type != ("cuda" if of_cuda else "cpu"):
            raise RuntimeError(f"{func.__name__}: a generator of {drawn_by.device} for {'cuda' if of_cuda else 'cpu'}")
        with self.account.making(of_cuda):
            if device is None:
                return func(*args, **kwargs)
            made = func(*args, **kwargs, device=CPU)
        return self.account.put(made) if of_cuda else self.account.take(made)

    def _moved(self, func: Any, tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """`to`, `cpu` and `cuda`, by position or by name; what does not say where or of which type changes nothing."""
        asked = [{Tensor.cpu: CPU, Tensor.cuda: CUDA}.get(func), *args, *kwargs.values()]
        like = next((one for one in asked if isinstance(one, Tensor)), None)
        where = next((one for one in asked if isinstance(one, str | torch.device)), None)
        dtype = next((one for one in asked if isinstance(one, torch.dtype)), None if like is None else like.dtype)
        before = self.account.has(tensor)
        after = _is_cuda(where) if where is not None else before if like is None else self.account.has(like)
        moved = tensor.to(tensor.dtype if dtype is None else dtype, copy=bool(kwargs.get("copy")))
        if before == after:
            return moved
        return self.account.put(moved.clone()) if after else self.account.take(moved.clone())

    def _has(self, value: Any) -> bool:
        return isinstance(value, Tensor) and self.account.has(value)


def _is_cuda(device: torch.device | str) -> bool:
    return torch.device(device).type == "cuda"


@contextmanager
def pretended_gpu() -> Iterator[Account]:
    """While this holds, there is a device `cuda`; the account tells what is on it."""
    account = Account()
    with account, Devices(account):
        yield account
