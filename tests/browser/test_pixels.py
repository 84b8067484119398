"""Journeys through Pixel by pixel: watch images being sampled, scrub, change a pixel, branch, complete a drawing."""

import re

import pytest
import readers
from PIL import Image
from playwright.sync_api import expect

from .conftest import renamed, serving
from .visitor import Visitor


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict:
    made = tmp_path_factory.mktemp("painters")
    return {kind: readers.make(made, kind) for kind in ("painter", "nade", "right")}


@pytest.fixture(scope="module")
def studio(models, training_server):
    with serving(training_server, *models.values()) as address:
        yield address


class Studio(Visitor):
    """The page as a visitor has it."""

    def open(self, model: str = "nade", query: str = "") -> "Studio":
        self.page.goto(f"{self.server}/pixels?checkpoint={self.models[model].name}{query}")
        return self.ready()

    def ready(self) -> "Studio":
        self.page.wait_for_function("window.digest('[data-part=\"large\"]') !== 0")
        return self

    @property
    def place(self) -> int:
        self.digest("large")
        return int(self.part("clock").inner_text().split("/")[0])

    def painted(self) -> "Studio":
        """Once the film has come to its end."""
        self.digest("large")  # what was just asked for is on the screen
        expect(self.part("clock")).to_have_text("64 / 64")
        return self

    def pixel(self, row: int, column: int) -> None:
        box = self.part("large").bounding_box()
        self.page.mouse.click(box["x"] + (column + 0.5) * box["width"] / 8, box["y"] + (row + 0.5) * box["height"] / 8)

    def drawn(self) -> int:
        """The value that the bars say was drawn."""
        self.digest("large")
        return int(self.page.locator(".bars .drawn").get_attribute("value"))


@pytest.fixture
def room(tab, studio, models) -> Studio:
    return Studio(tab, studio, models)


def test_images_are_painted_and_the_film_can_be_walked_through(room):
    room.open(query="&speed=32").painted()
    end = room.digest("stage")
    room.page.locator(".player").focus()
    room.page.keyboard.press("Home")
    room.changes("stage", end)
    assert room.place == 0
    for key, place in [("ArrowRight", 1), ("ArrowDown", 9), ("ArrowLeft", 8), ("ArrowUp", 0), ("End", 64)]:
        room.page.keyboard.press(key)
        assert room.place == place
    assert room.digest("stage") == end  # the same film
    room.part("row").fill("3")
    room.part("row").press("Enter")
    expect(room.part("clock")).to_have_text("16 / 64")
    room.do("play").click()
    room.painted()
    assert room.digest("stage") == end


def test_scrubbing_the_time_bar_goes_there_and_the_link_brings_it_back(room):
    room.open(query="&speed=32&images=4&pick=2").painted()
    room.part("track").scroll_into_view_if_needed()
    box = room.part("track").bounding_box()
    room.page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 20)
    room.page.mouse.down()
    seen = set()
    for step in range(9, 3, -1):
        room.page.mouse.move(box["x"] + box["width"] * step / 10, box["y"] + 20)
        seen.add(room.place)
    room.page.mouse.up()
    assert len(seen) >= 5 and room.place == 26
    room.link_holds(t="26")
    large, words = room.digest("large"), room.part("pixel").inner_text()
    room.reload()
    room.ready()
    expect(room.part("pixel")).to_have_text(words)
    assert room.digest("large") == large and room.place == 26


def test_another_value_rewrites_what_follows_and_can_be_undone(room):
    room.open(query="&speed=32&images=4&glow=off").painted()
    before = room.digest("stage")
    room.pixel(2, 3)
    assert room.place == 2 * 8 + 3 + 1
    value = room.drawn()
    room.do("bar", str(1 - value)).click()
    room.link_holds(edits=f"0.20.{1 - value}.0")
    room.painted()
    room.changes("stage", before)
    room.pixel(2, 3)
    assert room.drawn() == 1 - value
    room.reload()
    room.ready()
    expect(room.do("undo")).to_be_enabled()
    room.do("undo").click()
    room.do("last").click()
    room.painted()
    assert room.digest("stage") == before
    expect(room.do("undo")).to_be_disabled()


