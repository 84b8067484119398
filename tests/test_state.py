"""What a link to the chains page may say: read, or refused in a sentence; and the player writes the same."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any, get_args, get_type_hints
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest

from core.analysis.gibbs_chains import MAX_CHAINS, MAX_SWEEPS
from pages.autoencoder.state import AutoencoderState
from pages.codes.state import CodesState
from pages.compare.state import CompareState
from pages.convolutional.state import ConvolutionalState
from pages.deep.state import DeepState
from pages.gibbs.state import GibbsState
from pages.home.state import HomeState
from pages.labels.state import LabelsState
from pages.latent.state import LatentState
from pages.pixels.state import PixelsState
from pages.shared.state import RANGES, bounds, from_query, plain
from pages.sound.state import SoundState
from pages.tokens.state import TokensState

SETTINGS = (Path(__file__).parent.parent / "pages/gibbs/view/settings.js").read_text()
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
    """The query that `linkParams` of settings.js writes, without its leaving out of defaults (tests/node)."""
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
    low, high = bounds(GibbsState, name)
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


# -- every page -------------------------------------------------------------------------------

PAGES = Path(__file__).parent.parent / "pages"
STATES = [
    GibbsState,
    ConvolutionalState,
    DeepState,
    AutoencoderState,
    CodesState,
    CompareState,
    HomeState,
    LabelsState,
    LatentState,
    PixelsState,
    SoundState,
    TokensState,
]
EVERY = [(state, field.name) for state in STATES for field in dataclasses.fields(state)]
NUMBERS = [(s, n) for s, n in EVERY if get_type_hints(s)[n] in (int, float)]


def test_no_state_is_left_out():
    declared = [
        name for file in PAGES.glob("*/state.py") for name in re.findall(r"class (\w+State)\b", file.read_text())
    ]
    assert sorted(declared) == sorted(state.__name__ for state in STATES)


def some_value(state: type, name: str, random: np.random.Generator) -> Any:
    """A value that the field may hold."""
    hint = get_type_hints(state)[name]
    if hint is int:
        low, high = bounds(state, name)
        return int(random.integers(low, high, endpoint=True))
    if hint is float:
        return float(round(random.uniform(*bounds(state, name)), 4))
    if hint is bool:
        return bool(random.integers(2))
    if hint is str:
        return "".join(random.choice(list("aé0.~_ &=%+#\n<"), size=random.integers(0, 40)))
    if get_args(hint) and hint.__origin__ is tuple:
        return tuple(int(i) for i in random.integers(0, 1000, size=random.integers(0, 9)))
    return str(random.choice(get_args(hint)))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("seed", range(40))
def test_any_state_survives_its_own_link(state, seed):
    random = np.random.default_rng(seed)
    made = state(**{field.name: some_value(state, field.name, random) for field in dataclasses.fields(state)})
    query = dict(parse_qsl(urlencode(as_link(made)), keep_blank_values=True))
    assert from_query(state, query) == (made, [])


@pytest.mark.parametrize(("state", "name"), NUMBERS)
def test_a_number_beyond_its_range_is_refused_in_plain_words(state, name):
    kind, (low, high) = get_type_hints(state)[name], bounds(state, name)
    for value in (low, high):
        assert not from_query(state, {name: str(kind(value))})[1]
    for value in (low - 1, high + 1, -3 * 10**12, 10**15):
        found, (problem,) = from_query(state, {name: str(kind(value))})
        assert found == state() and f"between {plain(low)} and {plain(high)}" in problem
        assert name in problem and repr(str(kind(value))) in problem and "e+" not in problem.split(":")[1]


@pytest.mark.parametrize(("state", "name"), EVERY)
def test_nonsense_on_any_page_is_named_or_held_as_text(state, name):
    for text in NONSENSE:
        found, problems = from_query(state, {name: text})
        assert found == state() or getattr(found, name) in (text, (), True, False), text
        assert all(name in problem and len(problem) < 400 for problem in problems), text


def test_the_words_for_the_end_of_a_range():
    _, (problem,) = from_query(AutoencoderState, {"seed": "-3"})
    assert problem == "The link's seed = '-3' was not used: it must be between 0 and 2,147,483,647."


def test_a_class_that_is_not_there_is_named():
    for state in (GibbsState, AutoencoderState):
        found, (problem,) = from_query(state, {"digit": "zz"}, {"digit": ("0", "1")})
        assert found == state() and "'zz'" in problem and "one of 0, 1" in problem
        assert from_query(state, {"digit": "1"}, {"digit": ("0", "1")}) == (state(digit="1"), [])


def number_of(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def sliders() -> list[tuple[type, str, float, float, float]]:
    """State, name, least, largest and step of the sliders in the players' markup, where they are plain numbers."""
    folders = {GibbsState: "gibbs", CodesState: "codes", LatentState: "latent", PixelsState: "pixels"}
    folders[TokensState], folders[CompareState] = "tokens", "compare"
    called = re.compile(r'slider\("(\w+)", "[^"]*", ([^,]+), ([^,]+), ([^,]+),')
    found = []
    for state, folder in folders.items():
        for file in sorted((PAGES / folder / "view").glob("*.js")):
            for name, *numbers in called.findall(file.read_text()):
                low, high, step = map(number_of, numbers)
                if None not in (low, high, step) and (state, name) in NUMBERS:
                    found.append((state, name, low, high, step))
    return found


def test_sliders_are_found():
    assert {(s, n) for s, n, *_ in sliders()} >= {
        (GibbsState, "fps"),
        (TokensState, "top_p"),
        (PixelsState, "temperature"),
    }


@pytest.mark.parametrize(("state", "name", "low", "high", "step"), sliders())
def test_what_a_slider_writes_its_link_may_hold(state, name, low, high, step):
    kind = get_type_hints(state)[name]
    for i in range(round((high - low) / step) + 1):
        value = round(low + i * step, 6)
        if (state, name) == (GibbsState, "sweeps"):  # a number of this list
            value = json.loads(re.search(r"SWEEPS = (\[.*?\]);", SETTINGS).group(1))[int(value)]
        assert not from_query(state, {name: str(kind(value))})[1]
