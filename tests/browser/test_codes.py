"""Journeys through the Codes page: hover, choose, compare maps, decode empty places, play the film, draw, come back."""

import re

import pytest
from playwright.sync_api import Locator, expect

from core.analysis import embedding, training_trajectory
from core.numerics.neighbors import knn_accuracy

from .conftest import PATIENCE, SHIPPED, renamed, serving
from .player import HELPERS
from .visitor import Visitor, link_is_written

KINDS = ("autoencoder-2", "stack-2", "autoencoder-16", "vae-2")
PLANE, STACK, WIDE, VAE = (SHIPPED[f"digits-{name}"] for name in KINDS)

# the classes' colours by how many pixels of a canvas are near them
INK = """(i) => {
  const canvas = window.deep(`[data-stage="map-${i}"]`);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let strong = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] > 180) strong += 1;
  return strong;
}"""


@pytest.fixture(scope="module")
def gallery(training_server):
    with serving(training_server, PLANE, STACK, WIDE, VAE) as address:
        yield address


class Table(Visitor):
    """The Codes page as a visitor has it."""

    def open(self, checkpoint: str = PLANE.name, query: str = "") -> "Table":
        self.page.goto(f"{self.server}/codes?checkpoint={checkpoint}{query}")
        return self.ready()

    def ready(self) -> "Table":
        self.page.wait_for_function("window.digest('[data-stage=\"map-0\"]') !== 0")
        scored = re.compile("held-out points|points saved during training")
        expect(self.scores(0)).to_contain_text(scored)
        return self

    def choose(self, name: str, value: str) -> None:
        choice = self.page.locator(f'button[data-choice="{name}"][value="{value}"]')
        choice.click()
        expect(choice).to_have_attribute("aria-pressed", "true")

    def colour(self, value: str) -> None:
        self.page.locator('[data-pick="colour"]').select_option(value)

    def map(self, i: int) -> Locator:
        return self.page.locator(f'[data-map="{i}"] [data-part="over"]')

    def scores(self, i: int) -> Locator:
        return self.page.locator(f'[data-map="{i}"] [data-part="scores"]')

    def picture(self, i: int, layer: str = "dots") -> int:
        """A number that changes with any pixel of a map."""
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return self.page.evaluate("(s) => window.digest(s)", f'[data-map="{i}"] [data-part="{layer}"]')

    def at(self, i: int, x: float, y: float) -> tuple[float, float]:
        box = self.map(i).bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def point(self, i: int = 0) -> tuple[float, float]:
        """A place on map `i` where the pointer meets a point."""
        for step in range(1, 400):
            place = self.at(i, 0.05 + 0.9 * (step * 0.618 % 1), 0.05 + 0.9 * step / 400)
            self.page.mouse.move(*place)
            if self.map(i).evaluate("(e) => e.style.cursor") == "pointer":
                return place
        raise AssertionError("no point found")

    def empty(self, i: int = 0) -> tuple[float, float]:
        """A place on map `i` without points."""
        for x, y in ((0.03, 0.03), (0.97, 0.03), (0.03, 0.97), (0.97, 0.97)):
            place = self.at(i, x, y)
            self.page.mouse.move(*place)
            if self.map(i).evaluate("(e) => e.style.cursor") != "pointer":
                return place
        raise AssertionError("no empty place")

    def drag(self, i: int, *points: tuple[float, float]) -> None:
        self.page.mouse.move(*self.at(i, *points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.at(i, *point), steps=5)
        self.page.mouse.up()

    def link_holds(self, **wanted: str | None) -> None:
        for name, value in wanted.items():
            self.page.wait_for_function(
                "([name, value]) => new URLSearchParams(location.search).get(name) === value", arg=[name, value]
            )

    def link(self, name: str) -> str:
        """A part of the address, once it is there."""
        link_is_written(self.page)
        self.page.wait_for_function("(name) => new URLSearchParams(location.search).get(name)", arg=name)
        return self.page.evaluate("(name) => new URLSearchParams(location.search).get(name)", name)


@pytest.fixture
def table(tab, gallery) -> Table:
    return Table(tab, gallery, {})


def test_the_page_opens_with_two_maps_of_the_same_points(table):
    table.open()
    assert table.picture(0) != table.picture(1) != 0
    for i in (0, 1):
        expect(table.scores(i)).to_contain_text("on 360 held-out points")
    expect(table.page.get_by_text("What a code is")).to_be_visible()
    score = table.page.locator('[data-map="0"] [data-score="trustworthiness"]')
    score.click()
    expect(table.page.locator('[data-map="0"] [data-part="meaning"]')).to_contain_text("false neighbours")


def test_a_pointer_shows_the_image_at_once_and_its_place_on_the_other_map(table):
    table.open()
    before = table.picture(1, "over")
    table.point()
    expect(table.part("tip")).to_contain_text("error")
    expect(table.part("tip").locator("canvas").first).to_be_visible()
    table.page.wait_for_function(
        "([s, before]) => window.digest(s) !== before", arg=['[data-map="1"] [data-part="over"]', before]
    )


def test_a_selection_is_shown_alone_and_a_link_restores_that(table):
    table.open()
    table.part("query").fill("3")
    table.part("query").press("Enter")
    expect(table.part("chosen")).to_contain_text("selected")
    isolate = table.do("isolate")
    dots = table.picture(0)
    for pressed in ("true", "false", "true"):
        isolate.click()
        expect(table.do("isolate")).to_have_attribute("aria-pressed", pressed)
    table.link_holds(isolate="on")
    assert table.picture(0) != dots
    table.reload()
    expect(table.do("isolate")).to_have_attribute("aria-pressed", "true")
    table.key("Escape")
    expect(table.do("isolate")).to_have_attribute("aria-pressed", "false")
    expect(table.part("chosen")).to_contain_text("selected")
    table.key("Escape")
    expect(table.part("chosen")).not_to_contain_text("selected")
    table.link_holds(isolate=None)


def test_the_nearest_of_a_clicked_point_are_listed(table):
    table.open()
    table.page.mouse.click(*table.point())
    expect(table.part("nearest").locator("[data-row]")).to_have_count(10)
    expect(table.part("chosen")).to_contain_text("Nearest in pixel space")
    table.choose("near", "code")
    expect(table.part("chosen")).to_contain_text("Nearest in code space")
    for metric, words in (("cosine", ", by cosine"), ("euclidean", ""), ("cosine", ", by cosine")):
        table.choose("metric", metric)
        table.link_holds(metric=None if metric == "euclidean" else metric)
        expect(table.part("chosen").locator("h4")).to_have_text(f"Nearest in code space{words}")
    table.choose("near", "off")
    expect(table.part("nearest")).to_have_count(0)


def test_a_click_joins_a_point_with_its_true_neighbours_on_every_map(table):
    table.open()
    table.page.mouse.click(*table.point())
    for i in (0, 1):
        kept = table.page.locator(f'[data-map="{i}"] [data-part="preserved"]')
        expect(kept).to_contain_text("of its 10 nearest in pixel space")
    expect(table.part("chosen")).to_contain_text("1 selected")
    lines = table.picture(1, "over")
    table.choose("near", "code")
    table.page.wait_for_function(
        "([s, before]) => window.digest(s) !== before", arg=['[data-map="1"] [data-part="over"]', lines]
    )
    table.link_holds(near="code")
    table.page.keyboard.press("Escape")
    expect(table.page.locator('[data-map="0"] [data-part="preserved"]')).to_have_text("")
    expect(table.page.locator('[data-map="0"] [data-part="lines"]')).to_be_hidden()


@pytest.mark.parametrize("tool", ["box", "lasso"])
def test_what_is_chosen_on_one_map_lights_up_on_the_other_and_a_reload_restores_it(table, tool):
    table.open()
    other = table.picture(1)
    table.choose("tool", tool)
    corners = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.7), (0.2, 0.7))
    table.drag(0, *(corners if tool == "lasso" else corners[::2]))
    expect(table.part("chosen")).to_contain_text("selected")
    assert table.picture(1) != other
    said = table.part("chosen").locator("header b").inner_text()
    assert 0 < int(said.split()[0]) < 360
    expect(table.part("counts")).to_be_visible()
    table.page.wait_for_function("window.deep('.item canvas:nth-of-type(2)')?.dataset.done")
    table.link("pick")
    table.reload()
    table.ready()
    expect(table.part("chosen").locator("header b")).to_have_text(said)


