"""The page of convolutional machines: feature maps, shifts, samples of any size; every control, and the link."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import SHIPPED
from .visitor import Visitor, frames

MODELS = {name: c for name, c in SHIPPED.items() if name.endswith("-crbm")}


class Convolutional(Visitor):
    def open(self, name: str = "digits-crbm", query: str = "") -> "Convolutional":
        self.page.goto(f"{self.server}/convolutional?checkpoint={self.models[name].name}{query}")
        self.page.locator(".player.convolutional:not([aria-busy])").wait_for()
        return self

    def tab(self, name: str) -> "Convolutional":
        self.page.locator(f'[data-tab="{name}"]').click()
        return self

    def slide(self, name: str, value: float) -> None:
        self.page.locator(f'[data-slide="{name}"]').fill(str(value))

    def numbers(self, part: str) -> list[float]:
        """Of bars, in their order."""
        self.frames()
        return [float(text) for text in self.part(part).locator("span:nth-child(3n)").all_inner_texts()]

    def drag(self, part: str, dx: float, dy: float) -> None:
        self.part(part).scroll_into_view_if_needed()
        box = self.part(part).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx * box["width"], y + dy * box["height"], steps=6)
        self.page.mouse.up()


@pytest.fixture
def conv(tab, everything: str) -> Convolutional:
    return Convolutional(tab, everything, MODELS).open()


def test_maps_follow_the_drawing_and_a_block_is_told_of(conv):
    expect(conv.part("whose")).to_contain_text(re.compile(r"test image \d+ · \d"))
    before = conv.digest("sheet")
    conv.do("clear").click()
    conv.changes("sheet", before)
    empty = conv.digest("sheet")
    conv.drag("pad", 0.0, 0.3)
    conv.changes("sheet", empty)
    expect(conv.part("whose")).to_have_text("your drawing")
    conv.part("map").hover(position={"x": 100, "y": 100})
    expect(conv.part("block-says")).to_contain_text("Block in row 2, column 2: pooling unit on")
    states = conv.numbers("block")
    assert len(states) == 5 and abs(sum(states) - 1) < 0.03
    conv.page.mouse.move(5, 5)
    expect(conv.part("block-says")).to_contain_text("the likeliest of this map")
    conv.in_link("drawing")
    drawn = conv.digest("pad")
    conv.reload()
    conv.page.wait_for_function("(before) => window.digest('[data-part=\"pad\"]') === before", arg=drawn)


def test_filters_are_picked_by_hand_and_by_keys(conv):
    expect(conv.part("title")).to_have_text("Filter 1")
    for wanted in (2, 3, 4):
        conv.do("filter", "1").click()
        expect(conv.part("title")).to_have_text(f"Filter {wanted}")
    conv.key("ArrowLeft")
    expect(conv.part("title")).to_have_text("Filter 3")
    conv.part("sheet").click(position={"x": 20, "y": 20})
    expect(conv.part("title")).to_have_text("Filter 1")
    conv.key("ArrowRight")
    conv.link_holds(filter="1")
    conv.reload()
    expect(conv.part("title")).to_have_text("Filter 2")


def test_an_image_is_shifted_and_every_code_says_how_far_it_moved(conv):
    conv.tab("shift").link_holds(mode="shift")
    expect(conv.part("meters")).to_contain_text("Dense RBM")
    assert conv.numbers("meters") == [0, 0, 0, 0]
    for dx in (1, -2, 2):
        conv.slide("dx", dx)
        conv.link_holds(dx=str(dx))
        pixels, dense, detection, pooling = conv.numbers("meters")
        assert min(pixels, dense, detection, pooling) > 0
    conv.drag("shifted", -0.1, 0.1)
    expect(conv.part("shift-says")).to_contain_text("Shifted by")
    conv.do("home").click()
    expect(conv.part("shift-says")).to_have_text("Drag the image")
    for key, words in (
        ("ArrowRight", "+1 across, 0 down"),
        ("ArrowDown", "+1 across, +1 down"),
        ("ArrowLeft", "0 across"),
    ):
        conv.key(key)
        expect(conv.part("shift-says")).to_contain_text(words)
    conv.link_holds(dx=None, dy="1")
    conv.reload()
    expect(conv.part("shift-says")).to_contain_text("0 across, +1 down")
    for _ in range(3):
        conv.do("shuffle").click()
        conv.in_link("pick")


def test_samples_of_every_size_and_what_is_hidden_is_filled_in(conv):
    conv.tab("samples")
    sweeps = conv.part("sweeps")
    for size, sides in (("2", "14 × 14"), ("4", "26 × 26"), ("1", "8 × 8")):
        conv.choose("size", size)
        expect(sweeps).to_contain_text(re.compile(rf"{sides} pixels · [1-9]\d* sweeps"))
        conv.link_holds(size=None if size == "1" else size)
    conv.do("step").click()
    expect(conv.do("play")).not_to_have_class(re.compile("playing"))
    for _ in range(3):
        frames(conv.page, 2)  # what was done is seen
        before = int(re.search(r"([\d,]+) sweep", sweeps.inner_text()).group(1).replace(",", ""))
        conv.do("step").click()
        expect(sweeps).to_contain_text(f"· {before + 1:,} sweep")
    conv.do("restart").click()
    expect(sweeps).to_contain_text("· 0 sweeps")
    conv.link_holds(seed="1")
    conv.part("clamp").click()
    conv.link_holds(clamped="image")
    for side in ("bottom", "left", "top"):
        conv.do("hide-half", side).click()
        conv.in_link("hidden")
    conv.do("step").click()
    conv.do("play").click()
    conv.reload()
    expect(conv.part("clamp")).to_have_attribute("aria-pressed", "true")
    expect(sweeps).to_contain_text(re.compile(r"8 × 8 pixels · [1-9]\d* sweeps"))
    conv.choose("size", "2")  # an image has the size of the data
    expect(conv.part("clamp")).to_have_attribute("aria-pressed", "false")


def test_what_of_a_link_cannot_be_used_is_said(conv):
    conv.open(query="&filter=999&drawing=AAAA")
    for words in (
        "filter 999 was not used: there are 24, and the first one is 0",
        "drawing was not used: it is no image of 8 × 8",
    ):
        expect(conv.part("error")).to_contain_text(words)
    conv.open(query="&mode=shift&dx=60")
    expect(conv.part("error")).to_contain_text("images of this size are shifted by at most 2")


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_model_opens_on_every_tab(conv, name):
    conv.open(name)
    for tab in ("shift", "samples", "features"):
        conv.tab(tab)
        conv.frames(4)
        expect(conv.part("error")).to_be_hidden()
