"""Downloading, against servers on this machine that misbehave in the ways servers do."""

import gzip
import io
import os
import subprocess
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from core import data
from core.data.download import CHUNK, RemoteFile, data_folder, gunzip, sha256, unzip
from core.data.errors import DataError

CONTENT = bytes(range(256)) * 4096  # 1 MiB: several chunks
NAME = "set/file.bin"


class Server:
    """Serves `body` at any path; `requests` lists the Range header of each request, None for a whole one.

    cut     break the connection off after so many bytes, on the first `cuts` requests
    """

    def __init__(self, body=CONTENT, ranges=True, status=200, kind="application/gzip", cut=0, cuts=1, delay=0):
        self.requests: list[str | None] = []
        self.sent = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked = self.headers.get("Range")
                outer.requests.append(asked)
                time.sleep(delay)
                start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and ranges else 0
                if start >= len(body) > 0:
                    self.send_response(416)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(206 if start else status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body) - start))
                self.end_headers()
                part = body[start:]
                if cut and len(outer.requests) <= cuts:
                    part = part[:cut]
                outer.sent += len(part)
                self.wfile.write(part)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/file"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def serve():
    servers = []

    def start(*args, **options) -> Server:
        servers.append(Server(*args, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "*")
    return tmp_path


def remote(*urls, content=CONTENT, **options) -> RemoteFile:
    return RemoteFile(NAME, urls, len(CONTENT), sha256(content), **options)


def files_in(folder) -> set[str]:
    """What lies in the folder, but for the locks."""
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock"}


@pytest.fixture
def closed_port(serve) -> str:
    server = serve()
    server.close()
    return server.url


def test_downloads_once_with_progress(serve, folder):
    server, seen = serve(), []
    file = remote(server.url)
    assert not file.is_here()
    path = file.fetch(lambda *args: seen.append(args))
    assert path.read_bytes() == CONTENT == file.read()
    assert file.is_here()
    assert server.requests == [None]
    assert files_in(folder) == {NAME}
    assert {name for name, _, _ in seen} == {NAME}
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert len(seen) >= len(CONTENT) // CHUNK
    assert seen[-1][1:] == (len(CONTENT), len(CONTENT))


@pytest.mark.parametrize("terminal", [True, False])
def test_without_a_progress_function_a_terminal_shows_a_bar(serve, monkeypatch, terminal):
    shown = io.StringIO()
    shown.isatty = lambda: terminal
    monkeypatch.setattr("sys.stderr", shown)
    assert remote(serve().url).read() == CONTENT
    assert (NAME in shown.getvalue()) == terminal


def test_continues_where_the_connection_broke_off(serve):
    server = serve(cut=300_000)
    assert remote(server.url).read() == CONTENT
    assert server.requests == [None, "bytes=300000-"]
    assert server.sent == len(CONTENT)


@pytest.mark.fault("A download is broken off", "it goes on where it stopped")
def test_continues_after_the_program_was_stopped(serve, folder):
    server, file = serve(), None
    file = remote(server.url)

    def stop(name, done, total):
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        file.fetch(stop)
    assert not file.is_here()
    (part,) = files_in(folder)
    have = (folder / part).stat().st_size
    assert 0 < have < len(CONTENT)
    assert file.read() == CONTENT
    assert server.requests == [None, f"bytes={have}-"]
    assert files_in(folder) == {NAME}


def test_starts_anew_where_the_server_has_no_ranges(serve):
    server = serve(ranges=False, cut=300_000)
    assert remote(server.url).read() == CONTENT
    assert server.requests == [None, "bytes=300000-"]
    assert server.sent == 300_000 + len(CONTENT)


@pytest.mark.parametrize("stale", [b"x" * 1000, b"x" * len(CONTENT), b"x" * (len(CONTENT) + 7)])
def test_a_stale_part_does_not_poison_the_file(serve, folder, stale):
    server = serve(cut=1000, cuts=9)
    with pytest.raises(DataError, match="truncated"):
        remote(server.url).fetch()
    (part,) = files_in(folder)
    good = serve()
    good_part = NAME + "." + sha256(good.url.encode())[:8] + ".part"
    (folder / part).rename(folder / good_part)
    (folder / good_part).write_bytes(stale)
    assert remote(good.url).read() == CONTENT
    assert good.requests == [f"bytes={len(stale)}-", None]
    assert files_in(folder) == {NAME}


def test_a_whole_part_needs_only_its_check(serve, folder):
    server = serve()
    path = folder / (NAME + "." + sha256(server.url.encode())[:8] + ".part")
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    assert remote(server.url).read() == CONTENT
    assert server.sent == 0


def test_wrong_content_sends_it_to_the_next_mirror(serve, folder):
    wrong, good = serve(CONTENT[::-1]), serve()
    assert remote(wrong.url, good.url).read() == CONTENT
    assert len(wrong.requests) == len(good.requests) == 1
    assert files_in(folder) == {NAME}


def test_each_mirror_continues_its_own_part(serve, folder):
    """The bytes of one packing are never joined with those of another."""
    first = serve(gzip.compress(CONTENT, 1), cut=500, cuts=9)
    second = serve(gzip.compress(CONTENT, 9))
    assert remote(first.url, second.url, unpack=gunzip).read() == CONTENT
    assert second.requests == [None]
    assert files_in(folder) == {NAME}


@pytest.mark.fault("Every mirror sends wrong content", "nothing of it is kept")
def test_only_wrong_content_leaves_nothing_and_shows_both_hashes(serve, folder):
    wrong = CONTENT[::-1]
    with pytest.raises(DataError) as error:
        remote(serve(wrong).url).fetch()
    for part in (NAME, str(folder), sha256(wrong)[:12], sha256(CONTENT)[:12], "PLAYGROUND_DATA"):
        assert part in str(error.value)
    assert files_in(folder) == set()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"status": 404}, "HTTP 404"),
        ({"status": 503}, "HTTP 503"),
        ({"body": b"<html>sign in</html>", "kind": "text/html; charset=utf-8"}, "HTML page"),
        ({"body": b"\n<!DOCTYPE html><title>sign in"}, "HTML page"),  # says it is an archive
        ({"body": b"neither this nor that"}, "wrong content"),
        ({"body": gzip.compress(CONTENT)[:-2000]}, "truncated"),
        ({"body": b"\x1f\x8bnonsense"}, "cannot be unpacked"),
        ({"body": b""}, "wrong content"),
        ({"cut": 1000, "cuts": 99}, "truncated"),
    ],
)
def test_what_is_wrong_is_said_and_no_file_is_left(serve, options, says):
    server = serve(**options)
    file = remote(server.url, unpack=gunzip)
    with pytest.raises(DataError) as error:
        file.fetch()
    for part in (NAME, server.url, says, str(file.path), "PLAYGROUND_DATA"):
        assert part in str(error.value)
    assert not file.is_here()