def test_a_map_is_dragged_zoomed_by_wheel_and_keys_and_comes_back(table):
    table.open()
    first, other = table.picture(0), table.picture(1)
    table.drag(0, (0.03, 0.03), (0.3, 0.3))
    dragged = table.picture(0)
    assert dragged != first
    table.page.keyboard.down("Control")
    table.page.mouse.wheel(0, -400)
    table.page.keyboard.up("Control")
    assert table.picture(0) not in (first, dragged)
    table.map(0).focus()
    table.page.keyboard.press("ArrowLeft")
    table.page.keyboard.press("+")
    zoomed = "() => Number(new URLSearchParams(location.search).get('place1')?.split(',')[2]) > 1"
    table.page.wait_for_function(zoomed)  # what the drag alone wrote may stand there before
    assert table.picture(1) == other
    link_is_written(table.page)
    shown = table.link("place1")
    table.reload()
    table.ready()
    assert table.picture(0) not in (first, dragged) and table.picture(1) == other
    table.map(0).focus()
    table.page.keyboard.press("+")
    table.page.wait_for_function("(before) => new URLSearchParams(location.search).get('place1') !== before", arg=shown)
    assert float(table.link("place1").split(",")[2]) == pytest.approx(1.3 * float(shown.split(",")[2]), rel=1e-4)
    table.page.keyboard.press("0")
    table.link_holds(place1=None)
    assert table.picture(1) == other


