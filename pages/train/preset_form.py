"""The form that chooses what is trained: data, model, settings; every widget is made from the configs' own fields."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, get_args, get_type_hints

import streamlit as st

from core import data, models
from core.config.fields import SettingError, parse_setting
from core.config.presets import Preset
from core.data.preprocessing import VIEWS, views_of
from core.store import checkpoints
from pages.train import loading

FIRST = ("epochs", "lr", "batch_size", "hidden")  # what most visitors change; the rest is one click away
LABELS = {
    "lr": "learning rate",
    "lr_schedule": "learning rate schedule",
    "lr_hold": "decay starts after",
    "warp": "augmentation",
    "clip": "gradient clipping",
    "average": "weight averaging",
    "validation": "validation fraction",
    "keep_best": "keep the best epoch",
}
# decided by the data, or while it runs
BY_HAND = ("event_shape", "visible", "output", "likelihood", "levels", "tokens", "rate", "lr_changes", "stop")


def choose(start: dict[str, Any] | None) -> Preset | None:
    """The form; returns the recipe that it describes, or None while some setting is not possible.

    start    a preset's JSON to begin from ("train on from here"), or None
    """
    yours = {name: info for name, info in data.catalogue().items() if info.version}  # what visitors brought
    known = yours | data.catalogue()
    wanted = start["dataset"] if start else st.query_params.get("data", "digits")
    names = list(known)
    if wanted not in known:
        st.warning(f"The data set {wanted[:60]!r} was not found.")
    chosen = st.selectbox(
        "Data",
        names,
        index=names.index(wanted) if wanted in names else 0,
        format_func=lambda n: f"{known[n].title} · yours" if n in yours else known[n].title,
        key=_key("data", start),
    )
    info = known[chosen]
    size = "×".join(map(str, info.event_shape)) or ("one character" if info.kind == "text" else "one value")
    st.caption(f"{info.summary} Type: {info.kind}; {size} each.")
    templates = models.templates(info)
    if start:
        begun = models.preset_from_json(start)
        if begun.dataset == chosen:
            templates = {begun.name: begun} | {n: t for n, t in templates.items() if n != begun.name}
    if not templates:
        st.info(f"No model takes {info.kind} data yet.")
        return None
    name = st.selectbox(
        "Model", list(templates), format_func=lambda n: templates[n].title, key=_key(f"model-{chosen}", start)
    )
    template = templates[name]
    views = [v for v, kind in views_of(info).items() if kind in template.model.accepts]
    view = template.view
    if len(views) > 1:
        view = st.selectbox(
            "Input encoding",
            views,
            index=views.index(template.view),
            format_func=lambda v: VIEWS[v],
            key=_key(f"view-{chosen}-{name}", start),
        )
    return _settings(models.in_view(template, info, view), _key(f"{chosen}-{name}", start))


def _key(name: str, start: dict[str, Any] | None) -> str:
    return f"recipe-{name}-{start.get('origin', '')}-{start['name']}" if start else f"recipe-{name}"  # its own widgets


def _settings(template: Preset, key: str) -> Preset | None:
    parts = {"model": template.model, "train": template.train}
    titles = {"model": "Model settings", "train": "Training settings"}
    if models.fixed_training(template.family):  # it counts: nothing is drawn, nothing goes on from before
        del titles["train"]
    fields = [(part, f) for part in titles for f in dataclasses.fields(parts[part]) if f.name not in BY_HAND]
    seed, origin = template.seed, template.origin
    values: dict[str, dict[str, Any]] = {"model": {}, "train": {}}
    columns = st.columns(2)
    for i, name in enumerate(FIRST):
        for part, entry in fields:
            if entry.name == name:
                with columns[i % 2]:
                    values[part][name] = _widget(parts[part], entry, key)
    for part, label in titles.items():
        with st.expander(label):
            for _, entry in (f for f in fields if f[0] == part and f[1].name not in FIRST):
                values[part][entry.name] = _widget(parts[part], entry, key)
            if part == "train":
                seed = st.number_input(
                    "seed",
                    0,
                    2**31 - 1,
                    template.seed,
                    key=f"{key}-seed",
                    help="Seed of the initialisation and all sampling.",
                )
                origin = _origin(template, key)
    if any(value is _UNREADABLE for part in values.values() for value in part.values()):
        return None
    try:
        return dataclasses.replace(
            template,
            model=dataclasses.replace(template.model, **values["model"]),
            train=dataclasses.replace(template.train, **values["train"]),
            seed=int(seed),
            origin=origin,
        )
    except SettingError as error:
        st.error(f"This cannot be trained: {error}", icon=":material/error:")
        return None


def _origin(template: Preset, key: str) -> str:
    """Fresh weights, or those of a checkpoint of the same family and shape."""
    shape = template.model.event_shape
    fitting = [
        f"{c.name}@{c.version}"
        for c in checkpoints.available()[0]
        if c.manifest.preset.family == template.family and c.manifest.preset.event_shape == shape
    ]
    options = ["", *dict.fromkeys([*filter(None, [template.origin]), *fitting])]
    return st.selectbox(
        "initialise from",
        options,
        index=options.index(template.origin),
        format_func=lambda o: o.partition("@")[0] or "random weights",
        key=f"{key}-origin",
        help="Random weights, or those of a trained checkpoint of the same shape.",
    )


_UNREADABLE = object()


def _widget(owner: Any, entry: dataclasses.Field, key: str) -> Any:
    """The widget for one field of a config, with its range and one-line meaning."""
    hint, value = get_type_hints(type(owner))[entry.name], getattr(owner, entry.name)
    about, bounds = entry.metadata.get("about", ""), entry.metadata.get("bounds", {})
    label, key = LABELS.get(entry.name, entry.name.replace("_", " ")), f"{key}-{entry.name}"
    if hint is bool:
        return st.checkbox(label, value, key=key, help=about)
    if getattr(hint, "__origin__", None) is Literal:
        options = list(get_args(hint))
        return st.selectbox(label, options, index=options.index(value), key=key, help=about)
    if hint is int:
        low, high = bounds.get("low"), bounds.get("high")
        return int(st.number_input(label, low, high, value, key=key, help=_with_range(about, bounds)))
    text = st.text_input(label, _plain(value), key=key, help=_with_range(about, bounds))
    try:
        return parse_setting(type(owner), entry.name, text.strip().replace(",", ".") if hint is float else text.strip())
    except SettingError as error:
        st.error(str(error))
        return _UNREADABLE


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _with_range(about: str, bounds: dict[str, float]) -> str:
    words = {"low": "at least", "above": "above", "high": "at most", "below": "below"}
    rule = " and ".join(f"{words[k]} {bound:,}" for k, bound in bounds.items())
    return f"{about} ({rule})" if rule else about


def shell_command(preset: Preset) -> str:
    """The command that trains the same in a shell; for a recipe of another data set, by way of settings."""
    base = models.presets().get(preset.name)
    if base is None:
        return ""
    settings = [
        f"{f.name}={_plain(new)}"
        for ours, theirs in ((preset.model, base.model), (preset.train, base.train))
        for f in dataclasses.fields(ours)
        if (new := getattr(ours, f.name)) != getattr(theirs, f.name)
    ]
    settings += [
        f"{n}={getattr(preset, n)}" for n in ("view", "seed", "origin") if getattr(preset, n) != getattr(base, n)
    ]
    return f"python -m core train {preset.name}" + (f" --set {' '.join(settings)}" if settings else "")


def estimate(preset: Preset) -> None:
    """Size, memory and time of the training, from a few steps of it in a process of their own."""
    try:
        found = loading.estimate(preset)
    except loading.EstimateError as error:
        st.error(f"No estimate: {error}", icon=":material/error:")
        return
    units = (("h", 3600, 5400), ("min", 60, 90), ("s", 1, 0))
    unit, size = next((unit, size) for unit, size, least in units if found["seconds"] >= least)
    st.caption(
        f"**{found['parameters']:,}** parameters, **{found['memory'] / 1e6:,.0f} MB**, {found['steps']:,} updates, "
        f"about **{found['seconds'] / size:.3g} {unit}** on {found['device']}, plus scoring."
    )
