"""Journeys through the panels of the page Next token that compare runs: in columns, teacher forcing."""

import re

import pytest
import writers
from playwright.sync_api import Locator, expect

from .conftest import serving
from .visitor import Visitor


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict:
    return writers.shelf(tmp_path_factory.mktemp("writers"), "ngram", "lstm", "transformer", "pairs")


@pytest.fixture(scope="module")
def library(models, training_server):
    with serving(training_server, *models.values()) as address:
        yield address


class Runs(Visitor):
    """A panel of the page Next token as a visitor has it."""

    def open(self, panel: str, model: str = "ngram", query: str = "") -> "Runs":
        self.page.goto(f"{self.server}/tokens?checkpoint={self.models[model].name}&mode={panel}{query}")
        return self.ready()

    def ready(self) -> "Runs":
        self.page.wait_for_selector(".side-by-side footer, .free .said")
        return self

    def reload(self) -> None:
        self.page.reload()
        self.ready()

    @property
    def columns(self) -> Locator:
        return self.page.locator(".side-by-side article")

    def written(self) -> list[str]:
        """The texts when all stand to their end."""
        self.frames()  # what was just asked for has begun
        expect(self.do("halt")).to_have_text("generate again")
        return self.columns.locator('[data-part="own"]').all_inner_texts()


@pytest.fixture
def runs(tab, library, models) -> Runs:
    return Runs(tab, library, models)


def numbers(runs: Runs, part: str) -> list[float]:
    found = runs.columns.locator(f'[data-part="{part}"]').all_inner_texts()
    return [float(re.search(r"[\d.]+", text).group()) for text in found]


def test_cold_texts_cost_little_and_hot_ones_much(runs):
    runs.open("columns", query="&length=50")
    texts = runs.written()
    assert len(texts) == 6 and len(set(texts)) > 2
    expect(runs.columns.locator("header b")).to_have_text(["0.2", "0.5", "0.8", "1", "1.4", "2"])
    bits = numbers(runs, "bits")
    assert bits[0] < bits[3] < bits[5]
    expect(runs.part("real")).to_contain_text(
        re.compile(r"Test text, in excerpts of 50 characters: \d+% repeated.*5\.05 bits per character under this model")
    )


def test_the_same_seed_writes_the_same_and_other_noise_does_not(runs):
    runs.open("columns", query="&length=50&seed=4")
    texts = runs.written()
    runs.do("halt").click()
    assert runs.written() == texts
    runs.key("n")
    runs.link_holds(seed="5")
    assert runs.written()[3] != texts[3]
    runs.reload()
    expect(runs.page.locator('[data-pick="seed"]')).to_have_value("5")
    runs.page.locator('[data-pick="seed"]').fill("4")
    runs.page.locator('[data-pick="seed"]').press("Enter")
    runs.link_holds(seed="4")
    expect(runs.columns.nth(3).locator('[data-part="own"]')).to_have_text(texts[3], use_inner_text=True)


def test_a_prompt_of_ones_own_is_what_all_texts_begin_with(runs):
    runs.open("columns", query="&length=50")
    runs.written()
    runs.part("prompt").fill("The\n  <b>é</b> ")
    expect(runs.columns.locator(".prompt")).to_have_text(["The\n  <b>é</b> "] * 6, use_inner_text=True)
    runs.link_holds(prompt="The\n  <b>é</b> ")
    runs.reload()
    expect(runs.part("prompt")).to_have_value("The\n  <b>é</b> ")
    expect(runs.columns.locator(".prompt")).to_have_count(6)


def test_writing_is_stopped_and_begun_again(runs):
    runs.open("columns", "transformer", "&length=1600")
    own = runs.columns.first.locator('[data-part="own"]')
    expect(own).not_to_be_empty()
    runs.key("s")
    expect(runs.do("halt")).to_have_text("generate again")
    there = own.inner_text()
    runs.frames(30)
    assert own.inner_text() == there and len(there) < 1_600
    runs.do("halt").click()
    expect(runs.do("halt")).to_have_text("stop")
    runs.do("halt").click()


