"""Journeys through the Latent space page: drag, choose ends, play, save a film, look at the manifold, come back."""

import io
import re

import pytest
import vaes
from PIL import Image
from playwright.sync_api import expect

from .conftest import SHIPPED, renamed, serving
from .visitor import Visitor, link_is_written


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict:
    """A plane, a wide one with another beta, and one that is decoded on the server."""
    made = tmp_path_factory.mktemp("vaes")
    return {name: vaes.train(made, f"digits-vae-{name}") for name in ("2", "beta-1", "beta-20")} | {
        "conv": vaes.train_conv(made)
    }


@pytest.fixture(scope="module")
def gallery(models, training_server):
    shown = (*models.values(), SHIPPED["digits-autoencoder-2"])
    with serving(training_server, *shown) as address:
        yield address


class Space(Visitor):
    """The Latent space page as a visitor has it."""

    def open(self, model: str = "2", query: str = "") -> "Space":
        self.page.goto(f"{self.server}/latent?checkpoint={self.models[model].name}{query}")
        return self.ready()

    def ready(self) -> "Space":
        self.page.wait_for_function("window.digest('[data-stage=\"plane\"]') !== 0")
        self.page.wait_for_function("window.digest('[data-part=\"large\"]') !== 0")
        return self

    def digest(self, selector: str) -> int:
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return self.page.evaluate("(s) => window.digest(s)", selector)

    def settled(self, selector: str) -> int:
        """The digest once it has been the same for a second: a lattice is drawn bit by bit."""
        same, last = 0, None
        for _ in range(100):
            now = self.digest(selector)
            same, last = (same + 1 if now == last else 0), now
            if same == 5:
                return now
            self.page.wait_for_timeout(200)
        raise AssertionError(f"{selector} does not come to rest")

    def changes(self, selector: str, before: int) -> None:
        """Wait until a picture is there, and another one."""
        self.page.wait_for_function("([s, before]) => ![0, before].includes(window.digest(s))", arg=[selector, before])

    @property
    def large(self) -> int:
        return self.digest('[data-part="large"]')

    def at(self, x: float, y: float) -> tuple[float, float]:
        box = self.part("over").bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def point(self) -> tuple[float, float]:
        """A place on the map where the pointer meets an example."""
        for step in range(1, 400):
            place = self.at(0.1 + 0.8 * (step * 0.618 % 1), 0.1 + 0.8 * step / 400)
            self.page.mouse.move(*place)
            if self.part("over").evaluate("(e) => e.style.cursor") == "pointer":
                return place
        raise AssertionError("no example found")

    def link(self, name: str) -> str | None:
        return self.page.evaluate("(name) => new URLSearchParams(location.search).get(name)", name)

    def link_holds(self, **wanted: str | None) -> None:
        for name, value in wanted.items():
            self.page.wait_for_function(
                "([name, value]) => new URLSearchParams(location.search).get(name) === value", arg=[name, value]
            )

    def link_has(self, name: str) -> str:
        link_is_written(self.page)
        self.page.wait_for_function("(name) => new URLSearchParams(location.search).get(name)", arg=name)
        return self.link(name)


@pytest.fixture
def space(tab, gallery, models) -> Space:
    return Space(tab, gallery, models)


@pytest.mark.parametrize("model", ["2", "beta-1", "conv"])
def test_the_picture_follows_the_pointer_and_a_drag_takes_the_point_along(space, model):
    space.open(model)
    seen = {space.large}
    for place in ((0.2, 0.2), (0.8, 0.3), (0.5, 0.8)):
        space.page.mouse.move(*space.at(*place))
        expect(space.part("whose")).to_have_text("at the pointer")
        space.page.wait_for_function("(seen) => !seen.includes(window.digest('[data-part=\"large\"]'))", arg=list(seen))
        seen.add(space.large)
    space.page.mouse.down()
    space.page.mouse.move(*space.at(0.3, 0.4), steps=4)
    expect(space.part("whose")).to_have_text("at the point")
    space.page.mouse.up()
    dragged = space.link_has("z")
    space.page.locator('[data-part="over"]').focus()
    space.page.keyboard.press("ArrowRight")
    space.page.wait_for_function("(z) => new URLSearchParams(location.search).get('z') !== z", arg=dragged)