def test_the_decoder_draws_what_lives_in_empty_places(table):
    table.open()
    place = table.empty()
    expect(table.part("tip")).to_contain_text("decoded from here")
    before = table.picture(1, "over")
    table.page.mouse.click(*place)
    table.page.wait_for_function(
        "([s, before]) => window.digest(s) !== before", arg=['[data-map="1"] [data-part="over"]', before]
    )
    assert table.link("probe").startswith("code~")
    table.page.keyboard.press("d")
    table.link_holds(ghost="on")
    for i in (0, 1):
        table.page.wait_for_function(f'window.digest(\'[data-map="{i}"] [data-part="under"]\') !== 0')
    table.page.keyboard.press("Escape")
    table.link_holds(probe=None)
    table.page.keyboard.press("d")
    table.link_holds(ghost=None)


def test_the_training_plays_stops_and_a_link_goes_back_to_it(table):
    table.open()
    expect(table.part("trajectory")).to_be_visible()
    finished, other = table.picture(0), table.picture(1)
    table.do("play").click()
    table.page.wait_for_function("([s, before]) => window.digest(s) !== before", arg=['[data-stage="map-0"]', finished])
    table.page.wait_for_timeout(400)
    table.do("play").click()
    expect(table.part("frame")).to_contain_text("epoch")
    assert table.picture(1) == other
    table.link("at")
    said, shown = table.part("frame").inner_text(), table.picture(0)
    table.reload()
    table.ready()
    expect(table.part("frame")).to_have_text(said)
    table.page.wait_for_timeout(300)
    assert table.picture(0) != finished and shown
    table.part("scrub").focus()
    table.page.keyboard.press("[")
    table.page.keyboard.press("[")
    expect(table.part("frame")).not_to_have_text(said)
    table.do("finish").click()
    table.link_holds(at=None)
    assert table.picture(0) == finished