def test_models_write_side_by_side_each_in_its_own_tokens(runs):
    runs.open("columns", "lstm", "&length=50")
    runs.choose("along", "model")
    runs.link_holds(along="model")
    expect(runs.columns).to_have_count(4)
    expect(runs.columns.first.locator("header b")).to_have_text("LSTM")  # the page's own comes first
    assert all(runs.written()) and all(b > 0 for b in numbers(runs, "bits"))
    runs.do("rival", runs.models["pairs"].name).click()
    expect(runs.columns).to_have_count(3)
    runs.page.locator('[data-slide="temperature"]').fill("0.3")
    runs.link_holds(temperature="0.3")
    runs.reload()
    expect(runs.columns).to_have_count(3)
    assert len(runs.written()) == 3
    for kind in ("ngram", "transformer", "lstm"):
        runs.do("rival", runs.models[kind].name).click()
    expect(runs.columns).to_have_count(1)  # one stays


def test_free_runs_go_on_from_where_the_truth_is_cut(runs):
    runs.open("forcing", "ngram")
    free = runs.page.locator(".free .said")
    expect(free).to_have_count(4)
    expect(runs.part("right")).to_contain_text(re.compile(r"\d+ of 100 correct"))
    begin = runs.part("truth").locator(".prompt").inner_text()
    assert begin.strip() and runs.part("ahead").locator(".prompt").inner_text() == begin
    texts = free.all_inner_texts()
    runs.key("g")
    runs.link_holds(tries="1")
    expect(free.first).not_to_have_text(texts[0], use_inner_text=True)
    assert runs.part("truth").locator(".prompt").inner_text() == begin
    runs.page.locator('[data-slide="first"]').fill("10")
    runs.link_holds(first="10")
    expect(runs.part("truth").locator(".prompt")).not_to_have_text(begin, use_inner_text=True)
    runs.key("]")
    expect(runs.part("whose")).to_contain_text("excerpt 2 of 32")
    runs.link_holds(stretch="1")
    runs.key("[")
    runs.key("[")
    expect(runs.part("whose")).to_contain_text("excerpt 32 of 32")


def test_judges_from_outside_stand_beside_the_model(runs):
    runs.open("forcing", "lstm")
    rows = runs.part("judges").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("LSTM (itself)")
    expect(runs.part("under")).not_to_have_text("LSTM")  # another judges
    expect(runs.part("measured")).to_contain_text(re.compile(r"32 excerpts of the test text.*another model"))
    before = runs.page.evaluate("window.digest('[data-part=\"cost\"]')")
    runs.do("judge", runs.models["lstm"].name).click()
    expect(runs.part("under")).to_have_text("LSTM")
    runs.page.wait_for_function("(b) => ![0, b].includes(window.digest('[data-part=\"cost\"]'))", arg=before)


def test_greedy_has_one_run_and_to_run_again_is_to_draw(runs):
    runs.open("forcing", "ngram", "&pick=greedy&first=32")
    expect(runs.page.locator(".free .said")).to_have_count(1)
    expect(runs.part("measured")).to_contain_text("repeats itself")
    runs.do("again").click()
    runs.link_holds(pick=None, tries="1")
    expect(runs.page.locator(".free .said")).to_have_count(4)
    expect(runs.part("measured")).to_contain_text("on average")


def test_a_model_alone_in_its_tokens_says_so_and_nonsense_in_a_link_is_survived(runs):
    runs.open("forcing", "pairs", "&first=99999&stretch=9999&tries=77&pick=nonsense")
    expect(runs.part("measured")).to_contain_text("No other model with these tokens")
    expect(runs.page.locator('[data-slide="first"] + output')).to_have_text("256 tokens")
    runs.open("columns", "ngram", "&along=model&rivals=gone,x&length=50&temperature=0.05")
    expect(runs.columns).to_have_count(4)
    assert len(runs.written()) == 4


@pytest.mark.parametrize("panel", ["columns", "forcing"])
def test_a_narrow_screen_is_not_wider_than_itself(runs, panel):
    runs.page.set_viewport_size({"width": 420, "height": 900})
    runs.open(panel)
    runs.page.wait_for_selector(".side-by-side mark, .free .said, .side-by-side footer")
    wide = runs.page.locator(".player").evaluate("(player) => [player.scrollWidth, player.clientWidth]")
    assert wide[0] <= wide[1] + 1
