"""What holds of every page, with all committed checkpoints: it obeys the policy of the guard, and fits a phone."""

import pytest

from pages.registry import exhibits

from .conftest import PATIENCE, VIEWPORT
from .visitor import frames

NAMES = ["", *(exhibit.name for exhibit in exhibits())]


@pytest.fixture(scope="module")
def strict(browser):
    """A tab under the policy as visitors have it, and what its console said."""
    context, said = browser.new_context(viewport=VIEWPORT), []
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
def test_a_page_obeys_the_policy(strict, everything, page_name):
    page, said = strict
    _open(page, everything, page_name)
    assert not [text for text in said if "Content Security Policy" in text]
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), { text: 'window.hit = 1' }))")
    assert page.evaluate("window.hit") is None
    said.clear()  # the policy spoke of this script


@pytest.mark.parametrize("page_name", NAMES)
def test_a_page_fits_a_phone(tab, everything, page_name):
    tab.set_viewport_size({"width": 390, "height": 844})
    _open(tab, everything, page_name)
    frames(tab, 60)  # what is asked for comes and finds its place
    wider = "document.querySelector('[data-testid=stMain]').scrollWidth > 390 || document.body.scrollWidth > 390"
    tab.wait_for_function(f"!({wider})")
