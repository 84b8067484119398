"""Files from the network: fetched once, checked by content, kept in one folder.

The folder is named by the environment variable PLAYGROUND_DATA; without it, it is the user's cache folder.
A file that already lies there is used as it is, so the folder may be read-only or filled by hand. A few files come with
the project, in `core/data/shipped`, under the same names, packed by xz, which takes a fifth less than gzip.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from core.data.errors import DataError

Content = bytes | dict[str, bytes]
Progress = Callable[[str, int, int], None]  # (file, bytes done, bytes in all)

CHUNK = 1 << 18  # bytes between two reports of progress
ATTEMPTS = 3  # for each mirror; an attempt continues where the one before broke off
TIMEOUT = (5, 30)  # seconds to connect, seconds of silence

SHIPPED = Path(__file__).parent / "shipped"  # who made these files, and under which licence: its README

MEANWHILE = "Models and data that need no download, and your own data, still work."


def data_folder() -> Path:
    """The folder that holds downloaded files (it need not exist yet)."""
    if folder := os.environ.get("PLAYGROUND_DATA"):
        return Path(folder).expanduser()
    import pooch

    return Path(pooch.os_cache("representation-playground"))


@dataclass(frozen=True)
class RemoteFile:
    """One file of the data folder and where it can be had.

    name      path inside the data folder, e.g. "mnist/train-images-idx3-ubyte.gz"
    urls      mirrors, tried in this order
    size      bytes to download, for announcing it; not checked
    digest    SHA-256 of the content, see `sha256`
    unpack    file bytes -> content. Mirrors pack archives anew, so it is what they hold that is checked
    """

    name: str
    urls: tuple[str, ...]
    size: int
    digest: str
    unpack: Callable[[bytes], Content] = bytes

    @property
    def path(self) -> Path:
        """Where it lies, or will lie: in the data folder; where it is not there, among the files of the project."""
        kept = data_folder() / self.name
        return self._shipped if self.is_shipped() and not os.path.isfile(kept) else kept

    @property
    def _shipped(self) -> Path:
        return (SHIPPED / self.name).with_suffix(".xz")

    def is_shipped(self) -> bool:
        """Whether it comes with the project."""
        return os.path.isfile(self._shipped)

    def is_here(self) -> bool:
        """Whether it need not be downloaded."""
        return os.path.isfile(self.path)  # False, not an error, in a folder that may not be read

    def read(self) -> Content:
        """The content, checked each time (hashing MNIST's 55 MB takes a small part of unpacking it)."""
        path = self.fetch()
        try:
            raw = path.read_bytes()
            return self._content(lzma.decompress(raw) if path == self._shipped else raw)
        except (_WrongContentError, lzma.LZMAError, OSError) as problem:
            raise DataError(
                f"{path} cannot be used: {problem}. Delete it to download it again, "
                "or set PLAYGROUND_DATA to a folder that holds the right one.",
                public=f"The file {self.path.name} of these data is damaged here. {MEANWHILE} "
                "The server's log says how to download it again.",
            ) from problem

    def fetch(self, progress: Progress | None = None) -> Path:
        """Downloads the file unless it is here. A second process that wants it waits for the first."""
        path = self.path
        if self.is_here():
            return path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with _report_to(progress) as report, self._lock(report):
                if not self.is_here():  # else another process has just brought it
                    self._download(report)
        except OSError as problem:
            raise DataError(
                f"{self.name} is not in {data_folder()} and cannot be put there ({problem}). "
                "Set PLAYGROUND_DATA to a folder that holds it or that can be written to.",
                public=f"The server cannot store these data. {MEANWHILE} Its log says why.",
            ) from problem
        return path

    @contextmanager
    def _lock(self, report: Progress) -> Iterator[None]:
        from filelock import FileLock, Timeout

        lock = FileLock(f"{self.path}.lock")
        while not lock.is_locked:
            try:
                lock.acquire(timeout=0.5)
            except Timeout:  # show how far the process that holds it has come
                with suppress(FileNotFoundError):  # it may be done between two lines here
                    done = max((part.stat().st_size for part in self._parts()), default=0)
                    report(self.name, done, max(done, self.size))
        try:
            yield
        finally:
            lock.release()

    def _parts(self) -> list[Path]:
        return list(self.path.parent.glob(f"{self.path.name}.*.part"))

    def _download(self, report: Progress) -> None:
        problems = []
        for url in self.urls:
            # Each mirror has its own partial file: another's bytes may be of another packing.
            part = self.path.with_name(f"{self.path.name}.{sha256(url.encode())[:8]}.part")
            for _ in range(ATTEMPTS):
                resumed = part.exists()
                try:
                    self._receive(url, part, report)
                    self._content(part.read_bytes())
                except _BrokenOffError as problem:
                    reason = problem
                except _UnavailableError as problem:
                    reason = problem
                    break
                except _WrongContentError as problem:
                    reason = problem
                    part.unlink()
                    if not resumed:
                        break
                else:
                    os.replace(part, self.path)  # all or nothing
                    for stale in self._parts():
                        stale.unlink()
                    return
            problems.append(f"  {url}: {reason}")
        raise DataError(
            "\n".join([f"{self.name} is not in {data_folder()} and could not be downloaded:", *problems])
            + f"\nTry again with a network, put the file at {self.path} yourself, or set PLAYGROUND_DATA "
            "to a folder that holds it. Data sets that need no download still work.",
            public=f"These data could not be downloaded now. {MEANWHILE} Try again later; the server's log says what "
            "went wrong.",
        )

    def _receive(self, url: str, part: Path, report: Progress) -> None:
        """Appends to `part` what it still lacks; starts anew where the server does not do ranges."""
        import requests
        import urllib3

        done = part.stat().st_size if part.exists() else 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
        try:
            response = requests.get(url, headers=headers, stream=True, timeout=TIMEOUT)
        except requests.RequestException as problem:
            raise _UnavailableError(f"no connection; offline? ({type(problem).__name__})") from problem
        with response:
            if response.status_code == 416:  # nothing beyond `done`: the check will tell if it is whole
                return
            if not response.ok:
                raise _UnavailableError(f"HTTP {response.status_code} {response.reason}")
            if "html" in response.headers.get("Content-Type", ""):
                raise _UnavailableError(_HTML)
            if response.status_code != 206:
                done = 0
            length = int(response.headers.get("Content-Length", 0))
            total = done + length if length else self.size
            with part.open("ab" if done else "wb") as file:
                chunks = response.raw.stream(CHUNK, decode_content=False)
                while True:
                    try:
                        chunk = next(chunks, b"")
                    except (urllib3.exceptions.HTTPError, OSError) as problem:
                        raise _BrokenOffError(f"truncated: broke off after {done} bytes") from problem
                    if not chunk:
                        break
                    file.write(chunk)
                    done += len(chunk)
                    report(self.name, done, max(done, total))
            if length and done < total:
                raise _BrokenOffError(f"truncated: {done} of {total} bytes")

    def _content(self, raw: bytes) -> Content:
        if raw[:512].lstrip().lower().startswith((b"<!doctype html", b"<html")):
            raise _WrongContentError(_HTML)
        try:
            content = self.unpack(raw)
        except EOFError as problem:
            raise _WrongContentError(f"truncated: the archive breaks off after {len(raw)} bytes") from problem
        except Exception as problem:  # whatever an unpacker says to bytes that could be anything
            raise _WrongContentError(f"cannot be unpacked ({problem})") from problem
        found = sha256(content)
        if found != self.digest:
            raise _WrongContentError(f"wrong content (SHA-256 {found[:12]}…, not {self.digest[:12]}…)")
        return content


class _UnavailableError(Exception):
    """This mirror does not have the file, or cannot be reached."""


class _BrokenOffError(Exception):
    """The connection ended too early; what has come is kept."""


class _WrongContentError(Exception):
    """The bytes are there but are not the file."""


_HTML = "an HTML page instead of the file (a login page or a proxy in between?)"


def sha256(content: Content) -> str:
    """Hex digest of bytes; of an archive's members, over name, length and bytes of each in order of name."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    digest = hashlib.sha256()
    for name in sorted(content):
        digest.update(f"{name}\0{len(content[name])}\0".encode())
        digest.update(content[name])
    return digest.hexdigest()


def gunzip(raw: bytes) -> bytes:
    """What a gzip file holds; bytes that are not gzip are taken as unpacked already."""
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


def unzip(raw: bytes) -> dict[str, bytes]:
    """The files in a zip archive: {name: bytes}, read in memory, so that no name can reach the disk."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {item.filename: archive.read(item) for item in archive.infolist() if not item.is_dir()}


@contextmanager
def _report_to(progress: Progress | None) -> Iterator[Progress]:
    """`progress` itself, or a bar on stderr when it is a terminal."""
    if progress:
        yield progress
        return
    from tqdm import tqdm

    with tqdm(unit="B", unit_scale=True, disable=None) as bar:

        def report(name: str, done: int, total: int) -> None:
            bar.set_description_str(name, refresh=False)
            bar.total = total
            bar.update(done - bar.n)

        yield report