def test_a_drawing_lands_on_every_map(table):
    table.open()
    before = [table.picture(i, "over") for i in (0, 1)]
    easel = table.part("drawing")
    easel.scroll_into_view_if_needed()
    box = easel.bounding_box()
    table.page.mouse.move(box["x"] + 65, box["y"] + 25)
    table.page.mouse.down()
    table.page.mouse.move(box["x"] + 62, box["y"] + 105, steps=6)
    table.page.mouse.up()
    expect(table.part("encoded")).to_contain_text("Reconstruction error")
    for i in (0, 1):
        assert table.picture(i, "over") != before[i]
    table.do("clear-pad").click()
    expect(table.part("encoded")).to_contain_text("Draw")
    assert [table.picture(i, "over") for i in (0, 1)] == before


def test_classes_are_hidden_isolated_and_searched(table):
    table.open()
    full = table.page.evaluate(INK, 0)
    three = table.page.locator('[data-class="3"]')
    three.click()
    table.link_holds(hide="3")
    assert 0 < table.page.evaluate(INK, 0) < full
    three.click()
    table.link_holds(hide=None)
    three.dblclick()
    table.link_holds(hide="0.1.2.4.5.6.7.8.9")
    assert 0 < table.page.evaluate(INK, 0) < full / 3
    table.do("show-all").click()
    table.link_holds(hide=None)
    table.part("query").fill("3")
    table.page.keyboard.press("Enter")
    expect(table.part("counts")).to_contain_text("3")
    table.part("query").fill("#12")
    table.page.keyboard.press("Enter")
    expect(table.part("chosen")).to_contain_text("1 selected")
    table.part("query").fill("dragon")
    table.page.keyboard.press("Enter")
    expect(table.part("error")).to_contain_text("dragon")


def test_colours_and_images(table):
    table.open()
    seen = {table.picture(1)}
    for colour in ("error", "place"):
        table.colour(colour)
        table.link_holds(colour=colour)
        seen.add(table.picture(1))
    table.colour("cluster")
    expect(table.part("legend")).to_contain_text("10 clusters")
    table.link_holds(colour="cluster")
    seen.add(table.picture(1))
    table.choose("show", "images")
    table.page.wait_for_timeout(500)
    seen.add(table.picture(1))
    assert len(seen) == 5
    table.reload()
    expect(table.part("legend")).to_contain_text("10 clusters")


def test_points_are_coloured_by_a_unit_that_keys_change_and_a_link_restores_it(table):
    table.open(WIDE.name)
    before, unit = table.picture(0), table.page.locator('[data-pick="unit"]')
    expect(unit).to_be_hidden()
    table.colour("unit code")
    expect(unit).to_have_value("0")
    for key, number in ((".", 1), (".", 2), (",", 1), (",", 0), (",", 15)):
        table.key(key)
        expect(unit).to_have_value(str(number))
        table.link_holds(colour="unit", layer="code", unit=str(number) if number else None)
    expect(table.part("legend")).to_contain_text("activation lowest to highest")
    shown = table.picture(0)
    assert shown != before
    table.reload()
    table.ready()
    expect(unit).to_have_value("15")
    expect(table.part("legend")).to_contain_text("activation lowest to highest")
    assert table.picture(0) == shown
    table.point()
    expect(table.part("tip")).to_contain_text("unit 15 of code")
    table.colour("class")
    table.link_holds(colour=None, layer=None, unit=None)
    assert table.picture(0) == before


def test_a_bound_on_the_likelihood_is_a_colour_of_models_that_have_one(table):
    table.open(VAE.name)
    table.colour("score elbo")
    expect(table.part("legend")).to_contain_text("nats")
    table.link_holds(colour="score", score="elbo")
    table.open(PLANE.name, "&colour=score&score=elbo")
    expect(table.part("legend").locator("[data-class]")).to_have_count(10)  # it has none: the classes instead


