"""Home: a drawing goes live through the models; each tile opens its page with the same drawing and the same values."""

import json
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Frame, Page, Response, expect

from pages.shared.codec import unpack

from .visitor import Visitor, frames, link_is_written, until

# by page: the route that its tile and the page ask, and what both must be told alike
ROUTES = {
    "gibbs": ("frames", ("mean", "class")),
    "compare": ("through", ("back0", "back1")),
    "latent": ("encode", ("mean", "log_var")),
    "codes": ("land", ("back",)),
    "pixels": ("surprise", ("bits", "levels")),
}


class Home(Visitor):
    """The first page as a visitor has it; `heard` are what routes of drawings answered, by the route's name."""

    def open(self, query: str = "") -> "Home":
        self.heard: dict[str, list[Response]] = {}
        self.path = "/"
        self.page.on("response", self.note)
        self.page.on("framenavigated", self.forget)
        self.page.goto(f"{self.server}/?{query}")
        self.wait()
        return self

    def note(self, response: Response) -> None:
        name = response.url.rsplit("/", 1)[1]
        if response.request.method == "POST" and response.ok and name in {route for route, _ in ROUTES.values()}:
            self.heard.setdefault(name, []).append(response)

    def forget(self, frame: Frame) -> None:
        """What the page before was answered is gone with it."""
        if (path := urlsplit(frame.url).path) != self.path and frame == self.page.main_frame:
            self.path = path
            self.heard.clear()

    def answers(self, route: str) -> list[tuple[dict, dict]]:
        return [unpack(response.body()) for response in self.heard.get(route, ())]

    def wait(self) -> None:
        """Until each tile has its picture."""
        expect(self.page.locator(".tiles .tile")).to_have_count(len(ROUTES))
        expect(self.page.locator(".tiles .tile[aria-busy]")).to_have_count(0)

    def tile(self, page: str):
        return self.page.locator(f'[data-page="{page}"]')

    def number(self, page: str):
        return self.tile(page).locator('[data-part="number"]')

    def drawing(self) -> str | None:
        return self.page.evaluate("() => new URLSearchParams(location.search).get('drawing')")


@pytest.fixture
def home(tab: Page, everything: str) -> Home:
    return Home(tab, everything, {})


def test_a_drawing_goes_through_all_models_and_into_the_link(home):
    home.open()
    for page in ROUTES:
        expect(home.number(page)).not_to_be_empty()
    expect(home.number("codes")).to_contain_text("neighbours: 7")  # the first test image
    assert home.drawing() is None
    home.do("clear").click()
    for page in ROUTES:
        expect(home.number(page)).to_be_empty()
    home.stroke((0.5, 0.15), (0.5, 0.85))
    expect(home.number("codes")).to_contain_text("neighbours: 1")
    expect(home.number("gibbs")).to_contain_text("read as 1")
    link_is_written(home.page)
    drawn = home.drawing()
    assert drawn
    home.page.reload()
    home.wait()
    expect(home.number("codes")).to_contain_text("neighbours: 1")
    assert home.drawing() == drawn
    home.do("another").click()  # any test image: it may be another 1
    until(home.page, lambda: home.drawing() != drawn, "the link of another image")


