"""Which machine part does the work, chosen automatically and said plainly."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterator

import torch


class DeviceError(ValueError):
    """A device was asked for that this machine does not have."""


def choose(name: str = "auto") -> torch.device:
    """The device called `name`; "auto" takes CUDA, then MPS, then the CPU. Raises `DeviceError`."""
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, present in here.items() if present))
    kind = name.partition(":")[0]
    if not here.get(kind, False):
        usable = ", ".join(k for k, present in here.items() if present)
        raise DeviceError(f"device {name!r} is not on this machine; usable here: auto, {usable}")
    return torch.device(name)


def bfloat16_is_fast(device: torch.device) -> bool:
    """Whether matrix products in bfloat16 are at least as fast as in float32 there."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    supported = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)  # AVX-512, AMX, or ARM's own units
    return device.type == "cpu" and supported is not None and supported()


def describe(device: torch.device) -> str:
    """A person's name for the device: the GPU's, or the processor's with its thread count."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU (MPS)"
    threads = torch.get_num_threads()
    return f"CPU ({platform.machine()}, {threads} thread{'s' if threads > 1 else ''})"


def for_estimating(device: torch.device) -> torch.device:
    """Where sums in float64 can be taken: the device itself, or the CPU instead of MPS, which has no float64."""
    return torch.device("cpu") if device.type == "mps" else device


@contextlib.contextmanager
def fast_products(device: torch.device) -> Iterator[None]:
    """For training on CUDA: float32 matrix products may use TF32 inside, too coarse for estimating, and convolutions,
    always of the same sizes, take the fastest of several ways."""
    before, benchmark = torch.get_float32_matmul_precision(), torch.backends.cudnn.benchmark
    torch.set_float32_matmul_precision("high" if device.type == "cuda" else before)
    torch.backends.cudnn.benchmark = benchmark or device.type == "cuda"
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
        torch.backends.cudnn.benchmark = benchmark


def training_threads() -> int:
    """Threads for a training on the CPU: OMP_NUM_THREADS, or all cores but one, so that an app beside it answers.

    (Two processes that both use every core do not take twice as long, but many times.)
    """
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdigit() and int(asked) > 0 else max(1, (os.cpu_count() or 1) - 1)
