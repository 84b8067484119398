"""What visitors may bring: the limits, what was found in a file (`Draft`), and what to make of it (`Settings`)."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_type_hints

import numpy as np

from core.data.base import Dataset
from core.data.errors import DataError

Way = Literal["images", "vectors", "counts", "text"]
Report = Callable[[int, int], None]  # (examples done, examples in all)

MAX_FILE_MB = 200  # of 10^6 bytes: an upload, or a folder's files together
MAX_UNPACKED_MB = 1_000
MAX_RATIO = 100  # unpacked to packed, for archives that unpack to more than 100 MB
MAX_ENTRIES = 150_000
MAX_EXAMPLES = 100_000
MIN_EXAMPLES = 2
MAX_KEPT_MB = 200  # of the arrays as they are kept
SIDES = (8, 128)  # pixels
MAX_PIXELS = 50_000_000  # of one image as it comes
MAX_COLUMNS = 4_096
MAX_TABLE_COLUMNS = 50_000
MAX_CELLS = 20_000_000
MAX_WORDS = 5_000
MAX_CLASSES = 100
TEXT_LENGTH = (200, 20_000_000)  # characters

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")  # others in Pillow start programs or are no pictures
MISSING = ("", "na", "n/a", "nan", "null", "none", "?", "-")
LABEL_NAMES = ("label", "labels", "class", "target", "y", "species", "category", "digit")
DATA_ENDINGS = (".npy", ".npz", ".csv", ".tsv", ".txt", ".json", ".jsonl", ".vec", ".svm", ".libsvm")


@dataclass(frozen=True)
class Settings:
    """What to make of a file. Raises `DataError` naming the setting, its value and the rule.

    way          "images", "vectors", "counts" or "text"
    side         images become side x side pixels
    fit          "crop" cuts to the middle square, "pad" adds ground around it, "stretch" bends it into a square
    grey         how colours become grey: "luminance" (0.299 R + 0.587 G + 0.114 B), or one channel alone
    ground       what stands behind transparent pixels and around padded images
    white        the value that is white; 0 takes the one that was found out (`Draft.white`)
    invert       dark and bright change places
    levels       grey levels kept; 2 makes the set binary: on where the grey lies above `cut` (0 to 1)
    label        table: the column that says the class; "" for none
    leave_out    table: columns that are not used
    words        counts: so many words are kept, the most frequent ones
    examples     at most so many are taken, by chance
    classes      keep the classes where the file has some
    own_split    keep the file's own division in training and test, where it has one
    test_share   share of the examples held out for the test
    seed         of the split, the order and the choice of examples
    """

    title: str = "My data"
    way: Way = "images"
    side: int = 28
    fit: Literal["crop", "pad", "stretch"] = "crop"
    grey: Literal["luminance", "red", "green", "blue"] = "luminance"
    ground: Literal["black", "white"] = "black"
    white: float = 0.0
    invert: bool = False
    levels: int = 256
    cut: float = 0.5
    label: str = ""
    leave_out: tuple[str, ...] = ()
    words: int = 2_000
    examples: int = MAX_EXAMPLES
    classes: bool = True
    own_split: bool = True
    test_share: float = 0.15
    seed: int = 0

    def __post_init__(self) -> None:
        _require(isinstance(self.title, str) and 0 < len(self.title.strip()) <= 60, "title", self.title, _TITLE_RULE)
        _require(self.title.isprintable(), "title", self.title, "without control characters")
        hints = get_type_hints(Settings)
        for name in ("way", "fit", "grey", "ground"):
            allowed = get_args(hints[name])
            _require(getattr(self, name) in allowed, name, getattr(self, name), f"one of {', '.join(allowed)}")
        whole = {
            "side": SIDES,
            "levels": (2, 256),
            "words": (2, MAX_WORDS),
            "examples": (MIN_EXAMPLES, MAX_EXAMPLES),
            "seed": (0, 2**31 - 1),
        }
        for name, (low, high) in whole.items():
            value = getattr(self, name)
            good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
            _require(good, name, value, f"a whole number from {low:,} to {high:,}")
        good = isinstance(self.white, int | float) and (self.white == 0 or 1e-9 <= self.white <= 1e9)
        _require(good, "white", self.white, "0 (automatic) or a value up to 1,000,000,000")
        for name, (low, high) in {"cut": (0.02, 0.98), "test_share": (0.01, 0.5)}.items():
            value = getattr(self, name)
            _require(isinstance(value, int | float) and low <= value <= high, name, value, f"from {low} to {high}")


_TITLE_RULE = "1 to 60 characters"


def _require(good: bool, name: str, value: Any, rule: str) -> None:
    if not good:
        raise DataError(f"{name} = {value!r}: must be {rule}")


@dataclass(frozen=True)
class Reading:
    """How to read what allows two readings; None finds out, and `Draft.guesses` says what was found.

    header       a table's first row holds the names of the columns
    thousands    in a table, commas or points stand between thousands, not before decimals
    frames       the pictures of one file (TIFF, GIF) are examples, not the first one alone
    """

    header: bool | None = None
    thousands: bool | None = None
    frames: bool | None = None


@dataclass(frozen=True, eq=False)
class Draft:
    """What was found in a file, before anything is made of it.

    source        the file's name
    summary       one line in words
    number        examples in it (characters of a text)
    ways          what can be made of it, likeliest first
    size          (width, height) that all images share, or None
    columns       names of a table's columns; some of them may hold no numbers
    labels        (N,) indices into class_names, or None; of a table the label is a column (`Settings.label`)
    held_out      (N,) bool, the file's own test examples, or None
    notes         what was skipped or read in a way that one should know of
    text          the whole text where a table can be taken for one too, or ""
    white         the value that is read as white in images, where that was found out or may be changed
    reading       what was found or asked for, of a `Reading`'s parts that this file leaves open
    guesses       why it is doubtful, by part
    """

    source: str
    summary: str
    number: int
    ways: tuple[Way, ...]
    content: Any = field(repr=False)
    size: tuple[int, int] | None = None
    columns: tuple[str, ...] = ()
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] = ()
    held_out: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    text: str = field(default="", repr=False)
    white: float = 255.0
    reading: dict[str, bool | None] = field(default_factory=dict)
    guesses: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A data set made of a `Draft`, ready to be kept; `notes` say what was left out on the way."""

    dataset: Dataset
    source: str
    settings: Settings
    notes: tuple[str, ...]


