"""The Autoencoder page: each use of a control counts, tabs tell pages apart, and a phone has room for it."""

import pytest
from playwright.sync_api import Page, expect

from .conftest import SHIPPED

NET = SHIPPED["digits-autoencoder-2"]


@pytest.fixture
def here(tab, everything: str) -> Page:
    tab.goto(f"{everything}/autoencoder?checkpoint={NET.name}")
    expect(tab.get_by_text("What each layer preserves")).to_be_visible(timeout=60_000)
    expect(tab.get_by_text("What this is")).to_be_visible(timeout=60_000)
    return tab


def test_each_click_shuffles_once_more(here):
    examples = here.get_by_role("spinbutton", name="Shuffle")
    for wanted in range(1, 9):
        here.get_by_test_id("stNumberInputStepUp").click()
        expect(examples).to_have_value(str(wanted))
        here.wait_for_function("(n) => new URLSearchParams(location.search).get('seed') === n", arg=str(wanted))


def test_the_toggle_goes_there_and_back(here):
    toggle = here.get_by_role("switch", name="Show residuals").or_(here.get_by_role("checkbox", name="Show residuals"))
    for wanted in (True, False, True):
        here.get_by_text("Show residuals").click()
        expect(toggle).to_be_checked(checked=wanted)
        here.wait_for_function(
            "(on) => new URLSearchParams(location.search).get('errors') === on", arg="True" if wanted else "False"
        )


def test_tabs_name_page_and_model(here, everything):
    expect(here).to_have_title(f"{NET.title} · Autoencoder")
    here.goto(f"{everything}/data")
    expect(here).to_have_title("Your data · Representation Playground", timeout=60_000)


def test_a_phone_shows_it_without_scrolling_sideways(here):
    here.set_viewport_size({"width": 390, "height": 844})
    here.wait_for_function(
        "() => document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth"
        " && document.documentElement.scrollWidth <= innerWidth"
    )