def test_while_dragging_nothing_is_asked_of_the_server(space):
    space.open()
    expect(space.page.locator(".path canvas.now")).to_have_count(5)  # all that is asked for at first has come
    asked = []
    space.page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    for step in range(30):
        space.page.mouse.move(*space.at(0.2 + 0.02 * step, 0.5))
    assert not asked


def test_a_clicked_example_has_its_posterior_its_picture_and_its_reconstruction(space):
    space.open()
    space.page.wait_for_function("window.digest('[data-part=\"own\"] canvas') !== 0")
    before = space.digest('[data-part="own"] canvas')
    space.page.mouse.click(*space.point())
    expect(space.part("about")).to_contain_text("nats")
    row = space.link_has("pick")
    expect(space.part("about")).to_contain_text(f"example {row}:")
    space.changes('[data-part="own"] canvas', before)
    assert space.link("z") is None
    space.page.keyboard.press("Escape")
    expect(space.part("about")).to_contain_text("Click an example")


def test_planes_manifold_and_zoom_come_back_with_the_link(space):
    space.open("beta-1")
    space.part("kind").select_option("class")
    space.part("first").select_option("3")
    space.part("second").select_option("8")
    space.link_holds(plane="class~3~8")
    expect(space.part("across")).to_have_text("from 3 to 8 →")
    plain = space.digest('[data-part="plane"] canvas')
    space.do("manifold").click()
    space.link_holds(manifold="on")
    space.page.wait_for_function("(before) => window.digest('[data-part=\"plane\"] canvas') !== before", arg=plain)
    space.do("nearer").click()
    space.do("nearer").click()
    view = space.link_has("view")
    shown = space.settled('[data-part="plane"] canvas')
    space.reload()
    space.ready()
    space.page.wait_for_function("(before) => window.digest('[data-part=\"plane\"] canvas') === before", arg=shown)
    assert space.link("view") == view
    expect(space.do("manifold")).to_have_attribute("aria-pressed", "true")
    space.do("manifold").click()
    space.link_holds(manifold=None, view=None)


def test_ends_are_chosen_played_and_saved_as_a_film_with_the_right_number_of_frames(space):
    space.open()
    expect(space.page.locator(".path canvas.now")).to_have_count(5)
    space.do("arm", "a").click()
    space.page.mouse.click(*space.point())
    expect(space.do("arm", "a")).to_have_attribute("aria-pressed", "false")
    space.page.locator('[data-pick="class-b"]').select_option("7")
    expect(space.part("words-b")).to_contain_text("7 · example")
    ends = space.link_has("a"), space.link_has("b")
    assert all(end.startswith("e") for end in ends)
    space.do("play").click()
    start = space.digest('[data-path="sphere"] .now')
    space.page.wait_for_function("(before) => window.digest('[data-path=\"sphere\"] .now') !== before", arg=start)
    space.page.keyboard.press("Space")
    t = space.link_has("t")
    space.page.keyboard.press("]")
    space.page.wait_for_function("(t) => new URLSearchParams(location.search).get('t') !== t", arg=t)
    for turn, frames, expected in (("bounce", "12", 22), ("loop", "24", 24)):
        space.page.locator(f'[data-choice="turn"][value="{turn}"]').click()
        space.page.locator('[data-pick="frames"]').select_option(frames)
        expect(space.do("gif")).to_have_text(f"GIF, {expected} frames")
        with space.page.expect_download() as download:
            space.do("gif").click()
        film = Image.open(io.BytesIO(download.value.path().read_bytes()))
        assert film.format == "GIF" and film.n_frames == expected and film.info["loop"] == 0
    with space.page.expect_download() as download:
        space.do("png").click()
    strip = Image.open(download.value.path())
    assert strip.format == "PNG" and strip.width > 600
    space.link_holds(turn="loop")
    space.reload()
    space.ready()
    expect(space.part("words-b")).to_contain_text(f"7 · example {ends[1][1:]}")
    expect(space.part("words-a")).to_contain_text(f"example {ends[0][1:]}")
    expect(space.page.locator('[data-pick="frames"]')).to_have_value("24")
    space.link_holds(turn="loop")


