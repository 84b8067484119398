"""What holds of every page, with all committed checkpoints: it obeys the policy of the guard, and fits a phone."""

import pytest

from pages.registry import exhibits

from .conftest import running_server
from .visitor import frames

NAMES = ["", *(exhibit.name for exhibit in exhibits())]


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """The app with all committed checkpoints."""
    with running_server(tmp_path_factory.mktemp("policy")) as (address, _):
        yield address


def _open(page, server: str, name: str) -> None:
    page.goto(f"{server}/{name}")
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=60_000)
    if page.locator(".player").count():
        page.locator(".player > :visible").first.wait_for(timeout=60_000)


@pytest.mark.parametrize("page_name", NAMES)
def test_a_page_obeys_the_policy(browser, everything, page_name):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page, said = context.new_page(), []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        _open(page, everything, page_name)
        assert not [text for text in said if "Content Security Policy" in text]
        page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), { text: 'window.hit = 1' }))"
        )
        assert page.evaluate("window.hit") is None
    finally:
        context.close()


@pytest.mark.parametrize("page_name", NAMES)
def test_a_page_fits_a_phone(context, everything, page_name):
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    _open(page, everything, page_name)
    frames(page, 60)  # what is asked for comes and finds its place
    wider = "document.querySelector('[data-testid=stMain]').scrollWidth > 390 || document.body.scrollWidth > 390"
    page.wait_for_function(f"!({wider})")