@pytest.mark.parametrize("page", ROUTES)
def test_a_tile_opens_its_page_with_the_same_drawing_and_the_same_values(home, page):
    home.open()
    home.stroke((0.3, 0.5), (0.7, 0.5))  # a bar across the seven
    route, alike = ROUTES[page]
    frames(home.page)
    link_is_written(home.page)
    until(home.page, lambda: route in home.heard, "an answer for the tile")
    frames(home.page, 60)
    href = home.tile(page).get_attribute("href")
    told, planes = home.answers(route)[-1]
    home.tile(page).click()
    home.page.wait_for_url(f"**/{page}?**")
    assert href.startswith(f"./{page}?") and ("drawing=" in href or "a=d" in href)
    enough = told.get("count", 1)
    until(home.page, lambda: sum(h.get("count", 1) for h, _ in home.answers(route)) >= enough, "the page's answer")
    there = home.answers(route)
    for name in alike:
        found = np.concatenate([p[name] for _, p in there])[:enough] if page == "gibbs" else there[0][1][name]
        assert np.array_equal(found, planes[name]), name
    if page == "compare":
        assert json.dumps(there[0][0]) == json.dumps(told)
    if page == "codes":
        assert (there[-1][0]["error"], there[-1][0]["places"][0]) == (told["error"], told["places"][0])
    if page == "pixels":
        assert there[0][0]["nats"] == told["nats"]


def test_the_pad_answers_to_pen_and_eraser_and_a_bad_link_is_said(home):
    home.open("drawing=AAH")
    expect(home.part("error")).to_contain_text("does not fit")
    before = home.page.evaluate("(s) => window.digest(s)", '[data-part="pad"]')
    home.choose("pen", "rub")
    home.stroke((0.2, 0.35), (0.8, 0.35))
    home.frames()
    assert home.page.evaluate("(s) => window.digest(s)", '[data-part="pad"]') != before


def test_the_gallery_moves_unless_told_not_to_and_leads_to_what_it_shows(home):
    home.open()
    films = home.page.locator(".film")
    moving = "films => films.map(film => getComputedStyle(film).animationName)"
    assert films.count() >= 9 and films.evaluate_all(moving).count("film") >= 8
    home.page.emulate_media(reduced_motion="reduce")
    assert set(films.evaluate_all(moving)) == {"none"}
    home.page.emulate_media(reduced_motion="no-preference")
    home.page.locator('[data-gallery="latent"]').click()
    home.page.wait_for_url("**/latent?**")
    expect(home.page.locator('[data-part="dims"] canvas').first).to_be_visible()
    home.link_holds(mode="dimensions", z="0.9_0")


def test_the_line_of_time_and_the_doors_lead_on(home):
    home.open()
    stop = home.page.locator(".history a", has_text="Contrastive divergence")
    expect(stop).to_contain_text("Hinton 2002")
    answer = home.page.locator(".doors details p").first
    expect(answer).to_be_hidden()
    home.page.locator(".doors summary").first.click()
    expect(answer).to_contain_text("squared error")
    assert home.page.locator(".doors .upload").get_attribute("href") == "./data"
    stop.click()
    home.page.wait_for_url("**/gibbs?**")
    home.link_holds(sampler="cd", cd="1")


def test_an_example_is_a_click_away(home):
    home.open()
    home.page.get_by_label("Test image 3").click()  # a one
    expect(home.number("codes")).to_contain_text("neighbours: 1")


PAINTED = """canvas => {
  const { width, height } = canvas, { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let kept = 0, filled = 0;
  for (let i = 0; i < data.length; i += 4)
    if (data[i] > 150) data[i + 2] < 90 ? kept++ : filled++;
  return { kept, filled };
}"""


def test_what_is_erased_is_filled_in_and_can_be_told_from_what_was_kept(home):
    home.open()
    canvas = home.tile("gibbs").locator("canvas")
    until(home.page, lambda: canvas.evaluate(PAINTED)["kept"] > 0, "the strokes in their own colour")
    whole = canvas.evaluate(PAINTED)
    home.do("half").click()
    link_is_written(home.page)
    assert home.drawing()
    until(home.page, lambda: 0 < canvas.evaluate(PAINTED)["kept"] < 0.8 * whole["kept"], "half of the strokes")
    until(home.page, lambda: canvas.evaluate(PAINTED)["filled"] > whole["filled"], "what the model fills in")
    expect(home.tile("codes").locator(".legend > span")).to_have_text(list("0123456789"))
    expect(home.tile("pixels")).to_contain_text("Nats measure surprise")
