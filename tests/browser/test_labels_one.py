"""The page of labels, one example: a trial is played, models answer; a drawing of the visitor's own; the link."""

import re

import pytest
from playwright.sync_api import expect

from core.data import one_shot

from .visitor import Visitor


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

    def stroke(self, *points: tuple[float, float]) -> None:
        """Draw a line through points, as shares of the pad."""
        box = self.part("pad").bounding_box()
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=5)
        self.page.mouse.up()


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
    one.page.locator('canvas[data-relatives="blurred"]').wait_for()
    one.say((answers[2, 4] + 1) % 20)
    expect(one.row("you")).to_contain_text("1 of 1")
    one.key("n")
    expect(one.part("asks")).to_have_text("Which of the twenty is it?")
    run, _, trial, _ = map(int, re.findall(r"\d+", one.part("which").inner_text()))
    one.link_holds(trial=None if trial == 1 else str(trial))  # the first is what a link without one means
    one.say((answers[run - 1, trial - 1] + 1) % 20)
    expect(one.part("asks")).to_have_text("No: it is the green one.")
    expect(one.row("you")).to_contain_text("1 of 2")
    one.do("next").click()
    one.do("reveal").click()
    expect(one.part("asks")).to_have_text("It is the green one.")
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
    one.say(4)
    told = one.page.locator('tr:has(canvas[data-answer="pixels"])')
    expect(told).to_contain_text(re.compile(r"right|it is \d+(nd|rd|th)"))
    one.in_link("drawing")
    one.link_holds(run="2", mode="one")
    drawn = one.digest("pad")
    one.reload()
    one.solved()
    one.page.locator('canvas[data-answer="pixels"]').wait_for()
    assert one.digest("pad") == drawn
    for pen in ("rub", "draw", "rub"):
        one.choose("pen", pen)
    one.do("clear").click()
    one.link_holds(drawing=None)
    expect(one.page.locator("canvas[data-answer]")).to_have_count(0)
    one.open("&drawing=AAAA")
    expect(one.part("error")).to_contain_text("it is no image of 105 × 105 pixels")