def test_the_pixel_under_the_playhead_takes_its_next_value_by_a_click(room):
    room.open("painter", "&speed=32&images=1").painted()
    room.pixel(1, 1)
    value = room.drawn()
    room.pixel(1, 1)
    room.painted()
    room.pixel(1, 1)
    assert room.drawn() == (value + 1) % 17


def test_futures_part_from_one_past(room):
    room.open(query="&speed=32&images=4").painted()
    room.pixel(3, 0)
    room.page.keyboard.press("f")
    room.painted()
    sums = room.page.locator("[data-future] span").all_inner_texts()
    assert len(sums) == 8 and len(set(sums)) > 3 and all(float(s.replace("−", "-")) < 0 for s in sums)
    chosen = sums[5]
    room.page.locator('[data-future="5"]').click()
    room.painted()
    expect(room.part("sum")).to_contain_text(chosen)
    room.page.keyboard.press("Escape")
    expect(room.part("futures")).to_be_hidden()
    room.page.keyboard.press("f")  # at the end nothing is left to branch
    expect(room.part("error")).to_contain_text("image is complete")


def test_a_test_image_is_completed_in_many_ways(room):
    room.open("painter", "&speed=32")
    room.choose("source", "test")
    room.painted()
    expect(room.part("spreadSays")).to_contain_text("bits per pixel")
    room.changes("mean", 0)
    room.changes("spread", 0)
    expect(room.part("sum")).to_contain_text("32 sampled pixels")
    room.choose("keep", "left")
    room.painted()
    expect(room.part("honest")).to_contain_text("sampled without seeing them")  # a row by row model
    mean = room.digest("mean")
    room.do("other", "1").click()
    room.painted()
    room.changes("mean", mean)
    room.link_holds(source="test", keep="left", example="1")


def test_a_drawing_is_completed_and_a_brushed_part_kept(room):
    room.open("painter", "&speed=32&images=4")
    room.choose("source", "drawing")
    expect(room.part("pad-caption")).to_have_text("draw here")
    box = room.part("pad").bounding_box()
    room.page.mouse.move(box["x"] + 50, box["y"] + 15)
    room.page.mouse.down()
    room.page.mouse.move(box["x"] + 90, box["y"] + 20, steps=8)
    room.page.mouse.up()
    expect(room.part("honest")).to_contain_text("4 completions")
    room.painted()
    room.choose("keep", "brushed")
    room.page.mouse.move(box["x"] + 30, box["y"] + 100)
    room.page.mouse.down()
    room.page.mouse.move(box["x"] + 100, box["y"] + 100, steps=6)
    room.page.mouse.up()
    expect(room.part("honest")).to_contain_text("given pixels come after missing ones")
    room.painted()
    room.page.mouse.move(5, 5)
    room.in_link("drawing", "region")
    room.frames(60)  # the film of the last stroke has begun: the clock is that film's
    room.painted()
    stage, pad = room.digest("stage"), room.digest("pad")
    room.reload()
    room.ready().painted()
    assert (room.digest("stage"), room.digest("pad")) == (stage, pad)


def test_orders_classes_and_temperature(room):
    room.open(query="&speed=32&images=4").painted()
    raster = room.digest("stage")
    room.page.locator('select[data-pick="order"]').select_option("spiral")
    room.link_holds(order="spiral")
    room.painted()
    room.changes("stage", raster)
    room.page.keyboard.press("Home")
    for _ in range(9):
        room.page.keyboard.press("ArrowRight")
    expect(room.part("pixel")).to_contain_text("row 2, column 8")  # round the corner
    room.page.locator('input[data-slide="temperature"]').fill("0.1")
    expect(room.part("clock")).to_have_text("64 / 64")
    room.link_holds(temperature="0.1")
    room.open("painter", "&speed=32&images=4&only=7").painted()
    expect(room.part("image")).to_contain_text("conditioned on class 7")


def test_the_film_and_the_picture_can_be_saved(room):
    room.open(query="&speed=32&images=4").painted()
    with room.page.expect_download() as got:
        room.do("gif").click()
    film = Image.open(got.value.path())
    assert film.format == "GIF" and film.n_frames > 20
    with room.page.expect_download() as got:
        room.do("png").click()
    assert Image.open(got.value.path()).size[0] > 100


