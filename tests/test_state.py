"""What a link to the chains page may say: read, or refused in a sentence; and the player writes the same."""

import dataclasses
import json
import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from core.chains import MAX_CHAINS, MAX_SWEEPS
from pages.ui.state import RANGES, GibbsState, from_query

PANEL = (Path(__file__).parent.parent / "pages/components/gibbs/panel.js").read_text()
FIELDS = {field.name: field for field in dataclasses.fields(GibbsState)}

# one value other than the default for every field, as a link has it
CHANGED = {
    "start": ("noise", "noise"),
    "digit": ("person 3", "person 3"),
    "chains": ("25", 25),
    "seed": ("2147483647", 2**31 - 1),
    "sampler": ("compare", "compare"),
    "cd": ("3", 3),
    "temperature": ("0.35", 0.35),
    "sweeps": (str(MAX_SWEEPS), MAX_SWEEPS),
    "fps": ("60", 60),
    "view": ("sample", "sample"),
    "off": ("0.7.127", (0, 7, 127)),
    "chain": (str(MAX_CHAINS - 1), MAX_CHAINS - 1),
    "drawing": ("AAH_-9", "AAH_-9"),
    "held": ("AAH_-9.x", "AAH_-9.x"),
    "frame": ("41", 41),
}


def as_link(state: GibbsState) -> dict[str, str]:
    """The query that `urlOf` of panel.js writes, without its leaving out of defaults."""
    values = dataclasses.asdict(state)
    return {k: ".".join(map(str, v)) if isinstance(v, tuple) else str(v) for k, v in values.items()}


def test_an_empty_link_is_the_default():
    assert from_query(GibbsState, {}) == (GibbsState(), [])


def test_every_field_has_its_changed_value_here():
    assert set(CHANGED) == set(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_a_link_sets_one_field(name):
    text, value = CHANGED[name]
    assert from_query(GibbsState, {name: text}) == (dataclasses.replace(GibbsState(), **{name: value}), [])


def test_a_state_survives_its_own_link():
    for state in (GibbsState(), GibbsState(**{name: value for name, (_, value) in CHANGED.items()})):
        assert from_query(GibbsState, as_link(state)) == (state, [])


def test_what_the_page_does_not_know_is_left_to_others():
    assert from_query(GibbsState, {"checkpoint": "mnist-rbm", "embed": "true"}) == (GibbsState(), [])


TEXTS = [name for name, field in FIELDS.items() if field.default == ""]
NONSENSE = (
    "",
    " ",
    "x",
    "1e",
    "--1",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "0x10",
    "9" * 5000,
    "٣x",
    "1\x00",
    "<b>",
    "None",
    "[]",
)


@pytest.mark.parametrize("name", [n for n in FIELDS if n not in TEXTS])
@pytest.mark.parametrize("text", NONSENSE, ids=lambda t: repr(t[:6]))
def test_nonsense_is_named_and_replaced(name, text):
    state, problems = from_query(GibbsState, {name: text, "cd" if name != "cd" else "fps": "7"})
    if name == "off" and not text:
        assert not problems and state.off == ()
        return
    assert len(problems) == 1 and name in problems[0]
    assert getattr(state, name) == FIELDS[name].default
    assert len(problems[0]) < 400, "a sentence, not the whole link"
    other = "cd" if name != "cd" else "fps"
    assert getattr(state, other) == 7, "the rest of the link still counts"


@pytest.mark.parametrize("name", TEXTS)
def test_an_endless_text_is_refused(name):
    state, (problem,) = from_query(GibbsState, {name: "A" * 100_000})
    assert state == GibbsState() and name in problem and len(problem) < 400


@pytest.mark.parametrize("name", RANGES)
def test_both_ends_of_a_range_are_in_it_and_nothing_beyond(name):
    kind = get_type_hints(GibbsState)[name]
    low, high = RANGES[name]
    for value in (low, high):
        state, problems = from_query(GibbsState, {name: str(kind(value))})
        assert not problems and getattr(state, name) == value
    for value in (low - 1, high + 1):
        state, problems = from_query(GibbsState, {name: str(kind(value))})
        assert "between" in problems[0] and getattr(state, name) == FIELDS[name].default


@pytest.mark.parametrize("name", ["start", "sampler", "view"])
def test_a_choice_that_does_not_exist_is_answered_with_those_that_do(name):
    _, (problem,) = from_query(GibbsState, {name: "everything"})
    assert all(choice in problem for choice in get_args(get_type_hints(GibbsState)[name]))


@pytest.mark.parametrize("text", ["1.-2", "1.x", "0.5e1", "²", "1,2"])
def test_units_that_are_no_numbers(text):
    state, problems = from_query(GibbsState, {"off": text})
    assert state.off == () and "whole numbers" in problems[0]


def test_the_player_knows_how_far_a_link_goes():
    """What the slider of the temperature and the film may reach in panel.js is what a link may say."""
    numbers = {name: float(value) for name, value in re.findall(r"(HOTTEST|COLDEST|LAST_FRAME) = ([\d.]+)", PANEL)}
    assert (numbers["COLDEST"], numbers["HOTTEST"]) == RANGES["temperature"]
    assert numbers["LAST_FRAME"] == RANGES["frame"][1]


def test_the_player_leaves_out_the_same_defaults():
    """panel.js writes what differs from its table of defaults: that table must be the dataclass's."""
    table = re.search(r"const defaults = (\{.*?\});", PANEL).group(1)
    written = json.loads(re.sub(r"(\w+):", r'"\1":', table))
    of_python = {k: f.default for k, f in FIELDS.items() if f.default != ()}  # an empty list is written as nothing
    assert written == of_python
