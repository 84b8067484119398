"""The parts of the page "Your data": the file, what to make of it, how that looks, and the sets that are kept."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from streamlit.errors import StreamlitAPIException

from core import data
from core.data.errors import DataError
from core.data.uploads import store
from core.data.uploads.schema import MAX_EXAMPLES, MAX_FILE_MB, MAX_WORDS, SIDES
from core.data.uploads.store import Draft, Kept, Prepared, Settings
from pages.ui import loaders
from pages.ui.theme import TRAIN

WAYS = {"images": "Images", "vectors": "Vectors", "counts": "Word counts", "text": "Text"}
TAKERS = {
    "binary": "RBMs and their stacks, autoencoders, models that tell one pixel after the other",
    "levels": "RBMs and their stacks, autoencoders, models that tell one pixel after the other, in bits or in levels",
    "real": "RBMs with Gaussian units and their stacks, autoencoders",
    "counts": "RBMs with softmax units (replicated softmax: topics of documents) and their stacks, autoencoders",
    "text": "n-grams, recurrent networks and Transformers, by its characters or by pieces of words",
}
THOUSANDS, DECIMALS = "Thousands", "Decimals"
SHOWN = 40  # images in the preview
FEW_COLUMNS = 300  # that a menu can list


def plain(text: str) -> str:
    """Text that came from outside, so that nothing in it is taken for formatting."""
    return re.sub(r"([\\`*_\[\]<>$~#])|(:)(?=\w)", lambda m: "\\" + m[0], text)


# -- the file ---------------------------------------------------------------------------------------


def bring() -> Draft | None:
    """The uploader, and what was found in the file that lies in it."""
    folder = st.segmented_control(
        "What do you bring?",
        ["A file", "A folder of images"],
        default="A file",
        key="own_what",
        label_visibility="collapsed",
    ) == "A folder of images"  # fmt: skip
    turn = st.session_state.get("own_turn", 0)  # a new key empties the uploader
    if folder:
        files = st.file_uploader(
            f"Images, with folders as classes, {MAX_FILE_MB} MB together",
            accept_multiple_files="directory",
            key=f"own_folder_{turn}",
        )
        found = tuple(f.file_id for f in files)
        content: Any = [(f.name, f.getvalue()) for f in files] if files else None
        name = files[0].name.partition("/")[0] if files else ""
    else:
        file = st.file_uploader(
            f"A zip of images, .npy, .npz, .csv, .json or .txt, up to {MAX_FILE_MB} MB", key=f"own_file_{turn}"
        )
        found, name = ((file.file_id,), file.name) if file else ((), "")
        content = file.getvalue() if file else None
    with st.expander("What can be brought, and the limits"):
        for kind, rule in store.limits().items():
            st.markdown(f"**{kind}.** {rule}")
    if content is None:
        for held in ("own_draft", "own_preview"):  # a file can be large
            st.session_state.pop(held, None)
        return None
    asked = {part: _asked(found[0], part) for part in ("header", "thousands", "frames")}
    return _read(found, asked, name, content)


def _asked(file_id: str, part: str) -> bool | None:
    value = st.session_state.get(f"own_{file_id}_{part}")
    return value == THOUSANDS if isinstance(value, str) else value


def _read(found: tuple[str, ...], asked: dict[str, bool | None], name: str, content: Any) -> Draft | None:
    """Reads once, and again where another reading is asked for: a page runs again at every touch of a widget."""
    known, result = st.session_state.get("own_draft", (None, None))
    before = result if known == found and isinstance(result, Draft) else None
    if known != found or (before and _other(before.reading, asked)):
        with st.spinner("Reading…"):
            try:
                result = (store.read_files if isinstance(content, list) else store.read)(name, content, **asked)
            except DataError as error:
                if before:  # the switch stays, to turn it back
                    st.error(plain(str(error)), icon=":material/block:")
                result = before or str(error)
        st.session_state["own_draft"] = found, result
    if isinstance(result, str):
        st.error(plain(result), icon=":material/block:")
        return None
    st.success(f"**{plain(result.source)}**: {plain(result.found)}.", icon=":material/description:")
    return result


def _other(reading: dict[str, bool | None], asked: dict[str, bool | None]) -> bool:
    """True where a switch asks for something else than was read; one that is not drawn asks for nothing."""
    return any(asked[part] is not None and asked[part] != value for part, value in reading.items())


def refused() -> bool:
    """True where the file that lies in the uploader could not be read."""
    return isinstance(st.session_state.get("own_draft", (None, None))[1], str)


# -- what to make of it -----------------------------------------------------------------------------


def choose(draft: Draft) -> Settings | None:
    """Widgets for the settings; None, with the reason on the page, where they do not go together."""
    read = draft.reading
    start, mark = (
        store.suggest(draft),
        f"own_{_file_id()}_{read.get('header')}_{read.get('frames')}_",
    )  # each its defaults
    values: dict[str, Any] = {
        "title": st.text_input("Title", start.title, max_chars=60, key=mark + "title", help="How lists call it.")
    }
    if len(draft.ways) > 1:
        values["way"] = st.segmented_control(
            "Read the rows as", draft.ways, default=start.way, format_func=WAYS.get, required=True, key=mark + "way",
            help="A row can be a vector of measurements, the pixels of a square image, or how often each word occurs.",
        )  # fmt: skip
    else:
        values["way"] = start.way
    if values["way"] != "text":
        _choose_reading(draft)
    if draft.columns and values["way"] != "text":
        values |= _choose_columns(draft, start, mark)
    if values["way"] == "images":
        values |= _choose_look(draft, start, mark)
    if values["way"] == "counts":
        values["words"] = st.slider(
            "Words kept", 2, min(MAX_WORDS, max(3, len(draft.columns))), min(start.words, len(draft.columns)),
            key=mark + "words", help="The most frequent ones; rarer words are left out.",
        )  # fmt: skip
    values |= _choose_split(draft, start, values["way"], mark)
    try:
        return dataclasses.replace(start, **values)
    except DataError as error:
        st.error(plain(str(error)), icon=":material/tune:")
        return None


def _file_id() -> str:
    return st.session_state["own_draft"][0][0]


def _choose_reading(draft: Draft) -> None:
    """The other reading of what allows two, with what was found beside it."""
    for part, value in draft.reading.items():
        key = f"own_{_file_id()}_{part}"
        if part == "header":
            st.toggle("The first row holds the names of the columns", value, key=key)
        elif part == "frames":
            st.toggle("All pictures of a file are examples", value, key=key)
        else:
            st.radio("Commas and points in numbers mark", [THOUSANDS, DECIMALS], None, key=key, horizontal=True)
        if said := draft.guesses.get(part):
            st.caption(f":material/help: {plain(said)}")


def _choose_columns(draft: Draft, start: Settings, mark: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    names = list(draft.columns)
    if len(names) > FEW_COLUMNS:
        names = list(
            dict.fromkeys([*names[:50], *([start.label] if start.label else []), *start.leave_out, *names[-50:]])
        )
    if draft.labels is None:
        label = st.selectbox(
            "Column of the label", ["", *names], index=["", *names].index(start.label), key=mark + "label",
            format_func=lambda n: n or "none", help="It says the class of each row and is not part of the vector.",
        )  # fmt: skip
        values["label"] = label
    values["leave_out"] = tuple(
        st.multiselect("Columns left out", names, list(start.leave_out), key=mark + "leave_out",
                       help="For instance numbers of rows, names and dates, which say nothing about the example.")
    )  # fmt: skip
    values["leave_out"] = tuple(n for n in values["leave_out"] if n != values.get("label"))
    return values


def _choose_look(draft: Draft, start: Settings, mark: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "side": st.slider(
            "Side, in pixels", *SIDES, start.side, key=mark + "side",
            help="Images are kept square. 28 is what MNIST has; time and memory grow with the square of the side.",
        )
    }  # fmt: skip
    if draft.size is None or draft.size[0] != draft.size[1]:
        fits = {"crop": "Cut to the middle", "pad": "Add a border", "stretch": "Stretch"}
        values["fit"] = st.segmented_control(
            "How it becomes square", list(fits), default=start.fit, format_func=fits.get, required=True,
            key=mark + "fit",
        )  # fmt: skip
    left, right = st.columns(2)
    greys = {"luminance": "Luminance", "red": "Red alone", "green": "Green alone", "blue": "Blue alone"}
    values["grey"] = left.selectbox(
        "From colour to grey", list(greys), format_func=greys.get, key=mark + "grey",
        help="No model takes colour yet, so grey is what is kept. Luminance is what the eye sees as brightness: "
        "0.299 R + 0.587 G + 0.114 B.",
    )  # fmt: skip
    levels = {256: "256 greys", 64: "64 greys", 17: "17 greys", 4: "4 greys", 2: "Black and white"}
    values["levels"] = right.selectbox(
        "Greys kept", list(levels), format_func=levels.get, key=mark + "levels",
        help="Keep 256 where in doubt: a machine with binary units draws bits from the greys anew each time it sees an "
        "image. Black and white cuts once, for drawings and print.",
    )  # fmt: skip
    if values["levels"] == 2:
        values["cut"] = st.slider(
            "White above", 0.02, 0.98, start.cut, 0.02, key=mark + "cut", help="0 is black, 1 is white."
        )
    found = "found from the values" if draft.columns else f"{draft.white:g}, as found"
    values["white"] = st.number_input(
        "Value of white", 0.0, 1e9, None, placeholder=found, key=mark + "white",
        help="Greys are scaled so that this value is white. Files of 8 bits have 255; 16 grey levels may end at 15.",
    ) or 0.0  # fmt: skip
    left, right = st.columns(2, vertical_alignment="bottom")
    values["ground"] = left.selectbox(
        "Ground", ["black", "white"], key=mark + "ground",
        help="What stands behind transparent pixels and in an added border (before dark and bright change places).",
    )  # fmt: skip
    values["invert"] = right.toggle(
        "Swap dark and bright", key=mark + "invert",
        help="The app's own sets are bright strokes on black; ink on paper is the other way round.",
    )  # fmt: skip
    return values


def _choose_split(draft: Draft, start: Settings, way: str, mark: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if draft.held_out is not None:
        values["own_split"] = st.toggle(
            f"Keep the file's own test examples ({int(draft.held_out.sum()):,})", key=mark + "own_split", value=True
        )
    if not values.get("own_split"):
        share = st.slider(
            "Share held out for the test", 1, 50, round(100 * start.test_share), format="%d%%", key=mark + "share",
            help="Scores are on examples that training never saw: drawn by chance, from each class in proportion. "
            "Of a text it is the end.",
        )  # fmt: skip
        values["test_share"] = share / 100
    with st.expander("More"):
        if draft.class_names:
            values["classes"] = st.toggle(f"Keep the {len(draft.class_names)} classes", True, key=mark + "classes")
        if way != "text":
            most = min(draft.number, MAX_EXAMPLES)
            values["examples"] = st.number_input(
                "Examples, at most", 2, most, most, key=mark + "examples", help="Drawn by chance where there are more."
            )
        values["seed"] = st.number_input(
            "Seed", 0, 2**31 - 1, start.seed, key=mark + "seed", help="The same seed, the same split and order."
        )
    return values


# -- how it looks -----------------------------------------------------------------------------------


def preview(draft: Draft, settings: Settings) -> bool:
    """Draws what the settings make of the file; False, with the reason on the page, where that cannot be kept."""
    key = (st.session_state["own_draft"][0], tuple(draft.reading.items()), settings)
    known, result = st.session_state.get("own_preview", (None, None))
    if known != key:
        try:
            result = (
                store.glance(draft, settings, SHOWN) if settings.way == "images" else store.prepare(draft, settings)
            )
        except DataError as error:
            result = str(error)
        st.session_state["own_preview"] = key, result
    if isinstance(result, str):
        st.error(plain(result), icon=":material/block:")
        return False
    if isinstance(result, tuple):
        images, notes = result
        _show_images(draft, settings, images)
    else:
        notes = result.notes
        {"real": _show_vectors, "binary": _show_vectors, "counts": _show_counts, "text": _show_text}[
            result.dataset.kind
        ](draft, result)
    _notes([note for note in notes if note not in draft.guesses.values()])  # those stand at their switches
    return True


def _notes(notes: Sequence[str]) -> None:
    if notes:
        st.caption("  \n".join(f":material/info: {plain(note)}" for note in notes))


def sheet(images: np.ndarray, across: int, width: int = 640) -> np.ndarray:
    """Images (N, H, W) side by side as RGBA, each pixel up to 8 wide, on a veil that shows on dark and bright pages."""
    n, height, width_of_one = images.shape
    scale = max(1, min(8, round(width / across / (width_of_one + 1))))
    large = images.repeat(scale, 1).repeat(scale, 2)
    h, w, gap = height * scale, width_of_one * scale, min(4, max(2, scale))
    rows = -(-n // across)
    picture = np.full((rows * (h + gap) + gap, min(n, across) * (w + gap) + gap, 4), (128, 128, 128, 90), np.uint8)
    for k, image in enumerate(large):
        y, x = gap + k // across * (h + gap), gap + k % across * (w + gap)
        picture[y : y + h, x : x + w, :3] = image[..., None]
        picture[y : y + h, x : x + w, 3] = 255
    return picture


def _show_images(draft: Draft, settings: Settings, images: np.ndarray) -> None:
    if not len(images):
        st.error("None of the images that were tried can be decoded.", icon=":material/block:")
        return
    st.image(sheet(images, 10 if settings.side <= 32 else 8 if settings.side <= 64 else 5))
    grey = images.mean() / 255
    text = f"{len(images):,} of {draft.number:,}, as they will be kept: {settings.side}×{settings.side} pixels. "
    text += f"Mean grey {grey:.2f} (0 is black, 1 is white)."
    if grey > 0.6:
        text += " They are mostly bright: *swap dark and bright* makes them like the app's own sets."
    st.caption(text)
    if draft.class_names and settings.classes:
        sizes = np.bincount(draft.labels, minlength=len(draft.class_names))
        named = [f"{plain(n)} ({k:,})" for n, k in zip(draft.class_names[:12], sizes[:12], strict=True)]
        st.caption("Classes: " + ", ".join(named) + (" …" if len(draft.class_names) > 12 else ""))


def _show_vectors(draft: Draft, prepared: Prepared) -> None:
    import altair as alt
    import pandas as pd

    dataset, settings = prepared.dataset, prepared.settings
    names = [n for n in draft.columns if n != settings.label and n not in settings.leave_out]
    few = min(len(names), 12)
    table = pd.DataFrame(dataset.train[:6, :few], columns=names[:few])
    if dataset.train_labels is not None:
        table.insert(0, f"class: {settings.label}" if settings.label else "class",
                     [dataset.class_names[i] for i in dataset.train_labels[:6]])  # fmt: skip
    st.dataframe(table, hide_index=True)
    n = len(dataset.train) + len(dataset.test)
    st.caption(
        f"{n:,} vectors of {counted(len(names), 'value')}, the first few training examples"
        + (f" and the first {few} values" if few < len(names) else "")
        + f". {len(dataset.train):,} to train on, {len(dataset.test):,} to test. Views standardise them for training; "
        "they are kept as they are."
    )
    column = st.selectbox("How the values spread in", names[:FEW_COLUMNS], key="own_column")
    at = names.index(column)
    values = np.concatenate([dataset.train[:, at], dataset.test[:, at]]).astype(float)
    counts, edges = np.histogram(values, bins=min(40, max(5, len(np.unique(values)))))
    bars = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "examples": counts})
    st.altair_chart(
        alt.Chart(bars)
        .mark_bar(color=TRAIN, binSpacing=1)
        .encode(
            x=alt.X("from:Q", title=column, bin="binned", axis=alt.Axis(tickCount=8)),
            x2="to:Q",
            y=alt.Y("examples:Q"),
            tooltip=[alt.Tooltip("from:Q", format=".3g"), alt.Tooltip("to:Q", format=".3g"), "examples:Q"],
        )
        .properties(height=220)
    )


def counted(n: int, what: str) -> str:
    """ "1 value", "2 values"."""
    return f"{n:,} {what}" + ("" if n == 1 else "s")


def _show_counts(draft: Draft, prepared: Prepared) -> None:
    import altair as alt
    import pandas as pd

    dataset = prepared.dataset
    totals = dataset.train.sum(0, dtype=np.int64) + dataset.test.sum(0, dtype=np.int64)
    table = pd.DataFrame({"word": dataset.vocabulary[:25], "times": totals[:25]})
    st.altair_chart(
        alt.Chart(table)
        .mark_bar(color=TRAIN)
        .encode(
            x=alt.X("times:Q", title="times in all documents"),
            y=alt.Y("word:N", sort=None, title=None, axis=alt.Axis(labelOverlap=False)),
        )
        .properties(height=18 * len(table) + 40)
    )
    lengths = np.concatenate([dataset.train.sum(1), dataset.test.sum(1)])
    st.caption(
        f"{len(lengths):,} documents over {len(dataset.vocabulary):,} words; half of them have more than "
        f"{np.median(lengths):,.0f} counted words. {len(dataset.train):,} to train on, {len(dataset.test):,} to test."
    )


def _show_text(draft: Draft, prepared: Prepared) -> None:
    dataset = prepared.dataset
    lines = (draft.text or draft.content)[:4_000].split("\n")[:14]
    st.code("\n".join(line[:160] for line in lines), language=None, wrap_lines=True)
    signs, times = np.unique(dataset.train, return_counts=True)
    order = np.argsort(-times)[:20]
    named = {" ": "space", "\n": "line end", "\t": "tab"}
    often = [f"{named.get(chr(signs[i]), chr(signs[i]))} {times[i] / len(dataset.train):.1%}" for i in order]
    st.caption(
        f"{len(dataset.train):,} characters to train on, the last {len(dataset.test):,} to test; {len(signs):,} "
        "different ones."
    )
    st.caption("Most frequent: " + plain(" · ".join(often)))


def keep(draft: Draft, settings: Settings) -> None:
    """Makes the whole set and keeps it, with a bar; says what went wrong, or runs the page again."""
    bar = st.progress(0.0, "Preparing the examples")
    try:
        made = store.prepare(draft, settings, lambda done, n: bar.progress(done / n, f"{done:,} of {n:,} images"))
        bar.progress(1.0, "Writing")
        name = store.keep(made)
    except DataError as error:
        bar.empty()
        st.error(plain(str(error)), icon=":material/block:")
        return
    st.session_state["own_kept"] = name, made.notes
    st.session_state["own_turn"] = st.session_state.get("own_turn", 0) + 1
    st.rerun()


# -- the sets that are kept -------------------------------------------------------------------------


def after_keeping() -> None:
    """What was just kept, what can take it, and the way on."""
    turn = st.session_state.get("own_turn", 0)
    if st.session_state.get(f"own_file_{turn}") or st.session_state.get(f"own_folder_{turn}"):
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
        st.markdown(f":material/check_circle: **{plain(entry.title)}** is kept as `{name}`. {plain(entry.summary)}")
        _notes(notes)
        st.caption(f"What can take it: {TAKERS[entry.kind]}.")
        _train_link(name)


def _train_link(name: str) -> None:
    if (Path(__file__).parents[1] / "train.py").exists():
        with suppress(StreamlitAPIException):  # the page is run by itself, outside the frame that knows the others
            st.page_link(
                "../train.py", label="Train on it", icon=":material/model_training:", query_params={"data": name}
            )


def kept_sets() -> None:
    """A row for each set with its picture, what can be done to it, and what was deleted lately."""
    good, problems = store.listing()
    for problem in problems:
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.warning(f"Set aside: {plain(problem)}", icon=":material/report:")
        name = problem.partition(":")[0]
        if store.NAME.fullmatch(name) and right.button("Delete", key=f"own_delete_{name}", icon=":material/delete:"):
            _try(store.delete, name)
    if not good and not problems:
        st.caption("None yet. They are kept in the app's data folder: everyone who uses this app sees them.")
    for kept in good:
        with st.container(border=True, key=f"own_row_{kept.name}"):
            _row(kept)
    if gone := store.trash():
        with st.expander(f"Deleted in the last day ({len(gone)})", expanded="own_deleted" in st.session_state):
            for kept in gone:
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.markdown(f"**{plain(kept.title)}**, {_ago(kept.deleted or 0)}", width="stretch")
                    token = kept.folder.name
                    if st.button("Bring back", key=f"own_back_{token}", icon=":material/undo:"):
                        st.session_state.pop("own_deleted", None)
                        _try(store.undelete, token)


def _row(kept: Kept) -> None:
    picture, words, actions = st.columns([1.6, 3, 1.3], vertical_alignment="center", gap="medium")
    with picture:
        if kept.sheet:
            st.image(str(kept.sheet), width="stretch")
        else:
            _glimpse(kept)
    words.markdown(f"**{plain(kept.title)}**  \n{kept.summary()}")
    a = kept.about
    day = time.strftime("%d %b %Y", time.localtime(a["kept"]))
    words.caption(f"`{kept.name}` · {_size(kept.size)} · from {plain(a['source'])} · {day}")
    with actions:
        _train_link(kept.name)
        with st.container(horizontal=True):
            with st.popover("Rename", icon=":material/edit:"):
                title = st.text_input("Title", kept.title, max_chars=60, key=f"own_title_{kept.name}")
                if st.button("Rename", key=f"own_rename_{kept.name}", type="primary"):
                    _try(store.rename, kept.name, title)
            if st.button("Delete", key=f"own_delete_{kept.name}", icon=":material/delete:", type="tertiary"):
                st.session_state["own_deleted"] = True
                _try(store.delete, kept.name)


def _size(n: int) -> str:
    return f"{n / 1e6:,.1f} MB" if n >= 1e5 else f"{n / 1e3:,.0f} kB" if n >= 1e3 else f"{n} bytes"


def _glimpse(kept: Kept) -> None:
    glimpse = kept.about["glimpse"]
    if kept.about["kind"] == "counts":
        st.caption(plain(", ".join(str(word) for word, _ in glimpse[:12])) + " …")
    elif kept.about["kind"] == "text":
        st.code(str(glimpse[0])[:80] + "…" if glimpse else "", language=None, wrap_lines=True)
    else:
        st.code("\n".join("  ".join(f"{v:g}" for v in row[:5]) for row in glimpse), language=None)


def _try(action: Any, *arguments: str) -> None:
    try:
        action(*arguments)
    except DataError as error:
        st.error(plain(str(error)), icon=":material/block:")
    else:
        st.rerun()


def _ago(moment: float) -> str:
    minutes = (time.time() - moment) / 60
    if minutes < 1.5:
        return "deleted a moment ago"
    return f"deleted {minutes:.0f} minutes ago" if minutes < 90 else f"deleted {minutes / 60:.0f} hours ago"


# -- the sets that come with the app ----------------------------------------------------------------


KINDS = {"binary": "binary", "levels": "grey levels", "real": "real values", "counts": "word counts", "text": "text"}


def builtin_sets() -> None:
    """What every copy of the app knows: shape, kind, licence, source, and a way to have what is not here."""
    wanted = None
    for e in data.builtin().values():
        shape = "×".join(f"{n:,}" for n in e.event_shape)
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(gap=None):
                st.markdown(f"**{e.title}** · {' '.join(filter(None, (shape, KINDS[e.kind])))}")
                st.caption(f"{e.summary} Licence: {e.licence}. Source: {e.source}.")
            if e.is_here():
                st.caption(":material/check: here", width="content")
            elif st.button(
                f"Download {e.title} ({e.download_mb:.0f} MB)", key=f"own_fetch_{e.name}", icon=":material/download:"
            ):
                wanted = e.name
    if wanted:
        loaders.download_with_progress(wanted)
