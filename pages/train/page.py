"""Train: choose data, model and settings; watch it learn; compare runs. The work is done by processes of their own."""

from contextlib import suppress

import streamlit as st

from core import jobs
from core.data.errors import DataError
from core.jobs import JobError
from core.store import checkpoints
from core.store.archive import unpack
from core.store.checkpoints import CheckpointError
from pages.shared import downloads
from pages.shared.visitors import visitor
from pages.train import loading, preset_form, selection
from pages.train.player import training_player
from pages.train.run_list import show_run_list

st.subheader("Train", anchor=False)
# on a phone what is being trained comes before the form
st.html(
    "<style>@media (max-width: 640px) { .st-key-train > [data-testid=stHorizontalBlock],"
    " .st-key-train > div > [data-testid=stHorizontalBlock] { flex-direction: column-reverse } }</style>"
)
left, right = st.container(key="train").columns([1, 2.4], gap="large")

with right:
    st.caption(
        "Choose data and a model, then press **Start**. A run continues when this page is closed, for at most "
        f"{jobs.max_hours()} hours. Tick runs and models below to compare their training."
    )
    for problem in selection.selection_problems():
        st.warning(problem)
    shown = selection.selected_ids() or selection.default_selection()
    if shown:
        training_player(shown, key="training")
        for name in shown:
            selection.show_result(name)
        if len(shown) > 1:
            selection.show_differences(shown)

with left, st.container(border=True):
    start = st.session_state.get("recipe_start")
    if start and st.button("Start from a fresh initialisation", icon=":material/restart_alt:", type="tertiary"):
        del st.session_state["recipe_start"]
        st.rerun()
    preset = preset_form.choose(start)
    if preset:
        about = downloads.dataset_summary(preset.dataset)
        begin, time_it = st.columns(2)
        if not about["train_here"]:
            st.caption(f"Training data not downloaded ({about['download_mb']:.0f} MB).")
            if begin.button("Download", icon=":material/download:", type="primary", width="stretch"):
                downloads.download_with_progress(preset.dataset)
        elif begin.button("Start", icon=":material/play_arrow:", type="primary", width="stretch"):
            try:
                loading.check(preset)
                with st.spinner("Starting…"):
                    run = jobs.submit_training(preset, visitor=visitor())
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


def _is_any_at_work() -> bool:
    return any(run.status().state in (*jobs.LIVE_STATES, "queued") for run in jobs.list_runs())


@st.fragment(run_every=3.0 if _is_any_at_work() else None)
def runs_and_models() -> None:
    with suppress(OSError):  # a full disk stops no looking
        jobs.start_queued()
    show_run_list()


runs_and_models()
with st.expander("Upload a checkpoint"):
    upload = st.file_uploader("A checkpoint (.zip)", type="zip", key="checkpoint_upload")
    if upload is not None and st.button("Add", type="primary"):
        try:
            added = unpack(upload.getvalue())
        except CheckpointError as error:
            st.error(checkpoints.without_folders(str(error)), icon=":material/error:")
        else:
            selection.select(added.name)
            st.rerun()