def test_a_film_between_an_image_and_itself_has_all_its_frames(space):
    space.open("2", "&a=e3&b=e3&frames=12")
    expect(space.page.locator(".path canvas.now")).to_have_count(5)
    with space.page.expect_download() as download:
        space.do("gif").click()
    film = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert film.n_frames == 22 and {film.seek(i) or film.info["duration"] for i in range(22)} == {film.info["duration"]}


def test_the_density_of_codes_is_told_along_both_ways(space):
    space.open("beta-1", "&t=0.5")
    space.page.wait_for_function("window.digest('[data-density]') !== 0")
    straight, sphere = (space.part(f"density-{way}") for way in ("straight", "sphere"))
    half = straight.text_content()
    assert half != sphere.text_content() and float(half.replace("−", "-")) < 20
    expect(space.part("lengths")).to_contain_text("samples from the prior have about 3.2")
    space.do("back").click()
    expect(straight).not_to_have_text(half)
    # ends are examples: there both ways are at the same place
    space.page.locator('[data-part="scrub"]').fill("1")
    expect(space.part("frame")).to_contain_text("t = 1.00")
    expect(straight).to_have_text(sphere.text_content())


def test_strips_are_dragged_like_the_time_bar(space):
    space.open()
    expect(space.page.locator(".path canvas.now")).to_have_count(5)
    strip = space.page.locator('[data-strip="straight"]').bounding_box()
    middle = strip["y"] + strip["height"] / 2
    space.page.mouse.move(strip["x"] + strip["width"] * 0.3, middle)
    space.page.mouse.down()
    space.page.mouse.move(strip["x"] + strip["width"] * 0.5, middle, steps=3)
    space.page.mouse.up()
    space.link_holds(t="0.5")
    expect(space.part("whose")).to_contain_text("between A and B")


def test_an_end_can_be_drawn_and_the_drawing_comes_back(space):
    space.open()
    space.do("draw", "b").click()
    pad = space.part("drawing").bounding_box()
    space.page.mouse.move(pad["x"] + pad["width"] * 0.5, pad["y"] + 15)
    space.page.mouse.down()
    space.page.mouse.move(pad["x"] + pad["width"] * 0.5, pad["y"] + pad["height"] - 15, steps=6)
    space.page.mouse.up()
    expect(space.part("words-b")).to_have_text("your drawing")
    drawn = space.link_has("b")
    assert drawn.startswith("d")
    space.do("close-pad").click()
    picture = space.digest('[data-end="b"] canvas')
    space.reload()
    space.ready()
    expect(space.part("words-b")).to_have_text("your drawing")
    space.page.wait_for_function("(before) => window.digest('[data-end=\"b\"] canvas') === before", arg=picture)


def test_units_are_sorted_by_what_they_say_and_moved_by_their_sliders(space):
    space.open("beta-1", "&mode=dimensions")
    rows = space.page.locator(".dim[data-unit]")
    expect(rows).to_have_count(10)
    widths = rows.evaluate_all("(rows) => rows.map((row) => parseFloat(row.querySelector('.kl i').style.width))")
    assert widths == sorted(widths, reverse=True)
    unit = rows.nth(0).get_attribute("data-unit")
    space.page.wait_for_function(f"window.digest('[data-row=\"{unit}\"]') !== 0")
    before, row = space.large, space.digest(f'[data-row="{unit}"]')
    space.page.locator(f'[data-slide="unit-{unit}"]').fill("2.5")
    assert float(space.link_has("z").split("_")[int(unit)]) == 2.5
    space.changes('[data-part="large"]', before)
    space.changes(f'[data-row="{unit}"]', row)
    moved = space.digest(f'[data-row="{unit}"]')
    space.page.locator(f'[data-slide="unit-{unit}"]').fill("-0.38")  # the marker stands between two pictures
    space.changes(f'[data-row="{unit}"]', moved)
    space.page.locator('[data-choice="around"][value="prior"]').click()
    space.link_holds(around="prior")
    space.do("back-to").click()
    space.link_holds(z=None)
    space.page.locator('[data-choice="around"][value="point"]').click()
    # nor does the marker stay there
    space.page.wait_for_function(f"(row) => window.digest('[data-row=\"{unit}\"]') === row", arg=row)


