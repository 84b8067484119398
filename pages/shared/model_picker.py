"""The head of a page that shows one trained model: its title, the choice of the model, what the link says, its data."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import streamlit as st

from core.config.mode import Ability
from core.data.base import DatasetInfo
from core.store.checkpoints import Checkpoint
from pages.registry import list_checkpoints
from pages.shared import downloads, visitors
from pages.shared.model_gallery import gallery
from pages.shared.state import from_query

OFFERED = 3  # models instead of one whose data are not here


def choose(
    title: str,
    label: str,
    found: list[Checkpoint],
    set_aside: list[str],
    describe: Callable[[Checkpoint], str],
    widths: tuple[float, float, float] = (1.15, 2, 3),
) -> Checkpoint | None:
    """The page's first line: its title, the choice among `found` (the link's, else the first) and a line about it.

    None where there is nothing to choose. `set_aside` are sentences about checkpoints that cannot be used.
    """
    head, choice, facts = st.columns(widths, vertical_alignment="bottom")
    head.subheader(title, anchor=False)
    for message in set_aside:
        st.warning(f"Skipped: {message}", icon=":material/report:")
    if not found:
        return None
    by_name = {checkpoint.name: checkpoint for checkpoint in found}
    asked = st.query_params.get("checkpoint", found[0].name)
    if asked not in by_name and (current := _trained_again(asked, found)):
        st.caption(f"The link names an earlier training of {current.title}; this is the current one.")
        asked = current.name
    elif asked not in by_name:
        elsewhere = any(checkpoint.name == asked for checkpoint in list_checkpoints()[0])
        why = "cannot be shown on this page" if elsewhere else "was not found"
        st.warning(_plain(f"The checkpoint {asked!r} in the link {why}; showing {found[0].name}."))
        asked = found[0].name
    with choice.container(horizontal=True, gap="small"):
        name = st.selectbox(
            label,
            list(by_name),
            format_func=lambda n: by_name[n].title,
            key=begin(_choice(title), asked, by_name),
            label_visibility="collapsed",
        )
        if len(found) > 1:
            gallery(found, by_name[name], _choice(title), lambda n: _take(_choice(title), "checkpoint", n))
    facts.caption(describe(by_name[name]))
    st.set_page_config(page_title=f"{by_name[name].title} · {title}")
    return by_name[name]


def _trained_again(name: str, found: list[Checkpoint]) -> Checkpoint | None:
    """The checkpoint of the same preset as the one that was called `name`, where there is one alone."""
    same = [c for c in found if c.manifest.preset.name == name.rpartition("-")[0]]
    return same[0] if len(same) == 1 else None


def _choice(title: str) -> str:
    return f"choice-{title}"


def begin(key: str, value: Any, options: Collection[Any] | None = None) -> str:
    """The key of a widget that begins with `value`, and again where what it holds is none of the `options`.

    From then on it holds its own value. A widget whose default comes from the link is another one as soon as the page
    writes the link, and loses what was chosen.
    """
    if key not in st.session_state or (options is not None and st.session_state[key] not in options):
        st.session_state[key] = value
    return key


def from_link(state: type, choices: Mapping[str, Collection[str]] | None = None) -> Any:
    """The state that the page's link describes; what of the link could not be read is said.

    choices     what a text of it may be, see `from_query`
    """
    found, problems = from_query(state, st.query_params, choices)
    for problem in problems:
        st.warning(_plain(problem))
    return found


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>$:#~])", r"\\\1", text)  # a link's text is no Markdown


def explain(what: str, tries: str) -> None:
    """What a page shows is, and what to try, side by side."""
    for column, title, text in zip(
        st.columns(2, gap="large"), ("What this is", "Try this"), (what, tries), strict=True
    ):
        column.subheader(title, anchor=False)
        column.markdown(text)


def data_is_here(checkpoint: Checkpoint, missing: str, title: str = "", found: Collection[Checkpoint] = ()) -> bool:
    """Whether the test part of the data that the checkpoint was trained on is here; else `missing` stands beside a
    download button.

    title, found    of the page's `choose`: those of `found` whose data are here are offered instead
    """
    dataset = checkpoint.manifest.preset.dataset
    about = downloads.dataset_summary(dataset)
    if about["here"]:
        return True
    offer_download(dataset, about, missing)
    ready = [c for c in found if downloads.dataset_summary(c.manifest.preset.dataset)["here"]]
    offer_instead(ready, _choice(title), "checkpoint")
    return False


def offer_training_part(checkpoint: Checkpoint, missing: str) -> None:
    """Where the test part alone of the checkpoint's data is here: `missing`, what the rest is for, beside a download
    button."""
    dataset = checkpoint.manifest.preset.dataset
    about = downloads.dataset_summary(dataset)
    if about["here"] and not about["train_here"]:
        offer_download(dataset, about, missing)


def offer_download(dataset: str, about: dict[str, Any], missing: str) -> None:
    """A button that fetches a data set, beside what is `missing` without it; `about` is its `dataset_summary`. Where
    visitors may not have it fetched, why."""
    refused = visitors.current().reason_against(Ability.DOWNLOAD)
    with st.container(horizontal=True, vertical_alignment="center"):
        label = f"Download {about['title']} ({about['download_mb']:.0f} MB)"
        pressed = about["download_mb"] > 0 and not refused and st.button(label, icon=":material/download:")
        st.caption(f"{missing} {refused}")
    if pressed:
        downloads.download_with_progress(dataset)


def offer_instead(others: Sequence[Checkpoint | DatasetInfo], key: str, parameter: str) -> None:
    """The first of what needs no download, a button each: it sets the choice `key` and the link's `parameter`."""
    if others:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("No download needed:", width="content")
            for other in others[:OFFERED]:
                st.button(other.title, key=f"instead-{other.name}", on_click=_take, args=(key, parameter, other.name))


def _take(key: str, parameter: str, name: str) -> None:
    st.session_state[key] = name
    st.query_params[parameter] = name
