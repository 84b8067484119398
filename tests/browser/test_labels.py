"""The page of labels: giving them, what they lead to, the race; every control, and the link."""

import re

import pytest
from playwright.sync_api import expect

from .visitor import Visitor, until


class Labels(Visitor):
    def open(self, query: str = "") -> "Labels":
        self.page.goto(f"{self.server}/labels?dataset=digits{query}")
        self.page.locator(".player.labels:not([aria-busy])").wait_for()
        return self

    def has(self, count: int) -> "Labels":
        expect(self.part("count")).to_contain_text(f"{count} label{'' if count == 1 else 's'}")
        return self

    def errors(self) -> list[float]:
        """One for each representation, once all are there."""
        numbers = self.page.locator('[data-part="legend"] b')
        until(self.page, lambda: all("%" in text for text in numbers.all_inner_texts()), "errors of all")
        return [float(text.removesuffix("%")) for text in numbers.all_inner_texts()]


@pytest.fixture
def labels(tab, everything: str) -> Labels:
    return Labels(tab, everything, {}).open()


def test_ten_labels_go_further_than_one(labels):
    labels.has(0)
    before = labels.digest("map")
    labels.do("truth").click()
    labels.has(1).changes("map", before)
    one = labels.errors()
    assert min(one) > 50
    labels.do("ten").click()
    labels.has(11)
    eleven = labels.errors()
    assert len(eleven) >= 5 and min(eleven) < min(one)
    for count in (10, 9, 8):
        labels.do("undo").click()
        labels.has(count)
    labels.in_link("labels")
    given = labels.errors()
    labels.reload()
    labels.has(8)
    assert labels.errors() == given
    labels.do("clear").click()
    labels.has(0).link_holds(labels=None, seed="1")
    labels.do("undo").click()  # Clear, too, is taken back
    labels.has(8)


def test_keys_count_before_anything_has_the_focus(labels):
    for count, key in enumerate("182", 1):
        labels.page.keyboard.press(key)
        labels.has(count)


def test_a_label_is_given_by_a_button_and_by_a_key(labels):
    labels.page.locator('button[data-do="class"][value="3"]').click()
    labels.has(1)
    labels.key("7")
    labels.has(2)
    labels.key("n", "4")
    labels.has(3)
    labels.key("u")
    labels.has(2)
    labels.part("map").hover(position={"x": 120, "y": 120})
    until(labels.page, lambda: labels.part("guess").inner_text(), "a word on an example")
    shown = labels.digest("example")
    labels.key("8")  # what is shown gets the label, not what was asked for before
    labels.has(3)
    labels.page.mouse.move(5, 5)
    labels.key("u")
    labels.has(2)
    until(labels.page, lambda: labels.digest("example") == shown, "the labelled example")
    for _ in range(3):
        labels.do("next").click()
        expect(labels.part("example")).to_be_visible()
    labels.page.locator('[data-part="wrong"] button').first.click()
    labels.key("5")
    labels.has(3)


def test_methods_and_representations_are_chosen(labels):
    labels.do("ten").click()
    labels.has(10)
    spread = labels.errors()
    for method in ("linear", "nearest", "spread"):
        labels.choose("method", method)
        labels.link_holds(method=None if method == "spread" else method)
        labels.frames(4)
        assert (labels.errors() == spread) == (method == "spread")
    for key in ("pixels", "pca-30", "pixels"):
        labels.do("of", key).click()
        labels.link_holds(of=key)
        expect(labels.page.locator('[data-part="legend"] [aria-pressed="true"]')).to_have_attribute("value", key)
    for query in ("uncertain", "random", "uncertain"):
        labels.choose("query", query)
        labels.link_holds(query=None if query == "random" else query)
    labels.do("truth").click()
    labels.has(11)
    expect(labels.part("map-says")).to_have_text("UMAP")


