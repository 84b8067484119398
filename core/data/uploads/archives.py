"""What zip and gzip files hold, within limits; no name in them reaches the disk."""

from __future__ import annotations

import contextlib
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from core.data.errors import DataError
from core.data.uploads.schema import (
    MAX_RATIO,
    MAX_UNPACKED_MB,
    short_path,
)


@dataclass(frozen=True)
class Member:
    path: str
    open: Callable[[], bytes]
    frame: int | None = None  # which of several pictures in one file


def check_size(name: str, size: int, most: int, what: str) -> None:
    if size > most * 1_000_000:
        raise DataError(f"{name} has {size / 1e6:,.0f} MB; {what} at most {most:,} MB")


def gunzip(name: str, content: bytes) -> bytes:
    """What a gzip file holds, within the limits. Raises `DataError`."""
    most = min(MAX_UNPACKED_MB * 1_000_000, max(100_000_000, MAX_RATIO * len(content)))
    try:
        with gzip.open(io.BytesIO(content)) as packed:
            inner = packed.read(most + 1)
    except (OSError, EOFError, zlib.error) as problem:
        raise DataError(f"{name} is packed with gzip, and damaged or cut off ({problem})") from problem
    if len(inner) > most:
        raise DataError(
            f"{name} would unpack to more than {most / 1e6:,.0f} MB; an archive may unpack to {MAX_UNPACKED_MB:,} MB "
            f"and {MAX_RATIO} times its own size"
        )
    return inner


def decode_name(item: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The entry with its name in UTF-8 where its bytes are that, whatever the archive's flag says (Finder sets none).

    `orig_filename` stays what the archive's own headers are compared with when the entry is opened.
    """
    if not item.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            item.filename = item.filename.encode("cp437").decode("utf-8")
    return item


def is_utf8_name(item: zipfile.ZipInfo) -> bool:
    return item.filename != item.orig_filename


def unzip(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(item)
    except Exception as problem:  # zlib, CRC, unknown packing: whatever an unpacker says to damaged bytes
        raise DataError(f"{short_path(item.filename)} cannot be unpacked ({problem})") from problem