# -- words and checks that reading and making share -------------------------------------------------


def short_path(name: str) -> str:
    """A file's name without folders and control characters, of bounded length."""
    name = "".join(c if c.isprintable() else "�" for c in str(name).replace("\\", "/").rsplit("/", 1)[-1])
    return name if len(name) <= 80 else name[:60] + "…" + name[-15:]


def printable(name: str) -> str:
    """A column's name, a word or a class as it stands, without control characters, of bounded length."""
    name = "".join(c if c.isprintable() else " " if c in "\r\n\t" else "�" for c in str(name))
    return name if len(name) <= 80 else name[:60] + "…" + name[-15:]


def some_of(names: Sequence[str]) -> str:
    """Up to three of many names."""
    first = ", ".join(printable(n) for n in names[:3])
    return f"{first} and {len(names) - 3:,} more" if len(names) > 3 else first


def pluralize(n: int, what: str) -> str:
    """ "1 image", "2 images"."""
    return f"{n:,} {what}" + ("" if n == 1 else "s")


def check_number(name: str, n: int, what: str = "example") -> None:
    """Raises `DataError` where there are too few or too many."""
    if not MIN_EXAMPLES <= n <= MAX_EXAMPLES:
        raise DataError(
            f"{name} holds {pluralize(n, what)}; a data set has from {MIN_EXAMPLES} to {MAX_EXAMPLES:,} of them"
        )


def encode_labels(given: Sequence[str]) -> tuple[np.ndarray | None, tuple[str, ...], tuple[str, ...]]:
    """(labels, names, notes) from a word for each example; no labels where the words are no classes."""
    given = [unicodedata.normalize("NFC", g) for g in given]
    names = sorted(set(given), key=_natural)
    if len(names) < 2:
        return None, (), ()
    if "" in names:
        return None, (), ("Some images are in folders and some are not: folders are not used as classes.",)
    if len(names) > MAX_CLASSES:
        return None, (), (f"{len(names):,} classes are more than {MAX_CLASSES}: class labels are ignored.",)
    index = {n: i for i, n in enumerate(names)}
    return np.array([index[g] for g in given], np.int64), tuple(unique_names(names)), ()


def unique_names(names: Iterable[str]) -> list[str]:
    """The names as they can be shown, numbered where they would look alike."""
    result: list[str] = []
    seen: set[str] = set()
    for given in names:
        name, k = printable(given), 1
        while (candidate := name if k == 1 else f"{name} ({k})") in seen:
            k += 1
        seen.add(candidate)
        result.append(candidate)
    return result


def _natural(text: str) -> tuple[int, float, str]:
    """Numbers in their order, before words in theirs."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    return (0, value, text) if math.isfinite(value) else (1, 0.0, text)
