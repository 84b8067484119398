"""Many visitors of one server at once: how long each kind of request takes, what fails, what memory does.

    python -m benchmarks.visitors                          thirty visitors for ten minutes
    python -m benchmarks.visitors --seconds 60
    python -m benchmarks.visitors --kinds texts --visitors 10 --seconds 60
    python -m benchmarks.visitors --app ../elsewhere .     two versions of the app, one after the other

Every visitor is a browser of his own to the server (a cookie, as Streamlit gives it). One after the other, in an order
of his own, he opens a page (a Streamlit session over its WebSocket, until its script has finished) and does there for
some seconds what its player does: plays chains, drags through a latent space whose decoder is on the server, has texts
and images sampled, opens a map; then he closes the session and goes on. A request that is told a place in the queue is
sent again after a second, as players do, and its time goes on. Visitors share the cores with the server.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import json
import math
import os
import platform
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import numpy as np
import psutil
import torch
from rich.console import Console
from rich.table import Table
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from benchmarks.gibbs_page import REPOSITORY, app
from core.store import checkpoints
from pages.shared.codec import message

STAY = 6.0  # seconds on a page
PLAYED = 8  # frames of chains that are asked for at once
PATIENCE = 120.0  # seconds, after which an answer counts as missing
SIZES = {"u8": 1, "u16": 2, "bits": 1, "f16": 2, "f32": 4}


class Record:
    """What was measured: seconds by kind; tokens a second of each text; what failed."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.rates: list[float] = []
        self.tokens = 0
        self.queued, self.unfinished = 0, 0
        self.failed: Counter[str] = Counter()


class Visitor:
    """One visitor; `end` is when he starts nothing more."""

    def __init__(
        self, number: int, address: str, names: dict[str, str], record: Record, end: float, length: int
    ) -> None:
        self.number, self.names, self.record, self.end, self.length = number, names, record, end, length
        self.random = random.Random(number)
        self.cookie = f"_streamlit_xsrf=visitor-{number}"
        self.socket = address.replace("http", "ws", 1) + "/_stcore/stream"
        limits = httpx.Limits(keepalive_expiry=2)  # sooner than the server closes what is idle
        headers = {"Cookie": self.cookie}
        self.client = httpx.AsyncClient(base_url=address, headers=headers, timeout=PATIENCE, limits=limits)

    async def visit(self, kinds: tuple[str, ...]) -> None:
        """Go from page to page until the end."""
        async with self.client:
            while time.monotonic() < self.end:
                for kind in self.random.sample(kinds, len(kinds)):
                    if time.monotonic() < self.end:
                        await self._on_page(kind)

    async def _on_page(self, kind: str) -> None:
        page, do = KINDS[kind]
        try:
            async with self._session(page, self.names[kind]):
                await do(self, self.names[kind], min(self.end, time.monotonic() + STAY))
        except Exception as error:  # whatever it is, it is counted
            self.record.failed[f"{kind}: {type(error).__name__} {error}"[:120]] += 1

    @asynccontextmanager
    async def _session(self, page: str, name: str) -> AsyncIterator[None]:
        """A page that is open."""
        began = time.monotonic()
        headers = {"Cookie": self.cookie}
        async with connect(
            self.socket, subprotocols=["streamlit"], additional_headers=headers, max_size=None
        ) as socket:
            asked = BackMsg()
            asked.rerun_script.query_string = f"checkpoint={name}"
            asked.rerun_script.page_name = page
            await socket.send(asked.SerializeToString())
            async with asyncio.timeout(PATIENCE):
                async for data in socket:
                    told = ForwardMsg.FromString(data)
                    if told.WhichOneof("type") == "page_not_found" or told.delta.new_element.HasField("exception"):
                        raise RuntimeError(f"/{page}: {told.delta.new_element.exception.message or 'no such page'}")
                    if told.WhichOneof("type") == "script_finished":
                        break
            self.record.seconds["page"].append(time.monotonic() - began)
            yield

    async def get(self, kind: str, path: str) -> None:
        await self._timed(kind, lambda: self.client.get(path))

    async def post(self, kind: str, path: str, header: dict, planes: dict | None = None) -> None:
        body = message(header, planes or {})
        await self._timed(kind, lambda: self.client.post(path, content=body))

    async def _timed(self, kind: str, ask: Callable) -> None:
        began = time.monotonic()
        while (answer := await ask()).status_code == 503:
            await self._told_a_place(answer)
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code} {answer.text[:80]}")
        self.record.seconds[kind].append(time.monotonic() - began)

    async def _told_a_place(self, answer: httpx.Response) -> None:
        await answer.aread()
        if "place" not in answer.json():
            raise RuntimeError(f"{answer.status_code} {answer.text[:80]}")
        self.record.queued += 1
        await asyncio.sleep(1)

    async def stream(self, path: str, header: dict, plane: str) -> AsyncIterator[tuple[float, int]]:
        """The seconds since it was asked and the length of `plane`, of each message of a stream that has it."""
        body, began = message(header, {}), time.monotonic()
        while True:
            async with self.client.stream("POST", path, content=body) as answer:
                if answer.status_code == 503:
                    await self._told_a_place(answer)
                    continue
                if answer.status_code != 200:
                    raise RuntimeError(f"{answer.status_code} {(await answer.aread())[:80]!r}")
                rest = b""
                async for data in answer.aiter_bytes():
                    rest += data
                    while (split := _first_message(rest)) is not None:
                        shapes, rest = split
                        if plane in shapes:
                            yield time.monotonic() - began, shapes[plane][-1]
                return