def test_the_race_is_run(labels):
    labels.do("truth").click()
    labels.errors()
    labels.do("race").click()
    said = re.compile(r"VAE.*label spreading: after 60 labels \d+\.\d% wrong")
    expect(labels.part("race-says")).to_contain_text(said)


def test_what_of_a_link_cannot_be_used_is_said(labels):
    labels.open("&labels=5.3.99999.1.6.77")
    labels.has(1)
    expect(labels.part("error")).to_contain_text("label 1 of example 99999 was not used")
    labels.page.goto(f"{labels.server}/labels?dataset=patches")
    expect(labels.part("error")).to_contain_text("these data have no classes")
    expect(labels.page.locator(".player[aria-busy]")).to_have_count(0)
    complaints = labels.page.context.complaints
    complaints[:] = [text for text in complaints if "400" not in text]  # the refusal itself


def test_back_propagation_is_done_pass_by_pass(labels):
    labels.open("&mode=backprop")
    expect(labels.part("pass-says")).to_contain_text("6. The loss")
    labels.do("all").click()
    expect(labels.part("pass-says")).to_contain_text("11. A filter")
    expect(labels.part("net-filters").locator('[aria-pressed="true"]')).not_to_have_text("0.00")
    labels.do("begin").click()
    expect(labels.part("net-conv").locator("button").first).to_have_text("·")
    for wanted in ("1. The image", "2. Convolution", "3. Maximum"):
        labels.do("forward").click()
        expect(labels.part("pass-says")).to_contain_text(wanted)
    labels.key("ArrowLeft")
    expect(labels.part("pass-says")).to_contain_text("2. Convolution")
    expect(labels.part("net-conv").locator("button").first).not_to_have_text("·")
    labels.do("all").click()
    labels.do("gradient").click()
    labels.part("net-weight").locator("button").nth(12).click()
    expect(labels.part("sum")).to_contain_text("pooled value × gradient of the logit")
    for value in (0.5, -0.5, 0.25):
        labels.page.locator('[data-slide="nudge"]').fill(str(value))
        expect(labels.part("nudge-says")).to_contain_text("Promised: gradient × change")
    expect(labels.part("nudge-says")).to_contain_text("True change of the loss")
    labels.link_holds(step="11", cell="weight.12", nudge="0.25", numbers=None)
    promised = labels.part("nudge-says").inner_text()
    labels.reload()
    expect(labels.part("nudge-says")).to_have_text(promised)
    expect(labels.part("net-weight").locator('[aria-pressed="true"]')).to_have_attribute("value", "12")
    for layer, words in (("bias", "that of its logit"), ("filterBias", "over all places")):
        labels.part(f"net-{layer}").locator("button").first.click()
        expect(labels.part("sum")).to_contain_text(words)
        labels.link_holds(cell=f"{layer}.0", nudge=None)
    labels.do("value").click()
    expect(labels.part("nudge-box")).to_be_hidden()
    labels.link_holds(numbers="value")
    labels.open("&mode=backprop&cell=weight.99999&step=2")
    expect(labels.part("error")).to_contain_text("number “weight.99999” was not used")
    expect(labels.part("pass-says")).to_contain_text("2. Convolution")


def test_a_number_is_worked_out_by_the_visitor(labels):
    labels.open("&mode=backprop")
    labels.do("value").click()
    labels.part("net-pool").locator("button").first.click()
    expect(labels.part("sum")).to_contain_text("Maximum: map 1, row 1, column 1")
    value = float(labels.part("sum").locator("b").nth(1).inner_text().replace("−", "-"))
    labels.do("quiz").click()
    expect(labels.part("net-pool").locator('[aria-pressed="true"]')).to_have_text("?")  # nor is it read from the grid
    guess = labels.part("guess")
    for wrong in ("99", "abc", "-99"):
        guess.fill(wrong)
        guess.press("Enter")
        expect(labels.part("sum")).to_contain_text("is no number" if wrong == "abc" else "Not yet")
    guess.fill(str(value))
    guess.press("Enter")
    expect(labels.part("sum")).to_contain_text("Right:")
    labels.do("quiz").click()
    for layer in ("weight", "filters", "x"):  # given, not computed
        labels.part(f"net-{layer}").locator("button").first.click()
        expect(labels.part("asked")).to_contain_text("nothing to work out here")
        expect(guess).to_have_count(0)
    expect(labels.do("quiz")).to_have_attribute("aria-pressed", "true")
    labels.do("gradient").click()
    expect(labels.part("sum")).to_contain_text("The gradient of this number is not shown")
    expect(labels.part("nudge-box")).to_be_hidden()


