"""Texts for language models: Python's own help, which every CPython carries, and some of Shakespeare's plays.

A text is one long example a split, a code point at a time in reading order. The last tenth is the test, as chance would
put neighbours on both sides; of Shakespeare it is the tenth that is usually held out (Karpathy 2015, char-rnn).
"""

from __future__ import annotations

import numpy as np

from core.data.base import Dataset, DatasetInfo
from core.data.download import RemoteFile
from core.data.errors import DataError
from core.data.sets.topics import help_texts

TEST_SHARE = 0.1
LEAST = 200_000  # characters of the help texts, below which they have been shortened

PLAYS = RemoteFile(
    "tinyshakespeare/input.txt",
    ("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",),
    1_115_394,
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
)


def split(name: str, title: str, text: str, test_share: float = TEST_SHARE) -> Dataset:
    """The text as a data set, cut into what is trained on and what is tested on."""
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    cut = len(points) - max(1, round(test_share * len(points)))
    return Dataset(name, title, "text", (), points[:cut].copy(), points[cut:].copy())


def text_of_code_points(points: np.ndarray) -> str:
    """The text that these code points are."""
    return points.astype("<u4").tobytes().decode("utf-32-le")


def without_repeats(texts: dict[str, str]) -> str:
    """All texts in the order of their names, each paragraph once, where it stands in the longest text: the page on
    compound statements holds those on "if", "for" and "with", and a test must not repeat what was trained on."""
    seen: set[str] = set()
    kept: dict[str, list[str]] = {}
    for name in sorted(texts, key=lambda name: (-len(texts[name]), name)):
        kept[name] = []
        for paragraph in texts[name].strip().split("\n\n"):
            content = " ".join(paragraph.split())
            if content and content not in seen:
                kept[name].append(paragraph)
                seen.add(content)
    return "\n\n\n".join("\n\n".join(kept[name]) for name in sorted(kept) if kept[name]) + "\n"


def load_help() -> Dataset:
    """Raises `DataError` where this Python carries no help texts, or shortened ones."""
    text = without_repeats(help_texts())
    if len(text) < LEAST:
        raise DataError(
            f"help: this Python's help texts have {len(text):,} characters, at least {LEAST:,} are needed. "
            "Are they shortened (pydoc_data.topics)?"
        )
    return split("help", "Python reference (text)", text)


def load_plays() -> Dataset:
    """Raises `DataError` where the file is not here and cannot be had."""
    return split("shakespeare", "Tiny Shakespeare", PLAYS.read().decode())


DATASETS = (
    DatasetInfo(
        "help",
        "Python reference (text)",
        "text",
        (),
        "The Python language reference, about 370,000 characters; comes with Python and differs slightly by version.",
        load_help,
        licence="PSF License 2",
        source="Python Software Foundation, The Python Language Reference (pydoc_data.topics)",
    ),
    DatasetInfo(
        "shakespeare",
        "Tiny Shakespeare",
        "text",
        (),
        "Scenes from Shakespeare's plays, 1,115,394 characters; a common benchmark for small language models.",
        load_plays,
        licence="public domain",
        source="Karpathy (2015), char-rnn",
        files=(PLAYS,),
    ),
)
