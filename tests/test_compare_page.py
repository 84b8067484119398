"""The page Compare runs, whatever its link says."""

import pytest
from conftest import page, player

from core.data.base import DatasetInfo
from core.store import checkpoints

pytestmark = pytest.mark.usefixtures("links")
CODE = next(c.name for c in checkpoints.available()[0] if c.run["preset"]["name"] == "digits-autoencoder-2")


def test_it_opens_on_the_digits():
    app = page("compare")
    told = player(app)
    assert told["checkpoint"] == "digits" and told["api"] == "./api/compare" and told["version"]
    assert app.selectbox[0].value == "digits" and not app.warning and not app.error


def test_a_link_reaches_the_player():
    state = player(
        page("compare", reps=f"pixels,{CODE}~code", method="umap", k="7", hide="1.2", mode="alike", morph="1.5")
    )["state"]
    assert {
        "reps": f"pixels,{CODE}~code",
        "method": "umap",
        "k": 7,
        "hide": [1, 2],
        "mode": "alike",
    }.items() <= state.items()
    assert state["morph"] == 1.5


def test_nonsense_in_a_link_is_said():
    app = page("compare", dataset="../etc", method="mds", k="0", morph="nan")
    said = " ".join(warning.value for warning in app.warning)
    assert len(app.warning) == 4 and all(name in said for name in ("etc", "method", "k", "morph"))
    assert player(app)["checkpoint"] == "digits"


def test_another_data_set_is_a_choice_away():
    app = page("compare")
    first = player(app)["version"]
    app.selectbox[0].set_value("curves").run()
    assert not app.exception and player(app)["checkpoint"] == "curves" and player(app)["version"] != first


def test_data_that_are_not_here_are_offered(monkeypatch):
    here = DatasetInfo.test_is_here
    monkeypatch.setattr(DatasetInfo, "test_is_here", lambda self: self.name != "mnist" and here(self))
    app = page("compare", dataset="mnist")
    download, *others = app.button
    assert "Download MNIST" in download.label and others and not app.get("bidi_component")
    app.button[1].click().run()
    assert player(app)["checkpoint"] == "digits"
