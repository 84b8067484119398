"""Journeys through the panel Inside of the page Next token: heads, units, counts, how far back a model looks."""

import re

import pytest
import writers
from playwright.sync_api import Locator, expect

from .conftest import serving
from .visitor import Visitor, until

LINES = 'one two\n  three (four) "five"\n' * 4


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict:
    return writers.shelf(tmp_path_factory.mktemp("writers"))


@pytest.fixture(scope="module")
def library(models, training_server):
    with serving(training_server, *models.values()) as address:
        yield address


class Inside(Visitor):
    """The panel as a visitor has it."""

    def open(self, model: str, query: str = "") -> "Inside":
        self.page.goto(f"{self.server}/tokens?checkpoint={self.models[model].name}&mode=inside{query}")
        expect(self.part("token")).not_to_be_empty()
        return self

    def setting(self, model: str, name: str) -> int:
        return self.models[model].run["preset"]["model"][name]

    def token(self, place: int) -> Locator:
        return self.page.locator(f'[data-part="text"] [data-at="{place}"]')

    @property
    def tokens(self) -> Locator:
        return self.page.locator('[data-part="text"] [data-at]:not(.begins)')

    def type(self, text: str) -> None:
        if not self.part("typed").is_visible():
            self.page.locator("summary", has_text="Text").click()
        self.part("typed").fill(text)

    def tint(self, place: int) -> str:
        return self.token(place).evaluate("(span) => span.style.background")

    def tints(self) -> list[str]:
        return self.tokens.evaluate_all("(all) => all.map((span) => span.style.background)")

    def tinted_anew(self, before: list[str]) -> None:
        """Wait until the text has other colours."""
        self.page.wait_for_function(
            """(before) => {
              const spans = window.deep('[data-part="text"]').querySelectorAll("[data-at]:not(.begins)");
              return [...spans].some((span, i) => span.style.background !== before[i]);
            }""",
            arg=before,
        )


@pytest.fixture
def inside(tab, library, models) -> Inside:
    return Inside(tab, library, models)


def test_attention_follows_the_pointer_and_stays_with_a_click(inside):
    inside.open("transformer")
    expect(inside.tokens).to_have_count(240)
    inside.token(9).hover()
    expect(inside.part("token")).to_contain_text("token 10 of 240")
    assert inside.tint(9) and inside.tint(-1) and not inside.tint(10), "nothing later is looked at"
    inside.token(20).click()
    inside.part("reach").hover()
    expect(inside.part("token")).to_contain_text("token 21 of 240")
    inside.link_holds(place="20")
    inside.key("ArrowRight", "ArrowRight", "ArrowLeft")
    expect(inside.part("token")).to_contain_text("token 22 of 240")
    inside.key("Home", "ArrowLeft")
    expect(inside.part("token")).to_contain_text("token 1 of 240")
    expect(inside.part("token")).to_contain_text("the start")
    inside.link_holds(place="0")


def test_a_head_is_chosen_by_its_picture_and_comes_back_with_the_link(inside):
    inside.open("transformer", "&place=30")
    thumbs = inside.page.locator(".thumb")
    expect(thumbs).to_have_count(inside.setting("transformer", "layers") * inside.setting("transformer", "heads"))
    expect(thumbs.nth(1).locator("small")).not_to_be_empty()
    inside.page.wait_for_function("window.digest('.thumb canvas') !== 0")
    expect(inside.part("token")).to_contain_text("mean of all heads")
    before = inside.tints()
    thumbs.nth(1).click()
    expect(inside.part("token")).to_contain_text("layer 1, head 2")
    expect(inside.part("said")).to_contain_text("layer 1, head 2")
    inside.tinted_anew(before)
    inside.link_holds(layer="0", head="1")
    inside.page.reload()
    expect(inside.part("token")).to_contain_text("layer 1, head 2")
    expect(inside.part("token")).to_contain_text("token 31 of")
    inside.key("[")
    expect(inside.part("token")).to_contain_text("layer 1, head 1")
    inside.page.get_by_text("maximum of all").click()
    expect(inside.part("token")).to_contain_text("maximum of all heads")
    inside.link_holds(layer=None, head="-2")