def test_contours_and_names_stand_on_the_maps_until_they_are_put_away(table):
    table.open()
    table.page.wait_for_function('window.digest(\'[data-map="1"] [data-part="over"]\') !== 0')
    named = table.picture(1, "over")
    table.key("c")
    table.link_holds(contours="on")
    with_contours = table.picture(1, "over")
    assert with_contours not in (0, named)
    table.part("names").click()
    expect(table.part("names")).to_have_attribute("aria-pressed", "false")
    table.link_holds(names="off")
    assert table.picture(1, "over") not in (0, named, with_contours)
    table.reload()
    table.ready()
    expect(table.part("contours")).to_have_attribute("aria-pressed", "true")
    table.key("c")
    table.link_holds(contours=None)
    assert table.picture(1, "over") == 0
    table.key("t")
    table.link_holds(names=None)


def test_a_map_that_is_not_ready_is_computed_beside_the_others_and_then_kept(table):
    table.page.goto(f"{table.server}/codes?checkpoint={WIDE.name}&maps=umap-code,pca-code")
    ask = table.page.locator('[data-map="0"] [data-part="ask"]')
    expect(ask).to_contain_text("seconds")  # once the points are encoded
    table.page.locator('[data-map="0"] [data-do="compute"]').click()
    expect(ask.locator("[role=progressbar]")).to_be_visible()
    expect(ask).to_be_hidden()
    expect(table.scores(0)).to_contain_text("k-NN accuracy")
    table.reload()
    table.ready()
    expect(ask).to_be_hidden()
    table.page.locator('[data-map="0"] [data-do="tune"]').click()
    table.page.locator('[data-map="0"] [data-setting="n_neighbors"]').fill("5")
    table.page.locator('[data-map="0"] [data-do="retune"]').click()
    expect(ask).to_contain_text("not computed yet")
    table.link_holds(maps="umap-code:n_neighbors=5,pca-code")


def test_maps_are_added_changed_removed_and_saved(table):
    table.open()
    table.do("add").click()
    expect(table.page.locator("[data-map]")).to_have_count(3)
    table.page.locator("[data-map-name]").nth(2).select_option("pca-pixels")
    table.link_holds(maps="code,pca-pixels,pca-pixels")
    with table.page.expect_download() as download:
        table.page.locator('[data-map="2"] [data-do="png"]').click()
    assert download.value.suggested_filename == f"{PLANE.name}-pca-pixels.png"
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    table.page.locator('[data-map="0"] [data-do="remove"]').click()
    table.link_holds(maps="pca-pixels,pca-pixels")


def test_another_model_is_a_choice_away_and_nonsense_in_a_link_does_no_harm(table):
    nonsense = "&colour=banana&maps=zzz,code&pick=zz.!!&place1=a,b&at=1e9&probe=~~~&hide=77&points=10000"
    table.open(query=nonsense)
    expect(table.page.get_by_text("colour = 'banana' was not used")).to_be_visible()
    expect(table.part("error")).to_contain_text("zzz")
    table.page.get_by_role("combobox", name="Model").click()
    table.page.get_by_role("option", name=WIDE.title).click()
    table.link_holds(checkpoint=WIDE.name)
    expect(table.page.locator("[data-map-name]").first).to_have_value("pca-code")
    expect(table.part("error")).to_be_hidden()  # its link asked for no map: those of the model before were kept


def test_another_model_opens_with_its_own_usual_maps_where_the_usual_ones_were_shown(table):
    table.open()
    for model, first in ((WIDE, "pca-code"), (PLANE, "code")):
        table.page.get_by_role("combobox", name="Model").click()
        table.page.get_by_role("option", name=model.title).click()
        table.link_holds(checkpoint=model.name, maps=f"{first},pca-pixels")
        expect(table.page.locator("[data-map-name]").first).to_have_value(first)
        expect(table.part("error")).to_be_hidden()


