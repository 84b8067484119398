"""The policy that the guard gives to browsers: every page obeys it, and no other script runs."""

import pytest

from pages.ui.contents import PAGES

from .conftest import running_server


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """The app with all committed checkpoints."""
    with running_server(tmp_path_factory.mktemp("policy")) as (address, _):
        yield address


@pytest.mark.parametrize("page_name", ["", *(file for file, *_ in PAGES)])
def test_a_page_obeys_the_policy(browser, everything, page_name):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page, said = context.new_page(), []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{everything}/{page_name}")
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=60_000)
        if page.locator(".player").count():
            page.locator(".player > :visible").first.wait_for(timeout=60_000)
        assert not [text for text in said if "Content Security Policy" in text]
        page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), { text: 'window.hit = 1' }))"
        )
        assert page.evaluate("window.hit") is None
    finally:
        context.close()
