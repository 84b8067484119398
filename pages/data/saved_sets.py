"""The data sets that visitors saved, and what can be done to each."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from core import data
from core.config.mode import Ability
from core.data.errors import DataError
from core.data.uploads import store
from core.data.uploads.store import Draft, SavedDataset, Settings
from pages.registry import page
from pages.shared import uploader, visitors
from pages.shared.markdown import escape_markdown, show_notes

TAKERS = {
    "binary": "RBMs and RBM stacks, autoencoders, autoregressive models",
    "levels": "RBMs and RBM stacks, autoencoders, autoregressive models",
    "real": "Gaussian RBMs and RBM stacks, autoencoders",
    "counts": "Replicated Softmax (topics of documents), RBM stacks, autoencoders",
    "text": "n-grams, recurrent networks and Transformers, by character or BPE",
}


def save(draft: Draft, settings: Settings) -> None:
    """Save the set; say what went wrong, or run the page again."""
    if saved := uploader.save(draft, settings):
        st.session_state["own_kept"] = saved
        st.rerun()


def show_next_steps() -> None:
    """What was just kept, what can take it, and the way on."""
    if uploader.holds_another():
        st.session_state.pop("own_kept", None)  # the next file is here
    if "own_kept" not in st.session_state:
        return
    name, notes = st.session_state["own_kept"]
    try:
        entry = data.info(name)
    except DataError:  # deleted meanwhile
        del st.session_state["own_kept"]
        return
    with st.container(border=True):
        title, summary = escape_markdown(entry.title), escape_markdown(entry.summary)
        st.markdown(f":material/check_circle: **{title}** was saved as `{name}`. {summary}")
        show_notes(notes)
        st.caption(f"Models for it: {TAKERS[entry.kind]}.")
        _train_link(name)


def _train_link(name: str) -> None:
    with suppress(StreamlitAPIException):  # the page is run by itself, outside the frame that knows the others
        st.page_link(page("train"), label="Train on it", icon=":material/model_training:", query_params={"data": name})


def show_saved_sets() -> None:
    """A row for each set with its picture, what can be done to it, and what was deleted lately."""
    (everything, damaged), who = store.list_saved(), visitors.current()
    good = [kept for kept in everything if who.sees(kept.name)]
    problems = who.seen_problems(damaged)
    for problem in problems:
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.warning(f"Damaged: {escape_markdown(problem)}", icon=":material/report:")
        name = problem.partition(":")[0]
        if (
            store.SAVED_NAME.fullmatch(name)
            and who.owns(name)
            and right.button("Delete", key=f"own_delete_{name}", icon=":material/delete:")
        ):
            _apply(store.delete, name)
    if not good and not problems:
        st.caption("None yet." if who.may(Ability.UPLOAD) else "None.")
    for kept in good:
        with st.container(border=True, key=f"own_row_{kept.name}"):
            _row(kept)
    if gone := [kept for kept in store.list_deleted() if who.owns(kept.name)]:
        with st.expander(f"Deleted in the last day ({len(gone)})", expanded="own_deleted" in st.session_state):
            for kept in gone:
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.markdown(
                        f"**{escape_markdown(kept.title)}**, {_deleted_ago(kept.deleted or 0)}", width="stretch"
                    )
                    token = kept.folder.name
                    if st.button("Restore", key=f"own_back_{token}", icon=":material/undo:"):
                        st.session_state.pop("own_deleted", None)
                        _apply(store.undelete, token)


def _row(kept: SavedDataset) -> None:
    picture, words, actions = st.columns([1.6, 3, 1.3], vertical_alignment="center", gap="medium")
    with picture:
        if kept.thumbnail:
            st.image(str(kept.thumbnail), width="stretch")
        else:
            _glimpse(kept)
    words.markdown(f"**{escape_markdown(kept.title)}**  \n{kept.summary()}")
    a = kept.about
    day = time.strftime("%d %b %Y", time.localtime(a["kept"]))
    words.caption(f"`{kept.name}` · {_file_size(kept.size)} · from {escape_markdown(a['source'])} · {day}")
    with actions:
        _train_link(kept.name)
        if not visitors.current().owns(kept.name):
            return
        with st.container(horizontal=True):
            with st.popover("Rename", icon=":material/edit:"):
                title = st.text_input("Title", kept.title, max_chars=60, key=f"own_title_{kept.name}")
                if st.button("Rename", key=f"own_rename_{kept.name}", type="primary"):
                    _apply(store.rename, kept.name, title)
            if st.button("Delete", key=f"own_delete_{kept.name}", icon=":material/delete:", type="tertiary"):
                st.session_state["own_deleted"] = True
                _apply(store.delete, kept.name)


def _file_size(n: int) -> str:
    return f"{n / 1e6:,.1f} MB" if n >= 1e5 else f"{n / 1e3:,.0f} kB" if n >= 1e3 else f"{n} bytes"


def _glimpse(kept: SavedDataset) -> None:
    glimpse = kept.about["glimpse"]
    if kept.about["kind"] == "counts":
        st.caption(escape_markdown(", ".join(str(word) for word, _ in glimpse[:12])) + " …")
    elif kept.about["kind"] == "text":
        st.code(str(glimpse[0])[:80] + "…" if glimpse else "", language=None, wrap_lines=True)
    else:
        st.code("\n".join("  ".join(f"{v:g}" for v in row[:5]) for row in glimpse), language=None)


def _apply(action: Any, name: str, *more: str) -> None:
    try:
        visitors.current().require_own(name.partition("~")[0])
        action(name, *more)
    except DataError as error:
        st.error(escape_markdown(str(error)), icon=":material/block:")
    else:
        st.rerun()


def _deleted_ago(moment: float) -> str:
    minutes = (time.time() - moment) / 60
    if minutes < 1.5:
        return "deleted a moment ago"
    return f"deleted {minutes:.0f} minutes ago" if minutes < 90 else f"deleted {minutes / 60:.0f} hours ago"
