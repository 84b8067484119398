"""What to make of the file: the settings of a data set."""

from __future__ import annotations

import dataclasses
from typing import Any

import streamlit as st

from core.data.errors import DataError
from core.data.uploads import store
from core.data.uploads.schema import MAX_EXAMPLES, MAX_WORDS, SIDES
from core.data.uploads.store import Draft, Settings
from pages.shared.markdown import escape_markdown
from pages.shared.uploader import DECIMALS, THOUSANDS, file_id

WAYS = {"images": "Images", "vectors": "Vectors", "counts": "Word counts", "text": "Text"}
FEW_COLUMNS = 300  # that a menu can list


def settings_form(draft: Draft) -> Settings | None:
    """Widgets for the settings; None, with the reason on the page, where they do not go together."""
    read, start = draft.reading, store.suggest_settings(draft)
    mark = f"own_{file_id()}_{read.get('header')}_{read.get('frames')}_"  # another reading has other defaults
    values: dict[str, Any] = {
        "title": st.text_input("Title", start.title, max_chars=60, key=mark + "title", help="Name in lists of data")
    }
    if len(draft.ways) > 1:
        values["way"] = st.segmented_control(
            "Read the rows as", draft.ways, default=start.way, format_func=WAYS.get, required=True, key=mark + "way",
            help="A row can be a vector, the pixels of a square image, or word counts.",
        )  # fmt: skip
    else:
        values["way"] = start.way
    if values["way"] != "text":
        _choose_reading(draft)
    if draft.columns and values["way"] != "text":
        values |= _choose_columns(draft, start, mark)
    if values["way"] == "images":
        values |= _choose_pixels(draft, start, mark)
    if values["way"] == "counts":
        values["words"] = st.slider(
            "Vocabulary size", 2, min(MAX_WORDS, max(3, len(draft.columns))), min(start.words, len(draft.columns)),
            key=mark + "words", help="The most frequent words; rarer ones are dropped.",
        )  # fmt: skip
    values |= _choose_split(draft, start, values["way"], mark)
    try:
        return dataclasses.replace(start, **values)
    except DataError as error:
        st.error(escape_markdown(str(error)), icon=":material/tune:")
        return None


def _choose_reading(draft: Draft) -> None:
    """The other reading of what allows two, with what was found beside it."""
    for part, value in draft.reading.items():
        key = f"own_{file_id()}_{part}"
        if part == "header":
            st.toggle("The first row has column names", value, key=key)
        elif part == "frames":
            st.toggle("Every image of a file is an example", value, key=key)
        else:
            st.radio("Commas and points in numbers mean", [THOUSANDS, DECIMALS], None, key=key, horizontal=True)
        if said := draft.guesses.get(part):
            st.caption(f":material/help: {escape_markdown(said)}")


def _choose_columns(draft: Draft, start: Settings, mark: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    names = list(draft.columns)
    if len(names) > FEW_COLUMNS:
        names = list(
            dict.fromkeys([*names[:50], *([start.label] if start.label else []), *start.leave_out, *names[-50:]])
        )
    if draft.labels is None:
        label = st.selectbox(
            "Label column", ["", *names], index=["", *names].index(start.label), key=mark + "label",
            format_func=lambda n: n or "none", help="Class of each row; not part of the vector.",
        )  # fmt: skip
        values["label"] = label
    values["leave_out"] = tuple(
        st.multiselect("Excluded columns", names, list(start.leave_out), key=mark + "leave_out",
                       help="For instance row numbers, names and dates.")
    )  # fmt: skip
    values["leave_out"] = tuple(n for n in values["leave_out"] if n != values.get("label"))
    return values


def _choose_pixels(draft: Draft, start: Settings, mark: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "side": st.slider(
            "Image size (pixels per side)", *SIDES, start.side, key=mark + "side",
            help="Images are square. MNIST has 28; time and memory grow quadratically.",
        )
    }  # fmt: skip
    if draft.size is None or draft.size[0] != draft.size[1]:
        fits = {"crop": "Centre crop", "pad": "Add a border", "stretch": "Stretch"}
        values["fit"] = st.segmented_control(
            "Fit to a square", list(fits), default=start.fit, format_func=fits.get, required=True,
            key=mark + "fit",
        )  # fmt: skip
    left, right = st.columns(2)
    greys = {"luminance": "Luminance", "red": "Red channel", "green": "Green channel", "blue": "Blue channel"}
    values["grey"] = left.selectbox(
        "Colour to grey", list(greys), format_func=greys.get, key=mark + "grey",
        help="Models take grey images. Luminance is 0.299 R + 0.587 G + 0.114 B.",
    )  # fmt: skip
    levels = {256: "256", 64: "64", 17: "17", 4: "4", 2: "2 (black and white)"}
    values["levels"] = right.selectbox(
        "Grey levels", list(levels), format_func=levels.get, key=mark + "levels",
        help="256 is a safe choice. Black and white thresholds once, for drawings and print.",
    )  # fmt: skip
    if values["levels"] == 2:
        values["cut"] = st.slider(
            "Threshold", 0.02, 0.98, start.cut, 0.02, key=mark + "cut", help="0 is black, 1 is white."
        )
    found = "automatic" if draft.columns else f"{draft.white:g} (automatic)"
    values["white"] = st.number_input(
        "White value", 0.0, 1e9, None, placeholder=found, key=mark + "white",
        help="Greys are scaled so that this value is white, for instance 255 for 8 bits.",
    ) or 0.0  # fmt: skip
    left, right = st.columns(2, vertical_alignment="bottom")
    values["ground"] = left.selectbox(
        "Background", ["black", "white"], key=mark + "ground",
        help="For transparent pixels and added borders, before inverting.",
    )  # fmt: skip
    values["invert"] = right.toggle(
        "Invert", key=mark + "invert",
        help="Built-in data sets are bright on black; invert ink on paper.",
    )  # fmt: skip
    return values


def _choose_split(draft: Draft, start: Settings, way: str, mark: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if draft.held_out is not None:
        values["own_split"] = st.toggle(
            f"Use the file's own test examples ({int(draft.held_out.sum()):,})", key=mark + "own_split", value=True
        )
    if not values.get("own_split"):
        share = st.slider(
            "Test split", 1, 50, round(100 * start.test_share), format="%d%%", key=mark + "share",
            help="Held out at random, in proportion to the classes; of a text, the end.",
        )  # fmt: skip
        values["test_share"] = share / 100
    with st.expander("More settings"):
        if draft.class_names:
            values["classes"] = st.toggle(f"Keep the {len(draft.class_names)} classes", True, key=mark + "classes")
        if way != "text":
            most = min(draft.number, MAX_EXAMPLES)
            values["examples"] = st.number_input(
                "Maximum number of examples",
                2,
                most,
                most,
                key=mark + "examples",
                help="Chosen at random if there are more.",
            )
        values["seed"] = st.number_input(
            "Seed", 0, 2**31 - 1, start.seed, key=mark + "seed", help="Seed of the split and the order."
        )
    return values
