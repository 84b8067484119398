"""Matrices that are brought: read, aligned, kept, and what is said of those that cannot be."""

import io
import pickle

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core import data, representations
from core.config.fields import SettingError
from core.data.errors import DataError
from core.representations import catalogue, uploads

N = len(data.load("digits").test)
RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=(N, 5)).astype(np.float32)


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "uploads_root", lambda: tmp_path)
    monkeypatch.setattr(catalogue, "uploads_root", lambda: tmp_path)
    return tmp_path


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def text(values: np.ndarray, sign: str = ",", head: str = "") -> bytes:
    rows = [sign.join(f"{v:.9g}" for v in row) for row in values]
    return "\n".join([head, *rows] if head else rows).encode()


def parquet(**columns) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.npy", npy(VALUES)),
        ("a.npy", npy(VALUES.astype(np.float64))),
        ("a.csv", text(VALUES, ",", "a,b,c,d,e")),
        ("a.csv", text(VALUES)),
        ("a.tsv", text(VALUES, "\t")),
        ("a.parquet", parquet(**{f"c{i}": VALUES[:, i] for i in range(5)})),
        ("a.parquet", parquet(vector=list(VALUES), word=["x"] * N)),
    ],
    ids=["npy", "npy64", "csv", "csv without names", "tsv", "parquet", "parquet of lists"],
)
def test_every_kind_of_file_is_read_kept_and_given(name, content):
    vectors = uploads.read(name, content)
    assert vectors.ids is None and np.allclose(vectors.values, VALUES, rtol=1e-6)
    info = uploads.save(vectors, "digits", "test", title="Öwn vectors (1)", source=name)
    assert (info.key, info.title, info.kind, info.size) == ("upload~own-vectors-1", "Öwn vectors (1)", "upload", 5)
    assert info in representations.available("digits")
    found = representations.compute(info.key, "digits")
    assert np.array_equal(found.vectors, vectors.values) and (found.labels == data.load("digits").test_labels).all()
    some = representations.compute(info.key, "digits", limit=20)
    assert np.array_equal(some.vectors, vectors.values[some.indices])


def test_the_embedding_projectors_files_are_joined():
    metadata = "word\tid\n" + "\n".join(f"w{i}\t{i}" for i in reversed(range(N)))
    found = uploads.read("vectors.tsv", text(VALUES, "\t"), ("metadata.tsv", metadata.encode()))
    assert np.allclose(found.values, VALUES, rtol=1e-6) and found.ids[0] == N - 1
    assert np.allclose(uploads.align(found, "digits"), VALUES[::-1], rtol=1e-6)
    assert any("word" in note for note in found.notes)
    with pytest.raises(DataError, match=rf"vectors.tsv: {N} vectors, but {N - 7} lines of metadata"):
        uploads.read("vectors.tsv", text(VALUES, "\t"), ("metadata.tsv", metadata.rsplit("\n", 8)[0].encode()))


def test_rows_are_put_in_the_order_of_their_ids():
    order = RNG.permutation(N)
    table = np.column_stack([order, VALUES[order]])
    assert np.allclose(uploads.align(uploads.read("a.csv", text(table, ",", "id,a,b,c,d,e")), "digits"), VALUES)
    named = uploads.read("a.csv", text(table, ",", "number,a,b,c,d,e"), ids="number")
    assert np.allclose(uploads.align(named, "digits"), VALUES)
    packed = uploads.read("a.parquet", parquet(index=order, v=list(VALUES[order])))
    assert np.allclose(uploads.align(packed, "digits"), VALUES)


def broken(row: int, column: int, value: float) -> np.ndarray:
    changed = VALUES.astype(np.float64)
    changed[row, column] = value
    return changed


