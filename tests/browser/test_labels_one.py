"""The page of labels, one example: a trial is played, models answer; a drawing of the visitor's own; the link."""

import re

import pytest
from playwright.sync_api import expect

from core.data import one_shot

from .visitor import Visitor

COUNT_PICTURES = """() => {
    window.pictures = 0;
    const { prototype } = CanvasRenderingContext2D;
    const draw = prototype.drawImage;
    prototype.drawImage = function (picture, ...rest) {
        if (picture.width === 105 && this.canvas.dataset.part !== "pad") window.pictures += 1;
        return draw.call(this, picture, ...rest);
    };
}"""


class OneExample(Visitor):
    def open(self, query: str = "") -> "OneExample":
        self.page.goto(f"{self.server}/labels?dataset=digits&mode=one{query}")
        self.part("rows").wait_for()
        return self

    def solved(self) -> "OneExample":
        expect(self.part("progress")).to_have_text("")
        expect(self.row("blurred")).to_contain_text("%")
        return self

    def row(self, title: str):
        return self.part("rows").locator("tr", has_text={"blurred": "Blurred", "you": "You"}[title])

    def say(self, k: int) -> None:
        self.page.locator(f'button[data-do="say"][value="{k}"]').click()


@pytest.fixture
def one(tab, everything: str) -> OneExample:
    return OneExample(tab, everything, {})


def test_a_trial_is_played_before_models_answer(one):
    one.open("&run=3&trial=5").solved()
    answers = one_shot.load().answers
    expect(one.part("which")).to_have_text("run 3 of 20, trial 5 of 20")
    assert not one.page.locator("canvas[data-answer]").count()
    one.say(answers[2, 4])
    expect(one.part("asks")).to_have_text("Right!")
    expect(one.row("you")).to_contain_text("1 of 1")
    one.page.locator('canvas[data-neighbours="blurred"]').wait_for()
    one.say((answers[2, 4] + 1) % 20)
    expect(one.row("you")).to_contain_text("1 of 1")
    one.key("n")
    expect(one.part("asks")).to_have_text("Which of the twenty is it?")
    run, _, trial, _ = map(int, re.findall(r"\d+", one.part("which").inner_text()))
    one.link_holds(trial=None if trial == 1 else str(trial))  # the first is what a link without one means
    one.say((answers[run - 1, trial - 1] + 1) % 20)
    right = int(answers[run - 1, trial - 1]) + 1
    expect(one.part("asks")).to_have_text(f"No: it is number {right}, marked ✓.")
    expect(one.page.get_by_role("button", name=f"Character {right}, right")).to_be_visible()
    expect(one.page.get_by_role("button", name=f"Character {right % 20 + 1}, wrong")).to_be_visible()
    expect(one.row("you")).to_contain_text("✗ wrong")
    one.say(right - 1)  # the first word counts
    expect(one.part("asks")).to_contain_text("No:")
    expect(one.row("you")).to_contain_text("1 of 2")
    one.do("next").click()
    one.do("reveal").click()
    expect(one.part("asks")).to_have_text(re.compile(r"It is number \d+, marked ✓\."))
    expect(one.row("you")).to_contain_text("1 of 2")


def test_models_answer_a_drawing_stroke_by_stroke(one):
    one.open("&run=2").solved()
    one.choose("item", "own")
    expect(one.part("asks")).to_contain_text("Draw one of the twenty")
    one.stroke((0.3, 0.2), (0.3, 0.8))
    one.page.locator('canvas[data-answer="pixels"]').wait_for()
    first = one.digest("pad")
    one.stroke((0.3, 0.5), (0.7, 0.5), (0.7, 0.8))
    one.changes("pad", first)
    one.answered()  # the answer to the first stroke may still stand there
    one.say(4)
    told = one.page.locator('tr:has(canvas[data-answer="pixels"])')
    expect(told).to_contain_text(re.compile(r"✓ right|✗ it is \d+(nd|rd|th)"))
    said = told.locator(".answer").inner_text()
    ranks = {said}
    for k in (9, 14, 19, 4):  # another one was meant
        one.say(k)
        expect(one.page.locator(f'button[data-do="say"][value="{k}"]')).to_have_attribute("aria-pressed", "true")
        one.frames()
        ranks.add(told.locator(".answer").inner_text())
    assert told.locator(".answer").inner_text() == said and len(ranks) > 3
    one.answered()
    one.page.evaluate(COUNT_PICTURES)
    pad = one.part("pad").bounding_box()
    for step in range(5):  # a pointer over the pad: no other drawing is painted anew
        one.page.mouse.move(pad["x"] + 40 + 5 * step, pad["y"] + 60)
        one.frames()
    assert one.page.evaluate("window.pictures") == 0
    before = one.digest("pad")
    one.choose("pen", "rub")
    one.stroke((0.3, 0.2), (0.3, 0.4))
    one.changes("pad", before)
    rubbed = one.digest("pad")
    one.choose("pen", "draw")
    one.stroke((0.2, 0.2), (0.6, 0.2))
    one.changes("pad", rubbed)
    one.in_link("drawing")
    one.link_holds(run="2", mode="one")
    one.page.mouse.move(5, 5)  # with it goes the ring of the pen
    one.frames()
    drawn = one.digest("pad")
    one.reload()
    one.solved()
    one.page.locator('canvas[data-answer="pixels"]').wait_for()
    assert one.digest("pad") == drawn
    one.link_holds(meant="5")
    expect(one.page.locator('button[data-do="say"][value="4"]')).to_have_attribute("aria-pressed", "true")
    expect(told).to_contain_text(re.compile(r"✓ right|✗ it is \d+(nd|rd|th)"))
    for pen in ("rub", "draw", "rub"):
        one.choose("pen", pen)
    one.do("clear").click()
    one.link_holds(drawing=None, meant=None)
    expect(one.page.locator("canvas[data-answer]")).to_have_count(0)
    one.open("&drawing=AAAA")
    expect(one.part("error")).to_contain_text("it is no image of 105 × 105 pixels")
