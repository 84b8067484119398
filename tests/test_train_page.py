"""The Train page: what its form asks for, and what stands where in its list of runs."""

from pathlib import Path
from typing import get_args

import pytest
from streamlit.testing.v1 import AppTest

from core import data, jobs, models
from core.data.uploads import store
from core.jobs import files, process
from core.jobs.state import State
from pages.train import selection
from pages.train.run_actions import ACTIONS, Row

PAGE = str(Path(__file__).parent.parent / "pages/train/page.py")
PRESET = models.preset("digits-rbm").to_json()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Runs, checkpoints and data of this test alone; no process is started."""
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(process, "start_worker", lambda run: None)
    return tmp_path


def run(name: str, state: str, kind: str = "train", title: str = "A run") -> jobs.Run:
    folder = jobs.root() / name
    folder.mkdir(parents=True)
    request = {"kind": kind, "device": "cpu", "asked": 1.0, "title": title, "preset": PRESET}
    if kind != "train":
        request |= {"checkpoint": "digits-rbm-00000009", "layout": {"name": "umap-code", "split": "test", "points": 10}}
    files.write_json(folder / "request.json", request)
    files.write_json(folder / "control.json", {"queued": False})
    found = jobs.get_run(name)
    found.write_status(jobs.Status(state=state, step=10, total_steps=100, epoch=1.0, total_epochs=10))
    return found


def page(**query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=120)
    app.query_params.update(query)
    app.run()
    assert not app.exception, app.exception
    return app


def labels(app: AppTest) -> set[str]:
    return {widget.label for kind in ("number_input", "text_input", "selectbox") for widget in app.get(kind)}


def test_a_model_of_counts_is_asked_for_no_epochs_and_no_learning_rate():
    app = page(data="help")
    model = next(box for box in app.selectbox if box.label == "Model")
    fixed = [title for title in model.options if "6-gram" in title]
    assert fixed, model.options
    model.set_value(next(name for name in models.templates(data.info("help")) if "ngram" in name)).run()
    unasked = {"epochs", "learning rate", "batch size", "momentum", "seed", "initialise from"}
    assert not app.exception and not labels(app) & unasked
    other = next(name for name in models.templates(data.info("help")) if "gru" in name)
    next(box for box in app.selectbox if box.label == "Model").set_value(other).run()
    assert labels(app) >= unasked - {"momentum"}


def test_own_data_stand_first_and_say_whose_they_are():
    table = "\n".join(f"{i % 3},{i % 5},{i % 7}" for i in range(60))
    source = store.read("mine.csv", table.encode())
    kept = store.save(store.prepare(source, store.suggest_settings(source)))
    app = page()
    options = next(box for box in app.selectbox if box.label == "Data").options
    assert "yours" in options[0] and data.info(kept).title in options[0]
    assert not any("yours" in option for option in options[1:])


@pytest.mark.parametrize("state", ["stopped", "interrupted", "failed"])
def test_what_can_go_on_has_a_button_for_it(state):
    found = run("digits-rbm-00000001", state)
    app = page()
    app.button(key=f"resume-{found.id}").click().run()
    assert not app.exception and found.status().state == "queued"


@pytest.mark.parametrize("state", ["finished"])
def test_what_is_done_has_none(state):
    run("digits-rbm-00000001", state)
    assert not [button for button in page().button if button.label == "Resume"]


def test_maps_stand_apart_from_trainings():
    run("digits-rbm-00000001", "stopped", title="A training")
    run("map-00000002", "finished", kind="layout", title="A map")
    app = page()
    (apart,) = [box for box in app.expander if box.label.startswith("Scores and maps")]
    assert apart.label == "Scores and maps: 1"
    assert any("A map" in text.value for text in apart.markdown)
    assert not any("A training" in text.value for text in apart.markdown)
    assert selection.default_selection() == ["digits-rbm-00000001"]


def test_markup_in_names_stays_text():
    run("digits-rbm-00000001", "stopped", title='<img src=x onerror="window.hit=1"> **bold**')
    app = page()
    shown = [text.value for text in app.markdown if "img src" in text.value]
    assert shown and all("\\<img" in text and "\\*\\*bold" in text for text in shown)
    assert not any(text.allow_html for text in app.markdown if "img src" in text.value)


ALWAYS = {"show", "pin", "rename"}
ALLOWED = {
    "queued": {"sooner", "later", "leave", "delete"},
    "starting": {"stop"},
    "running": {"stop"},
    "paused": {"stop"},
    "evaluating": {"stop"},
    "stopped": {"resume", "again", "delete"},
    "interrupted": {"resume", "delete"},
    "failed": {"resume", "again", "delete"},
    "finished": {"again", "delete"},
}


@pytest.mark.parametrize("state", get_args(State))
def test_the_state_of_a_run_allows_what_can_be_done_to_it(state):
    def actions(**row) -> set[str]:
        return {name for name, action in ACTIONS.items() if action.is_allowed(Row("x", state, **row))}

    training, scores = run("digits-rbm-00000001", "running"), run("scores-00000002", "running", kind="evaluate")
    assert actions(checkpoint="", run=training) == ALWAYS | ALLOWED[state]
    assert actions(checkpoint="c", run=training) == ALWAYS | ALLOWED[state] | {"on", "scores"}
    assert actions(checkpoint="", run=training, pinned=True) == (ALWAYS | ALLOWED[state] | {"unpin"}) - {"pin"}
    assert actions(checkpoint="", run=scores) == ALWAYS | ALLOWED[state] - {"again"}, "only trainings begin anew"


def test_a_model_without_a_run_can_be_shown_trained_on_and_scored():
    row = Row("digits-rbm", "finished", "digits-rbm")
    assert {name for name, action in ACTIONS.items() if action.is_allowed(row)} == {"show", "on", "scores"}


def test_runs_are_found_by_words_where_there_are_many():
    names = [f"digits-rbm-0000000{i}" for i in range(7)]
    for i, name in enumerate(names):
        run(name, "failed" if i == 3 else "stopped", title=f"Attempt {i} of seven")
    app = page()
    assert {f"tick-{name}-False" for name in names} <= {box.key for box in app.checkbox}
    for text, left in (("seven attempt 5", names[5:6]), ("FAILED", names[3:4]), ("dragon", [])):
        next(field for field in app.text_input if field.label == "Search runs").set_value(text).run()
        assert {box.key for box in app.checkbox if box.key.startswith("tick-")} == {f"tick-{one}-False" for one in left}
    assert any("No run matches" in caption.value for caption in app.caption)


def test_a_few_runs_need_no_search():
    run("digits-rbm-00000001", "stopped")
    assert not any(field.label == "Search runs" for field in page().text_input)
