"""The page of labels, style and class: an image's style in every class, changed, taken from a drawing; the link."""

import re

import pytest
from playwright.sync_api import expect

from .visitor import Visitor


class Styles(Visitor):
    def open(self, query: str = "") -> "Styles":
        self.page.goto(f"{self.server}/labels?dataset=digits&mode=style{query}")
        self.part("rows").locator("button").first.wait_for()
        return self

    def rows(self):
        return self.part("rows").locator("button")

    def chosen(self):
        return self.part("rows").locator('button[aria-pressed="true"]')

    def places(self) -> list[str]:
        return [button.get_attribute("value") for button in self.rows().all()]

    def written(self) -> int:
        """What the chosen row shows."""
        return self.digest(f"row-{self.chosen().get_attribute('value')}")

    def drag(self, part: str, *points: tuple[float, float]) -> None:
        """Press at the first of these points, as shares of the part, and drag through the others."""
        self.part(part).scroll_into_view_if_needed()
        box = self.part(part).bounding_box()
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=4)
        self.page.mouse.up()

    def slide(self, index: int, value: float) -> str:
        slider = self.page.locator(".numbers-of-style input").nth(index)
        slider.fill(str(value))
        return slider.get_attribute("data-slide")


@pytest.fixture
def styles(tab, everything: str) -> Styles:
    return Styles(tab, everything, {})


def test_the_style_of_an_image_is_written_in_every_class(styles):
    styles.open()
    expect(styles.rows()).to_have_count(5)
    expect(styles.part("which")).to_have_text(re.compile(r"a test image of class \d, taken for \d"))
    expect(styles.part("probs").locator(".percent")).to_have_count(10)
    percents = styles.part("probs").locator(".percent").all_inner_texts()
    assert sum(float(text.rstrip("%")) for text in percents) == pytest.approx(100, abs=1)
    expect(styles.part("learned")).to_contain_text("100 training images had a class")
    expect(styles.part("learned")).to_contain_text(re.compile(r"wrong on \d+\.\d% of the test images"))
    seen = {styles.digest("image")}
    for row in (1, 3, 2):
        styles.rows().nth(row).click()
        expect(styles.rows().nth(row)).to_have_attribute("aria-pressed", "true")
        expect(styles.chosen()).to_have_count(1)
        styles.link_holds(row=str(row + 1))
        seen.add(styles.digest("image"))
    assert len(seen) == 4
    before = styles.places()
    for _ in range(3):
        styles.do("others").click()
        expect(styles.rows()).to_have_count(5)
        styles.in_link("rows")
        assert (now := styles.places()) != before
        before = now
    styles.key("n")
    expect(styles.rows().first).not_to_have_attribute("value", before[0])
    before, shown = styles.places(), styles.written()
    styles.reload()
    styles.rows().first.wait_for()
    assert styles.places() == before and styles.written() == shown


def test_a_style_is_changed_for_all_classes_at_once(styles):
    styles.open()
    inferred = previous = styles.written()
    others = [styles.digest(f"row-{place}") for place in styles.places()[1:]]
    for point in ((0.2, 0.3), (0.7, 0.6), (0.5, 0.9)):
        styles.drag("plane", (0.5, 0.5), point)
        styles.in_link("style")
        assert (now := styles.written()) not in (previous, inferred)
        previous = now
    for value in (-2, 1.5, 3):
        name = styles.slide(3, value)
        expect(styles.page.locator(f'[data-out="{name}"]')).to_have_text(f"{value:.2f}".replace("-", "−"))
        assert (now := styles.written()) != previous
        previous = now
    for key in ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"):
        styles.key(key)
        styles.frames()
    for _ in range(3):
        styles.do("random").click()
        styles.frames()
        assert (now := styles.written()) != previous
        previous = now
    assert others == [styles.digest(f"row-{place}") for place in styles.places()[1:]], "the others keep their own"
    for up in ("5", "2", "5"):
        styles.part("up").select_option(up)
        styles.frames()
    for across in ("4", "5", "4"):
        styles.part("across").select_option(across)
        styles.frames()
    styles.in_link("axes")
    now = styles.written()
    for tab in ("few", "style"):
        styles.page.locator(f'[data-tab="{tab}"]').click()
    styles.rows().first.wait_for()
    assert styles.written() == now, "it stays while another tab is looked at"
    styles.reload()
    styles.rows().first.wait_for()
    styles.in_link("style")
    assert styles.part("across").input_value() == "4"
    assert styles.written() != inferred
    fresh = styles.page.context.browser.new_context(bypass_csp=True)
    try:
        page = fresh.new_page()
        page.goto(styles.page.url)
        page.locator('[data-part="rows"] button').first.wait_for()
        numbers = ".numbers-of-style output"
        there = styles.page.locator(numbers).all_inner_texts()
        expect(page.locator(numbers)).to_have_text(there)
    finally:
        fresh.close()
    for _ in range(3):
        styles.do("own-style").click()
        styles.link_holds(style=None)
        assert styles.written() == inferred


def test_a_drawing_is_written_in_every_class(styles):
    styles.open()
    styles.choose("whose", "own")
    expect(styles.part("which")).to_have_text("Draw a digit, or whatever the model knows.")
    styles.drag("pad", (0.35, 0.15), (0.35, 0.5), (0.65, 0.5))
    expect(styles.part("which")).to_have_text(re.compile(r"your drawing, taken for \d"))
    expect(styles.rows()).to_have_count(6)
    first = styles.written()
    styles.drag("pad", (0.65, 0.15), (0.65, 0.85))
    styles.in_link("sketch")
    styles.answered()
    assert styles.written() != first
    link, numbers = "sketch", ".numbers-of-style output"
    there = styles.page.locator(numbers).all_inner_texts()
    styles.reload()
    styles.in_link(link)
    expect(styles.page.locator(numbers)).to_have_text(there)
    expect(styles.part("which")).to_have_text(re.compile(r"your drawing, taken for \d"))
    for pen in ("rub", "draw", "rub"):
        styles.choose("pen", pen)
    styles.do("clear").click()
    styles.link_holds(sketch=None, whose="own")
    for whose in ("image", "own", "image"):
        styles.choose("whose", whose)
    styles.link_holds(whose=None)
    expect(styles.rows()).to_have_count(5)


def test_what_a_link_cannot_mean_is_said(styles):
    styles.open("&rows=3.100000&style=1.2&sketch=AAAA&row=4")
    error = styles.part("error")
    expect(error).to_contain_text("rows: at most 5 images")
    expect(error).to_contain_text("style: 8 numbers")
    expect(error).to_contain_text("sketch: no image of 8 × 8 pixels")
    expect(styles.rows()).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_narrow_screen_and_the_dark(styles, scheme):
    styles.page.set_viewport_size({"width": 390, "height": 844})
    styles.page.emulate_media(color_scheme=scheme)
    styles.open()
    wide = styles.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    styles.rows().nth(1).click()
    expect(styles.rows().nth(1)).to_have_attribute("aria-pressed", "true")
