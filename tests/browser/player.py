"""The chains page as a visitor has it: what can be seen, pressed, dragged, and what goes over the wire."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
from playwright.sync_api import Locator, Page, expect

from core.analysis.gibbs_chains import unpack_bits
from pages.shared.codec import unpack

from .visitor import link_is_written

HELPERS = (Path(__file__).with_name("player.js")).read_text()

STAGE = "canvas[data-stage]"


class Player:
    def __init__(self, page: Page, server: str) -> None:
        self.page, self.server = page, server

    def open(self, **query: object) -> Player:
        """Go to the chains page and wait for its first picture."""
        self.page.goto(f"{self.server}/gibbs?{urlencode(query)}")
        return self.ready()

    def ready(self) -> Player:
        self.page.wait_for_function(f"window.digest('{STAGE}') !== 0 && window.frameNow() >= 0")
        self.page.wait_for_function(
            "window.deep('[data-part=\"unit-input\"]')?.textContent"
        )  # the weights are here too
        return self

    # -- what there is ------------------------------------------------------------------------

    def part(self, name: str) -> Locator:
        return self.page.locator(f'[data-part="{name}"]')

    def button(self, name: str) -> Locator:
        return self.page.locator(f'button[data-do="{name}"]')

    def choose(self, name: str, value: str) -> None:
        choice = self.page.locator(f'button[data-choice="{name}"][value="{value}"]')
        choice.click()
        expect(choice).to_have_attribute("aria-pressed", "true")

    def slide(self, name: str, value: float) -> None:
        self.page.locator(f'input[data-slide="{name}"]').fill(str(value))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def settle(self) -> None:
        """What was pressed has been drawn."""
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    @property
    def frame(self) -> int:
        self.settle()
        return self.page.evaluate("window.frameNow()")

    @property
    def newest(self) -> int:
        return int(re.search(r"of ([\d,]+)", self.part("frame").inner_text()).group(1).replace(",", ""))

    def picture(self, canvas: str = STAGE) -> int:
        """A number that changes with any pixel of a canvas; 0 for a blank one."""
        self.settle()
        return self.page.evaluate("(s) => window.digest(s)", canvas)

    @property
    def playing(self) -> bool:
        return self.button("play").get_attribute("data-shown") == "pause"

    def error(self) -> str:
        return self.part("error").inner_text() if self.part("error").is_visible() else ""

    # -- waiting ------------------------------------------------------------------------------

    def reach(self, frame: int) -> None:
        self.page.wait_for_function(f"window.frameNow() >= {frame}")

    def moves(self) -> None:
        """The film goes on and the picture changes."""
        before, picture = self.frame, self.picture()
        self.page.wait_for_function(f"window.frameNow() !== {before} && window.digest('{STAGE}') !== {picture}")

    def stands_still(self) -> None:
        before = self.frame, self.picture()
        for _ in range(10):
            self.settle()
        assert (self.frame, self.picture()) == before

    def pause(self) -> None:
        if self.playing:
            self.button("play").click()
        expect(self.button("play")).to_have_attribute("data-shown", "play")

    def play(self) -> None:
        if not self.playing:
            self.button("play").click()
        expect(self.button("play")).to_have_attribute("data-shown", "pause")

    def link_holds(self, **wanted: str | None) -> None:
        """The address comes to hold these settings (None: does not hold them)."""
        for name, value in wanted.items():
            self.page.wait_for_function(
                "([name, value]) => new URLSearchParams(location.search).get(name) === value", arg=[name, value]
            )

    @property
    def link(self) -> dict[str, str]:
        link_is_written(self.page)
        return {k: v[0] for k, v in parse_qs(urlsplit(self.page.url).query).items()}

    # -- the pointer --------------------------------------------------------------------------

    def drag(self, locator: Locator, *points: tuple[float, float], release: bool = True) -> None:
        """Press at the first point (shares of the element's width and height), move through the others, let go."""
        locator.scroll_into_view_if_needed()
        box = locator.bounding_box()
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=6)
        if release:
            self.page.mouse.up()

    # -- over the wire ------------------------------------------------------------------------

    @property
    def asked(self) -> int:
        """How many requests for frames this document has made."""
        return self.page.evaluate("window.exchanges.length")

    def message(self, index: int, which: str = "sent") -> tuple[dict, dict]:
        """The request number `index` for frames, or its answer ("got"), as (header, planes); waits for it."""
        # what was waited for is what is read: the next request may begin at any moment
        there = self.page.wait_for_function("([i, which]) => window.exchanges.at(i)?.[which]", arg=[index, which])
        return unpack(base64.b64decode(there.json_value()))

    def after(self, act: Callable[[], object] = lambda: None) -> tuple[dict, dict, dict, dict]:
        """The first exchange begun after `act` that was answered: (header, planes, answered header, planes)."""
        act()
        asked = self.asked
        answered = f"window.exchanges.findIndex((e, i) => i >= {asked} && e.sent && e.got)"
        self.page.wait_for_function(f"{answered} >= 0")
        index = self.page.evaluate(answered)
        return (*self.message(index), *self.message(index, "got"))

    def until(self, since: int, holds: Callable[[dict, dict], bool]) -> tuple[dict, dict, dict, dict]:
        """The first answered exchange from number `since` on of which `holds(header, planes)` is true: what was changed
        is asked for a moment later, and some requests are given up for the next."""
        answered = f"window.exchanges.flatMap((e, i) => (i >= {since} && e.sent && e.got ? [i] : []))"
        for _ in range(50):
            found = self.page.evaluate(answered)
            for index in found:
                if holds(*self.message(index)):
                    return (*self.message(index), *self.message(index, "got"))
            self.page.wait_for_function(f"{answered}.length > {len(found)}")
        raise AssertionError("no request says so")


def bits(packed: np.ndarray, units: int) -> np.ndarray:
    return unpack_bits(packed, units).astype(bool)