def test_any_text_is_read_line_breaks_are_seen_and_long_ones_are_cut(inside):
    inside.open("transformer")
    inside.type("ab\ncd é")
    expect(inside.part("text")).to_contain_text("⏎")
    expect(inside.tokens).to_have_count(8)  # é is two bytes here
    a, c = (inside.token(i).bounding_box() for i in (0, 3))
    assert c["y"] > a["y"] + 5
    inside.link_holds(text="ab\ncd é")
    inside.type("x" * 300)
    expect(inside.part("cut")).to_have_text(re.compile("first 256 of 300 characters"))
    inside.type("y" * 20_000)
    expect(inside.part("cut")).to_have_text(re.compile("first 256 of 20,000 characters"))
    inside.link_holds(text=None)  # no address is that long
    inside.type("\n")
    expect(inside.part("token")).to_contain_text("token 1 of 1")
    inside.page.locator('[data-do="usual"]').click()
    expect(inside.tokens).to_have_count(240)
    expect(inside.part("cut")).to_be_empty()


def test_units_are_searched_for_and_judged(inside):
    inside.open("lstm")
    rows = inside.page.locator('[data-do="unit"]')
    expect(rows).to_have_count(5)
    expect(inside.part("honest")).to_contain_text("“position in the line” is")
    expect(inside.part("honest")).to_contain_text("randomly shifted targets")
    inside.part("follow").select_option("quotes")
    expect(inside.part("honest")).to_contain_text("no unit can know yet")
    inside.part("follow").select_option("spaces")
    expect(inside.part("honest")).to_contain_text("“white space” holds for")
    inside.link_holds(follow="spaces", unit=None)
    best = rows.first.locator("b").inner_text()
    expect(inside.part("token")).to_contain_text(best)
    tints = inside.tints()
    rows.nth(1).click()
    expect(inside.part("token")).to_contain_text(rows.nth(1).locator("b").inner_text())
    inside.tinted_anew(tints)
    inside.link_holds(layer="0", unit=rows.nth(1).locator("b").inner_text().split()[1])
    inside.key("b")
    expect(inside.part("token")).to_contain_text(best)
    inside.link_holds(unit=None)
    inside.part("unit").fill("999")
    inside.part("unit").press("Enter")
    last = str(inside.setting("lstm", "width") - 1)
    expect(inside.part("token")).to_contain_text(f"unit {last} has")
    inside.link_holds(unit=last)
    inside.page.reload()
    expect(inside.part("token")).to_contain_text(f"unit {last} has")


def test_a_visitors_own_pattern_and_what_is_wrong_with_it(inside):
    inside.open("lstm", "&text=a1b22")
    inside.part("follow").select_option("pattern")
    expect(inside.part("honest")).to_contain_text("Enter a regular expression")
    for pattern, said in (("(", "not a regular expression"), ("qqqq+", "never occurs"), ("[a-e]", "matches of [a-e]")):
        inside.part("pattern").fill(pattern)
        inside.part("pattern").press("Enter")
        expect(inside.part("honest")).to_contain_text(said)
    inside.link_holds(follow="/[a-e]")
    edges = inside.tokens.evaluate_all("(all) => all.map((s) => s.style.borderBottomColor !== '')")
    assert edges == [True, False, True, False, False]
    inside.page.reload()
    expect(inside.part("honest")).to_contain_text("matches of [a-e]")
    expect(inside.part("pattern")).to_have_value("[a-e]")


