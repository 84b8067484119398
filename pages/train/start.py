"""The form that starts a training, and the field for a checkpoint that was trained elsewhere."""

from __future__ import annotations

import streamlit as st

from core import jobs
from core.config.mode import Ability
from core.data.errors import DataError
from core.jobs import JobError
from core.store import checkpoints
from core.store.archive import unpack
from core.store.checkpoints import CheckpointError
from pages.shared import downloads, visitors
from pages.train import loading, preset_form, selection


def start_form() -> None:
    """Choose what is trained, and start it; or why the visitor may not."""
    who = visitors.current()
    if refused := who.reason_against(Ability.TRAIN):
        st.info(refused, icon=":material/lock:")
        return
    start = st.session_state.get("recipe_start")
    if start and st.button("Start from a fresh initialisation", icon=":material/restart_alt:", type="tertiary"):
        del st.session_state["recipe_start"]
        st.rerun()
    if (preset := preset_form.choose(start)) is None:
        return
    about = downloads.dataset_summary(preset.dataset)
    begin, time_it = st.columns(2)
    if not about["train_here"]:
        no_download = who.reason_against(Ability.DOWNLOAD)
        st.caption(f"Training data not downloaded ({about['download_mb']:.0f} MB). {no_download}")
        if not no_download and begin.button("Download", icon=":material/download:", type="primary", width="stretch"):
            downloads.download_with_progress(preset.dataset)
    elif begin.button("Start", icon=":material/play_arrow:", type="primary", width="stretch"):
        try:
            loading.check(preset)
            with st.spinner("Starting…"):
                run = jobs.submit_training(preset, **visitors.asks())
            if run.status().state == "finished":
                st.toast("Already trained. Its menu below can train it again.", icon=":material/info:")
        except DataError as error:
            downloads.say(error)
        except (CheckpointError, JobError, ValueError) as error:
            st.error(checkpoints.without_folders(str(error)), icon=":material/error:")
        else:
            selection.select(run.id)
            st.rerun()
    if about["train_here"] and time_it.button("Estimate", icon=":material/timer:", width="stretch"):
        with st.spinner("Timing a few steps…"):
            preset_form.estimate(preset)
    if command := preset_form.shell_command(preset):
        with st.expander("Command line"):
            st.code(command, language="sh", wrap_lines=True)


def upload_checkpoint() -> None:
    """Take a checkpoint as `core.store.archive.pack` wrote it; or why the visitor may bring none."""
    who = visitors.current()
    if refused := who.reason_against(Ability.UPLOAD):
        st.info(refused, icon=":material/lock:")
        return
    upload = st.file_uploader("A checkpoint (.zip)", type="zip", key="checkpoint_upload")
    if upload is not None and st.button("Add", type="primary"):
        try:
            added = unpack(upload.getvalue(), who.owner)
        except CheckpointError as error:
            st.error(checkpoints.without_folders(str(error)), icon=":material/error:")
        else:
            selection.select(added.name)
            st.rerun()
