"""Messages between the players and the routes (the other end: pages/shared/view/codec.js).

A message is one line of JSON, then raw planes; the JSON's "planes" say name, type and shape in order. Types: "u8",
"u16", "f16", "f32", and "bits" (rows of 0/1 packed to bytes). A stream is such messages one after the other.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import AsyncIterator
from typing import Any

import numpy as np

MAX_HEADER = 2**16  # bytes of a message's line of JSON
MAX_PLANES = 64

LARGEST_HALF = 60_000  # beyond it, half precision soon says infinity

_TYPES = {"u8": np.uint8, "u16": np.uint16, "bits": np.uint8, "f16": np.float16, "f32": np.float32}


class BadRequest(ValueError):
    """A request that cannot be answered as it stands; the message says why."""


def pack(header: dict[str, Any], planes: dict[str, tuple[str, np.ndarray]], level: int = 1) -> bytes:
    """One message, gzipped. planes: {name: (type, array)}; "bits" arrays come packed."""
    return gzip.compress(message(header, planes), level)


def message(header: dict[str, Any], planes: dict[str, tuple[str, np.ndarray]]) -> bytes:
    """The same as it is."""
    listed = [{"name": n, "type": kind, "shape": list(a.shape)} for n, (kind, a) in planes.items()]
    line = json.dumps({**header, "planes": listed}).encode()
    line += b" " * (-(len(line) + 1) % 4) + b"\n"  # planes of float32 start at a multiple of four
    body = b"".join(np.ascontiguousarray(a, _TYPES[kind]).tobytes() for kind, a in planes.values())
    return line + body


async def gzipped(messages: AsyncIterator[bytes], level: int = 1) -> AsyncIterator[bytes]:
    """A stream of messages, gzipped, each of which can be read as soon as it has come."""
    squeeze = zlib.compressobj(level, wbits=31)
    async for each in messages:
        yield squeeze.compress(each) + squeeze.flush(zlib.Z_SYNC_FLUSH)
    yield squeeze.flush()


def unpack(body: bytes, most_header: int = MAX_HEADER) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The inverse of `pack` (not gzipped), checked. Raises `BadRequest`."""
    line, separator, rest = body.partition(b"\n")
    if not separator:
        raise BadRequest("not a message of this app (no header line)")
    if len(line) > most_header:
        raise BadRequest(f"the header line has {len(line):,} bytes: at most {most_header:,}")
    try:
        header = json.loads(line)
    except (ValueError, RecursionError):
        raise BadRequest("not a message of this app (the header line is not JSON, or nested too deeply)") from None
    if not isinstance(header, dict) or not isinstance(listed := header.pop("planes", []), list):
        raise BadRequest("not a message of this app (the header must be an object, its planes a list)")
    if len(listed) > MAX_PLANES:
        raise BadRequest(f"{len(listed):,} planes: at most {MAX_PLANES}")
    planes, at = {}, 0
    for plane in listed:
        name, kind, shape = _plane(plane)
        size = math.prod(shape) * kind.itemsize
        if at + size > len(rest):
            raise BadRequest(f"plane {name!r} of shape {shape} is longer than the message")
        planes[name] = np.frombuffer(rest, kind, math.prod(shape), at).reshape(shape)
        at += size
    return header, planes


def whole(header: dict[str, Any], name: str, low: int, high: int) -> int:
    """The whole number that a message calls `name`. Raises `BadRequest` where it lacks or lies beyond its range."""
    value = header.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not low <= value <= high:
        raise BadRequest(f"{name}={str(value)[:40]!r}: expected a whole number between {low:,} and {high:,}")
    return value


def whole_number(what: str, text: str, low: int, high: int) -> int:
    """The whole number that an address calls `what`. Raises `BadRequest` where the text is none within its range."""
    if not (text.isdecimal() and len(text) < 11 and low <= int(text) <= high):
        raise BadRequest(f"{what}={text[:40]!r}: expected a whole number from {low:,} to {high:,}")
    return int(text)


def halves(values: np.ndarray) -> tuple[str, np.ndarray]:
    """A plane in half precision, in which what is too large is the largest."""
    return "f16", np.clip(values, -LARGEST_HALF, LARGEST_HALF)


def grey_image(planes: dict[str, np.ndarray], shape: tuple[int, ...] | None) -> np.ndarray:
    """The plane "image", (h, w) bytes of the `shape` that the data's images have, None where they are none. Raises
    `BadRequest`."""
    image = planes["image"]
    if shape is None or image.shape != shape or image.dtype != np.uint8:
        expected = "none: these data are not images" if shape is None else f"bytes of {shape}"
        raise BadRequest(f"image of shape {image.shape}: expected {expected}")
    return image


def codes(planes: dict[str, np.ndarray], width: int, most: int) -> np.ndarray:
    """The plane "z", (n, width) finite float32 for 1 to `most` codes. Raises `BadRequest`."""
    z = planes["z"]
    if z.dtype != np.float32 or z.ndim != 2 or z.shape[1] != width or not 1 <= len(z) <= most:
        raise BadRequest(f"z of shape {z.shape}: expected 1 to {most} {width}-D codes, as f32")
    if not np.isfinite(z).all():
        raise BadRequest("z: expected finite numbers")
    return z


def _plane(plane: Any) -> tuple[str, np.dtype, tuple[int, ...]]:
    """Name, type and shape of a plane. Raises `BadRequest`."""
    if not isinstance(plane, dict) or not isinstance(name := plane.get("name"), str) or len(name) > 100:
        raise BadRequest("each plane needs a name")
    if not isinstance(kind := plane.get("type"), str) or kind not in _TYPES:
        raise BadRequest(f"plane {name!r}: its type must be one of {', '.join(_TYPES)}")
    shape = plane.get("shape")
    whole = isinstance(shape, list) and len(shape) <= 8 and all(type(n) is int and 0 <= n < 2**31 for n in shape)
    if not whole:
        raise BadRequest(f"plane {name!r}: its shape must be a list of at most 8 whole numbers")
    return name, np.dtype(_TYPES[kind]), tuple(shape)
