"""Tensors in a file: safetensors, in which those that get smaller by it are deflated. Nothing is lost.

Such a file can be opened by any reader of safetensors. A deflated tensor lies in it as a vector of bytes, and the
metadata of the file say what it was:

    __metadata__    {"deflated": '{"W": ["F16", [500, 784]]}', ...}
    W               U8 (n,): a zlib stream (RFC 1950) of the tensor's bytes in C order, little-endian; the first byte of
                    all numbers comes first, then the second of all, ..., for those of one significance are alike

Whole numbers that can be told from others of the tensor are: '{"W": ["I8", [500, 784], [1, [1, 28], [166, 133]]]}'
says that the stream holds what is left of them (`core.store.prediction`).

A file without that entry is read as it lies. What a file says of itself is believed only after it was checked: it is no
more than a stream of its length can hold (`MOST_INFLATED`), the stream gives just as many bytes, with a checksum, and
nothing follows it. Reading needs no torch.
"""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.store.disk import write_atomically
from core.store.prediction import Predictor, fit, residuals, restore

if TYPE_CHECKING:
    import torch

MAX_HEADER = 2**20  # bytes of the description of the tensors in a file
MOST_ROWS = 2**18  # of all tensors of a file that are predicted: a second or two, however short they are
MOST_INFLATED = 1_032  # bytes that one byte of a deflated stream can stand for
SCALE = ".row_scale"  # beside the name of a matrix in eight bits: what its rows are multiplied by
DEFLATE_FROM = 512  # bytes of a tensor from which on deflating is tried
SLOWER = 0.03  # that a predictor has to save, for it takes time to load
TYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "I16": "<i2", "I32": "<i4", "I64": "<i8"}
TYPES |= {"U8": "u1", "I8": "i1", "BOOL": "?"}
_CODES = {np.dtype(kind): code for code, kind in TYPES.items()}

Shapes = dict[str, tuple[str, tuple[int, ...]]]  # type and shape of each tensor by name
Predictors = dict[str, Predictor | None]


def save(arrays: dict[str, np.ndarray], about: dict[str, str] | None = None) -> bytes:
    """The file that holds `arrays` and the texts `about`; `load` gives them back bit by bit."""
    from safetensors.numpy import save as save_plain

    stored, deflated = {k: np.asarray(v, order="C") for k, v in arrays.items()}, {}
    for name, array in stored.copy().items():
        if array.nbytes < DEFLATE_FROM:
            continue
        stream, by = min(_streams(array), key=lambda made: len(made[0]) * (1 + SLOWER * (made[1] is not None)))
        if len(stream) < array.nbytes:
            stored[name] = np.frombuffer(stream, np.uint8)
            deflated[name] = [_CODES[array.dtype.newbyteorder("<")], array.shape, *([by.to_json()] if by else ())]
    entry = {"deflated": json.dumps(deflated, sort_keys=True)} if deflated else {}
    return save_plain(stored, {**(about or {}), **entry} or None)


def load(content: bytes) -> dict[str, np.ndarray]:
    """The arrays in the content of a file, deflated or not. Raises `ValueError` or `SafetensorError`."""
    return load_with_metadata(content)[0]