def test_the_tiny_net_learns_and_comes_back_by_its_link(labels):
    labels.open("&mode=backprop")
    for wanted in (100, 200, 300):
        labels.do("train").click()
        labels.link_holds(batches=str(wanted))
    for _ in range(3):
        labels.do("update").click()
        expect(labels.part("update-says")).to_contain_text("before")
    expect(labels.part("batches")).to_contain_text("trained on 300 batches of 20, 3 updates by hand")
    labels.do("other").click()
    labels.link_holds(example="1")
    weights = labels.part("net-weight").inner_text()
    labels.do("anew").click()
    labels.link_holds(batches=None, seed="1")
    expect(labels.part("batches")).to_have_text("not trained")
    labels.do("train").click()
    labels.link_holds(batches="100")
    again = labels.part("net-weight").inner_text()
    assert again != weights
    labels.reload()
    expect(labels.part("batches")).to_contain_text("trained on 100 batches")
    assert labels.part("net-weight").inner_text() == again


def trained(labels: Labels, count: int) -> list[str]:
    """What stands of every experiment, once all are trained."""
    rows = labels.part("runs").locator("tr")
    expect(rows).to_have_count(count)
    numbers = labels.part("runs").locator('[data-cell="epoch"]')
    until(labels.page, lambda: all(text.isdecimal() for text in numbers.all_inner_texts()), "trained")
    return rows.all_inner_texts()


def test_random_labels_are_memorised_beside_true_ones(labels):
    small = "as-is.0.100.64.1.0.0~as-is.100.100.64.1.0.0"
    labels.open(f"&mode=memorise&runs={small}~nonsense")
    expect(labels.part("error")).to_contain_text("experiment “nonsense” was not used")
    plain, random = before = trained(labels, 2)
    assert "true labels" in plain and "random labels" in random and all("100.0%" in row for row in before)
    test_of = lambda row: float(re.findall(r"([\d.]+)%", row)[1])  # noqa: E731
    assert test_of(plain) > 70 > 40 > test_of(random)
    expect(labels.part("tiles").locator("figure")).to_have_count(24)
    expect(labels.part("bits")).to_contain_text("100 labels × 3.2")
    labels.reload()
    assert trained(labels, 2) == before  # trained anew, the same curves
    labels.do("again").click()
    labels.link_holds(seed="1")
    assert trained(labels, 2) != before
    labels.page.locator('[data-slide="random"]').fill("50")
    labels.choose("inputs", "permuted")
    labels.page.locator('[data-pick="hidden"]').select_option("16")
    labels.do("add").click()
    labels.link_holds(runs=f"{small}~permuted.50.100.16.1.0.0")
    assert "50% random labels, permuted pixels" in trained(labels, 3)[2]
    shown = labels.digest("accuracy")
    labels.do("remove", "2").click()
    labels.link_holds(runs=small)
    labels.changes("accuracy", shown)
    labels.do("set", "size").click()
    expect(labels.part("runs").locator("tr")).to_have_count(4)
    labels.key(" ")
    expect(labels.do("play")).to_have_attribute("data-shown", "play")
    first = labels.do("show", "0")
    first.focus()
    labels.page.keyboard.press(" ")  # of a control, which it presses, and not of the player
    expect(first).to_have_attribute("aria-pressed", "true")
    expect(first).to_be_focused()  # though its row is another one now
    expect(labels.do("play")).to_have_attribute("data-shown", "play")
