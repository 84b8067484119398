"""The page Compare runs, whatever its link says."""

import json
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from core.data.base import DatasetInfo
from core.store import checkpoints

PAGE = Path(__file__).parent.parent / "pages/compare/page.py"
CODE = next(c.name for c in checkpoints.available()[0] if c.run["preset"]["name"] == "digits-autoencoder-2")


@pytest.fixture(autouse=True)
def links(monkeypatch):
    monkeypatch.setattr(streamlit, "page_link", lambda page, label, **_: streamlit.markdown(f"link: {label}"))


def page(**query: str) -> AppTest:
    app = AppTest.from_file(str(PAGE), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception[0].message
    return app


def player(app: AppTest) -> dict:
    (component,) = app.get("bidi_component")
    return json.loads(component.proto.json)


def test_it_opens_on_the_digits():
    app = page()
    told = player(app)
    assert told["checkpoint"] == "digits" and told["api"] == "./api/compare" and told["version"]
    assert app.selectbox[0].value == "digits" and not app.warning and not app.error


def test_a_link_reaches_the_player():
    state = player(page(reps=f"pixels,{CODE}~code", method="umap", k="7", hide="1.2", mode="alike", morph="1.5"))[
        "state"
    ]
    assert {
        "reps": f"pixels,{CODE}~code",
        "method": "umap",
        "k": 7,
        "hide": [1, 2],
        "mode": "alike",
    }.items() <= state.items()
    assert state["morph"] == 1.5


def test_nonsense_in_a_link_is_said():
    app = page(dataset="../etc", method="mds", k="0", morph="nan")
    said = " ".join(warning.value for warning in app.warning)
    assert len(app.warning) == 4 and all(name in said for name in ("etc", "method", "k", "morph"))
    assert player(app)["checkpoint"] == "digits"


def test_another_data_set_is_a_choice_away():
    app = page()
    first = player(app)["version"]
    app.selectbox[0].set_value("curves").run()
    assert not app.exception and player(app)["checkpoint"] == "curves" and player(app)["version"] != first


def test_data_that_are_not_here_are_offered(monkeypatch):
    here = DatasetInfo.test_is_here
    monkeypatch.setattr(DatasetInfo, "test_is_here", lambda self: self.name != "mnist" and here(self))
    app = page(dataset="mnist")
    download, *others = app.button
    assert "Download MNIST" in download.label and others and not app.get("bidi_component")
    app.button[1].click().run()
    assert player(app)["checkpoint"] == "digits"
