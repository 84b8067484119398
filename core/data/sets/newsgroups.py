"""Twenty newsgroups: postings to Usenet from 1993 as word counts.

Lang, "NewsWeeder: learning to filter netnews", ICML 1995, in Jason Rennie's "bydate" version: 18,846 postings, those
for testing written after those for training. The archive is the one that scikit-learn's loader downloads, read here
without its unpacking into a pickle.

What is done: the header of each posting is left out (all up to the first empty line, with the subject), quotations
and signatures stay; then the 2,000 most frequent words of the training postings are counted, stop words left out (see
`core.data.word_counts`), and postings that hold none of the words are dropped. Salakhutdinov & Hinton 2009 count 2,000
words too, but take stems first: their perplexities are near to ours in kind, not to the digit.
"""

from __future__ import annotations

import io
import tarfile

import numpy as np

from core.data.base import Dataset, DatasetInfo
from core.data.download import RemoteFile
from core.data.word_counts import counts, vocabulary, words

WORDS = 2_000

ARCHIVE = RemoteFile(
    "newsgroups/20news-bydate.tar.gz",
    ("https://ndownloader.figshare.com/files/5975967",),  # the copy that scikit-learn uses
    14_464_277,
    "8f1b2514ca22a5ade8fbb9cfa5727df95fa587f4c87b786e15c759fa66d95610",
)

Postings = list[tuple[str, str]]  # (group, text)


def postings(archive: bytes) -> dict[str, Postings]:
    """{"train": ..., "test": ...}, each in the order of group and number, with headers; read in memory."""
    found: dict[str, list[tuple[str, str, str]]] = {"train": [], "test": []}
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        for member in opened:
            if not member.isfile():
                continue
            folder, group, number = member.name.split("/")[-3:]  # such as 20news-bydate-train/sci.space/60940
            text = opened.extractfile(member).read().decode("latin-1")
            found[folder.rpartition("-")[2]].append((group, number, text))
    return {split: [(group, text) for group, _, text in sorted(rows)] for split, rows in found.items()}


def body(text: str) -> str:
    """A posting without its header: what follows the first empty line."""
    return text.replace("\r\n", "\n").partition("\n\n")[2]


def count(splits: dict[str, Postings], size: int = WORDS) -> Dataset:
    """The data set made of postings, {"train": ..., "test": ...}; each split shuffled with a fixed seed."""
    groups = tuple(sorted({group for rows in splits.values() for group, _ in rows}))
    spoken = {split: [words(body(text)) for _, text in rows] for split, rows in splits.items()}
    known = vocabulary(spoken["train"], size)
    parts = {}
    for split, rows in splits.items():
        table = counts(spoken[split], known)
        labels = np.array([groups.index(group) for group, _ in rows], np.int64)
        order = np.random.default_rng(0).permutation(len(rows))
        order = order[table[order].any(1)]
        parts[split] = table[order], labels[order]
    (train, train_labels), (test, test_labels) = parts["train"], parts["test"]
    return Dataset(
        "newsgroups",
        "20 newsgroups",
        "counts",
        (len(known),),
        train,
        test,
        train_labels,
        test_labels,
        class_names=groups,
        vocabulary=known,
    )


def load() -> Dataset:
    """About 11,300 postings to train on and 7,500 later ones to test on. Raises `DataError`."""
    return count(postings(ARCHIVE.read()))


DATASETS = (
    DatasetInfo(
        "newsgroups",
        "20 newsgroups",
        "counts",
        (WORDS,),
        "18,846 posts to 20 Usenet groups as bags of words (2,000 words); the later posts are the test set.",
        load,
        licence="none stated; public posts, widely used in research",
        source="Lang (1995), NewsWeeder; the bydate version by Jason Rennie",
        files=(ARCHIVE,),
    ),
)
