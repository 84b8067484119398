"""Journeys through Next token: step, force, rewind, branch; paste a text and read its surprisal."""

import pytest
import writers
from playwright.sync_api import Locator, expect

from .conftest import serving
from .visitor import Visitor


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict:
    return writers.shelf(tmp_path_factory.mktemp("writers"), "ngram", "lstm")


@pytest.fixture(scope="module")
def library(models, training_server):
    with serving(training_server, *models.values()) as address:
        yield address


class Desk(Visitor):
    """The page as a visitor has it."""

    def open(self, model: str = "ngram", query: str = "&t=0") -> "Desk":
        self.page.goto(f"{self.server}/tokens?checkpoint={self.models[model].name}{query}")
        expect(self.part("says")).to_contain_text("Sampled")
        return self

    def surprisal(self) -> Locator:
        """The panel that reads; the rows of its models."""
        self.page.goto(f"{self.server}/tokens?checkpoint={self.models['ngram'].name}&mode=surprisal")
        rows = self.page.locator(".totals [data-rival]")
        expect(rows).to_have_count(2)
        return rows

    @property
    def bars(self) -> Locator:
        return self.page.locator(".rows button:visible")

    def token(self, i: int) -> Locator:
        return self.page.locator(f'.text [data-at="{i}"]')

    def at(self, t: int) -> None:
        """Once so many tokens are read, and what comes next is told."""
        expect(self.part("says")).to_contain_text(f"Token {t + 1}.")
        expect(self.part("says")).to_contain_text("Entropy")

    def drawn(self) -> str:
        return self.page.locator(".rows .drawn").get_attribute("data-token")

    def text(self) -> str:
        """The tokens that are read."""
        return "".join(self.page.locator(".text [data-at]:not(.future)").all_inner_texts())


@pytest.fixture
def desk(tab, library, models) -> Desk:
    return Desk(tab, library, models)


def test_a_text_is_stepped_and_rewound(desk):
    desk.open()
    for t in range(1, 4):
        desk.do("on").click()
        desk.at(t)
    written = desk.text()
    desk.do("back").click()
    desk.at(2)
    assert desk.text() == written[: len(desk.text())]
    desk.token(0).click()
    desk.at(0)
    desk.page.keyboard.press("End")
    desk.at(3)
    assert desk.text() == written


def test_a_text_plays_and_the_link_brings_it_back(desk):
    desk.open(query="&t=0&speed=50&seed=4")
    desk.page.keyboard.press("Tab")
    desk.do("play").click()
    expect(desk.token(20)).to_be_visible()
    desk.do("play").click()
    desk.in_link("t")
    written, t = desk.text(), int(desk.page.evaluate("new URLSearchParams(location.search).get('t')"))
    desk.page.reload()
    desk.at(t)
    assert desk.text() == written


def test_a_token_is_forced_and_both_futures_stay(desk):
    desk.open(query="&t=0&speed=50")
    desk.do("on").click()
    desk.do("on").click()
    desk.at(2)
    past, other = desk.text(), desk.bars.nth(1 if desk.drawn() == desk.bars.nth(0).get_attribute("data-token") else 0)
    taken = other.get_attribute("data-token")
    other.click()
    expect(desk.page.locator(".cards article")).to_have_count(2)
    expect(desk.token(5)).to_be_visible()  # it goes on by itself
    desk.do("play").click()
    expect(desk.token(2)).to_have_class("forced")
    assert desk.text().startswith(past)
    desk.token(2).click()
    desk.at(2)
    assert desk.drawn() == taken
    expect(desk.page.locator(".cards header").nth(1)).to_contain_text("after the fork")
    desk.in_link("path")
    expect(desk.part("tree")).not_to_have_attribute("aria-busy", "true")
    cards = desk.page.locator(".cards article p")
    before = cards.all_inner_texts()
    desk.page.reload()
    desk.at(2)
    expect(desk.page.locator(".cards article")).to_have_count(2)
    expect(cards.nth(1)).to_have_text(before[1], use_inner_text=True)
    desk.page.locator(".cards article").first.click()  # back to what was drawn
    expect(desk.page.locator(".cards article").first).to_have_attribute("aria-current", "true")
    desk.page.locator('.cards [data-do="drop"]').nth(1).click()
    expect(desk.page.locator(".cards article")).to_have_count(0)


def test_another_continuation_by_key_and_numbers_take_tokens(desk):
    desk.open(query="&t=0&speed=50")
    desk.do("on").click()
    desk.at(1)
    desk.page.keyboard.press("b")
    expect(desk.page.locator(".cards article")).to_have_count(2)
    desk.page.keyboard.press(" ")
    expect(desk.part("says")).to_contain_text("Entropy")
    third = desk.bars.nth(2).get_attribute("data-token")
    drawn = desk.drawn()
    desk.page.keyboard.press("3")
    expect(desk.page.locator(".cards article")).to_have_count(2 if third == drawn else 3)