def test_nonsense_in_the_link_is_said_and_the_page_paints(room):
    room.open(query="&speed=32&images=4&edits=hello&region=!!&drawing=zz").painted()
    expect(room.part("error")).to_be_visible()
    room.do("again").click()
    room.painted()


def test_fast_hands_do_no_harm(room):
    room.open(query="&speed=32&images=9")
    for _ in range(4):
        for key in ("n", " ", "f", "ArrowLeft", "u", "g", "End", "l", "Home", "Escape"):
            room.page.keyboard.press(key)
    room.page.keyboard.press("n")
    room.page.keyboard.press("End")
    for value in ("test", "drawing", "nothing", "test", "nothing"):
        room.choose("source", value)
    room.choose("loop", "off")
    room.painted()
    chosen = room.page.locator('button[aria-pressed="true"]')
    for name, value in (("source", "nothing"), ("loop", "off")):  # the last word counts
        expect(chosen.and_(room.page.locator(f'[data-choice="{name}"]'))).to_have_attribute("value", value)
    room.page.reload()
    room.painted()


@pytest.mark.parametrize(("images", "rows", "columns"), [(16, 4, 4), (36, 4, 9), (8, 2, 4)])
def test_rows_of_images_are_full_on_a_wide_screen(room, images, rows, columns):
    room.page.set_viewport_size({"width": 1920, "height": 1080})
    room.open("nade", f"&images={images}")
    stage = room.part("stage").bounding_box()
    side = stage["height"] / rows
    selected = []
    for i in range(rows):
        for j in range(columns):
            across = stage["width"] / 2 + (j - (columns - 1) / 2) * side
            room.page.mouse.click(stage["x"] + across, stage["y"] + (i + 0.5) * side)
            selected.append(room.part("image").inner_text())
    assert selected == [f"Image {i + 1} of {images}" for i in range(images)]


def test_a_link_beyond_the_last_pixel_shows_the_finished_image(room):
    room.open("nade", "&t=400&speed=32").painted()
    expect(room.part("sum")).to_contain_text("64 sampled pixels")
    expect(room.part("sum")).not_to_contain_text("NaN")


# what the server answers before it falls silent
SILENT_AFTER = ["nothing", "about", "about|around"]


@pytest.mark.parametrize("answered", SILENT_AFTER)
@pytest.mark.parametrize("model", ["nade", "painter"])
def test_hands_that_are_faster_than_the_server(room, model, answered):
    """Whatever is pressed, dragged or typed before the rest has come, nothing is thrown."""
    page, name = room.page, room.models[model].name
    page.route(re.compile(rf"/api/(?!pixels/{name}/({answered})\?)"), lambda route: None)
    page.goto(f"{room.server}/pixels?checkpoint={name}")
    page.wait_for_function("window.deep('.player.pixels [data-part=\"panel\"]')")
    if answered != "nothing":
        page.wait_for_function("window.deep('.player.pixels canvas')")
    for panel in ("paint", "surprise", "order", "forcing", "field"):
        page.evaluate('(tab) => window.deep(`[data-tab="${tab}"]`)?.click()', panel)
        page.evaluate("window.press_everything()")


def test_a_class_name_of_markup_stays_text(tab, training_server, models, tmp_path):
    """Names come from folders that people bring: on no tab may they become elements."""
    name = '<img src=x onerror="window.broken=1">'
    shown = renamed(tmp_path, models["painter"], name, title=name)
    with serving(training_server, shown) as address:
        room = Studio(tab, address, {"painter": shown}).open("painter")
        expect(room.part("image")).to_contain_text(name)
        for panel in ("surprise", "order", "forcing", "field"):
            room.page.evaluate('(tab) => window.deep(`[data-tab="${tab}"]`)?.click()', panel)
            room.page.wait_for_function("window.deep('.player.pixels .panel canvas')")
            room.page.wait_for_timeout(500)  # answers come in and are written
        assert not room.page.locator(".player img").count() and not room.page.evaluate("window.broken")
        tab.goto("about:blank")  # before its model is gone