def test_a_class_name_of_markup_stays_text(tab, training_server, tmp_path):
    """Names come from folders that people bring: nowhere on the page may they become elements."""
    name = '<img src=x onerror="window.broken=1">'
    shown = renamed(tmp_path, PLANE, name, title=name)
    with serving(training_server, shown) as address:
        table = Table(tab, address, {}).open(shown.name)
        expect(table.part("legend")).to_contain_text(name)
        table.page.mouse.click(*table.point())
        expect(table.part("tip")).to_contain_text(name)
        expect(table.part("chosen")).to_contain_text(name)
        table.part("query").fill(name)
        table.page.keyboard.press("Enter")
        assert not table.page.locator(".player img").count() and not table.page.evaluate("window.broken")
        tab.goto("about:blank")  # before its model is gone


# what the server answers before it falls silent
SILENT_AFTER = ["nothing", "points", "points|layouts", "points|layouts|film", "points|layouts|decoder|sprites|film"]


@pytest.mark.parametrize("answered", SILENT_AFTER)
def test_hands_that_are_faster_than_the_server(table, answered):
    """Whatever is pressed, dragged or typed before the rest has come, nothing is thrown."""
    page = table.page
    page.route(re.compile(rf"/api/(runs|maps/{PLANE.name}/(?!({answered})\b))"), lambda route: None)
    page.goto(f"{table.server}/codes?checkpoint={PLANE.name}")
    page.wait_for_function("window.deep('.player.codes [data-part=\"legend\"]')")
    if "layouts" in answered:
        page.wait_for_function("window.digest('[data-stage=\"map-0\"]') !== 0")
    page.evaluate("window.press_everything()")


def test_while_points_load_the_page_says_so_and_offers_only_the_choice_of_points(table):
    page, held = table.page, []
    page.route(re.compile(rf"/api/maps/{PLANE.name}/points"), lambda route: held.append(route))
    page.goto(f"{table.server}/codes?checkpoint={PLANE.name}")
    expect(table.part("loading")).to_contain_text("Encoding up to 10,000 held-out examples")
    expect(page.locator('[data-pick="points"]')).to_be_visible()
    for name in ("decode-plane", "add", "help"):
        expect(table.do(name)).to_be_hidden()
    expect(table.part("chosen")).to_be_hidden()
    held[0].continue_()
    table.ready()
    expect(table.part("loading")).to_be_hidden()
    expect(table.do("add")).to_be_visible()


def test_the_wheel_scrolls_the_page_and_ctrl_wheel_zooms(table):
    table.page.set_viewport_size({"width": 1280, "height": 600})
    table.open()
    scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"
    table.page.mouse.move(*table.at(0, 0.5, 0.5))
    table.page.mouse.wheel(0, 60)
    table.page.wait_for_function(f"{scrolled} > 30")
    expect(table.page.locator('[data-map="0"] [data-part="zoom-hint"]')).to_be_visible()
    table.page.locator('[data-map="0"] [data-do="zoom-in"]').click()
    assert float(table.link("place1").split(",")[2]) == pytest.approx(1.3)
    table.page.locator('[data-map="0"] [data-do="zoom-out"]').click()
    table.page.wait_for_function("Number(new URLSearchParams(location.search).get('place1').split(',')[2]) < 1.01")


def test_a_view_without_points_offers_to_show_everything(table):
    table.page.goto(f"{table.server}/codes?checkpoint={PLANE.name}&place1=1e6,1e6,1")
    lost = table.page.locator('[data-map="0"] [data-part="no-points"]')
    expect(lost).to_contain_text("No points in this view")
    lost.locator("button").click()
    expect(lost).to_be_hidden()
    table.link_holds(place1=None)


def test_on_a_phone_one_finger_scrolls_the_page_and_two_move_the_map(browser, gallery):
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, bypass_csp=True)
    phone.set_default_timeout(PATIENCE)
    try:
        table = Table(phone.new_page(), gallery, {})
        table.page.add_init_script(HELPERS)
        table.open()
        table.map(0).scroll_into_view_if_needed()
        hands = phone.new_cdp_session(table.page)
        scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"

        def touch(kind: str, *places: tuple[float, float]) -> None:
            points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)]
            hands.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        before = table.page.evaluate(scrolled)
        x, y = table.at(0, 0.5, 0.6)
        touch("touchStart", (x, y))
        for step in range(1, 11):
            touch("touchMove", (x, y - 15 * step))
        touch("touchEnd")
        table.page.wait_for_function(f"{scrolled} > {before + 50}")
        x, y = table.at(0, 0.5, 0.5)
        touch("touchStart", (x - 30, y), (x + 30, y))
        for step in range(1, 11):
            touch("touchMove", (x - 30 - 6 * step, y), (x + 30 + 6 * step, y))
        touch("touchEnd")
        assert float(table.link("place1").split(",")[2]) > 1.5
    finally:
        phone.close()


