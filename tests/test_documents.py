"""Documents as word counts: words, vocabularies, the help texts of Python, the newsgroups."""

import io
import tarfile

import numpy as np
import pytest
import requests

from core import data
from core.data import word_counts
from core.data.errors import DataError
from core.data.sets import newsgroups, topics


def test_words_are_runs_of_letters_without_stop_words():
    text = "The Cat's __getitem__ isn't 2nd; the DOG of x1 naïve"
    assert word_counts.words(text) == ["cat", "getitem", "nd", "dog", "na"]


def test_the_vocabulary_is_in_order_of_frequency_then_of_the_alphabet():
    spoken = [["b", "a", "c", "c"], ["b", "a", "d"], ["c", "e", "e"]]
    assert word_counts.vocabulary(spoken, 10) == ("c", "a", "b", "e", "d")
    assert word_counts.vocabulary(spoken[::-1], 3) == ("c", "a", "b")
    assert word_counts.vocabulary(spoken, 10, in_documents=2) == ("c", "a", "b")


def test_counts_are_those_of_each_document():
    table = word_counts.counts([["a", "b", "a"], [], ["x"]], ("b", "a"))
    assert table.dtype == np.int32
    np.testing.assert_array_equal(table, [[1, 2], [0, 0], [0, 0]])


def some(prefix: str, n: int) -> str:
    """A paragraph of n different words, none of them a stop word."""
    letters = "bcdfghjklm"
    return " ".join(f"{prefix}{letters[i // 10]}{letters[i % 10]}q" for i in range(n))


def test_a_passage_that_stands_in_two_texts_is_counted_once_in_the_longer():
    shared, extra = some("s", 40), some("e", 50)
    found = topics.passages({"short": shared, "long": f"{shared}\n\n{extra}"})
    assert [name for name, _ in found] == ["long", "long"]
    assert [len(words) for _, words in found] == [40, 50]


def test_paragraphs_are_joined_and_long_ones_are_cut():
    low, high = topics.SHORTEST, topics.LONGEST
    joined = topics.passages({"a": "\n\n".join([some("a", low - 1), some("b", 5), some("c", low), some("d", 3)])})
    assert [len(words) for _, words in joined] == [low + 4, low + 3]  # what is left goes with the one before
    assert topics.passages({"a": some("a", low - 1)}) == []  # and is dropped where there is none
    text = "\n \n".join([some(c, 90) for c in "abcd"]).replace("\n \n", " ")
    cut = [words for _, words in topics.passages({"a": text})]
    assert sum(cut, []) == word_counts.words(text) and len(cut) == 3
    assert max(map(len, cut)) <= high and max(map(len, cut)) - min(map(len, cut)) <= 1


def test_help_texts_are_classed_by_chapter_and_unknown_ones_left_out():
    names = [name for chapter in topics.CHAPTERS.values() for name in chapter.split()]
    assert len(names) == len(set(names))
    texts = {"for": some("f", 60), "debugger": some("f", 61)[5:], "not-a-topic": some("n", 100)}
    known = word_counts.words(some("f", 20))
    small = topics.count(texts | {"if": some("i", 40) + "\n\n" + some("f", 59)}, known)
    labels = [*small.train_labels, *small.test_labels]
    assert {small.class_names[i] for i in labels} == {"compound statements", "debugger"}
    assert small.vocabulary == tuple(known)


def test_topics_fill_their_table():
    found = data.load("topics")
    assert found.train.shape[1] == len(found.vocabulary) == topics.WORDS
    assert len(set(found.vocabulary)) == topics.WORDS
    assert len(found.test) == pytest.approx(len(found.train) / 4, abs=3)
    for part in (found.train, found.test):
        assert part.any(1).all()  # no document is empty
    frequency = found.train.sum(0)
    assert (frequency > 0).mean() > 0.9 and frequency[:100].min() > frequency[-100:].max()
    assert set(found.train_labels) == set(range(len(topics.CHAPTERS)))
    rows = {row.tobytes() for row in found.train}
    assert sum(row.tobytes() in rows for row in found.test) == 0


