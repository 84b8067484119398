"""Journeys through all panels of the page Next token: hands that are faster than the server, the browser's history, a
phone, bars and units."""

import re

import pytest
import writers
from playwright.sync_api import Route, expect

from .conftest import serving
from .visitor import Visitor, until

PANELS = ["write", "surprisal", "columns", "forcing", "inside"]

# touch all that can be touched, and press every key; tabs are pressed by themselves, for they replace what is there
EVERYTHING = """() => {
  const player = window.deep(".player");
  const POINTER = ["pointerdown", "pointermove", "pointerover", "pointerup", "click", "pointerleave"];
  const all = "button:not([data-tab]), canvas, input, select, textarea, summary, article, [data-at]";
  for (const element of player.querySelectorAll(all)) {
    for (const type of POINTER) element.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerType: "mouse" }));
    if (element.matches("input, select, textarea"))
      for (const type of ["input", "change"]) element.dispatchEvent(new Event(type, { bubbles: true }));
  }
  const arrows = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
  const named = [...arrows, "Home", "End", "Enter", "Escape", " ", "[", "]", "?"];
  for (const key of [...named, ..."0123456789abcdefghijklmnopqrstuvwxyz"])
    player.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}"""


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict:
    return writers.shelf(tmp_path_factory.mktemp("writers"), "ngram", "lstm", "transformer")


@pytest.fixture(scope="module")
def library(models, training_server):
    with serving(training_server, *models.values()) as address:
        yield address


class Hands(Visitor):
    """The page as a visitor has it; what the server says can be held back."""

    held: list[Route]

    def open(self, panel: str = "write", model: str = "ngram", query: str = "") -> "Hands":
        self.page.goto(f"{self.server}/tokens?checkpoint={self.models[model].name}&mode={panel}{query}")
        return self

    def ready(self, panel: str = "write") -> "Hands":
        """Once the panel has shown what it has to show."""
        expect(self.page.locator(f'[data-tab="{panel}"]')).to_have_attribute("aria-selected", "true")
        expect(self.page.get_by_role("heading", name="What this is")).to_be_visible()
        return self

    def hold(self) -> None:
        """Keep back all that is asked of the server from now on."""
        self.held, self.holding = [], True
        keep = lambda route: self.held.append(route) if self.holding else route.continue_()  # noqa: E731
        self.page.route(re.compile("/api/tokens/"), keep)

    def let_go(self, part: str = "") -> None:
        """Answer what was held, if its address has this part."""
        for route in [route for route in self.held if part in route.request.url]:
            self.held.remove(route)
            route.continue_()

    def let_all_go(self) -> None:
        self.holding = False
        self.let_go()

    def touch_everything(self) -> None:
        self.page.evaluate(EVERYTHING)
        self.frames()

    @property
    def scale(self) -> list[str]:
        return self.page.locator(".rows .scale em:visible").all_inner_texts()


@pytest.fixture
def hands(tab, library, models) -> Hands:
    return Hands(tab, library, models)


# -- before anything has come ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("panel", "model"),
    [*((panel, "lstm") for panel in PANELS), ("inside", "transformer"), ("inside", "ngram")],
)
def test_everything_may_be_touched_before_anything_has_come(hands, panel, model):
    hands.hold()
    hands.open(panel, model, "&t=0" if panel == "write" else "")
    expect(hands.page.locator(f'[data-tab="{panel}"]')).to_have_attribute("aria-selected", "true")
    hands.touch_everything()
    expect(hands.page.locator(".player")).to_have_attribute("aria-busy", "true")
    until(hands.page, lambda: hands.held, "asked")
    hands.let_go("/about")
    hands.page.locator(f".panel .{panel}").wait_for(state="attached")  # the model is read
    hands.touch_everything()
    hands.let_all_go()
    hands.ready(panel)
    hands.touch_everything()
    hands.frames(10)


def test_a_tab_pressed_before_the_model_has_come_is_the_one_that_opens(hands):
    hands.hold()
    hands.open()
    hands.page.locator('[data-tab="inside"]').click()
    hands.let_all_go()
    hands.ready("inside")
    expect(hands.part("token")).to_contain_text("token")


def test_what_is_left_of_one_model_cannot_be_touched_while_another_comes(hands):
    hands.open(query="&t=0").ready()
    expect(hands.page.locator(".rows button:visible")).to_have_count(12)
    bars, text = hands.part("bars").bounding_box(), hands.part("prompt").bounding_box()
    hands.hold()
    hands.page.get_by_role("combobox").first.click()
    hands.page.get_by_role("option", name=re.compile("lstm")).first.click()
    expect(hands.page.locator(".player")).to_have_attribute("aria-busy", "true")
    for row in range(3):
        hands.page.mouse.click(bars["x"] + 60, bars["y"] + 60 + 28 * row)
    hands.page.mouse.click(text["x"] + 20, text["y"] + 10)
    hands.page.keyboard.type("abc 123")
    hands.let_all_go()
    expect(hands.page.locator(".player")).not_to_have_attribute("aria-busy", "true")
    expect(hands.part("says")).to_contain_text("Entropy")
    expect(hands.page.locator(".cards article")).to_have_count(0)


# -- the browser's history ------------------------------------------------------------------------