def test_bars_follow_the_sliders_as_tokens_are_drawn(desk):
    desk.open(query="&t=0&top_k=3")
    expect(desk.page.locator(".rows .cut")).to_have_count(9)
    expect(desk.page.locator(".rows button:not(.cut).drawn")).to_have_count(1)
    slider = desk.page.locator('[data-slide="temperature"]')
    first = desk.bars.first.locator("i")
    before = first.evaluate("(e) => parseFloat(e.style.width)")
    slider.evaluate("(e) => { e.value = 0.1; e.dispatchEvent(new Event('input', { bubbles: true })); }")
    desk.page.wait_for_function(
        "([bar, before]) => parseFloat(bar.style.width) > before", arg=[first.element_handle(), before]
    )
    expect(desk.part("says")).to_contain_text("3 tokens allowed")
    desk.link_holds(temperature="0.1")


def test_prompts_of_any_kind(desk):
    desk.open()
    for prompt in ("", "x", "🙂 漢字\t", "a" * 5_000):
        desk.part("prompt").fill(prompt)
        expect(desk.page.locator(".text .prompt")).to_have_text(
            prompt if len(prompt) < 2_000 else "… " + prompt[-2_000:], use_inner_text=False
        )
        desk.do("play").click()
        expect(desk.part("says")).to_contain_text("Entropy")


def test_a_pasted_text_is_read_by_every_model(desk):
    rows = desk.surprisal()
    desk.part("own").fill("The if statement\nGrüße 🙂")
    expect(desk.part("count")).to_have_text("24 characters")
    expect(rows.nth(0)).to_contain_text("%")
    expect(rows.nth(1)).to_contain_text("%")
    desk.page.wait_for_function(  # the bits of all are those of 24 characters
        """() => {
          const cells = [...window.deep(".totals [data-rival]").querySelectorAll("span")].map((s) => s.textContent);
          return Math.abs(Number(cells[2]) * 24 - Number(cells[3].replaceAll(",", ""))) < 0.5;
        }"""
    )
    desk.token(4).hover()
    expect(desk.part("hover")).to_contain_text("bits, p")
    expect(desk.page.locator(".hover .row:not(.scale)")).to_have_count(6)
    ngram = desk.part("hover").inner_text()
    rows.nth(1).click()
    expect(rows.nth(1)).to_have_attribute("aria-pressed", "true")
    desk.token(4).hover()
    expect(desk.part("hover")).not_to_have_text(ngram, use_inner_text=True)
    desk.link_holds(text="The if statement\nGrüße 🙂")
    desk.part("own").fill("")
    expect(desk.part("count")).to_have_text("0 characters")
    desk.do("test").click()
    expect(rows.nth(0)).to_contain_text("%")


def test_a_file_is_opened_and_one_that_is_no_text_is_named(desk):
    desk.surprisal()
    file = desk.part("file")
    file.set_input_files({"name": "mine.txt", "mimeType": "text/plain", "buffer": "Mine, é".encode()})
    expect(desk.part("count")).to_have_text("7 characters")
    file.set_input_files({"name": "picture.txt", "mimeType": "text/plain", "buffer": b"\xff\xfe\x00"})
    expect(desk.page.locator(".error")).to_contain_text("picture.txt is not UTF-8 text")
    expect(desk.part("own")).to_have_value("Mine, é")
    file.set_input_files({"name": "long.txt", "mimeType": "text/plain", "buffer": ("a" * 100_001).encode()})
    expect(desk.part("cut")).to_contain_text("first 100,000 characters")
    expect(desk.part("count")).to_have_text("100,000 characters")


def test_a_text_too_long_is_refused_in_words(desk):
    desk.surprisal()
    context = desk.page.context
    desk.part("own").evaluate(
        "(e) => { e.value = 'a'.repeat(100001); e.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    expect(desk.page.locator(".error")).to_contain_text("100,001 characters")
    context.complaints[:] = [text for text in context.complaints if "400" not in text]  # the refusal itself


def test_branches_are_there_after_a_look_at_another_panel(desk):
    desk.open(query="&t=0&speed=50")
    desk.do("on").click()
    desk.at(1)
    desk.page.keyboard.press("b")
    expect(desk.page.locator(".cards article")).to_have_count(2)
    expect(desk.token(4)).to_be_visible()
    desk.page.keyboard.press(" ")
    written = desk.part("text").inner_text()
    desk.page.locator('[data-tab="surprisal"]').click()
    desk.do("written").click()
    expect(desk.part("own")).to_have_value(written.replace("⏎\n", "\n").replace("⏎", "\n"))
    desk.page.locator('[data-tab="write"]').click()
    expect(desk.page.locator(".cards article")).to_have_count(2)
    expect(desk.part("text")).to_have_text(written, use_inner_text=True)


def test_an_empty_prompt_is_in_the_link(desk):
    desk.open()
    desk.part("prompt").fill("")
    desk.link_holds(prompt="~~")
    desk.page.reload()
    expect(desk.part("says")).to_contain_text("Entropy")
    expect(desk.part("prompt")).to_have_value("")
    desk.link_holds(prompt="~~")