def test_topics_are_split_the_same_way_each_time():
    first, again = topics.load(), topics.load()
    assert first.fingerprint == again.fingerprint and first.vocabulary == again.vocabulary


def test_shortened_help_texts_are_told():
    with pytest.raises(DataError, match="hold 0 of the 1,000 words"):
        topics.count({"for": some("f", 60)}, topics.vocabulary())


def test_the_words_of_topics_are_those_of_this_python_or_nearly():
    """The list was made this way under Python 3.11; help texts change slowly."""
    from pydoc_data.topics import topics as texts

    chapters = {name for names in topics.CHAPTERS.values() for name in names.split()}
    spoken = [words for _, words in topics.passages({k: v for k, v in texts.items() if k in chapters})]
    frequent = word_counts.vocabulary(spoken, topics.WORDS, in_documents=2)
    assert len(set(frequent) & set(topics.vocabulary())) > 0.8 * topics.WORDS


def archive(members: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as opened:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            raw = text.encode("latin-1")
            info.size = len(raw)
            opened.addfile(info, io.BytesIO(raw))
    return file.getvalue()


HEADER = "From: someone\nSubject: hidden words\n\n"
POSTINGS = archive(
    {
        "20news-bydate-train/sci.space/2": HEADER + "rocket moon rocket\n\nmoon",
        "20news-bydate-train/sci.space/1": HEADER + "rocket caf\xe9",
        "20news-bydate-train/rec.autos/7": HEADER.replace("\n", "\r\n") + "engine wheel engine",
        "20news-bydate-test/rec.autos/9": HEADER + "the engine, the moon and the zeppelin",
        "20news-bydate-test/rec.autos/8": HEADER + "zeppelin",
    }
)


def test_newsgroups_are_counted(monkeypatch):
    monkeypatch.setattr(newsgroups.RemoteFile, "read", lambda self: POSTINGS)
    found = newsgroups.load()
    assert found.class_names == ("rec.autos", "sci.space")
    assert found.vocabulary == ("rocket", "engine", "moon", "caf", "wheel")
    rows = {(row.tobytes(), label) for row, label in zip(found.train, found.train_labels, strict=True)}
    wanted = [([2, 0, 2, 0, 0], 1), ([1, 0, 0, 1, 0], 1), ([0, 2, 0, 0, 1], 0)]
    assert rows == {(np.array(row, np.int32).tobytes(), label) for row, label in wanted}
    np.testing.assert_array_equal(found.test, [[0, 1, 1, 0, 0]])  # the other held no known word
    np.testing.assert_array_equal(found.test_labels, [0])
    assert newsgroups.load().fingerprint == found.fingerprint


def test_newsgroups_offline_say_what_to_do(monkeypatch, tmp_path):
    def offline(*_, **__):
        raise requests.ConnectionError("no route")

    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    monkeypatch.setattr(requests, "get", offline)
    info = data.info("newsgroups")
    assert not info.is_here() and info.download_mb == pytest.approx(14.5, abs=0.1)
    with pytest.raises(DataError, match="newsgroups.*offline.*"):
        info.load()
    (tmp_path / "newsgroups").mkdir(exist_ok=True)
    (tmp_path / "newsgroups" / "20news-bydate.tar.gz").write_bytes(b"")
    assert info.is_here()  # known without the network and without reading it
    with pytest.raises(DataError, match="wrong content.*PLAYGROUND_DATA"):
        info.load()


def test_both_sets_are_in_the_catalogue():
    for name, size in (("topics", 1_000), ("newsgroups", 2_000)):
        info = data.builtin()[name]
        assert (info.kind, info.event_shape) == ("counts", (size,))
    assert data.info("topics").is_here() and not data.info("topics").files
