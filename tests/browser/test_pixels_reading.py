"""Journeys through the panels that read images: surprise, order, teacher forcing, receptive field."""

import re

import pytest
import readers
from playwright.sync_api import expect

from core import data

from .conftest import serving
from .visitor import Visitor, link_is_written


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict:
    return readers.shelf(tmp_path_factory.mktemp("readers"))


@pytest.fixture(scope="module")
def gallery(models, training_server):
    with serving(training_server, *models.values()) as address:
        yield address


class Reading(Visitor):
    """A panel of the page Pixel by pixel as a visitor has it."""

    def open(self, panel: str, model: str = "right", query: str = "") -> "Reading":
        self.page.goto(f"{self.server}/pixels?checkpoint={self.models[model].name}&mode={panel}{query}")
        self.page.wait_for_function("window.digest('[data-part=\"image\"]') !== 0")
        return self

    def at(self, name: str, x: float, y: float) -> tuple[float, float]:
        box = self.part(name).bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]


@pytest.fixture
def reading(tab, gallery, models) -> Reading:
    return Reading(tab, gallery, models)


def test_every_pixel_says_what_it_costs_and_variants_are_a_click_away(reading):
    reading.open("surprise")
    expect(reading.part("total")).to_contain_text("nats")
    reading.page.mouse.move(*reading.at("heat", 0.55, 0.55))
    expect(reading.part("hover")).to_contain_text(
        re.compile(r"row 5, column 5: (on|off), p = [01]\.\d+, \d+\.\d\d bits")
    )
    before, total = reading.digest("heat"), reading.part("total").inner_text()
    reading.do("vary", "inverted").click()
    reading.changes("heat", before)
    expect(reading.part("total")).not_to_have_text(total)
    reading.link_holds(vary="inverted")
    reading.do("vary", "constant").click()
    reading.page.locator('[data-slide="level"]').fill("1")
    expect(reading.part("variants")).to_contain_text("all on")
    reading.link_holds(vary="constant", level="1")
    reading.reload()
    expect(reading.part("variants")).to_contain_text("all on")


def test_the_same_image_costs_something_under_each_model(reading):
    reading.open("surprise")
    table = reading.part("rivals")
    for kind in ("exact", "upper bound", "no likelihood"):
        expect(table).to_contain_text(kind)
    expect(table.locator("tbody tr")).to_have_count(6)
    expect(table.locator("tr.own")).to_have_count(1)
    expect(table).not_to_contain_text("…")


def test_a_drawing_is_read_while_it_is_drawn_and_comes_back_with_the_link(reading):
    reading.open("surprise")
    reading.choose("read", "drawing")
    expect(reading.part("whose")).to_have_text("draw here")
    empty = reading.digest("heat")
    reading.page.mouse.move(*reading.at("image", 0.5, 0.2))
    reading.page.mouse.down()
    reading.page.mouse.move(*reading.at("image", 0.5, 0.8), steps=8)
    reading.page.mouse.up()
    expect(reading.part("whose")).to_have_text("your drawing")
    reading.changes("heat", empty)
    reading.link_holds(read="drawing")
    reading.page.wait_for_function("new URLSearchParams(location.search).has('drawing')")
    reading.reload()
    expect(reading.part("whose")).to_have_text("your drawing")
    reading.changes("heat", empty)
    reading.do("wipe").click()
    expect(reading.part("whose")).to_have_text("draw here")


def test_a_region_is_filled_in_every_order_that_the_model_knows(reading):
    reading.open("order", "nade", "&hole=middle")
    rows = reading.part("fills").locator("tbody tr")
    expect(rows).to_have_count(13)
    expect(reading.part("fills")).not_to_contain_text("…")
    firsts = reading.part("fills").locator("tr", has_text="given pixels first").locator("td:nth-child(3)")
    expect(firsts).to_have_text(["0.0"] * firsts.count())
    expect(reading.part("says")).to_contain_text("has equal weight")


