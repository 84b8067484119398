"""Python's own help as documents: the language reference that every CPython carries for `help("topics")`.

`pydoc_data.topics` holds some eighty help texts, most of them pages of the Python language reference. They are cut
into documents of neighbouring paragraphs, and the documents into words. A passage that stands in several texts (the
page on compound statements holds those on "if", "for" and "with") is counted once, where it stands in the longest.

The class of a document is the chapter that its text is from, by the table `CHAPTERS`, which is made by hand from
the contents of the Python documentation. Texts that the table does not name are left out.

The texts change a little from one version of Python to the next, and with them the counts; fingerprints tell them
apart. The words that are counted, one a column, stand in `topics.txt` and never change, so that a model reads the texts
of every version: the most frequent words of the training documents of Python 3.11 that two documents share.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.data.base import Dataset, DatasetInfo
from core.data.errors import DataError
from core.data.word_counts import counts, words

WORDS = 1_000  # of the vocabulary
SHORTEST, LONGEST = 30, 120  # words of a document, stop words not among them

CHAPTERS: dict[str, str] = {
    "lexical analysis": "strings identifiers id-classes numbers integers floating imaginary",
    "data model": "types specialnames objects customization attribute-access callable-types sequence-types "
    "numeric-types context-managers",
    "execution model": "execmodel naming exceptions dynamic-features",
    "expressions": "operator-summary comparisons calls binary bitwise unary power shifting booleans in lambda await "
    "subscriptions slicings dict lists exprlists conversions attribute-references atom-identifiers atom-literals",
    "simple statements": "assignment augassign assert pass del return yield raise break continue import global "
    "nonlocal",
    "compound statements": "compound if else while for try with function class async",
    "built-in types": "truth typesseq typesseq-mutable string-methods typesmapping typesmethods typesmodules "
    "typesfunctions specialattrs bltin-code-objects bltin-ellipsis-object bltin-null-object bltin-type-objects",
    "format strings": "formatstrings",
    "debugger": "debugger",
}


def passages(texts: dict[str, str]) -> list[tuple[str, list[str]]]:
    """(name of the text, its words) for each document, longest text first.

    Paragraphs that no longer text holds are joined until there are `SHORTEST` words. What is left at the end of a text
    goes with the document before; where there is none, it is dropped. Documents of more than `LONGEST` words (one
    paragraph may have as many) are cut into even parts.
    """
    found: list[tuple[str, list[str]]] = []
    seen: set[str] = set()
    for name in sorted(texts, key=lambda name: (-len(texts[name]), name)):
        documents: list[list[str]] = []
        begun: list[str] = []
        for paragraph in re.split(r"\n\s*\n", texts[name]):
            content = " ".join(paragraph.split())
            if content in seen:
                continue
            seen.add(content)
            begun = begun + words(paragraph)
            if len(begun) >= SHORTEST:
                documents.append(begun)
                begun = []
        if documents:
            documents[-1] = documents[-1] + begun
        for document in documents:
            parts = -(-len(document) // LONGEST)
            cuts = [len(document) * i // parts for i in range(parts + 1)]
            found += [(name, document[a:b]) for a, b in zip(cuts, cuts[1:], strict=False)]
    return found


def vocabulary() -> tuple[str, ...]:
    """The words that are counted, most frequent first."""
    return tuple(Path(__file__).with_suffix(".txt").read_text().split())


def count(texts: dict[str, str], known: Sequence[str]) -> Dataset:
    """The data set made of help texts, {name: text}. Raises `DataError` where over a tenth of the words is missing."""
    chapter_of = {name: i for i, names in enumerate(CHAPTERS.values()) for name in names.split()}
    documents = passages({name: text for name, text in texts.items() if name in chapter_of})
    shuffled = np.random.default_rng(0).permutation(len(documents))
    documents = [documents[i] for i in shuffled]
    tested = len(documents) // 5
    table = counts([document for _, document in documents], known)
    there = int(table.any(0).sum())
    if there < 0.9 * len(known):
        raise DataError(
            f"topics: this Python's help texts hold {there:,} of the {len(known):,} words that are counted; "
            "nine in ten are needed. Are they shortened (pydoc_data.topics)?"
        )
    labels = np.array([chapter_of[name] for name, _ in documents], np.int64)
    held_out, some = np.arange(len(documents)) < tested, table.any(1)
    return Dataset(
        "topics",
        "Python reference (word counts)",
        "counts",
        (len(known),),
        table[some & ~held_out],
        table[some & held_out],
        labels[some & ~held_out],
        labels[some & held_out],
        class_names=tuple(CHAPTERS),
        vocabulary=tuple(known),
    )


def help_texts() -> dict[str, str]:
    """Name and text of each. Raises `DataError` where this Python has none."""
    try:
        from pydoc_data.topics import topics
    except ImportError as problem:  # some distributions of Python leave it out
        raise DataError(
            f"this Python comes without its help texts ({problem}); install its full standard library"
        ) from problem
    return topics


def load() -> Dataset:
    """Every fifth document, by chance with a fixed seed, is for testing."""
    return count(help_texts(), vocabulary())


DATASETS = (
    DatasetInfo(
        "topics",
        "Python reference (word counts)",
        "counts",
        (WORDS,),
        "Passages of the Python language reference as bags of words (1,000 words); comes with Python.",
        load,
        licence="PSF licence (Zero-Clause BSD for code in it)",
        source="Python Software Foundation, The Python Language Reference (pydoc_data.topics)",
    ),
)
