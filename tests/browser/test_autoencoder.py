"""The Autoencoder page: code sizes, a drawing, layers and codes answer at once, and a link brings them back."""

import pytest
from playwright.sync_api import expect

from .conftest import SHIPPED
from .visitor import Visitor, frames, until

MODELS = {name: SHIPPED[f"{name}"] for name in ("digits-autoencoder-2", "mnist-autoencoder-30", "topics-autoencoder-2")}
NET = MODELS["digits-autoencoder-2"]


class Page(Visitor):
    def open(self, name: str = "digits-autoencoder-2", query: str = "") -> "Page":
        self.page.goto(f"{self.server}/autoencoder?checkpoint={self.models[name].name}{query}")
        self.rows.first.locator(".cell").first.wait_for()
        self.page.locator('[data-part="layer-rows"] .cell').first.wait_for()
        return self

    @property
    def rows(self):
        return self.page.locator('[data-part="rows"] .line')

    @property
    def titles(self) -> list[str]:
        return [" ".join(head.split()) for head in self.page.locator('[data-part="rows"] .name').all_inner_texts()]

    def sees(self, *titles: str) -> None:
        until(self.page, lambda: self.titles == list(titles), f"the rows {titles}: {self.titles}")

    def written(self, name: str) -> None:
        """Wait until the address carries this as it is now; the curves of trainings below are a player too."""
        frames(self.page, 2)
        self.page.locator(".player.autoencoder:not([data-writing])").wait_for(state="attached")
        self.page.wait_for_function("(name) => new URLSearchParams(location.search).get(name)", arg=name)

    def picture(self, row: int, column: int = 0) -> str:
        return self.rows.nth(row).locator("canvas").nth(column).evaluate("(c) => c.toDataURL()")


@pytest.fixture
def here(tab, everything: str) -> Page:
    return Page(tab, everything, MODELS).open()


NETS = ("pretrained 2-D", "random initialisation 2-D", "GELU 2-D", "plain SGD 2-D")


def test_the_slider_over_code_sizes_answers_and_nets_of_the_nearest_size_stand_beside(here):
    here.sees("PCA 2-D", "logistic PCA 2-D", *NETS)
    before = here.picture(1)
    here.choose("k", "10")
    here.sees("PCA 10-D", "logistic PCA 16-D", "pretrained 16-D")
    until(here.page, lambda: here.picture(1) != before, "another reconstruction")
    here.page.locator(".player.autoencoder").focus()
    here.page.keyboard.press("ArrowRight")
    here.link_holds(k="11")
    here.choose("k", "2")
    here.sees("PCA 2-D", "logistic PCA 2-D", *NETS)
    here.link_holds(k=None)


def test_each_press_shuffles_once_more_and_a_class_is_chosen(here):
    for wanted in range(1, 4):
        here.do("shuffle").click()
        here.link_holds(seed=str(wanted))
    here.page.get_by_label("Class", exact=True).select_option("8")
    here.link_holds(digit="8")
    until(
        here.page,
        lambda: "8 ·" in (here.page.locator('[data-part="originals"] .cell').nth(2).get_attribute("title") or ""),
        "an eight",
    )


def test_residuals_go_there_and_back(here):
    grey = here.picture(1)
    for wanted in ("True", None, "True"):
        here.do("errors").click()
        here.link_holds(errors=wanted)
        until(here.page, lambda on=wanted: (here.picture(1) != grey) == (on == "True"), "residuals as asked for")


def test_a_drawing_is_reconstructed_while_it_is_drawn_and_a_link_brings_it_back(here):
    before = here.picture(3)
    box = here.part("pad").bounding_box()
    here.page.mouse.move(box["x"] + 75, box["y"] + 20)
    here.page.mouse.down()
    here.page.mouse.move(box["x"] + 75, box["y"] + 130, steps=4)
    until(here.page, lambda: here.picture(3) != before, "the drawing's reconstruction before the pen is lifted")
    here.page.mouse.up()
    here.written("drawing")
    here.answered()
    drawn = here.picture(0)
    here.page.reload()
    here.rows.first.locator(".cell").first.wait_for()
    until(here.page, lambda: here.picture(0) == drawn, "the drawing again")
    here.do("wipe").click()
    here.link_holds(drawing=None)
    until(here.page, lambda: here.picture(0) != drawn, "the example again")


