"""How many bytes a value holds: its arrays, tensors and texts, however deep."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

import numpy as np

OBJECT = 64  # bytes that any object takes beside what it holds
_ATOMS = (bool, int, float, complex, type(None), type, FunctionType, BuiltinFunctionType, MethodType, ModuleType)


def buffers(value: Any) -> dict[int, int]:
    """The bytes that a value holds, by the address of each piece of memory: two values that share an array name the
    same one. An array that lies in a file counts nothing: the system takes its memory back by itself."""
    found: dict[int, int] = {}
    seen: set[int] = set()
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, _ATOMS) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, np.ndarray):
            _of_array(one, found)
        elif _is_tensor(one):
            storage = one.untyped_storage()
            found[storage.data_ptr() or id(one)] = storage.nbytes()
        elif isinstance(one, (str, bytes, bytearray, memoryview)):
            found[id(one)] = sys.getsizeof(one)
        else:
            found[id(one)] = OBJECT
            left += _parts(one)
    return found


def _of_array(array: np.ndarray, found: dict[int, int]) -> None:
    """The memory of an array is that of the one it is a view of."""
    if array.dtype.hasobject:
        found[id(array)] = array.nbytes + OBJECT * array.size
        return
    whole = array
    while isinstance(whole.base, np.ndarray) and not isinstance(whole, np.memmap):
        whole = whole.base
    if not isinstance(whole, np.memmap):
        found[whole.__array_interface__["data"][0]] = whole.nbytes


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")  # what is kept may be told before it is loaded
    return torch is not None and isinstance(value, torch.Tensor)


def _parts(value: Any) -> list[Any]:
    """What an object holds."""
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    parts = list(getattr(value, "__dict__", {}).values())
    for owner in type(value).__mro__:
        for slot in vars(owner).values():
            if isinstance(slot, MemberDescriptorType):  # a property is not asked: it may load what is not here yet
                with suppress(AttributeError):
                    parts.append(slot.__get__(value, owner))
    return parts
