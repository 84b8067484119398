"""Every control of every page takes effect each time it is used: three times in a row."""

from pathlib import Path
from typing import Any

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

PAGES = Path(__file__).parent.parent / "pages"
NAMES = sorted(p.parent.name for p in PAGES.glob("*/page.py"))
KINDS = ("selectbox", "number_input", "toggle", "checkbox", "slider", "select_slider", "radio", "multiselect")
KINDS += ("text_input", "text_area", "button_group")


@pytest.fixture(autouse=True)
def links(monkeypatch):
    monkeypatch.setattr(streamlit, "page_link", lambda page, label, **_: streamlit.markdown(f"link: {label}"))


def opened(name: str) -> AppTest:
    app = AppTest.from_file(str(PAGES / name / "page.py"), default_timeout=300)
    for player in ("gibbs", "deep", "autoencoder", "codes", "latent", "pixels", "tokens", "sound"):
        app.session_state[player] = {"shown": True}
    app.run()
    assert not app.exception, app.exception[0].message
    return app


def controls(app: AppTest) -> list[tuple[str, str]]:
    """Kind and label of what holds a value and can be used; a label stands for the control, whatever its key. Of the
    tick boxes in a long list of models the first two."""
    found = [(kind, widget) for kind in KINDS for widget in app.get(kind) if not widget.disabled]
    ticks = [widget.label for _, widget in found if (widget.key or "").startswith("tick-")]
    return [(kind, widget.label) for kind, widget in found if widget.label not in ticks[2:]]


def find(app: AppTest, kind: str, label: str) -> Any:
    return next((widget for widget in app.get(kind) if widget.label == label), None)


def another(widget: Any, kind: str) -> Any:
    """A value that the control does not hold now."""
    if kind in ("selectbox", "radio", "select_slider"):
        values = list(widget.options)
        index = values.index(widget.format_func(widget.value)) if widget.value is not None else -1
        return values[(index + 1) % len(values)]
    if kind in ("toggle", "checkbox"):
        return not widget.value
    if kind in ("number_input", "slider"):
        step = widget.step or 1
        return widget.value + step if widget.max is None or widget.value + step <= widget.max else widget.value - step
    if kind in ("text_input", "text_area"):
        return f"{widget.value}1"
    if kind == "button_group" and not isinstance(widget.value, list):  # one of them
        return next(option for option in widget.options if option != widget.value)
    return list(widget.options[:1]) if not widget.value else []


def shown(widget: Any, kind: str) -> Any:
    return widget.format_func(widget.value) if kind in ("selectbox", "radio", "select_slider") else widget.value


def use(app: AppTest, kind: str, label: str) -> None:
    for time in (1, 2, 3):
        widget = find(app, kind, label)
        if widget is None:  # another choice took it away
            return
        wanted = another(widget, kind)
        if wanted == shown(widget, kind):  # a choice of one
            return
        widget.set_value(wanted)
        app.run()
        assert not app.exception, (label, app.exception[0].message)
        after = find(app, kind, label)
        assert after is None or shown(after, kind) == wanted, f"use {time} of {label!r} had no effect"


@pytest.mark.parametrize("name", NAMES)
def test_every_use_of_every_control_takes_effect(name):
    app = opened(name)
    for kind, label in controls(app):
        use(app, kind, label)


def test_the_controls_are_found():
    found = {label for name in ("autoencoder", "train") for _, label in controls(opened(name))}
    assert {"Autoencoder", "Data", "Model", "seed"} <= found