READING = {
    "empty": ("a.npy", b"", r"a\.npy is empty"),
    "pickled": ("a.npy", npy(np.array([{"a": 1}, None], object)), "holds Python objects .* never opened"),
    "pickle": ("a.pkl", pickle.dumps([1.0] * 9), "is a Python pickle"),
    "three axes": ("a.npy", npy(np.zeros((4, 2, 2))), r"float64 of shape \(4, 2, 2\); expected numbers \(N, d\)"),
    "words": ("a.npy", npy(np.array([["a", "b"]])), r"<U1 of shape \(1, 2\); expected numbers"),
    "cut": ("a.npy", npy(VALUES)[:-9], "is truncated"),
    "nan": ("a.npy", npy(broken(6, 2, np.nan)), "a.npy, row 7, column 'column 3': nan is no finite number"),
    "infinite": ("a.npy", npy(broken(6, 2, -np.inf)), "row 7, column 'column 3': -inf is no finite number"),
    "large": ("a.npy", npy(broken(6, 2, 1e300)), r"row 7, column 'column 3': 1e\+300 is beyond the range of float32"),
    "nan in text": ("a.csv", text(broken(6, 2, np.nan), ",", "a,b,c,d,e"), "a.csv, line 8, column 'c': 'nan' is no fi"),
    "nan in parquet": ("a.parquet", parquet(a=[1.0, 2, np.nan], b=[1.0, 2, 3]), "row 3, column 'a': 'nan' is no fin"),
    "nothing in parquet": ("a.parquet", parquet(v=[[1.0, 2], None]), "row 2, column 'v': nothing where the first"),
    "ragged parquet": (
        "a.parquet",
        parquet(v=[[1.0, 2], [1.0]]),
        "row 2, column 'v': 1 numbers where the first row has 2",
    ),
    "damaged parquet": ("a.parquet", parquet(v=[[1.0, 2]])[:-20], "is a damaged Parquet file"),
    "wide": ("a.npy", npy(np.zeros((2, 100_000), np.int8)), "vectors of 100,000 numbers; at most 20,000"),
    "wide text": ("a.csv", b"\n".join([b"1," * 99_999 + b"1"] * 2), "has 100,000 columns; at most"),
    "no numbers": ("a.csv", b"name,word\na,b\nc,d\ne,f", "has no column of numbers .columns: name, word"),
    "ragged": ("a.csv", b"1,2,3\n4,5\n", "line 2: 2 cells where the first line has 3"),
    "no id": ("a.csv", b"id,a,b\n0,1,2\n1.5,3,4\n", "line 3, column 'id': '1.5' is no id"),
    "other": ("a.docx", b"PK\x03\x04 word", r"a\.docx: expected a \.npy, \.csv, \.tsv or \.parquet file"),
}


@pytest.mark.parametrize("case", READING)
def test_what_cannot_be_read(case):
    name, content, message = READING[case]
    with pytest.raises(DataError, match=message):
        uploads.read(name, content)


def test_what_is_not_of_these_examples(own_folder):
    vectors = uploads.Vectors(VALUES)
    with pytest.raises(DataError, match=f"{N - 1} vectors for {N} test examples of digits: expected one for each"):
        uploads.align(uploads.Vectors(VALUES[1:]), "digits")
    with pytest.raises(DataError, match=rf"{N} vectors for 1,437 train .*\({N} is the number of test examples\)"):
        uploads.align(vectors, "digits", "train")
    ids = np.arange(N)
    ids[9] = 3
    with pytest.raises(DataError, match="id 3 stands in row 4 and in row 10: expected each id once"):
        uploads.align(uploads.Vectors(VALUES, ids), "digits")
    with pytest.raises(DataError, match=f"id {N} is none of digits's test examples: expected 0 to {N - 1}"):
        uploads.align(uploads.Vectors(VALUES, np.arange(N) + 1), "digits")
    with pytest.raises(DataError, match="has no column 'key' for the ids; it has a, b"):
        uploads.read("a.csv", b"a,b\n1,2\n3,4\n", ids="key")
    with pytest.raises(SettingError, match="title='': 1 to 80"):
        uploads.save(vectors, "digits", title=" ")
    assert not list(own_folder.rglob("*.npy"))


def test_uploads_of_one_title_and_deletion(own_folder):
    first, second = (uploads.save(uploads.Vectors(VALUES), "digits", title="Mine") for _ in range(2))
    assert [first.key, second.key] == ["upload~mine", "upload~mine-2"]
    uploads.delete(first.key, "digits")
    assert [one.key for one in catalogue.list_uploads("digits")] == [second.key]
    with pytest.raises(DataError, match="no upload of digits is called 'upload~mine'"):
        uploads.delete(first.key, "digits")
    with pytest.raises(DataError, match="Mine holds vectors of the test examples; split='train' has none"):
        representations.compute(second.key, "digits", "train")
    with pytest.raises(SettingError, match="this one was uploaded"):
        representations.map_images(second.key, "digits", np.zeros((1, 8, 8)))
    (own_folder / "digits" / "mine-2" / "vectors.npy").write_bytes(b"x")
    with pytest.raises(DataError, match="the upload is damaged"):
        representations.compute(second.key, "digits")