def _first_message(data: bytes) -> tuple[dict[str, list[int]], bytes] | None:
    """The shapes of the planes of the first message, and what follows it; None where it has not come whole."""
    line, there, rest = data.partition(b"\n")
    if not there:
        return None
    planes = json.loads(line)["planes"]
    size = sum(math.prod(plane["shape"]) * SIZES[plane["type"]] for plane in planes)
    return ({plane["name"]: plane["shape"] for plane in planes}, rest[size:]) if len(rest) >= size else None


# -- what is done on the pages --------------------------------------------------------------------


async def play_chains(visitor: Visitor, name: str, until: float) -> None:
    """Frames of 64 chains, as long as the last ones are shown."""
    header = {"start": "model", "chains": 64, "first": 0, "count": PLAYED}
    while time.monotonic() < until:
        began, settings = time.monotonic(), {"seed": visitor.random.randrange(1000), "sweeps": 1}
        await visitor.post("frames", f"/api/gibbs/{name}/frames", {**header, "settings": settings})
        await asyncio.sleep(max(0.0, began + PLAYED / 12 - time.monotonic()))


async def drag(visitor: Visitor, name: str, until: float) -> None:
    """Codes along a line, each when the last one is decoded, at most thirty a second."""
    code, size = np.zeros((1, checkpoints.load(name).code_size), np.float32), 0.0
    while time.monotonic() < until:
        size, began = size + 0.1, time.monotonic()
        code[0, :2] = math.cos(size), math.sin(size)
        await visitor.post("drag", f"/api/latent/{name}/decode", {}, {"z": ("f32", code)})
        await asyncio.sleep(max(0.0, began + 1 / 30 - time.monotonic()))


async def write(visitor: Visitor, name: str, until: float) -> None:
    """A text, to its last token; of one that the end of the benchmark cuts off the tokens until then."""
    header = {"prompt": "The ", "count": visitor.length, "seed": visitor.number, "choices": [{"temperature": 0.8}]}
    tokens, began = 0, time.monotonic()
    async for seconds, more in visitor.stream(f"/api/tokens/{name}/write", header, "tokens"):
        if not tokens:
            visitor.record.seconds["first token"].append(seconds)
        tokens += more
        if time.monotonic() > visitor.end and seconds > 20:
            visitor.record.unfinished += 1
            break
    if not tokens:
        raise RuntimeError("a text without tokens")
    visitor.record.tokens += tokens
    visitor.record.rates.append(tokens / (time.monotonic() - began))
    if tokens == visitor.length:
        visitor.record.seconds["whole text"].append(time.monotonic() - began)


async def paint(visitor: Visitor, name: str, until: float) -> None:
    """A film of sixteen images, to its last pixel."""
    header = {"images": list(range(16)), "temperature": 1.0, "seed": visitor.number, "after": 0}
    last = 0.0
    async for seconds, _ in visitor.stream(f"/api/pixels/{name}/film", header, "values"):
        if not last:
            visitor.record.seconds["first pixels"].append(seconds)
        last = seconds
    visitor.record.seconds["whole film"].append(last)
    await asyncio.sleep(max(0.0, until - time.monotonic()))


async def open_map(visitor: Visitor, name: str, until: float) -> None:
    """Points, their places and pictures, and what lies near some of them."""
    which = f"split=test&points={visitor.random.choice((500, 1000, 1797))}"
    await visitor.get("map", f"/api/maps/{name}/points?{which}")
    await visitor.get("map", f"/api/maps/{name}/layouts/pca-pixels?{which}")
    await visitor.get("map", f"/api/maps/{name}/sprites/0?{which}")
    while time.monotonic() < until:
        row = visitor.random.randrange(100)
        await visitor.get("map", f"/api/maps/{name}/neighbours?{which}&of={row}")
        await asyncio.sleep(1)


