"""Links as the first version wrote them, recorded on 2026-11-21: each opens what it opened then."""

import importlib
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from pages.registry import exhibits, list_checkpoints
from pages.shared.state import from_query

RECORDED = Path(__file__).with_name("old_links.txt").read_text().split()
PAGES = Path(__file__).parents[1] / "pages"


def value(text: str, like: object) -> object:
    """What a link says, as its page holds it."""
    if isinstance(like, tuple):
        return tuple(map(int, text.split(".")))
    return text == "True" if isinstance(like, bool) else type(like)(text)


@pytest.mark.parametrize("link", RECORDED)
def test_an_old_link_says_what_it_said(link):
    address = urlsplit(link)
    query = dict(parse_qsl(address.query))
    exhibit = next(e for e in exhibits() if e.name == address.path)
    assert query.pop("checkpoint") in [checkpoint.name for checkpoint in exhibit.checkpoints()[0]]
    states = vars(importlib.import_module(f"pages.{exhibit.name}.state"))
    state, problems = from_query(states[f"{exhibit.name.capitalize()}State"], query)
    assert not problems
    for name, text in query.items():
        assert getattr(state, name) == value(text, getattr(state, name))


@pytest.mark.parametrize("page_name", sorted({link.split("?")[0] for link in RECORDED}))
def test_a_page_opens_an_old_link(page_name, monkeypatch):
    monkeypatch.setattr(streamlit, "page_link", lambda page, label, **_: None)  # other pages are not in this app
    link = next(link for link in RECORDED if link.startswith(page_name))
    app = AppTest.from_file(str(PAGES / page_name / "page.py"), default_timeout=300)
    for name, text in parse_qsl(urlsplit(link).query):
        app.query_params[name] = text
    app.run()
    assert not app.exception and not app.error
    assert not [warning.value for warning in app.warning if "link" in warning.value]


def test_a_link_to_an_earlier_training_opens_the_current_one(monkeypatch):
    monkeypatch.setattr(streamlit, "page_link", lambda page, label, **_: None)
    app = AppTest.from_file(str(PAGES / "latent" / "page.py"), default_timeout=300)
    app.query_params["checkpoint"] = "digits-vae-beta-1-00000000"  # the same preset, trained another time
    app.run()
    assert not app.exception and not app.error and not app.warning
    (current,) = [c.name for c in list_checkpoints()[0] if c.manifest.preset.name == "digits-vae-beta-1"]
    assert app.selectbox[0].value == current
    assert any("earlier training" in caption.value for caption in app.caption)
