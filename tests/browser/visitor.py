"""What a visitor does on any page that has a player under tabs; each test file adds what its panels have."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playwright.sync_api import Locator, Page, Request

from core.store.checkpoints import Checkpoint


def frames(page: Page, count: int = 30) -> None:
    """Wait until the browser has drawn so many frames more."""
    page.evaluate(
        "(n) => new Promise((done) => {"
        " const next = () => (n-- > 0 ? requestAnimationFrame(next) : done()); next(); })",
        count,
    )


def until(page: Page, holds: Callable[[], object], what: str) -> None:
    """Wait, while the page goes on, until something holds in this process; some minutes at most."""
    for _ in range(9_000):
        if holds():
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"within minutes: not {what}")


def link_is_written(page: Page) -> None:
    """Wait until the address says what is shown: a player writes it a moment later, and less often while it moves."""
    frames(page, 2)
    page.locator(".player:not([data-writing])").first.wait_for(state="attached")


class Visitor:
    """A tab on a page of `server`, which shows these `models`."""

    def __init__(self, page: Page, server: str, models: Mapping[str, Checkpoint]) -> None:
        self.page, self.server, self.models = page, server, models
        self.under_way: set[Request] = set()
        page.on("request", lambda request: self.under_way.add(request))
        page.on("requestfinished", lambda request: self.under_way.discard(request))
        page.on("requestfailed", lambda request: self.under_way.discard(request))

    def answered(self) -> None:
        """Wait until the server has answered all that the page asked, and the answers are drawn."""
        quiet = 0
        while quiet < 2:  # an answer may be followed by the next question
            until(self.page, lambda: not any(r.resource_type == "fetch" for r in self.under_way), "answered")
            frames(self.page, 2)
            quiet = 0 if any(r.resource_type == "fetch" for r in self.under_way) else quiet + 1

    def reload(self) -> None:
        """Reload the page, once its link says all that is shown."""
        link_is_written(self.page)
        self.page.reload()

    def part(self, name: str) -> Locator:
        return self.page.locator(f'[data-part="{name}"]').first

    def do(self, name: str, value: str = "") -> Locator:
        return self.page.locator(f'button[data-do="{name}"]' + (f'[value="{value}"]' if value else "")).first

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f'button[data-choice="{name}"][value="{value}"]').click()

    def key(self, *keys: str) -> None:
        self.page.locator(".player").focus()
        for key in keys:
            self.page.keyboard.press(key)

    def stroke(self, *places: tuple[float, float]) -> None:
        """Draw through places, as shares of the pad."""
        box = self.part("pad").bounding_box()
        spots = [(box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in places]
        self.page.mouse.move(*spots[0])
        self.page.mouse.down()
        for spot in spots[1:]:
            self.page.mouse.move(*spot, steps=4)
        self.page.mouse.up()

    def frames(self, count: int = 2) -> None:
        frames(self.page, count)

    def changes(self, name: str, before: int) -> None:
        """Wait until a part's picture is there, and another one."""
        self.page.wait_for_function(
            "([s, before]) => ![0, before].includes(window.digest(s))", arg=[f'[data-part="{name}"]', before]
        )

    def digest(self, part: str) -> int:
        """A number for the picture that is on the screen now."""
        self.frames()
        return self.page.evaluate("(s) => window.digest(s)", f'[data-part="{part}"]')

    def link_holds(self, **wanted: str | None) -> None:
        """Wait until the address says so; None for what it does not name."""
        for name, value in wanted.items():
            self.page.wait_for_function(
                "([name, value]) => new URLSearchParams(location.search).get(name) === value", arg=[name, value]
            )

    def in_link(self, *names: str) -> None:
        """Wait until the address carries these, as they are now."""
        link_is_written(self.page)
        for name in names:
            self.page.wait_for_function("(name) => new URLSearchParams(location.search).get(name)", arg=name)