def test_offline_names_every_mirror(serve, closed_port):
    other = serve()
    other.close()
    with pytest.raises(DataError, match="offline") as error:
        remote(closed_port, other.url).fetch()
    assert closed_port in str(error.value) and other.url in str(error.value)


def test_a_dead_mirror_is_passed_over(serve, closed_port):
    assert remote(closed_port, serve(status=404).url, serve().url).read() == CONTENT


def test_a_file_that_is_here_is_only_read(folder, closed_port, monkeypatch):
    """So a folder that cannot be written to will do (root may write anywhere: forbid the calls instead)."""
    path = folder / NAME
    path.parent.mkdir()
    path.write_bytes(CONTENT)

    def forbidden(*args, **options):
        raise PermissionError("read-only")

    monkeypatch.setattr("pathlib.Path.mkdir", forbidden)
    monkeypatch.setattr("os.replace", forbidden)
    monkeypatch.setattr("filelock.FileLock", forbidden)
    assert remote(closed_port).read() == CONTENT
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path, serve, monkeypatch):
    blocked = tmp_path / "a file"
    blocked.write_text("no folder can be made in here")
    monkeypatch.setenv("PLAYGROUND_DATA", str(blocked))
    with pytest.raises(DataError) as error:
        remote(serve().url).fetch()
    for part in (NAME, str(blocked), "PLAYGROUND_DATA"):
        assert part in str(error.value)