def load_with_metadata(content: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays in the content of a file, and the texts that go with them, as `load`."""
    from safetensors.numpy import load as load_plain

    length = _header_length(content[:8])
    arrays = load_plain(content)  # checks the header: from here on it is what the format allows
    about = json.loads(content[8 : 8 + length]).get("__metadata__") or {}
    deflated, predictors = _deflated(about, {k: (_CODES.get(v.dtype), v.shape) for k, v in arrays.items()})
    for name, (kind, shape) in deflated.items():
        arrays[name] = _inflate(name, arrays[name], np.dtype(TYPES[kind]), shape, predictors[name])
    return arrays, {key: text for key, text in about.items() if key != "deflated"}


def header(file: Path) -> Shapes:
    """Type and shape of each tensor in a file as `load` gives it, without reading the tensors.

    Raises `OSError`, `ValueError` or `SafetensorError`.
    """
    from safetensors import safe_open

    with file.open("rb") as raw:
        _header_length(raw.read(8))
    found: Shapes = {}
    with safe_open(file, "numpy") as plain:
        for name in plain.keys():  # noqa: SIM118
            part = plain.get_slice(name)
            found[name] = (part.get_dtype(), tuple(part.get_shape()))
        found |= _deflated(plain.metadata() or {}, found)[0]
    if odd := [f"{name}: {kind}" for name, (kind, _) in found.items() if kind not in TYPES]:
        raise ValueError(f"it holds numbers of an unknown type ({odd[0]})")
    return found


def size(shapes: Shapes) -> int:
    """Bytes of the tensors that a `header` tells of, once they are loaded."""
    return sum(_bytes(kind, shape) for kind, shape in shapes.values())


def _bytes(kind: str, shape: tuple[int, ...]) -> int:
    return math.prod(shape) * np.dtype(TYPES[kind]).itemsize


def _header_length(first: bytes) -> int:
    """Bytes of the header, by the first eight of the file."""
    if (length := int.from_bytes(first, "little")) > MAX_HEADER:
        raise ValueError(f"its header is larger than {MAX_HEADER:,} bytes")
    return length


def _deflated(about: dict[str, str], stored: dict[str, tuple[Any, tuple[int, ...]]]) -> tuple[Shapes, Predictors]:
    """Type and shape of each deflated tensor, and what it is told by, as the metadata say, after a look at whether that
    can be."""
    if "deflated" not in about:
        return {}, {}
    try:
        entries = json.loads(about["deflated"])
    except (ValueError, RecursionError) as error:
        raise ValueError("its list of deflated tensors is damaged") from error
    found: Shapes = {}
    predictors: Predictors = {}
    for name, entry in entries.items() if isinstance(entries, dict) else [("deflated", None)]:
        match entry:
            case [str(kind), list(shape), *by] if kind in TYPES and all(type(n) is int and n > 0 for n in shape):
                found[name] = (kind, tuple(shape))
                predictors[name] = _predictor(name, kind, tuple(shape), by)
            case _:
                raise ValueError(f"its entry for {name} is not a type and shape")
        code, length = stored.get(name, (None, ()))
        if code != "U8" or len(length) != 1:
            raise ValueError(f"{name} is not a deflated tensor")
        if len(shape) > 32 or _bytes(kind, found[name][1]) > MOST_INFLATED * length[0]:
            raise ValueError(f"{name} is too short for its shape")
    rows = sum(by.rows(found[name][1]) for name, by in predictors.items() if by)
    if rows > MOST_ROWS:
        raise ValueError(f"its predictors take {rows:,} rows, more than {MOST_ROWS:,}")
    return found, predictors


def _predictor(name: str, kind: str, shape: tuple[int, ...], entry: list[Any]) -> Predictor | None:
    """What the numbers of a tensor are told by, if anything, as the metadata say."""
    if not entry:
        return None
    try:
        if len(entry) == 1 and kind in ("U8", "I8", "I16"):
            return Predictor.from_json(entry[0], shape)
    except ValueError:
        pass
    raise ValueError(f"its entry for {name} names no known predictor")


def _streams(array: np.ndarray) -> Iterator[tuple[bytes, Predictor | None]]:
    """The array deflated as it is, and what each predictor leaves of it."""
    yield _deflate(array), None
    for by in fit(array):
        yield _deflate(residuals(array, by)), by


def _deflate(array: np.ndarray) -> bytes:
    """The shorter of two streams of the array's bytes: what repeats is found, or numbers are coded one by one."""
    raw = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    planes = np.frombuffer(raw, np.uint8).reshape(-1, array.itemsize).T.tobytes()
    coders = (zlib.compressobj(9, strategy=how) for how in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY))
    return min((coder.compress(planes) + coder.flush() for coder in coders), key=len)


def _inflate(name: str, stream: np.ndarray, kind: np.dtype, shape: tuple[int, ...], by: Predictor | None) -> np.ndarray:
    """The tensor in a stream, of just the size that was told. Raises `ValueError`."""
    wanted, inflater = math.prod(shape) * kind.itemsize, zlib.decompressobj()
    try:
        raw = inflater.decompress(stream.tobytes(), wanted + 1)  # never more, whatever the stream holds
    except zlib.error as error:
        raise ValueError(f"{name} cannot be inflated ({error})") from error
    if len(raw) != wanted or not inflater.eof or inflater.unused_data:
        raise ValueError(f"{name} does not inflate to {wanted:,} bytes")
    numbers = np.frombuffer(raw, np.uint8).reshape(kind.itemsize, -1).T.copy()
    if by is not None:
        return restore(numbers.view(f"<u{kind.itemsize}"), by, kind, shape)
    return numbers.view(kind).reshape(shape)


def version_of(weights: dict[str, np.ndarray]) -> str:
    """What stands for these tensors: of the SHA-256 that their file would have, were none of them deflated, the
    beginning."""
    from safetensors.numpy import save as save_plain

    return hashlib.sha256(save_plain(weights)).hexdigest()[:16]


def write_tensors(file: Path, arrays: dict[str, torch.Tensor], about: dict[str, str] | None = None) -> None:
    """Write tensors compactly: 0/1 as bytes, other floats in half precision, deflated."""
    write_atomically(file, save(compacted(arrays), about))


def compacted(arrays: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    return {name: compact(tensor).numpy() for name, tensor in arrays.items()}


def compact(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor as it is stored."""
    import torch

    tensor = tensor.detach().cpu().contiguous()
    if not tensor.is_floating_point():
        return tensor
    if tensor.numel() > 1 and ((tensor == 0) | (tensor == 1)).all():
        return tensor.to(torch.uint8)
    half = tensor.half()
    return half if half.isfinite().all() or not tensor.isfinite().all() else tensor.float()  # half ends at 65,504