KINDS = {  # the page, and what is done there
    "chains": ("gibbs", play_chains),
    "drags": ("latent", drag),
    "texts": ("tokens", write),
    "films": ("pixels", paint),
    "maps": ("codes", open_map),
}
PRESETS = {  # whose checkpoint is looked at
    "chains": "mnist-rbm",
    "drags": "sprites-vae-10",
    "texts": "shakespeare-transformer",
    "films": "mnist-pixelcnn",
    "maps": "digits-autoencoder-2",
}


# -- the whole ------------------------------------------------------------------------------------


async def visits(address: str, names: dict[str, str], options: argparse.Namespace, record: Record) -> None:
    """All visitors, who come within the first five seconds."""
    end = time.monotonic() + options.seconds

    async def one(number: int) -> None:
        await asyncio.sleep(number % 10 / 2 if options.seconds > 30 else 0)
        await Visitor(number, address, names, record, end, options.tokens).visit(tuple(options.kinds))

    await asyncio.gather(*(one(number) for number in range(options.visitors)))


def measured(folder: Path, options: argparse.Namespace) -> tuple[Record, dict[str, str]]:
    """The visitors of the app in `folder`, and what its process took."""
    here = {c.manifest.preset.name: c.name for c in checkpoints.available()[0]}
    names = {kind: here[preset] for kind, preset in PRESETS.items() if preset in here}
    if missing := [PRESETS[kind] for kind in options.kinds if kind not in names]:
        sys.exit(f"no checkpoint of {', '.join(missing)} is here")
    with app(folder) as (address, pid, _):
        server, found = psutil.Process(pid), {}
        warm = argparse.Namespace(**{**vars(options), "visitors": 2, "seconds": 1, "tokens": 8})
        asyncio.run(visits(address, names, warm, Record()))  # what is opened once is open
        found["memory at begin"] = f"{server.memory_info().rss / 2**20:,.0f} MB"
        record, spent, began = Record(), server.cpu_times(), time.monotonic()
        asyncio.run(visits(address, names, options, record))
        spent = sum(server.cpu_times()[:2]) - sum(spent[:2])
        found["memory at end"] = f"{server.memory_info().rss / 2**20:,.0f} MB"
        found["cores used by the server"] = f"{spent / (time.monotonic() - began):.2f}"
        if options.kinds == ["texts"]:
            found["tokens per second of a core, all texts"] = f"{record.tokens / spent:,.0f}"
    return record, found


def rows_of(record: Record, found: dict[str, str]) -> dict[str, str]:
    """What a table says of the visitors of one app."""
    rows = {}
    for kind, seconds in record.seconds.items():
        middle, high = np.quantile(seconds, (0.5, 0.95))
        rows[f"{kind}, s"] = f"{middle:.3f} / {high:.3f} ({len(seconds):,})"
    if record.rates:
        middle, low = np.quantile(record.rates, (0.5, 0.05))
        rows["tokens a second, each text: p50 / p5"] = f"{middle:.1f} / {low:.1f} ({len(record.rates):,})"
        rows["texts cut off by the end"] = str(record.unfinished)
    rows["told a place in the queue"] = str(record.queued)
    rows["failed"] = "; ".join(f"{what}: {n}" for what, n in record.failed.most_common()) or "0"
    return rows | found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600, help="for which visitors come (default 600)")
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), help="what they do (default all)")
    parser.add_argument("--tokens", type=int, default=300, help="of each text (default 300)")
    parser.add_argument("--app", nargs="+", type=Path, default=[REPOSITORY], help="folders of the app, one a column")
    options = parser.parse_args()
    columns = []
    for folder in options.app:
        columns.append(rows_of(*measured(folder.resolve(), options)))
        print(folder, columns[-1], file=sys.stderr)
    table = Table("", *map(str, options.app), title=f"{options.visitors} visitors: {', '.join(options.kinds)}")
    for what in dict.fromkeys(what for column in columns for what in column):
        table.add_row(what, *(column.get(what, "") for column in columns))
    console = Console()
    console.print(table)
    console.print(
        f"p50 / p95 (number), unless another is said; {options.seconds:.0f} s. {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {datetime.date.today()}, "
        f"Python {platform.python_version()}, torch {torch.__version__}",
        highlight=False,
    )


if __name__ == "__main__":
    main()
