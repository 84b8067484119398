"""What the settings make of the file."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.data.errors import DataError
from core.data.uploads import store
from core.data.uploads.schema import pluralize
from core.data.uploads.store import Draft, Prepared, Settings
from pages.data.settings_form import FEW_COLUMNS
from pages.shared.markdown import escape_markdown, show_notes
from pages.shared.theme import TRAIN

PREVIEW_IMAGES = 40  # images in the preview


def show_preview(draft: Draft, settings: Settings) -> bool:
    """Draws what the settings make of the file; False, with the reason on the page, where that cannot be kept."""
    key = (st.session_state["own_draft"][0], tuple(draft.reading.items()), settings)
    known, result = st.session_state.get("own_preview", (None, None))
    if known != key:
        try:
            result = (
                store.preview(draft, settings, PREVIEW_IMAGES)
                if settings.way == "images"
                else store.prepare(draft, settings)
            )
        except DataError as error:
            result = str(error)
        st.session_state["own_preview"] = key, result
    if isinstance(result, str):
        st.error(escape_markdown(result), icon=":material/block:")
        return False
    if isinstance(result, tuple):
        images, notes = result
        _show_images(draft, settings, images)
    else:
        notes = result.notes
        {"real": _show_vectors, "binary": _show_vectors, "counts": _show_counts, "text": _show_text}[
            result.dataset.kind
        ](draft, result)
    show_notes([note for note in notes if note not in draft.guesses.values()])  # those stand at their switches
    return True


def image_grid(images: np.ndarray, across: int, width: int = 640) -> np.ndarray:
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
        st.error("None of the images in the preview can be decoded.", icon=":material/block:")
        return
    st.image(image_grid(images, 10 if settings.side <= 32 else 8 if settings.side <= 64 else 5))
    grey = images.mean() / 255
    text = f"{len(images):,} of {draft.number:,}, as saved: {settings.side}×{settings.side} pixels. "
    text += f"Mean grey {grey:.2f} (0 is black, 1 is white)."
    if grey > 0.6:
        text += " Mostly bright: *Invert* makes them like the built-in data sets."
    st.caption(text)
    if draft.class_names and settings.classes:
        sizes = np.bincount(draft.labels, minlength=len(draft.class_names))
        named = [f"{escape_markdown(n)} ({k:,})" for n, k in zip(draft.class_names[:12], sizes[:12], strict=True)]
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
        f"{n:,} vectors of {pluralize(len(names), 'value')}, the first few training examples"
        + (f" and the first {few} values" if few < len(names) else "")
        + f". {len(dataset.train):,} for training, {len(dataset.test):,} for testing. Original values are saved; "
        "standardisation is part of training."
    )
    column = st.selectbox("Distribution of", names[:FEW_COLUMNS], key="own_column")
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
            x=alt.X("times:Q", title="occurrences in all documents"),
            y=alt.Y("word:N", sort=None, title=None, axis=alt.Axis(labelOverlap=False)),
        )
        .properties(height=18 * len(table) + 40)
    )
    lengths = np.concatenate([dataset.train.sum(1), dataset.test.sum(1)])
    st.caption(
        f"{len(lengths):,} documents over {len(dataset.vocabulary):,} words; median length "
        f"{np.median(lengths):,.0f} words. {len(dataset.train):,} for training, {len(dataset.test):,} for testing."
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
        f"{len(dataset.train):,} characters for training, the last {len(dataset.test):,} for testing; {len(signs):,} "
        "different characters."
    )
    st.caption("Most frequent: " + escape_markdown(" · ".join(often)))
