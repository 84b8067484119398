"""The file that a visitor brings: how it is read, and how what is made of it is saved."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.config.mode import Ability
from core.data.errors import DataError
from core.data.uploads import store
from core.data.uploads.schema import MAX_FILE_MB
from core.data.uploads.store import Draft, Settings
from pages.shared import visitors
from pages.shared.markdown import escape_markdown

THOUSANDS, DECIMALS = "Thousands", "Decimals"


def choose_file() -> Draft | None:
    """Draw the uploader; return what was found in the file that lies in it."""
    folder = st.segmented_control(
        "Add your data",
        ["A file", "A folder of images"],
        default="A file",
        key="own_what",
        label_visibility="collapsed",
    ) == "A folder of images"  # fmt: skip
    if folder:
        files = st.file_uploader(
            f"Images, with folders as classes, up to {MAX_FILE_MB} MB in total",
            accept_multiple_files="directory",
            key=_folder_key(),
        )
        found = _ids(files)
        content: Any = [(f.name, f.getvalue()) for f in files] if files else None
        name = files[0].name.partition("/")[0] if files else ""
    else:
        file = st.file_uploader(
            f"A zip of images, .npy, .npz, .csv, .json or .txt, up to {MAX_FILE_MB} MB", key="own_file"
        )
        found, name = _ids(file), file.name if file else ""
        content = file.getvalue() if file else None
    with st.expander("Formats and limits"):
        for kind, rule in store.limits().items():
            st.markdown(f"**{kind}.** {rule}")
    if content is None or found == st.session_state.get("own_saved"):
        for held in ("own_draft", "own_preview"):  # a file can be large
            st.session_state.pop(held, None)
        return None
    asked = {part: _chosen_reading(found[0], part) for part in ("header", "thousands", "frames")}
    return _read_once(found, asked, name, content)


def holds_another() -> bool:
    """True where a file lies in the uploader that was not saved yet."""
    lying = _ids(st.session_state.get("own_file")), _ids(st.session_state.get(_folder_key()))
    return any(ids and ids != st.session_state.get("own_saved") for ids in lying)


def _ids(files: Any) -> tuple[str, ...]:
    return tuple(file.file_id for file in (files if isinstance(files, list) else [files] if files else []))


def _folder_key() -> str:
    """A new key empties the uploader of a folder, which would add the next folder's files to this one's. That of a file
    keeps its key: a file that comes while another one is being saved would be lost with it."""
    return f"own_folder_{st.session_state.get('own_turn', 0)}"


def save(draft: Draft, settings: Settings) -> tuple[str, tuple[str, ...]] | None:
    """Make the whole set and save it, with a bar: its name, and what was noted on the way; the file is not taken again.
    None where that cannot be done: the page then says why."""
    bar = st.progress(0.0, "Preparing the examples")
    try:
        prepared = store.prepare(draft, settings, lambda done, n: bar.progress(done / n, f"{done:,} of {n:,} images"))
        bar.progress(1.0, "Writing")
        who = visitors.current()
        who.require(Ability.UPLOAD)
        name = store.save(prepared, who.owner)
    except DataError as error:
        bar.empty()
        st.error(escape_markdown(str(error)), icon=":material/block:")
        return None
    st.session_state["own_saved"] = st.session_state["own_draft"][0]
    st.session_state["own_turn"] = st.session_state.get("own_turn", 0) + 1
    return name, prepared.notes


def _chosen_reading(file_id: str, part: str) -> bool | None:
    value = st.session_state.get(f"own_{file_id}_{part}")
    return value == THOUSANDS if isinstance(value, str) else value


def _read_once(found: tuple[str, ...], asked: dict[str, bool | None], name: str, content: Any) -> Draft | None:
    """Read once, and again where another reading is asked for: a page runs again at every touch of a widget."""
    known, result = st.session_state.get("own_draft", (None, None))
    before = result if known == found and isinstance(result, Draft) else None
    if known != found or (before and _asks_for_another(before.reading, asked)):
        with st.spinner("Reading…"):
            try:
                result = (store.read_files if isinstance(content, list) else store.read)(name, content, **asked)
            except DataError as error:
                if before:  # the switch stays, to turn it back
                    st.error(escape_markdown(str(error)), icon=":material/block:")
                result = before or str(error)
        st.session_state["own_draft"] = found, result
    if isinstance(result, str):
        st.error(escape_markdown(result), icon=":material/block:")
        return None
    st.success(
        f"**{escape_markdown(result.source)}**: {escape_markdown(result.summary)}.", icon=":material/description:"
    )
    return result


def _asks_for_another(reading: dict[str, bool | None], asked: dict[str, bool | None]) -> bool:
    """True where a switch asks for something else than was read; one that is not drawn asks for nothing."""
    return any(asked[part] is not None and asked[part] != value for part, value in reading.items())


def could_not_read() -> bool:
    """True where the file that lies in the uploader could not be read."""
    return isinstance(st.session_state.get("own_draft", (None, None))[1], str)


def file_id() -> str:
    """What the widgets of the file that lies in the uploader are named by."""
    return st.session_state["own_draft"][0][0]
