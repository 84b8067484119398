"""The runs and trained models on the Train page: what is there, which are shown, what can be done to one."""

from __future__ import annotations

import re
import time
from typing import Any

import streamlit as st

from core import jobs
from core.data.errors import DataError
from core.jobs import JobError, Run
from core.store import archive, checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError
from pages.shared import links, scores
from pages.shared.visitors import visitor

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
WORDS = {"queued": "waiting", "running": "training", "evaluating": "computing scores"}
MOST_SHOWN = 4  # at once, in the comparison


def shown() -> list[str]:
    """Ids of the runs that the page shows, as the link says."""
    ids = [name for name in st.query_params.get("runs", "").split(",") if name]
    return [name for name in dict.fromkeys(ids) if _known(name)][:MOST_SHOWN]


def not_here() -> list[str]:
    """What the link asks for and is not here, a sentence each."""
    asked = [name for name in st.query_params.get("runs", "").split(",") if name]
    problems = [f"The link asks for {name[:60]!r}, which is not here." for name in asked if not _known(name)]
    if len(asked) > MOST_SHOWN:
        problems.append(f"The link asks for {len(asked)} runs; {MOST_SHOWN} are shown.")
    return problems


def first() -> list[str]:
    """What to show a visitor who asked for nothing: the newest run, else a trained model with a film."""
    if runs := [run for run in jobs.list_runs() if run.kind == "train"]:
        states = [run.status().state for run in runs]
        order = [*jobs.LIVE_STATES, "finished"]  # one that waits has nothing to show yet
        best = min(range(len(runs)), key=lambda i: order.index(states[i]) if states[i] in order else len(order))
        return [runs[best].id]
    found = checkpoints.available()[0]
    return [c.name for c in sorted(found, key=lambda c: -len(c.picture_epochs()))[:1]]


def show(*names: str) -> None:
    """Show these runs from the next drawing of the page on."""
    st.query_params["runs"] = ",".join(names)


def draw() -> None:
    """A row for each run, newest first, then the trained models that came without one."""
    (runs, problems), (models, damaged) = jobs.scan_runs(), checkpoints.available()
    made = {name for run in runs for name in (run.id, run.status().checkpoint)}
    others = [c for c in models if c.name not in made]
    _bring_back()
    trainings = [run for run in runs if run.kind == "train"]
    computed = [run for run in runs if run.kind != "train"]  # scores and maps of models that are trained
    if trainings:
        st.subheader("Runs", anchor=False)
        for run in trainings:
            _run_row(run)
    if computed:
        at_work = sum(run.status().state in (*jobs.LIVE_STATES, "queued") for run in computed)
        with st.expander(f"Scores and maps: {len(computed)}{f', {at_work} at work' if at_work else ''}"):
            for run in computed:
                _run_row(run)
    if others:
        st.subheader("Trained models", anchor=False)
        for checkpoint in others:
            _checkpoint_row(checkpoint)
    _set_aside([*problems, *damaged])


def _set_aside(problems: list[str]) -> None:
    """What is damaged, with the reason, out of the way of what is not."""
    if problems:
        with st.expander(f"Set aside as damaged: {len(problems)}", icon=":material/heart_broken:"):
            for problem in problems:
                st.text(checkpoints.without_folders(problem))


def differences(names: list[str]) -> None:
    """The settings in which the runs differ, as a table."""
    settings = jobs.setting_differences(*map(_recipe, names))
    titles = [_title(name) for name in names]
    heads = titles if len(set(titles)) == len(titles) else names
    if settings:
        st.markdown("**Where their settings differ**")
        rows = [{"setting": s, **dict(zip(heads, map(str, values), strict=True))} for s, values in settings.items()]
        st.dataframe(rows, hide_index=True, width="content")
    else:
        st.caption("Their settings are the same.")


def after_training(name: str) -> None:
    """Ways on from a run that has made a checkpoint: the pages that can show it."""
    try:
        checkpoint = checkpoints.load(_checkpoint_of(name))
    except CheckpointError:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{checkpoint.title}**")
        if said := scores.likelihood(checkpoint):
            st.caption(f"test log-probability {said}")
        elif score := next(iter(checkpoint.run["scores"]), None):
            st.caption(f"{score['name']}: {scores.number(score)} {score['unit']} ({score['nature']})")
        links.to_pages(checkpoint)
    if checkpoint.run["scores"] or checkpoint.run["unscored"]:
        with st.expander("All its scores"):
            scores.score_table(checkpoint)


# -- rows ---------------------------------------------------------------------------------------


def _run_row(run: Run) -> None:
    status, control = run.status(), run.control()
    actions = {"show": "Show alone"}
    if status.state == "queued":
        actions |= {"sooner": "Move forward in the queue", "later": "Move back in the queue", "stop": "Leave the queue"}
    elif status.state in jobs.LIVE_STATES:
        actions |= {"stop": "Stop"}
    elif status.state != "finished":
        actions |= {"resume": "Resume"}
    if status.state in jobs.ENDED_STATES:
        actions |= {"again": "Train again from the same first weights"}
    if trained := _checkpoint_of(run.id):
        actions |= {"on": "Train on from here", "scores": "Compute all scores"}
    actions |= {"pin": "Unpin" if control.pinned else "Pin to the top", "rename": "Rename"}
    if status.state not in jobs.LIVE_STATES:
        actions |= {"delete": "Delete"}
    epochs = f"{status.epoch:.0f} of {status.total_epochs} epochs" if status.total_epochs else ""
    waiting = [r.id for r in jobs.queued_runs(run.device)]
    place = f"place {waiting.index(run.id) + 1} of {len(waiting)}" if run.id in waiting else ""
    if status.state == "queued" and status.message:  # its turn never comes
        place = _plain(status.message)
    facts = [WORDS.get(status.state, status.state), place, epochs, f"{status.elapsed:,.0f} s" if status.elapsed else ""]
    facts += [time.strftime("%d %b %H:%M", time.localtime(run.request["asked"]))]
    title = f"{':material/push_pin: ' if control.pinned else ''}{_plain(run.title)}"
    _row(run.id, f"{ICONS[status.state]} {title}", facts, actions, trained if run.kind == "train" else "")


