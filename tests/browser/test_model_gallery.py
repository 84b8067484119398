"""Choosing a model by cards: searched, narrowed to a data set and a family, taken with a press."""

import pytest
from playwright.sync_api import Page, expect

from .conftest import SHIPPED


@pytest.fixture
def page(tab, everything: str) -> Page:
    tab.goto(f"{everything}/latent?checkpoint={SHIPPED['digits-vae-2'].name}")
    tab.locator(".player.latent:not([aria-busy])").wait_for()
    return tab


def opened(page: Page) -> Page:
    page.get_by_role("button", name="Browse").click()
    page.get_by_placeholder("Search all models").wait_for()
    return page


def test_a_model_is_found_taken_and_stands_in_the_link(page):
    opened(page)
    cards = page.locator(".st-key-gallery")
    expect(cards.get_by_role("button", name="Digits 8×8 · VAE, 2-D")).to_be_visible()
    expect(cards.get_by_role("button", name="MNIST · VAE, 2-D")).to_have_count(0)
    search = page.get_by_placeholder("Search all models")
    search.fill("mnist 2-D")  # it answers while one types
    expect(cards.get_by_role("button", name="Digits 8×8 · VAE, 2-D")).to_have_count(0)
    cards.get_by_role("button", name="MNIST · VAE, 2-D").click()
    wanted = SHIPPED["mnist-vae-2"].name
    page.wait_for_function("(name) => new URLSearchParams(location.search).get('checkpoint') === name", arg=wanted)
    expect(page.get_by_placeholder("Search all models")).to_have_count(0)
    page.reload()
    page.locator(".player.latent:not([aria-busy])").wait_for()
    assert wanted in page.url


def test_cards_are_narrowed_and_nothing_found_is_said(page):
    opened(page)
    cards = page.locator(".st-key-gallery")
    for data in ("MNIST", "Digits 8×8", "MNIST"):
        cards.locator("[data-testid=stButtonGroup]").first.get_by_text(data, exact=True).click()
        expect(cards.get_by_role("button", name=f"{data} · VAE, 2-D")).to_be_visible()
    search = page.get_by_placeholder("Search all models")
    search.fill("nothing like this")
    search.press("Enter")
    expect(cards.get_by_text("No model matches.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(search).to_have_count(0)
