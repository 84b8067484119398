"""The runs and trained models on the Train page, a row each."""

from __future__ import annotations

import re
import time

import streamlit as st

from core import jobs
from core.jobs import JobError, Run
from core.store import archive, checkpoints
from core.store.checkpoints import Checkpoint
from pages.shared import visitors
from pages.shared.model_gallery import facts as model_facts
from pages.shared.model_gallery import has_words, narrow, search
from pages.train.run_actions import ACTIONS, Row, perform
from pages.train.selection import MAX_SELECTED, checkpoint_of, select, selected_ids

ICONS = {
    "queued": ":material/hourglass_empty:",
    "starting": ":material/rocket_launch:",
    "running": ":material/directions_run:",
    "paused": ":material/pause_circle:",
    "evaluating": ":material/straighten:",
    "stopped": ":material/stop_circle:",
    "interrupted": ":material/power_off:",
    "failed": ":material/error:",
    "finished": ":material/check_circle:",
}
FEW = 5  # runs that need no search
WORDS = {"queued": "waiting", "running": "training", "evaluating": "computing scores"}


def show_run_list() -> None:
    """A row for each run, newest first, then the trained models that came without one."""
    who, (all_runs, problems), (all_models, damaged) = visitors.current(), jobs.scan_runs(), checkpoints.available()
    runs, models = who.seen(all_runs), who.seen(all_models)
    from_runs = {name for run in runs for name in (run.id, run.status().checkpoint)}
    others = [c for c in models if c.name not in from_runs]
    _offer_undelete()
    trainings = [run for run in runs if run.kind == "train"]
    computed = [run for run in runs if run.kind != "train"]  # scores and maps of models that are trained
    if trainings:
        st.subheader("Runs", anchor=False)
        for run in _searched(trainings):
            _run_row(run)
    if computed:
        at_work = sum(run.status().state in (*jobs.LIVE_STATES, "queued") for run in computed)
        with st.expander(f"Scores and maps: {len(computed)}{f', {at_work} in progress' if at_work else ''}"):
            for run in computed:
                _run_row(run)
    if others:
        st.subheader("Trained models", anchor=False)
        for checkpoint in narrow(others, "trained"):
            _checkpoint_row(checkpoint)
    _set_aside(who.seen_problems([*problems, *damaged]))


def _searched(runs: list[Run]) -> list[Run]:
    """Those of the runs that a search leaves; a few need none."""
    if len(runs) <= FEW or not (text := search("Search runs", "runs-search", "Search runs")):
        return runs
    found = [run for run in runs if has_words(f"{run.title} {run.id} {_state(run)}", text)]
    if not found:
        st.caption("No run matches.")
    return found


def _set_aside(problems: list[str]) -> None:
    """What is damaged, with the reason, out of the way of what is not."""
    if problems:
        with st.expander(f"Damaged, not listed: {len(problems)}", icon=":material/heart_broken:"):
            for problem in problems:
                st.text(checkpoints.without_folders(problem))


def _state(run: Run) -> str:
    state = run.status().state
    return WORDS.get(state, state)


def _run_row(run: Run) -> None:
    status, control = run.status(), run.control()
    epochs = f"{status.epoch:.0f} of {status.total_epochs} epochs" if status.total_epochs else ""
    waiting = [r.id for r in jobs.queued_runs(run.device)]
    place = f"{waiting.index(run.id) + 1} of {len(waiting)} in the queue" if run.id in waiting else ""
    if status.state == "queued" and status.message:  # its turn never comes
        place = _plain(status.message)
    facts = [
        place or _state(run),
        epochs,
        f"{status.elapsed:,.0f} s" if status.elapsed else "",
    ]
    facts += [time.strftime("%d %b %H:%M", time.localtime(run.request.submitted_at))]
    title = f"{':material/push_pin: ' if control.pinned else ''}{_plain(run.title)}"
    row = Row(run.id, status.state, checkpoint_of(run.id), run, control.pinned)
    _draw_row(row, f"{ICONS[status.state]} {title}", facts, row.checkpoint if run.kind == "train" else "")


def _checkpoint_row(checkpoint: Checkpoint) -> None:
    facts = [model_facts(checkpoint), checkpoint.manifest.finished]
    row = Row(checkpoint.name, "finished", checkpoint.name)
    _draw_row(row, f":material/check_circle: {_plain(checkpoint.title)}", facts, checkpoint.name)


def _draw_row(row: Row, title: str, facts: list[str], download: str) -> None:
    """A row, with a checkpoint to `download` perhaps."""
    name, chosen = row.name, selected_ids()
    actions = {key: action for key, action in ACTIONS.items() if action.is_allowed(row)}
    with st.container(horizontal=True, vertical_alignment="center", key=f"row-{name}"):
        ticked = st.checkbox(
            f"Show {name}", name in chosen, key=f"tick-{name}-{name in chosen}", label_visibility="collapsed"
        )
        if ticked != (name in chosen):
            if ticked and len(chosen) >= MAX_SELECTED:
                st.toast(f"At most {MAX_SELECTED} are shown: the first was removed.", icon=":material/info:")
            select(*([*chosen, name][-MAX_SELECTED:] if ticked else [n for n in chosen if n != name]))
            st.rerun()
        st.markdown(title, width="stretch")
        st.caption(" · ".join(fact for fact in facts if fact), width="content")
        if download:
            _download(name, download)
        resumed = "resume" in actions and st.button("Resume", icon=":material/play_arrow:", key=f"resume-{name}")
        chosen_action = st.menu_button(
            "",
            [key for key in actions if key != "resume"],
            format_func=lambda key: actions[key].label,
            icon=":material/more_vert:",
            key=f"menu-{name}",
            type="tertiary",
            help="Actions",
        )
    if resumed or chosen_action:
        perform(row, actions["resume" if resumed else chosen_action])


def _download(row: str, name: str) -> None:
    """A button that makes the file when it is pressed, not for every row on every drawing."""
    st.download_button(
        "",
        lambda: archive.pack(checkpoints.load(name)),
        f"{name}.zip",
        "application/zip",
        icon=":material/download:",
        key=f"download-{row}",
        type="tertiary",
        on_click="ignore",
        help="Download this checkpoint (.zip)",
    )


def _offer_undelete() -> None:
    if "deleted_run" not in st.session_state:
        return
    name, title = st.session_state["deleted_run"]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"“{title}” was deleted. It can be restored for a day.")
        if st.button("Undo", icon=":material/undo:", key="undelete"):
            del st.session_state["deleted_run"]
            try:
                jobs.undelete(name)
            except JobError as error:
                st.error(str(error))
            else:
                st.rerun()


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+!:$|<>~^])", r"\\\1", text)