def test_what_was_searched_for_before_is_not_shown_under_another_title(inside):
    inside.open("lstm")
    rows, held = inside.page.locator('[data-do="unit"]'), []
    expect(rows).to_have_count(5)
    inside.page.route(re.compile("/units$"), lambda route: held.append(route))

    def asked() -> None:
        """Wait for the next question; it is asked once the answer before it was read."""
        until(inside.page, lambda: held, "asked")

    def answer() -> None:
        asked()
        held.pop().continue_()

    inside.part("follow").select_option("spaces")
    expect(inside.part("honest")).to_contain_text("Reading the test text")
    inside.part("follow").select_option("pattern")
    answer()
    expect(inside.part("honest")).to_contain_text("Enter a regular expression")
    expect(rows).to_have_count(0)
    inside.part("follow").select_option("vowels")
    asked()  # else the page asks for the last choice alone
    inside.part("follow").select_option("upper")
    expect(inside.part("honest")).to_contain_text("Reading the test text")
    expect(rows).to_have_count(0)
    answer()
    asked()
    expect(inside.part("honest")).to_contain_text("Reading the test text")
    expect(rows).to_have_count(0)
    answer()
    expect(inside.part("honest")).to_contain_text("“words in capitals”")
    inside.page.unroute_all()


def test_a_unit_is_chosen_in_the_strip(inside):
    inside.open("lstm")
    expect(inside.page.locator('[data-do="unit"]')).to_have_count(5)
    box = inside.part("strip").bounding_box()
    inside.part("strip").hover(position={"x": box["width"] / 2, "y": box["height"] - 3})
    expect(inside.part("strip-hover")).to_have_text(re.compile(r"unit \d+ after .* \(token \d+\): −?[01]\.\d\d"))
    unit = re.match(r"unit \d+", inside.part("strip-hover").inner_text())[0]
    inside.part("strip").click(position={"x": box["width"] / 2, "y": box["height"] - 3})
    expect(inside.part("token")).to_contain_text(unit)
    inside.link_holds(unit=unit.split()[1])


def test_an_n_gram_shows_its_counts(inside):
    inside.open("ngram", "&text=the%20&place=3")
    expect(inside.part("token")).to_contain_text("token 4 of 4")
    rows, order = inside.part("orders").locator("tbody tr"), inside.setting("ngram", "order")
    expect(rows).to_have_count(order + 1)  # the last n - 1 tokens, ... none, and all alike
    stood = [int(n.replace(",", "")) for n in rows.locator("td:nth-child(3)").all_inner_texts()[:order]]
    assert stood == sorted(stood) and stood[0] > 0
    assert inside.tint(3) and inside.tint(2)
    inside.key("Home")
    expect(inside.part("token")).to_contain_text("token 1 of 4")


@pytest.mark.parametrize("kind", ["transformer", "pairs"])
def test_how_far_back_models_of_the_same_tokens_look(inside, models, kind):
    inside.open(kind)
    expect(inside.part("far")).to_contain_text("bits per token")
    views = [model.run["preset"]["view"] for model in models.values()]
    same = views.count(models[kind].run["preset"]["view"])
    expect(inside.part("legend").locator("span:not(.muted)")).to_have_count(same)
    expect(inside.part("legend").locator(".own")).to_have_count(1)
    rest = len(views) - same
    expect(inside.part("other")).to_contain_text("One more model uses" if rest == 1 else f"{rest} more models use")
    inside.page.wait_for_function("window.digest('[data-part=\"curve\"]') !== 0")
    box = inside.part("curve").bounding_box()
    inside.part("curve").hover(position={"x": 45, "y": box["height"] / 2})
    expect(inside.part("legend")).to_contain_text("with no context")


def test_a_text_stays_when_another_model_reads_it(inside):
    inside.open("transformer", "&layer=0&head=1&place=3&text=one%20two")
    expect(inside.tokens).to_have_count(7)
    inside.page.get_by_role("combobox").first.click()
    inside.page.get_by_role("option", name=re.compile("lstm")).first.click()
    expect(inside.part("strip-says")).to_contain_text("Above: unit")
    expect(inside.tokens).to_have_count(7)