def test_a_brushed_region_is_filled_and_kept_in_the_link(reading):
    reading.open("order")
    expect(reading.part("says")).to_contain_text("a single order")
    reading.choose("hole", "brushed")
    expect(reading.part("hint")).to_contain_text("Brush")
    link_is_written(reading.page)  # so that only the brush itself can bring the region into the link
    before = reading.digest("image")
    reading.page.mouse.move(*reading.at("image", 0.3, 0.2))
    reading.page.mouse.down()
    reading.page.mouse.move(*reading.at("image", 0.6, 0.2), steps=5)
    reading.page.mouse.up()
    reading.changes("image", before)
    reading.page.mouse.move(5, 5)  # no pen over the image
    reading.in_link("missing")
    expect(reading.part("fills")).not_to_contain_text("…")
    reading.answered()
    brushed = reading.digest("image")
    reading.reload()
    reading.page.wait_for_function("(d) => window.digest('[data-part=\"image\"]') === d", arg=brushed)
    expect(reading.part("fills")).not_to_contain_text("…")
    reading.do("clear").click()
    reading.link_holds(missing=None)


def test_free_runs_go_on_from_where_the_slider_stands(reading):
    reading.open("forcing", "levels")
    expect(reading.part("measured")).to_contain_text("64 test images")
    reading.page.wait_for_function("window.digest('[data-part=\"cost\"]') !== 0")
    runs = reading.digest("mean")  # the line around what is given moves
    reading.key("ArrowUp")
    expect(reading.page.locator('[data-slide="first"] + output')).to_have_text("24 of 64")
    reading.link_holds(first="24")
    reading.changes("mean", runs)
    reading.page.locator('[data-slide="first"]').fill("64")
    expect(reading.part("measured")).to_contain_text("All pixels are given")


def test_the_pixel_under_the_pointer_says_what_it_sees_and_wrong_masks_what_they_do(reading):
    reading.open("field", "right")
    expect(reading.part("own-says")).to_contain_text("neither itself nor later pixels")
    expect(reading.part("other-says")).to_contain_text(", itself")
    expect(reading.part("cheat")).to_contain_text("sees the pixel it predicts")
    reading.page.mouse.move(*reading.at("own", 0.3, 0.05))
    expect(reading.part("how")).to_contain_text("row 1, column 3")
    expect(reading.part("own-says")).to_contain_text("of 2 earlier pixels")
    reading.key("ArrowDown")
    expect(reading.part("how")).to_contain_text("row 2, column 3")
    reading.link_holds(place="10")


def test_layers_are_shown_where_there_are_some(reading):
    reading.open("field", "levels")
    expect(reading.part("layers").locator("figure")).to_have_count(3)
    expect(reading.part("none")).to_be_visible()


def test_another_image_is_a_key_away_and_stays_when_the_panel_changes(reading):
    reading.open("surprise", "levels")
    whose = reading.part("whose").inner_text()
    reading.key("]")
    expect(reading.part("whose")).not_to_have_text(whose)
    reading.link_holds(example="1")
    reading.page.locator('[data-tab="field"]').click()
    expect(reading.part("whose")).to_contain_text("test image 1")


def test_back_returns_to_the_tab_before(reading):
    reading.open("surprise", "levels")
    reading.page.locator('[data-tab="field"]').click()
    reading.link_holds(mode="field")
    reading.page.go_back()
    expect(reading.page.locator('[data-tab="surprise"]')).to_have_attribute("aria-selected", "true")
    reading.link_holds(mode="surprise")
    expect(reading.part("total")).to_contain_text("nats")
    reading.page.go_forward()
    expect(reading.page.locator('[data-tab="field"]')).to_have_attribute("aria-selected", "true")
    expect(reading.part("own-says")).to_contain_text("sees")


def test_nonsense_in_a_link_is_said(reading):
    reading.open("order", "right", "&hole=brushed&missing=abc&drawing=zzz")
    expect(reading.part("error")).to_contain_text("ignored")
    reading.open("field", "right", "&place=100000")
    expect(reading.part("own-says")).to_contain_text("sees")
    reading.open("surprise", "right", "&read=other&other=nothing")
    expect(reading.part("total")).to_contain_text("nats")


def test_without_the_data_all_panels_work_on_what_the_checkpoint_keeps(reading):
    assert data.info("digits").is_here()  # it comes with a package: what is kept is used all the same
    for panel, part in (("surprise", "total"), ("forcing", "measured"), ("field", "own-says"), ("order", "says")):
        reading.open(panel, "levels")
        expect(reading.part(part)).not_to_be_empty()