def test_scores_are_those_of_the_epoch_that_is_shown(table):
    table.open(query="&at=0&maps=code,pca-pixels")
    film, points = training_trajectory.training_trajectory(PLANE), embedding.embed_dataset(PLANE)
    value = knn_accuracy(film.codes[0], points.labels, 10)
    said = table.page.locator('[data-map="0"] [data-score="knn_accuracy"] b')
    expect(said).to_have_text(f"{100 * value:.1f}%")
    expect(table.scores(0)).to_contain_text(f"at epoch {film.epochs[0]}")
    expect(table.page.locator('[data-map="0"] [data-score="trustworthiness"]')).to_have_count(0)
    table.page.mouse.click(*table.point())
    expect(table.part("chosen")).to_contain_text("final weights")
    table.do("finish").click()
    whole = points.accuracy("code")
    expect(said).to_have_text(f"{100 * whole:.1f}%")
    expect(table.scores(0)).to_contain_text("held-out points")
    expect(table.part("chosen")).not_to_contain_text("final weights")


def test_accuracy_in_the_full_space_stands_before_that_of_the_map(table):
    table.open(WIDE.name)
    points = embedding.embed_dataset(WIDE)
    for i, (space, words) in enumerate((("code", "the 16-D code"), ("pixels", "64 pixels"))):
        first = table.scores(i).locator("button").first
        expect(first).to_have_text(f"k-NN accuracy in {words} {100 * points.accuracy(space):.1f}%")
        expect(table.scores(i).locator("button").nth(1)).to_contain_text("k-NN accuracy on this map")


def test_chosen_documents_show_their_words(tab, training_server):
    with serving(training_server, SHIPPED["topics-autoencoder-2"]) as address:
        table = Table(tab, address, {}).open(SHIPPED["topics-autoencoder-2"].name)
        points = embedding.embed_dataset(SHIPPED["topics-autoencoder-2"])
        row = 5
        table.part("query").fill(f"#{points.indices[row]}")
        table.page.keyboard.press("Enter")
        expect(table.part("items")).to_contain_text(" · ".join(points.words(row)))
        nearest = points.neighbours_of(row, 1)["pixels"][0]
        expect(table.part("nearest")).to_contain_text(" · ".join(points.words(nearest)))
        expect(table.page.get_by_text("which words do they share?")).to_be_visible()
        expect(table.page.get_by_text("Draw an image like these")).to_have_count(0)
        tab.goto("about:blank")  # before its model is gone


def test_points_are_coloured_by_every_known_factor(tab, training_server):
    with serving(training_server, SHIPPED["sprites-vae-10"]) as address:
        table = Table(tab, address, {}).open(SHIPPED["sprites-vae-10"].name, "&points=1000")
        seen = {table.picture(1)}
        for name in ("shape", "size", "angle", "x", "y"):
            table.colour(f"factor {name}")
            table.link_holds(colour="factor", factor=name)
            expect(table.part("legend")).to_contain_text("a true factor")
            seen.add(table.picture(1))
        assert len(seen) == 6
        tab.goto("about:blank")  # before its model is gone


def test_nothing_is_clipped_on_a_phone(table):
    table.page.set_viewport_size({"width": 390, "height": 844})
    try:
        table.open()
        box = table.do("help").bounding_box()
        assert box["x"] + box["width"] <= 390
    finally:
        table.page.set_viewport_size({"width": 1280, "height": 900})