def test_beta_is_turned_up_and_back_on_the_map(space):
    space.open("beta-1", "&mode=beta")
    expect(space.page.locator(".member")).to_have_count(2)
    expect(space.page.locator("[data-total]").nth(1)).to_contain_text("inactive")
    before = space.digest('[data-stage="plane"]')
    space.page.locator('[data-slide="beta"]').fill("1")
    space.link_holds(beta="20")
    expect(space.part("whose")).to_contain_text("β = 20")
    space.page.wait_for_function("(before) => window.digest('[data-stage=\"plane\"]') !== before", arg=before)
    space.reload()
    space.ready()
    expect(space.part("whose")).to_contain_text("β = 20")
    space.page.locator('[data-tab="interpolate"]').click()
    expect(space.part("whose")).not_to_contain_text("β")
    space.page.wait_for_function("(before) => window.digest('[data-stage=\"plane\"]') === before", arg=before)


def test_the_same_noise_follows_mean_and_spread_and_fresh_noise_jumps(space):
    space.open("2", "&mode=noise&seed=5")
    noise = space.part("noise").text_content()
    z, picture = space.part("z").text_content(), space.large
    space.page.locator('[data-slide="spread"]').fill("2.5")
    expect(space.part("z")).not_to_have_text(z)
    space.changes('[data-part="large"]', picture)
    assert space.part("noise").text_content() == noise
    space.do("fresh").click()
    expect(space.part("noise")).not_to_have_text(noise)
    space.page.wait_for_function("new URLSearchParams(location.search).get('seed') !== '5'")
    drawn = space.part("noise").text_content()
    space.reload()
    space.ready()
    expect(space.part("noise")).to_have_text(drawn)


def test_samples_come_with_their_nearest_training_images_and_come_back(space):
    space.open("beta-1", "&mode=generate")
    first = '[data-sample="0"] canvas'
    space.page.wait_for_function("window.digest('[data-sample=\"0\"] canvas:nth-of-type(2)') !== 0")
    before = space.digest(first)
    space.page.locator('[data-choice="source"][value="posterior"]').click()
    space.link_holds(source="posterior")
    space.changes(first, before)
    before = space.settled(first)
    space.do("again").click()
    space.link_has("seed")
    space.changes(first, before)
    drawn = space.settled(first)
    space.page.locator('[data-sample="0"]').click()
    space.link_has("z")
    space.reload()
    space.ready()
    space.page.wait_for_function("(before) => window.digest('[data-sample=\"0\"] canvas') === before", arg=drawn)


def test_what_one_class_has_and_another_has_not_is_added(space):
    space.open("beta-1", "&mode=attributes&less=3&more=8&strength=0")
    expect(space.part("whose")).to_contain_text("0.00 × the difference")
    before = space.large
    space.page.locator('[data-slide="strength"]').fill("1.5")
    space.link_holds(strength="1.5", less="3", more="8")
    space.changes('[data-part="large"]', before)
    space.page.locator('[data-pick="less"]').select_option("0")
    space.link_holds(less=None)


def test_nonsense_in_a_link_does_no_harm_and_another_model_is_a_choice_away(space):
    space.open("2", "&plane=dims~0~99&z=1_2_3&pick=9999&a=e99999&b=z1&t=banana&view=a,b,c&mode=what&frames=7")
    expect(space.part("error")).to_be_visible()
    expect(space.page.get_by_text("mode = 'what' was not used")).to_be_visible()
    expect(space.page.get_by_text("t = 'banana' was not used")).to_be_visible()
    for part in ("point", "example", "view", "plane"):
        expect(space.part("error")).to_contain_text(f"The link's {part}")
    space.page.get_by_role("combobox", name="Model").click()
    space.page.get_by_role("option", name=space.models["beta-1"].title).click()
    space.link_holds(checkpoint=space.models["beta-1"].name)
    expect(space.part("across")).to_have_text("PC 1 →")


