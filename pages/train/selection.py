"""Which runs the Train page compares: its link says it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import jobs
from core.jobs import JobError
from core.store import checkpoints
from core.store.checkpoints import CheckpointError
from pages.shared import links, scores, visitors

MAX_SELECTED = 4  # at once, in the comparison


def selected_ids() -> list[str]:
    """Ids of the runs that the page compares."""
    return [name for name in dict.fromkeys(_asked_ids()) if _is_known(name)][:MAX_SELECTED]


def select(*names: str) -> None:
    """Compare these runs from the next drawing of the page on."""
    st.query_params["runs"] = ",".join(names)


def default_selection() -> list[str]:
    """What to show a visitor who asked for nothing: the newest run, else a trained model with a film."""
    if runs := [run for run in visitors.current().seen(jobs.list_runs()) if run.kind == "train"]:
        states = [run.status().state for run in runs]
        order = [*jobs.LIVE_STATES, "finished"]  # one that waits has nothing to show yet
        best = min(range(len(runs)), key=lambda i: order.index(states[i]) if states[i] in order else len(order))
        return [runs[best].id]
    found = visitors.current().seen(checkpoints.available()[0])
    return [c.name for c in sorted(found, key=lambda c: -len(c.picture_epochs()))[:1]]


def selection_problems() -> list[str]:
    """What the link asks for and is not here, a sentence each."""
    asked = _asked_ids()
    problems = [f"The run or model {name[:60]!r} in the link was not found." for name in asked if not _is_known(name)]
    if len(asked) > MAX_SELECTED:
        problems.append(f"The link asks for {len(asked)} runs; {MAX_SELECTED} are shown.")
    return problems


def show_differences(names: list[str]) -> None:
    """The settings in which the runs differ, as a table."""
    settings = jobs.setting_differences(*map(_preset, names))
    titles = [_title(name) for name in names]
    heads = titles if len(set(titles)) == len(titles) else names
    if settings:
        st.markdown("**Settings that differ**")
        rows = [{"setting": s, **dict(zip(heads, map(str, values), strict=True))} for s, values in settings.items()]
        st.dataframe(rows, hide_index=True, width="content")
    else:
        st.caption("The settings are identical.")


def show_result(name: str) -> None:
    """Ways on from a run that has made a checkpoint: the pages that can show it."""
    try:
        checkpoint = checkpoints.load(checkpoint_of(name))
    except CheckpointError:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{checkpoint.title}**")
        if said := scores.likelihood(checkpoint):
            st.caption(f"test log-probability {said}")
        elif score := next(iter(checkpoint.manifest.scores), None):
            st.caption(f"{scores.name(score)}: {scores.number(score)} {scores.unit(score)} ({scores.nature(score)})")
        links.to_pages(checkpoint)
    if checkpoint.manifest.scores or checkpoint.manifest.unscored:
        scores.score_table(checkpoint)


def checkpoint_of(name: str) -> str:
    """The checkpoint that a run made, or that was there under its name before it; "" where there is none."""
    try:
        placed = jobs.get_run(name).status().checkpoint
    except JobError:
        return name
    return placed or (name if checkpoints.exists(name) else "")


def _asked_ids() -> list[str]:
    return [name for name in st.query_params.get("runs", "").split(",") if name]


def _is_known(name: str) -> bool:
    try:
        jobs.get_run(name)
    except JobError:
        try:
            checkpoints.load(name)  # reads this one alone: every row of the list asks
        except CheckpointError:
            return False
    return True


def _title(name: str) -> str:
    try:
        return jobs.get_run(name).title
    except JobError:
        return checkpoints.load(name).title


def _preset(name: str) -> dict[str, Any]:
    try:
        return jobs.get_run(name).request.preset or {}
    except JobError:
        return checkpoints.load(name).run["preset"]
