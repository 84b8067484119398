"""Install PyTorch as it suits this machine; `make app` runs this in its environment.

On Linux the ordinary package brings gigabytes of libraries for NVIDIA GPUs. Where there is none, the build for
processors comes from PyTorch's own index instead. TORCH_INDEX decides otherwise: `cpu`, `cu130` or another name there,
the address of an index, or `default` for pip's own. An index that cannot be reached is left for pip's own, with a word.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PYTORCH = "https://download.pytorch.org/whl"
PATIENCE = 10.0  # seconds that an index may take to answer
PIP = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")


def has_nvidia_gpu() -> bool:
    """Whether NVIDIA's driver is here and lists a device."""
    if not (command := shutil.which("nvidia-smi")):
        return False
    try:
        listed = subprocess.run([command, "-L"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listed.returncode == 0 and "GPU " in listed.stdout


def choose_index(environment: Mapping[str, str], system: str, has_gpu: Callable[[], bool]) -> str | None:
    """The address of the index that PyTorch is to come from; None for pip's own. Raises ValueError."""
    asked = environment.get("TORCH_INDEX", "").strip()
    if not asked:
        return f"{PYTORCH}/cpu" if system == "linux" and not has_gpu() else None
    if asked == "default":
        return None
    if re.fullmatch(r"(https?|file)://\S+", asked):
        return asked.rstrip("/")
    if re.fullmatch(r"cpu|cu\d+|rocm[\d.]+|xpu", asked):
        return f"{PYTORCH}/{asked}"
    raise ValueError(f"TORCH_INDEX={asked!r}: expected default, cpu, a name such as cu130, or the address of an index")


def why_unreachable(index: str) -> str:
    """Why the index does not answer; "" where it does."""
    try:
        with urllib.request.urlopen(f"{index}/torch/", timeout=PATIENCE):
            return ""
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error)) or type(error).__name__


def wanted_torch(requirements: str) -> str:
    """The line that asks for PyTorch. Raises ValueError."""
    found = re.search(r"^torch==\S+", requirements, re.MULTILINE)
    if found is None:
        raise ValueError("requirements.txt names no version of torch")
    return found[0]


def is_installed(wanted: str) -> bool:
    """Whether this very version is there, whatever its build."""
    try:
        return version("torch").partition("+")[0] == wanted.removeprefix("torch==")
    except PackageNotFoundError:
        return False


def download_size(report: str) -> int | None:
    """Bytes of all files that pip's report would install; None where a server does not say."""
    total = 0
    for package in json.loads(report)["install"]:
        try:
            asked = urllib.request.Request(package["download_info"]["url"], method="HEAD")
            with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
                total += int(answer.headers["Content-Length"])
        except (OSError, ValueError, TypeError):
            return None
    return total


def install(wanted: str, index: str | None) -> bool:
    """Install it from this index, saying how much that downloads; whether that worked."""
    source = [] if index is None else ["--index-url", index]
    planned = subprocess.run([*PIP, "--dry-run", "--report", "-", *source, wanted], capture_output=True, text=True)
    if planned.returncode:
        return False
    size = download_size(planned.stdout)
    print(f"Downloading PyTorch: {'size unknown' if size is None else f'{size / 1e6:,.0f} MB'} ...", flush=True)
    return subprocess.run([*PIP, *source, wanted]).returncode == 0


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Install what is missing; the exit status."""
    wanted = wanted_torch(Path(__file__).with_name("requirements.txt").read_text())
    try:
        index = choose_index(environment, sys.platform, has_nvidia_gpu)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if is_installed(wanted):
        return 0
    if index is not None:
        if not (problem := why_unreachable(index)):
            if install(wanted, index):
                return 0
            problem = f"it has no {wanted} for this machine"
        print(f"{index} is no help ({problem}): PyTorch comes from pip's own index.", flush=True)
    return 0 if install(wanted, None) else 1


if __name__ == "__main__":
    sys.exit(main())
