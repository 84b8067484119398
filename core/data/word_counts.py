"""Documents as word counts: which words are counted, and in which order they stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np

_WORD = re.compile(r"[a-z]{2,}")

# what is left of contractions where they are cut at the apostrophe ("isn't", "don't", "we'll", "you've")
_REMNANTS = "ain aren couldn didn doesn don hadn hasn haven isn ll mustn re shan shouldn ve wasn weren won wouldn"


@cache
def stop_words() -> frozenset[str]:
    """Words that say little of what a text is about: scikit-learn's English list, and remnants of contractions."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS) | frozenset(_REMNANTS.split())


def words(text: str) -> list[str]:
    """The words of a text in reading order: runs of two or more letters a-z in lower case, stop words left out.

    All other signs part words: "__getitem__" is "getitem". Words are kept as they stand, no stem is taken.
    """
    return [word for word in _WORD.findall(text.lower()) if word not in stop_words()]


def vocabulary(documents: Iterable[Sequence[str]], size: int, in_documents: int = 1) -> tuple[str, ...]:
    """The `size` most frequent words of the documents (lists of words), most frequent first, equals by alphabet.

    in_documents    words that fewer documents than this hold are left out
    """
    times, holders = Counter[str](), Counter[str]()
    for document in documents:
        times.update(document)
        holders.update(set(document))
    known = [word for word in times if holders[word] >= in_documents]
    return tuple(sorted(known, key=lambda word: (-times[word], word))[:size])


def counts(documents: Sequence[Sequence[str]], names: Sequence[str]) -> np.ndarray:
    """How often each of the words `names` stands in each document: (N, len(names)) int32."""
    column = {word: i for i, word in enumerate(names)}
    table = np.zeros((len(documents), len(names)), np.int32)
    for row, document in zip(table, documents, strict=True):
        for word, times in Counter(document).items():
            if word in column:
                row[column[word]] = times
    return table