def test_a_wrong_file_put_there_by_hand_is_named_and_kept(folder, serve):
    file = remote(serve().url)
    file.path.parent.mkdir()
    file.path.write_bytes(b"something else")
    with pytest.raises(DataError, match="Delete it") as error:
        file.read()
    assert str(file.path) in str(error.value)
    assert file.path.read_bytes() == b"something else"


FETCH = """
import sys
from test_download import CONTENT, remote
file = remote(sys.argv[1])
sys.stdin.readline()
file.fetch()
assert file.read() == CONTENT
"""


@pytest.mark.fault("Two processes want the same file", "one downloads it")
def test_two_processes_download_once(serve):
    server = serve(delay=0.7)
    places = os.pathsep.join(map(str, (Path(__file__).parent, Path(__file__).parent.parent)))
    command = [sys.executable, "-c", FETCH, server.url]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": places})
        for _ in range(2)
    ]
    for process in processes:  # both are ready by now, or read the line when they are
        process.stdin.write("\n")
        process.stdin.close()
    assert [process.wait(60) for process in processes] == [0, 0]
    assert server.requests == [None]


def test_two_threads_download_once_and_the_second_sees_progress(serve):
    server, seen = serve(delay=0.7), []
    file = remote(server.url)
    first = threading.Thread(target=file.fetch)
    first.start()
    while not server.requests:
        time.sleep(0.01)
    file.fetch(lambda *args: seen.append(args))
    first.join()
    assert server.requests == [None]
    assert seen and file.read() == CONTENT


def test_a_zip_packed_anew_passes(serve):
    def packed(names, method) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name in names:
                archive.writestr(name, name * 10)
        return buffer.getvalue()

    one = packed(["a/", "a/1", "a/2"], zipfile.ZIP_STORED)
    other = packed(["a/2", "a/1"], zipfile.ZIP_DEFLATED)
    file = remote(serve(other).url, content=unzip(one), unpack=unzip)
    assert file.read() == {"a/1": b"a/1" * 10, "a/2": b"a/2" * 10}


def test_hash_of_members_tells_where_one_ends():
    assert len({sha256({"a": b"bc"}), sha256({"ab": b"c"}), sha256({"a": b"b", "c": b""})}) == 3


def test_the_folder_comes_from_the_environment(monkeypatch, tmp_path):
    assert data_folder() == tmp_path
    monkeypatch.setenv("PLAYGROUND_DATA", "~/somewhere")
    assert "~" not in str(data_folder())
    monkeypatch.delenv("PLAYGROUND_DATA")
    assert data_folder().name == "representation-playground"


@pytest.mark.parametrize("name", [n for n, info in data.catalogue().items() if info.files])
def test_offline_a_downloaded_set_fails_clearly_and_embedded_ones_work(name, monkeypatch):
    def no_network(*args, **options):
        raise requests.ConnectionError("no network")

    monkeypatch.setattr("requests.get", no_network)
    info = data.info(name)
    assert not info.is_here()
    with pytest.raises(DataError, match=info.files[0].name) as error:
        info.load()
    assert all(url in str(error.value) for url in info.files[0].urls)
    with pytest.raises(DataError, match="offline"):
        data.fetch(name)
    assert len(data.info("digits").load().train) == 1437


def test_fetch_brings_all_files_of_a_set_and_reports(serve, folder, monkeypatch):
    server, seen = serve(), []
    files = tuple(RemoteFile(f"set/{i}", (server.url,), len(CONTENT), sha256(CONTENT)) for i in range(3))
    info = data.DatasetInfo("s", "S", "binary", (2,), "", lambda: None, "", "", files)
    monkeypatch.setattr("core.data.catalogue", lambda: {"s": info})
    assert not info.is_here() and info.download_mb == pytest.approx(3 * len(CONTENT) / 1e6)
    data.fetch("s", lambda name, done, total: seen.append(name))
    assert info.is_here()
    assert list(dict.fromkeys(seen)) == ["set/0", "set/1", "set/2"]
    assert files_in(folder) == {"set/0", "set/1", "set/2"}
