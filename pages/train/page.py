"""Train: choose data, model and settings; watch it learn; compare runs. The work is done by processes of their own."""

from contextlib import suppress

import streamlit as st

from core import jobs
from core.config.mode import Ability
from pages.shared import links, visitors
from pages.train import selection
from pages.train.player import training_player
from pages.train.run_list import show_run_list
from pages.train.start import start_form, upload_checkpoint

who = visitors.current()
st.subheader("Train", anchor=False)
# on a phone what is being trained comes before the form
st.html(
    "<style>@media (max-width: 640px) { .st-key-train > [data-testid=stHorizontalBlock],"
    " .st-key-train > div > [data-testid=stHorizontalBlock] { flex-direction: column-reverse } }</style>"
)
left, right = st.container(key="train").columns([1, 2.4], gap="large")

with right:
    how = (
        "Choose data and a model, then press **Start**. A run continues when this page is closed, for at most "
        f"{jobs.max_hours()} hours. "
    )
    st.caption(f"{how if who.may(Ability.TRAIN) else ''}Tick runs and models below to compare their training.")
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
    start_form()


def _is_any_at_work() -> bool:
    return any(run.status().state in (*jobs.LIVE_STATES, "queued") for run in who.seen(jobs.list_runs()))


@st.fragment(run_every=3.0 if _is_any_at_work() else None)
def runs_and_models() -> None:
    with suppress(OSError):  # a full disk stops no looking
        jobs.start_queued()
    show_run_list()


runs_and_models()
with st.expander("Upload a checkpoint"):
    upload_checkpoint()
links.to_status()