def test_the_question_is_answered_by_the_curve(here):
    expect(here.part("question")).to_contain_text("How many numbers does PCA need to match this network's 2?")
    here.part("guess").fill("3")
    here.part("guess").press("Enter")
    expect(here.part("question")).to_contain_text("You guessed 3: too few.")
    here.link_holds(guess="3")
    here.do("ask-again").click()
    here.do("show-answer").click()
    here.link_holds(guess="-1")
    expect(here.part("question")).to_contain_text("PCA with")


def test_the_marker_on_the_curve_is_dragged(here):
    box = here.part("curve").bounding_box()
    here.page.mouse.move(box["x"] + 60, box["y"] + 100)
    here.page.mouse.down()
    here.page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 100, steps=3)
    here.page.mouse.up()
    here.link_holds(k="64")


def test_a_layer_is_decoded_from_and_a_code_is_dragged(here):
    expect(here.part("from")).to_contain_text("layer 3 (64 units)")
    here.page.locator('button.layer[value="1"]').first.click()
    expect(here.part("from")).to_contain_text("layer 1 (256 units)")
    here.link_holds(layer="1")
    output = '[data-part="output"] canvas'
    before = here.page.locator(output).evaluate("(c) => c.toDataURL()")
    here.page.locator('input[data-unit="0"]').focus()
    here.page.keyboard.press("Home")
    until(here.page, lambda: here.page.locator(output).evaluate("(c) => c.toDataURL()") != before, "another output")
    here.written("units")
    here.answered()
    changed = here.page.locator(output).evaluate("(c) => c.toDataURL()")
    here.page.reload()
    here.page.locator('[data-part="layer-rows"] .cell').first.wait_for()
    until(here.page, lambda: here.page.locator(output).evaluate("(c) => c.toDataURL()") == changed, "the changed code")
    here.do("reset-code").click()
    here.link_holds(units=None)


def test_mnist_opens_without_a_download_and_pca_goes_to_a_hundred(here):
    here.open("mnist-autoencoder-30", "&k=100")
    here.sees("PCA 100-D", "logistic PCA 30-D", "pretrained 30-D", "random initialisation 30-D")
    here.do("show-answer").click()
    expect(here.part("question")).to_contain_text("PCA with 174 numbers")


def test_documents_are_words(here):
    here.open("topics-autoencoder-2", "&seed=2")
    expect(here.page.locator(".word").first).to_be_visible()
    assert here.titles[0] == "LSA 2-D" and here.page.locator(".word.own").count() > 3
    expect(here.part("pad-box")).to_be_hidden()
    here.choose("k", "10")
    until(here.page, lambda: here.titles[0] == "LSA 10-D", "LSA with ten numbers")


def test_an_old_link_is_read(here):
    here.open("digits-autoencoder-2", "&digit=8&seed=3&errors=True")
    expect(here.do("errors")).to_have_attribute("aria-pressed", "true")
    assert here.page.get_by_label("Class", exact=True).input_value() == "8"


def test_tabs_name_page_and_model(here):
    expect(here.page).to_have_title(f"{NET.title} · Autoencoder")
    here.page.goto(f"{here.server}/data")
    expect(here.page).to_have_title("Your data · Representation Playground")


def test_a_phone_shows_it_without_scrolling_sideways(here):
    here.page.set_viewport_size({"width": 390, "height": 844})
    here.page.wait_for_function(
        "() => document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth"
        " && document.documentElement.scrollWidth <= innerWidth"
    )


def test_reconstructions_of_mnist_grow_side_by_side_in_all_trainings(here):
    here.open("mnist-autoencoder-30")
    captions = here.page.locator('[data-part="stages"] figcaption')
    ways = ("pretrained", "random initialisation", "GELU")
    expect(captions).to_have_text([f"epoch {e} · {way}" for e, way in zip((240, 240, 10), ways, strict=True)])
    expect(here.page.get_by_text("only 10 of 240 epochs, weights not kept")).to_be_visible()
    pictures = [here.page.locator("canvas[data-stage]").nth(i) for i in range(3)]
    until(here.page, lambda: all(one.evaluate("c => c.width > 2") for one in pictures), "the pictures")
    last = [one.evaluate("c => c.toDataURL()") for one in pictures]
    here.page.locator('[data-part="scrub"]').fill("1")
    expect(captions).to_have_text([f"epoch 1 · {way}" for way in ways])
    first = [one.evaluate("c => c.toDataURL()") for one in pictures]
    assert len({*first, *last}) == 6