def test_on_a_narrow_screen_the_decoded_picture_lies_on_the_map_away_from_the_finger(space):
    space.page.set_viewport_size({"width": 390, "height": 844})
    space.open()
    inset = space.part("inset")
    expect(inset).to_be_visible()
    space.part("over").scroll_into_view_if_needed()
    for x, y in ((0.85, 0.15), (0.15, 0.85), (0.8, 0.8), (0.2, 0.2)):
        before = space.digest('[data-part="inset"]')
        space.page.mouse.move(*space.at(0.5, 0.5))
        space.page.mouse.down()
        space.page.mouse.move(*space.at(x, y), steps=4)
        space.page.wait_for_function("(b) => window.digest('[data-part=\"inset\"]') !== b", arg=before)
        box, at = inset.bounding_box(), space.at(x, y)
        assert box["y"] >= 0 and box["y"] + box["height"] <= 844, "in sight while the finger moves"
        inside = box["x"] <= at[0] <= box["x"] + box["width"] and box["y"] <= at[1] <= box["y"] + box["height"]
        assert not inside, (x, y)
        space.page.mouse.up()
    space.page.set_viewport_size({"width": 1440, "height": 900})
    expect(inset).to_be_hidden()


def test_the_wheel_scrolls_the_page_and_zooms_with_ctrl(space):
    space.page.set_viewport_size({"width": 1280, "height": 700})
    space.open()
    scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"
    space.page.mouse.move(*space.at(0.4, 0.4))
    space.page.mouse.wheel(0, 200)
    space.page.wait_for_function(f"{scrolled} > 100")
    expect(space.part("zoom-hint")).to_be_visible()
    assert space.link("view") is None
    space.page.mouse.move(*space.at(0.4, 0.5))
    space.page.keyboard.down("Control")
    space.page.mouse.wheel(0, -200)
    space.page.keyboard.up("Control")
    assert float(space.link_has("view").split(",")[2]) > 1


# what the server answers before it falls silent
SILENT_AFTER = ["nothing", "points|decoder", "points|decoder|axes", "points|decoder|axes|pictures"]


@pytest.mark.parametrize("answered", SILENT_AFTER)
def test_hands_that_are_faster_than_the_server(space, answered):
    """Whatever is pressed, dragged or typed before the rest has come, nothing is thrown."""
    page, model = space.page, space.models["beta-1"].name
    page.route(re.compile(rf"/api/(?!latent/{model}/({answered})\?)"), lambda route: None)
    page.goto(f"{space.server}/latent?checkpoint={model}")
    page.wait_for_function("window.deep('.player.latent canvas')")
    for panel in ("interpolate", "dimensions", "beta", "noise", "generate", "attributes"):
        page.evaluate('(tab) => window.deep(`[data-tab="${tab}"]`)?.click()', panel)
        page.evaluate("window.press_everything()")


def test_a_class_name_of_markup_stays_text(tab, training_server, models, tmp_path):
    """Names come from folders that people bring: on no tab may they become elements."""
    name = '<img src=x onerror="window.broken=1">'
    shown = renamed(tmp_path, models["beta-1"], name, title=name)
    with serving(training_server, shown) as address:
        space = Space(tab, address, {"beta-1": shown}).open("beta-1", "&mode=attributes&less=3&more=8")
        expect(space.part("legend")).to_contain_text(name)
        for panel in ("interpolate", "dimensions", "beta", "noise", "generate", "attributes"):
            space.page.evaluate('(tab) => window.deep(`[data-tab="${tab}"]`)?.click()', panel)
            space.digest('[data-part="large"]')
        assert not space.page.locator(".player img").count() and not space.page.evaluate("window.broken")
        tab.goto("about:blank")  # before its model is gone
