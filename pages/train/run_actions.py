"""What can be done to a run, or to a trained model that came without one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core import jobs
from core.config.mode import Ability
from core.data.errors import DataError
from core.jobs import JobError, Run
from core.store import checkpoints
from core.store.checkpoints import Checkpoint, CheckpointError
from pages.shared import visitors
from pages.train.selection import select, selected_ids


@dataclass(frozen=True)
class Row:
    """What a row of the list stands for: a run (`run`), or a checkpoint that no run here made.

    checkpoint   the name of what it made, or is; "" where there is nothing yet
    """

    name: str
    state: str
    checkpoint: str
    run: Run | None = None
    pinned: bool = False


@dataclass(frozen=True)
class Action:
    """An entry of a row's menu: in which states of the row it stands there, and what it asks of the visitor.

    owner    that the row is his
    needs    what he may do besides
    """

    label: str
    suits: Callable[[Row], bool]
    do: Callable[[Row], None]
    owner: bool = True
    needs: Ability | None = None

    def is_allowed(self, row: Row) -> bool:
        """Whether it can be done to the row, by this visitor."""
        who = visitors.current()
        mine = not self.owner or who.owns(row.run or row.name)
        return self.suits(row) and mine and (self.needs is None or who.may(self.needs))


def perform(row: Row, action: Action) -> None:
    """Do it, and draw the page again; say what went wrong."""
    try:
        if action.is_allowed(row):
            action.do(row)
    except (JobError, CheckpointError, DataError, ValueError) as error:
        text = checkpoints.without_folders(str(error))
        st.toast(text, icon=":material/error:", duration="long")  # the list is drawn again and again
    else:
        if action is not ACTIONS["rename"]:  # its dialog stays open
            st.rerun()


def _is_queued(row: Row) -> bool:
    return row.state == "queued"


def _can_move(row: Row) -> bool:
    """Whether it waits here: the order of a cluster's own queue is the cluster's."""
    return _is_queued(row) and row.run is not None and not row.run.slurm_job().is_pending()


def _is_live(row: Row) -> bool:
    return row.state in jobs.LIVE_STATES


def _can_resume(row: Row) -> bool:
    return row.run is not None and not _is_queued(row) and not _is_live(row) and row.state != "finished"


def _can_train_again(row: Row) -> bool:
    return row.run is not None and row.run.kind == "train" and row.state in jobs.ENDED_STATES


def _has_checkpoint(row: Row) -> bool:
    return bool(row.checkpoint)


def _can_pin(row: Row) -> bool:
    return row.run is not None and not row.pinned


def _train_again(row: Row) -> None:
    select(jobs.submit_training(row.run.preset, row.run.device, again=True, **_asks(row)).id)


def _asks(row: Row) -> dict[str, str]:
    """Whoever has it trained again, the run stays its owner's."""
    return visitors.asks() | {"owner": row.run.request.owner or ""}


def _train_on(row: Row) -> None:
    st.session_state["recipe_start"] = _continued(checkpoints.load(row.checkpoint))


def _compute_scores(row: Row) -> None:
    select(jobs.submit_evaluation(checkpoints.load(row.checkpoint), **visitors.asks()).id)


def _delete(row: Row) -> None:
    jobs.delete(row.run)
    st.session_state["deleted_run"] = (row.run.id, row.run.title)
    select(*(name for name in selected_ids() if name != row.name))


@st.dialog("Rename")
def _rename(row: Row) -> None:
    try:
        text = st.text_input("Name", row.run.title, max_chars=100)
        if st.button("Rename", type="primary"):
            row.run.send(name=text.strip())
            st.rerun()
    except JobError as error:
        st.error(str(error), icon=":material/error:")


def _continued(checkpoint: Checkpoint) -> dict[str, Any]:
    """The recipe for training on from the checkpoint: the same settings, its weights to start from."""
    plain = checkpoint.preset.to_json()
    plain["train"] |= {"lr_changes": [], "stop": 0}
    return {**plain, "origin": f"{checkpoint.name}@{checkpoint.version}"}


ACTIONS = {
    "show": Action("Show only this", lambda row: True, lambda row: select(row.name), owner=False),
    "sooner": Action("Move forward in the queue", _can_move, lambda row: jobs.move(row.run, -1)),
    "later": Action("Move back in the queue", _can_move, lambda row: jobs.move(row.run, 1)),
    "leave": Action("Remove from the queue", _is_queued, lambda row: jobs.stop(row.run)),
    "stop": Action("Stop", _is_live, lambda row: jobs.stop(row.run)),
    "resume": Action("Resume", _can_resume, lambda row: jobs.resume(row.run, **visitors.asks()), needs=Ability.TRAIN),
    "again": Action(
        "Retrain from the same initialisation",
        _can_train_again,
        _train_again,
        needs=Ability.TRAIN,
    ),
    "on": Action("Continue training from here", _has_checkpoint, _train_on, owner=False, needs=Ability.TRAIN),
    "scores": Action("Compute all scores", _has_checkpoint, _compute_scores, owner=False, needs=Ability.TRAIN),
    "pin": Action("Pin to the top", _can_pin, lambda row: row.run.send(pinned=True)),
    "unpin": Action("Unpin", lambda row: row.pinned, lambda row: row.run.send(pinned=False)),
    "rename": Action("Rename", lambda row: row.run is not None, _rename),
    "delete": Action("Delete", lambda row: row.run is not None and not _is_live(row), _delete),
}