def _checkpoint_row(checkpoint: Checkpoint) -> None:
    facts = [f"{checkpoint.run['seconds']:,.0f} s", checkpoint.run.get("finished", "")]
    actions = {"show": "Show alone", "on": "Train on from here", "scores": "Compute all scores"}
    _row(checkpoint.name, f":material/check_circle: {_plain(checkpoint.title)}", facts, actions, checkpoint.name)


def _row(name: str, title: str, facts: list[str], actions: dict[str, str], checkpoint: str) -> None:
    chosen = shown()
    with st.container(horizontal=True, vertical_alignment="center", key=f"row-{name}"):
        ticked = st.checkbox(
            f"Show {name}", name in chosen, key=f"tick-{name}-{name in chosen}", label_visibility="collapsed"
        )
        if ticked != (name in chosen):
            if ticked and len(chosen) >= MOST_SHOWN:
                st.toast(f"{MOST_SHOWN} at once are shown at most: the first one made room.", icon=":material/info:")
            show(*([*chosen, name][-MOST_SHOWN:] if ticked else [n for n in chosen if n != name]))
            st.rerun()
        st.markdown(title, width="stretch")
        st.caption(" · ".join(fact for fact in facts if fact), width="content")
        if checkpoint:
            _download(name, checkpoint)
        resumed = "resume" in actions and st.button("Resume", icon=":material/play_arrow:", key=f"resume-{name}")
        menu = [action for action in actions if action != "resume"]
        done = st.menu_button(
            "",
            menu,
            format_func=actions.get,
            icon=":material/more_vert:",
            key=f"menu-{name}",
            type="tertiary",
            help="What can be done",
        )
    if resumed or done:
        _act(name, "resume" if resumed else done)


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
        help="Download this checkpoint as one file",
    )


def _act(name: str, action: str) -> None:
    try:
        if action == "show":
            show(name)
        elif action == "on":
            st.session_state["recipe_start"] = _continued(checkpoints.load(_checkpoint_of(name)))
        elif action == "scores":
            show(jobs.submit_evaluation(checkpoints.load(_checkpoint_of(name)), visitor=visitor()).id)
        elif action == "rename":
            _rename(name)
            return
        else:
            run = jobs.get_run(name)
            if action == "again":
                show(jobs.submit_training(run.preset, run.device, again=True, visitor=visitor()).id)
            elif action in ("sooner", "later"):
                jobs.move(run, -1 if action == "sooner" else 1)
            elif action == "pin":
                run.send(pinned=not run.control().pinned)
            elif action == "delete":
                jobs.delete(run)
                st.session_state["deleted_run"] = (run.id, run.title)
                show(*(n for n in shown() if n != name))
            elif action == "stop":
                jobs.stop(run)
            elif action == "resume":
                jobs.resume(run, visitor())
    except (JobError, CheckpointError, DataError, ValueError) as error:
        said = checkpoints.without_folders(str(error))
        st.toast(said, icon=":material/error:", duration="long")  # the list is drawn again and again
    else:
        st.rerun()


@st.dialog("Rename")
def _rename(name: str) -> None:
    try:
        run = jobs.get_run(name)
        text = st.text_input("Name", run.title, max_chars=100)
        if st.button("Rename", type="primary"):
            run.send(name=text.strip())
            st.rerun()
    except JobError as error:
        st.error(str(error), icon=":material/error:")


def _bring_back() -> None:
    if "deleted_run" not in st.session_state:
        return
    name, title = st.session_state["deleted_run"]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"“{title}” was deleted. It can be brought back for a day.")
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


# -- what a row stands for ----------------------------------------------------------------------


def _known(name: str) -> bool:
    try:
        jobs.get_run(name)
    except JobError:
        return any(c.name == name for c in checkpoints.available()[0])
    return True


def _checkpoint_of(name: str) -> str:
    """The checkpoint that a run made, or that was there under its name before it; "" where there is none."""
    try:
        made = jobs.get_run(name).status().checkpoint
    except JobError:
        return name
    return made or (name if checkpoints.exists(name) else "")


def _title(name: str) -> str:
    try:
        return jobs.get_run(name).title
    except JobError:
        return checkpoints.load(name).title


def _recipe(name: str) -> dict[str, Any]:
    try:
        return jobs.get_run(name).request.get("preset", {})
    except JobError:
        return checkpoints.load(name).run["preset"]


def _continued(checkpoint: Checkpoint) -> dict[str, Any]:
    """The recipe for training on from the checkpoint: the same settings, its weights to start from."""
    plain = checkpoint.preset.to_json()
    plain["train"] |= {"lr_changes": [], "stop": 0}
    return {**plain, "origin": f"{checkpoint.name}@{checkpoint.version}"}
