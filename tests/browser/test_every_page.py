"""What holds of every page, with all committed checkpoints: it obeys the policy of the guard, and fits a phone."""

import pytest
from playwright.sync_api import expect

from pages.registry import exhibits

from .conftest import PATIENCE
from .visitor import Visitor, frames, until

NAMES = ["", *(exhibit.name for exhibit in exhibits())]


@pytest.fixture(scope="module")
def strict(browser):
    """A tab of a phone's width under the policy as visitors have it, and what its console said."""
    context, said = browser.new_context(viewport={"width": 390, "height": 844}), []
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page, said
    context.close()


def _open(page, server: str, name: str) -> None:
    page.goto(f"{server}/{name}")
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    if page.locator(".player").count():
        page.locator(".player > :visible").first.wait_for()


@pytest.mark.parametrize("page_name", NAMES)
def test_a_page_fits_a_phone_and_obeys_the_policy(strict, everything, page_name):
    page, said = strict
    said.clear()
    _open(page, everything, page_name)
    frames(page, 60)  # what is asked for comes and finds its place
    wider = "document.querySelector('[data-testid=stMain]').scrollWidth > 390 || document.body.scrollWidth > 390"
    until(page, lambda: not page.evaluate(wider), "as narrow as the screen")
    assert not [text for text in said if "Content Security Policy" in text]
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), { text: 'window.hit = 1' }))")
    assert page.evaluate("window.hit") is None


MOVES = ("gibbs", "deep", "deep?mode=chains", "deep?mode=mixing", "deep?mode=samples", "deep?mode=posterior")
MOVES += ("convolutional?mode=samples", "pixels", "tokens", "labels?dataset=digits&mode=memorise")


@pytest.mark.parametrize("address", MOVES)
def test_what_begins_by_itself_waits_where_less_motion_is_asked_for(tab, everything, address):
    visitor = Visitor(tab, everything, {})
    tab.emulate_media(reduced_motion="reduce")
    tab.goto(f"{everything}/{address}")
    play = visitor.do("play")
    expect(play).to_have_attribute("data-shown", "play")
    visitor.answered()
    expect(play).to_have_attribute("data-shown", "play")
    play.click()
    expect(play).to_have_attribute("data-shown", "pause")
