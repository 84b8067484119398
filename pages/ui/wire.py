"""Messages between the players and the routes (the other end: pages/components/gibbs/wire.js).

A message is one line of JSON, then raw planes; the JSON's "planes" say name, type and shape in order. Types: "u8",
"u16", "f16", "f32", and "bits" (rows of 0/1 packed to bytes). A stream is such messages one after the other.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

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


def gzipped(messages: Iterable[bytes], level: int = 1) -> Iterator[bytes]:
    """A stream of messages, gzipped, each of which can be read as soon as it has come."""
    squeeze = zlib.compressobj(level, wbits=31)
    for each in messages:
        yield squeeze.compress(each) + squeeze.flush(zlib.Z_SYNC_FLUSH)
    yield squeeze.flush()


def unpack(body: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The inverse of `pack` (not gzipped), checked. Raises `BadRequest`."""
    line, separator, rest = body.partition(b"\n")
    if not separator:
        raise BadRequest("not a message of this app (no header line)")
    try:
        header = json.loads(line)
        listed = header.pop("planes", [])
        planes, at = {}, 0
        for plane in listed:
            kind, shape = np.dtype(_TYPES[plane["type"]]), tuple(int(n) for n in plane["shape"])
            size = math.prod(shape) * kind.itemsize
            if min(shape, default=0) < 0 or at + size > len(rest):
                raise ValueError(f"plane {plane['name']!r} of shape {shape} is longer than the message")
            planes[str(plane["name"])] = np.frombuffer(rest, kind, math.prod(shape), at).reshape(shape)
            at += size
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BadRequest(f"not a message of this app ({type(error).__name__}: {error})") from error
    return header, planes
