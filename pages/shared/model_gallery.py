"""Models found by data set, family and words; as cards with a picture and the main score, drawn only while open."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from core.numerics.kept import kept
from core.store.checkpoints import Checkpoint, CheckpointError
from pages.shared import scores
from pages.shared.model_store import arrays
from pages.shared.theme import CLASS_COLOURS

SIDE = 128  # pixels of a thumbnail, shown half as large
COLUMNS = 2
TALL = 8  # cards from which on they scroll
STORED = ("samples", "fantasy")  # of a portrait
MAIN = (*scores.LIKELIHOODS, "test ELBO", "nats a character")


@st.fragment
def gallery(found: Sequence[Checkpoint], shown: Checkpoint, key: str, take: Callable[[str], None]) -> None:
    """A button that opens the cards; they begin with the data set of the model that is `shown`.

    take    called with the name of the one that was chosen, before the page runs again
    """
    if st.session_state.pop(f"{key}-taken", False):
        st.rerun()  # the whole page: the callback has closed the cards already
    opened = st.popover(
        "Browse",
        icon=":material/grid_view:",
        key=f"{key}-open",
        on_change=lambda: _begin(key, shown.manifest.data_title),
        help="Models by data set and family, with scores",
    )
    if not opened.open:
        return
    with opened, st.container(key="gallery"):
        st.html("<style>[data-testid=stPopoverBody]:has(.st-key-gallery) { width: min(46rem, 94vw) }</style>")
        among = narrow(found, key)
        with st.container(height=440 if len(among) > TALL else "content", border=False):
            for i, checkpoint in enumerate(among):
                if i % COLUMNS == 0:
                    columns = st.columns(COLUMNS, gap="small")
                with columns[i % COLUMNS]:
                    _card(checkpoint, checkpoint.name == shown.name, key, take)


def narrow(found: Sequence[Checkpoint], key: str) -> list[Checkpoint]:
    """Those of `found` that a search, a data set and a family leave; the search goes through all of them."""
    if text := search("Search models", f"{key}-search", "Search all models"):
        among = [c for c in found if matches(c, text)]
    else:
        data = _pills("Data set", [c.manifest.data_title for c in found], f"{key}-data")
        among = [c for c in found if data in (None, c.manifest.data_title)]
        family = _pills("Family", [c.family_name for c in among], f"{key}-family")
        among = [c for c in among if family in (None, c.family_name)]
    if not among:
        st.caption("No model matches.")
    return among


def search(label: str, key: str, placeholder: str) -> str:
    """A field that answers while one types: what stands in it."""
    return st.text_input(label, key=key, placeholder=placeholder, label_visibility="collapsed", live="200ms")


def matches(checkpoint: Checkpoint, text: str) -> bool:
    """Whether every word of the text stands in the model's title, data, family or name."""
    said = f"{checkpoint.title} {checkpoint.manifest.data_title} {checkpoint.family_name} {checkpoint.name}"
    return has_words(said, text)


def has_words(said: str, text: str) -> bool:
    """Whether every word of the text stands in what is said, in any order and case."""
    return all(word in said.lower() for word in text.lower().split())


def _begin(key: str, data: str) -> None:
    st.session_state.update({f"{key}-data": data, f"{key}-family": None, f"{key}-search": ""})


def _pills(label: str, words: Sequence[str], key: str) -> str | None:
    """One of the words, or None; without a choice where there is but one."""
    options = list(dict.fromkeys(words))
    if st.session_state.get(key) not in options:
        st.session_state[key] = None
    return st.pills(label, options, key=key, label_visibility="collapsed") if len(options) > 1 else None


def _card(checkpoint: Checkpoint, is_shown: bool, key: str, take: Callable[[str], None]) -> None:
    """A model with its picture, main score and size."""
    with st.container(border=True, horizontal=True, gap="small", vertical_alignment="center", height="stretch"):
        picture = thumbnail(checkpoint.name, checkpoint.version)
        if picture is not None:
            st.image(picture, width=SIDE // 2, alt="")
        with st.container(gap=None):
            st.button(
                checkpoint.title,
                key=f"{key}-take-{checkpoint.name}",
                type="tertiary",
                icon=":material/check:" if is_shown else None,
                on_click=_taken,
                args=(key, take, checkpoint.name),
            )
            st.caption(facts(checkpoint))


def _taken(key: str, take: Callable[[str], None], name: str) -> None:
    st.session_state.update({f"{key}-open": False, f"{key}-taken": True})
    take(name)


def facts(checkpoint: Checkpoint) -> str:
    """How likely it finds test examples, or the first of its scores where it does not say, with what kind of number
    that is; and its size."""
    manifest = checkpoint.manifest
    said = []
    if score := next(filter(None, (*map(checkpoint.score, MAIN), *manifest.scores)), None):
        said.append(f"{scores.name(score)} **{scores.number(score)}** {scores.unit(score)} ({scores.nature(score)})")
    if manifest.parameters:
        said.append(f"{manifest.parameters:,} weights")
    return " · ".join(said)


@kept("thumbnails of models")
def thumbnail(name: str, version: str) -> np.ndarray | None:
    """Stored samples, else the codes on their first two principal components: (h, w, 4) uint8; None for others."""
    from core.store import checkpoints

    try:
        checkpoint, portrait = checkpoints.load(name), arrays(name, version, "portrait.safetensors")
        shape = checkpoint.manifest.preset.event_shape
        stored = next((portrait[part] for part in STORED if part in portrait), None)
        if stored is not None and len(shape) == 2 and len(stored) >= 4:
            weights = arrays(name, version, "weights.safetensors")
            greys = weights["view.shift"] + weights["view.scale"] * stored[:4].reshape(4, *shape)
            return _mosaic(np.clip(greys, 0, 1))
        return _scatter(portrait["codes"], portrait.get("codes.labels")) if "codes" in portrait else None
    except (CheckpointError, KeyError, ValueError):  # a card without a picture is still a card
        return None


def _mosaic(greys: np.ndarray) -> np.ndarray:
    """Four pictures (4, h, w) from 0 to 1, two by two, each pixel of them a square."""
    _, height, width = greys.shape
    zoom = max(1, SIDE // 2 // max(height, width))
    large = (255 * greys).astype(np.uint8).repeat(zoom, 1).repeat(zoom, 2)
    grey = np.concatenate([np.concatenate(list(row), 1) for row in (large[:2], large[2:])])
    return np.stack([grey, grey, grey, np.full_like(grey, 255)], -1)


def _scatter(codes: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
    """Codes (n, d) as dots on a clear ground, coloured by class."""
    centred = codes.astype(np.float32) - codes.astype(np.float32).mean(0)
    if centred.shape[1] > 2:
        centred = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    low, high = np.percentile(centred, 1, 0), np.percentile(centred, 99, 0)
    places = (centred - low) / np.maximum(high - low, 1e-9) * (SIDE - 8) + 3
    places = np.clip(places, 0, SIDE - 3).astype(int)
    across = places[:, 0]
    up = SIDE - 3 - places[:, 1] if centred.shape[1] > 1 else np.full(len(places), SIDE // 2)
    colours = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in CLASS_COLOURS], np.uint8)
    picture = np.zeros((SIDE, SIDE, 4), np.uint8)
    ink = colours[(labels if labels is not None else np.zeros(len(codes), int)) % len(colours)]
    for dx in range(3):
        for dy in range(3):
            picture[up + dy, across + dx, :3] = ink
            picture[up + dy, across + dx, 3] = 255
    return picture