def test_back_returns_to_the_tab_before_as_it_was_left(hands):
    def selected(panel: str) -> None:
        expect(hands.page.locator(f'[data-tab="{panel}"]')).to_have_attribute("aria-selected", "true")
        hands.link_holds(mode=None if panel == "write" else panel)

    hands.open("write", query="&t=0&temperature=0.5").ready()
    for panel in ("surprisal", "inside"):
        hands.page.locator(f'[data-tab="{panel}"]').click()
        selected(panel)
        hands.page.locator(f".panel .{panel} .text [data-at]").first.wait_for()
    hands.page.go_back()
    selected("surprisal")
    hands.page.locator(".panel .surprisal .text [data-at]").first.wait_for()
    hands.page.go_back()
    selected("write")
    expect(hands.page.locator('[data-slide="temperature"]')).to_have_value("0.5")
    hands.link_holds(temperature="0.5", t="0")
    hands.page.go_forward()
    selected("surprisal")
    hands.page.reload()
    hands.ready("surprisal")


# -- bars and units -------------------------------------------------------------------------------


def test_bars_are_as_long_as_the_scale_above_them_says(hands):
    hands.open("write", query="&t=3&temperature=1").ready()
    expect(hands.part("says")).to_contain_text("Entropy")
    assert hands.scale == ["0%", "25%", "50%", "75%", "100%"]
    rows = hands.page.locator(".rows button:visible")
    widths = rows.evaluate_all("(all) => all.map((row) => parseFloat(row.querySelector('u').style.width))")
    said = [float(re.match(r"<?([\d.]+)%", text).group(1)) for text in rows.locator("s").all_inner_texts()]
    assert widths == pytest.approx(said, abs=0.51) and sum(widths) <= 100.01
    full = hands.page.locator(".rows .scale em").last.bounding_box()
    well = rows.first.locator(".well").bounding_box()
    assert full["x"] + full["width"] / 2 == pytest.approx(well["x"] + well["width"], abs=1.5)
    edges = rows.evaluate_all(
        "(all) => all.slice(0, 9).map((row) => row.querySelector('b').getBoundingClientRect().left"
        " - row.querySelector('kbd').getBoundingClientRect().right)"
    )
    assert min(edges) > 2, "the caps of keys stand clear of the tokens"


def test_what_texts_cost_is_drawn_to_the_scale_above_it(hands):
    hands.open("surprisal").ready("surprisal")
    rows = hands.page.locator(".totals [data-rival]")
    for i in range(3):
        expect(rows.nth(i)).to_contain_text("%")
    shares = rows.evaluate_all("(all) => all.map((row) => parseFloat(row.querySelector('i').style.width))")
    rates = [float(text) for text in rows.locator("span:nth-child(3)").all_inner_texts()]
    assert shares == pytest.approx([min(100, 100 * rate / 8) for rate in rates], abs=0.1)
    top = hands.page.locator(".totals .scale em").last.bounding_box()
    well = rows.first.locator(".well").bounding_box()
    assert top["x"] + top["width"] / 2 == pytest.approx(well["x"] + well["width"], abs=1.5)


@pytest.mark.parametrize("panel", PANELS)
def test_costs_are_in_bits_with_nats_beside_them_at_most(hands, panel):
    hands.open(panel, query="&t=3" if panel == "write" else "").ready(panel)
    where = {"inside": "far", "write": "clock", "columns": "bits", "forcing": "measured", "surprisal": "totals"}[panel]
    expect(hands.part(where)).to_contain_text("bits")
    text = hands.page.locator(".player").inner_text()
    aside = re.sub(r"\(log p = −[\d.]+ nats\)|\(1 bit = 0.693 nats\)", "", text)
    assert "nats" not in aside


# -- a phone, markup ------------------------------------------------------------------------------

FIRST = {
    "write": ".text .prompt",
    "surprisal": '[data-part="own"]',
    "columns": ".said .prompt",
    "forcing": '[data-part="truth"] .prompt',
    "inside": '[data-part="text"]',
}


@pytest.mark.parametrize("panel", PANELS)
def test_on_a_phone_the_text_is_seen_first_and_controls_are_a_button_away(hands, panel):
    hands.page.set_viewport_size({"width": 390, "height": 844})
    hands.open(panel, query="&t=3" if panel == "write" else "").ready(panel)
    first = hands.page.locator(FIRST[panel]).first
    expect(first).not_to_be_empty() if panel != "surprisal" else expect(first).not_to_have_value("")
    assert first.bounding_box()["y"] + 24 < 600
    controls = hands.page.locator(".fold")
    assert controls.count() and not any(control.is_visible() for control in controls.all())
    hands.do("settings").click()
    expect(hands.do("settings")).to_have_attribute("aria-expanded", "true")
    expect(controls.first).to_be_visible()
    wide = hands.page.locator(".player").evaluate("(player) => [player.scrollWidth, player.clientWidth]")
    assert wide[0] <= wide[1] + 1
    hands.do("settings").click()
    expect(controls.first).to_be_hidden()


@pytest.mark.parametrize("panel", PANELS)
def test_markup_in_texts_stays_text(hands, panel):
    nasty = '<img src=x onerror="window.hacked = 1"><b>"\'&amp;'
    hands.open(panel, "transformer")
    hands.ready(panel)
    field = {"write": "prompt", "columns": "prompt", "surprisal": "own", "inside": "typed"}.get(panel)
    if panel == "inside":
        hands.page.locator("summary", has_text="Text").click()
    if field:
        hands.part(field).fill(nasty)
        shown = hands.page.locator(".panel").get_by_text("onerror", exact=False)
        expect(shown.first).to_be_visible() if panel != "inside" else expect(
            hands.page.locator('[data-part="text"] [data-at]:not(.begins)')
        ).to_have_count(len(nasty))
    assert hands.page.locator(".player img").count() == 0
    assert not hands.page.evaluate("window.hacked")
