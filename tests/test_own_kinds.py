"""Files as people bring them: each kind of reading with variations."""

import contextlib
import dataclasses
import gzip
import io
import json
import warnings
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.data.errors import DataError
from core.data.uploads import store
from core.data.uploads.hidden_files import is_hidden
from core.data.uploads.images import as_bytes
from core.data.uploads.layout import quotes_quote, strip_preamble
from core.data.uploads.numbers import column_of_numbers


def rows(*first, n=6, sign=","):
    lines = [*first, *(sign.join(f"{i * j % 7 + j / 8}" for j in range(1, 5)) for i in range(1, n + 1))]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("first, names", [
    ("0,1,2,3", ("0", "1", "2", "3")),
    ("1,2,3,4", ("1", "2", "3", "4")),
    ("a,b,3,d", ("a", "b", "3", "d")),
    ("word,2001,2002,2003", ("word", "2001", "2002", "2003")),
    ("0,1,2,label", ("0", "1", "2", "label")),
    ("label,0,1,2", ("label", "0", "1", "2")),
    (",1980,1990,2000", ("column 1", "1980", "1990", "2000")),
])  # fmt: skip
def test_a_header_is_told_by_contrast_and_said(first, names):
    found = store.read("t.csv", rows(first))
    assert (found.number, found.columns) == (6, names)
    assert any("Line 1 is read as column names" in note for note in found.notes)
    assert store.read("t.csv", rows(first), header=False).number == 7


def test_numbers_without_a_header_stay_without():
    contents = [rows(), rows(sign="\t"), b"5.1,3.5\n4.9,3.0\n4.7,3.2", b"5.1,3,setosa\n4.9,3,setosa\n4.7,3.2,other",
                b"b,0,1\nc,5,3\nd,7,7", b"0,1,x\n5,3,y\n7,7,x", b"1,,3\n4,5,6\n7,8,8", b"3\n1\n2"]  # fmt: skip
    for content in contents:
        found = store.read("t.csv", content)
        assert found.columns[0] == "column 1" and not found.notes


@pytest.mark.parametrize("first", [["sep=,", "a,b,c,d"], ["# made today", "a,b,c,d"], ["A title", "", "a,b,c,d"],
                                   ["a,b,c,d,"]])  # fmt: skip
def test_what_stands_around_a_table_is_peeled_with_a_note(first):
    content = rows(*first)
    if first == ["a,b,c,d,"]:
        content = content.replace(b"\n", b",\n") + b","
        content = content.replace(b",,", b",")
    found = store.read("t.csv", content)
    assert (found.number, found.columns) == (6, ("a", "b", "c", "d")) and found.notes


@pytest.mark.parametrize("cells, values", [
    (["974", "1,196", "2,343"], [974, 1196, 2343]),
    (["1,5", "2,25", "3"], [1.5, 2.25, 3]),
    (["1.234,5", "12,5", "1.234"], [1234.5, 12.5, 1234]),
    (["1 234", "12", "2\u00a0500"], [1234, 12, 2500]),
    (["\u22121.5", "2", ""], [-1.5, 2, np.nan]),
    (["5%", "12.5 %"], [5, 12.5]),
    (["$1,234,567", "$12"], [1234567, 12]),
    (["0,125", "1,250"], [0.125, 1.25]),
])  # fmt: skip
def test_one_rule_reads_a_whole_column(cells, values):
    np.testing.assert_array_equal(column_of_numbers("t", cells)[0], values)


def test_two_readings_are_refused_and_words_are_no_numbers():
    with pytest.raises(DataError, match="is ambiguous"):
        column_of_numbers("t", ["1,234", "5,678"])
    assert column_of_numbers("t", ["a1", "b2"]) is None and column_of_numbers("t", ["5%", "7"]) is None


def test_lone_quotation_marks_swallow_no_rows():
    words = ["a", "b", '"', "d", "e", '"', "g", "h"]
    lines = [f"{word}\t{i + 0.5}\t{i * i}.25" for i, word in enumerate(words)]
    found = store.read("t.tsv", "\n".join(lines).encode())
    assert found.number == 8 and "Quotation marks" in found.notes[0]
    assert quotes_quote('a,"b\nc"\n1,2', ",") and strip_preamble("a,b\n1,2", ",")[1] == []


def test_labels_and_names_keep_their_own_text():
    lines = ["class,speed m/s,speed km/s", *(f"{('1.1', '1.10', '01')[i % 3]},{i},{i * i}" for i in range(12))]
    found = store.read("t.csv", "\n".join(lines).encode())
    made = store.prepare(found, store.suggest_settings(found)).dataset
    assert found.columns[1:] == ("speed m/s", "speed km/s") and set(made.class_names) == {"1.1", "1.10", "01"}
    words = store.read("t.csv", "\n".join(lines).replace("1.10", "Sci/Tech").replace("01", "Bio/Tech").encode())
    assert {"Sci/Tech", "Bio/Tech"} < set(store.prepare(words, store.suggest_settings(words)).dataset.class_names)


@pytest.mark.parametrize("high, top", [(1.0000001, 1), (1, 1), (16, 16), (15.0, 15), (255, 255)])
def test_floats_take_the_grey_scale_of_whole_numbers(high, top):
    x = np.linspace(0, high, 128).reshape(2, 8, 8)
    grey, _ = as_bytes(x)
    assert (grey.min(), grey.max()) == (0, 255) and 120 < grey.mean() < 135


def png(i=0, **more) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((9, 9), 255 if more else i * 9, np.uint8)).save(file, "PNG", **more)
    return file.getvalue()


@pytest.mark.parametrize("folders, tests", [(("train", "valid", "test"), 4), (("train", "val"), 4),
                                            (("training", "dev"), 4), (("Train", "Testing"), 4)])  # fmt: skip
def test_folders_of_a_split_are_no_classes(folders, tests):
    files = [(f"{f}/{'ab'[i % 2]}/{i}.png", png(i + 5 * k)) for k, f in enumerate(folders) for i in range(4)]
    found = store.read_files("s", [*files, ("train/a/._0.png", b"x"), (".DS_Store", b"x")])
    assert found.class_names == ("a", "b") and found.held_out.sum() == tests
    assert any("Examples in" in note for note in found.notes) == (folders[1] not in ("Testing",))


def test_names_in_utf_8_without_the_flag():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for i in range(4):
            archive.writestr(("Bäume", "Häuser")[i % 2] + f"/{i}.png", png(i))
    content = file.getvalue()
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = {b"PK\x03\x04": 6, b"PK\x01\x02": 8}[mark]
        parts = content.split(mark)
        content = mark.join([parts[0], *(p[: at - 4] + b"\0\0" + p[at - 2 :] for p in parts[1:])])
    assert store.read("a.zip", content).class_names == ("B\u00e4ume", "H\u00e4user")


def test_transparent_grey_shows_the_ground():
    found = store.read_files("s", [(f"{i}.png", png(transparency=255)) for i in range(2)])
    assert store.sample(found, store.Settings(side=9, ground="black")).max() == 0
    assert store.sample(found, store.Settings(side=9, ground="white")).min() == 255


BINARIES = {
    "MATLAB": (b"MATLAB 5.0 MAT-file" + bytes(200), "MATLAB file"),
    "HEIC": (b"\0\0\0\x18ftypheic" + bytes(99), "HEIC or AVIF"),
    "Arrow": (b"ARROW1\0\0" + bytes(99), "Feather"),
    "safetensors": (b"\x08" + bytes(7) + b'{"a":{}}' + bytes(9), "safetensors file"),
    "HEIC in a sequence": (b"\0\0\0\x18ftyphevc" + bytes(99), "HEIC or AVIF"),
    "pickle": (b"\x80\x02}q\x00.", "Python pickle"),
    "SQLite": (b"SQLite format 3\0" + bytes(99), "SQLite database"),
    "SVG": (b"<svg xmlns='x'><path/></svg>", "SVG drawing"),
    "DICOM": (bytes(128) + b"DICM" + bytes(9), "DICOM image"),
    "word2vec": (b"3 2\nthe " + bytes(8), "word2vec's binary format"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(9), "packed with zstd"),
    "idx cut off": (b"\0\0\x08\x03" + bytes([0, 0, 0, 4] * 3) + bytes(9), "damaged idx file"),
}


@pytest.mark.parametrize("content, words", BINARIES.values(), ids=BINARIES)
def test_binary_formats_are_told_by_their_first_bytes(content, words):
    with pytest.raises(DataError, match=words):
        store.read("t.bin", content)
    with pytest.raises(DataError, match=f"t.zip: a.bin .*{words}" if "idx" not in words else "a.bin"):
        store.read("t.zip", zipped({"a.bin": content, "b.bin": content}))


def test_idx_files_are_read():
    values = np.arange(4 * 81, dtype=np.uint8).reshape(4, 9, 9)
    content = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in values.shape) + values.tobytes()
    np.testing.assert_array_equal(store.read("t-idx3-ubyte", content).content.values, values)


VECTORS = np.random.default_rng(0).normal(size=(12, 5)).round(3)
WORDS = [f"w{i}" for i in range(12)]


def written(*rows, sign="\t"):
    return "\n".join(sign.join(map(str, row)) for row in rows)


def matrix(content, name="t.jsonl", **settings) -> np.ndarray:
    """The values that are kept, in the order of the file."""
    found = store.read(name, content if isinstance(content, bytes) else content.encode())
    start = store.Settings(**{**vars(store.suggest_settings(found)), **settings})
    used = [i for i, c in enumerate(found.columns) if c != start.label and c not in start.leave_out]
    store.prepare(found, start)
    return found.content.values[:, used]


JSON = {
    "a list a line": "\n".join(json.dumps(list(v)) for v in VECTORS),
    "a list of lists": json.dumps(VECTORS.tolist(), indent=1),
    "objects": json.dumps([{"text": w, "embedding": list(v)} for w, v in zip(WORDS, VECTORS, strict=True)]),
    "an object a line": "\n".join(
        json.dumps({"e": {"v": list(v)}, "w": w}) for w, v in zip(WORDS, VECTORS, strict=True)
    ),
    "columns": json.dumps({"words": WORDS, "vectors": VECTORS.tolist()}),
    "fields": "\n".join(json.dumps(dict(zip("abcde", v, strict=True))) for v in VECTORS.tolist()),
    "a wrapped list": json.dumps({"model": "m", "data": [{"embedding": list(v)} for v in VECTORS]}),
    "words before numbers": json.dumps([[w, *v] for w, v in zip(WORDS, VECTORS.tolist(), strict=True)]),
}


@pytest.mark.parametrize("name", ["t.json", "t.txt", "t"])
@pytest.mark.parametrize("content", JSON.values(), ids=JSON)
def test_json_is_read_with_all_its_dimensions(content, name):
    np.testing.assert_array_equal(matrix(content, name), VECTORS)


@pytest.mark.parametrize("content, words", [
    ("[1, 2]\n[3]", "item 2: 1 values where the first item has 2"),
    ('{"v": [1, 2]}\n{"v": [1]}', "item 2: 'v' is a list of 1 where the first is a list of 2"),
    ('{"v": [1, 2]}\n{"v": null}\n{"v": [1, 3]}', "row 2, column 'v 1': the value is missing"),
    ('{"v": [1, "a"]}\n{"v": [1, 2]}', "v holds a list of something other"),
    ('{"a": [1, 2], "b": [3, 4]}', "may hold rows or columns"),
    ("[[1, 2], [3, 4]", "the list has no end"),
    ("[NaN, 1]\n[1, 2]", "row 1, column 'column 1': the value is missing"),
    ("[{}, {}]", "holds no values"),
    ("[" * 100_000 + "1", "cannot be read"),
])  # fmt: skip
def test_json_that_cannot_be_read_is_refused_in_words(content, words):
    with pytest.raises(DataError, match=words):
        matrix(content)


def test_nested_lists_are_images():
    images = np.arange(3 * 81).reshape(3, 9, 9).tolist()
    for content in (json.dumps(images), "\n".join(map(json.dumps, images))):
        found = store.read("t.json", content.encode())
        assert (found.ways, found.size) == (("images",), (9, 9))


@pytest.mark.parametrize("sign", [" ", "\t"])
@pytest.mark.parametrize("n", [12, 13])
def test_word2vec_s_first_line_is_no_example(sign, n):
    content = f"{n} 5\n" + written(*([w, *v] for w, v in zip(WORDS, VECTORS, strict=True)), sign=sign)
    for end in ("", " "):
        np.testing.assert_array_equal(matrix(content.replace("\n", end + "\n"), "t.vec"), VECTORS)
    notes = " ".join(store.read("t.vec", content.encode()).notes)
    assert "word2vec" in notes and ("announces 13 vectors" in notes) == (n == 13)


@pytest.mark.parametrize("first", [0, 1])
def test_libsvm_is_read_dense(first):
    x = np.where(VECTORS > 0, VECTORS, 0)
    x[0, 0] = 1.5  # the least index is there
    lines = [f"{'+1' if i % 2 else '-1'} " + " ".join(f"{first + k}:{v}" for k, v in enumerate(r) if v) + " # x"
             for i, r in enumerate(x)]  # fmt: skip
    found = store.read("t.txt", "\n".join(lines).encode())
    np.testing.assert_array_equal(matrix("\n".join(lines), "t.txt"), x[:, : np.flatnonzero(x.any(0)).max() + 1])
    start = store.suggest_settings(found)
    assert store.prepare(found, start).dataset.class_names == ("-1", "+1")
    assert "libsvm" in " ".join(found.notes) and "text" in found.ways
    with pytest.raises(DataError, match="t.svm, line 2: no label and index:value pairs"):
        store.read("t.svm", b"1 1:2 2:3\n1 1:x\n")
    with pytest.raises(DataError, match="t.svm, line 2: no label"):
        store.read("t.svm", f"1 1:2 2:3\n1 {9**30}:1 2:3\n".encode())


@pytest.mark.parametrize("cell", [
    lambda v: '"' + str(list(v)) + '"', lambda v: str(list(v)), lambda v: f'"{np.array(v)}"'.replace("\n", ""),
    lambda v: '"' + " ".join(map(str, v)) + '"', lambda v: '"array(' + str(list(v)) + ')"',
])  # fmt: skip
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_lists_in_cells_become_columns(cell, sign):
    lines = [sign.join(["name", "v", "kind"])]
    lines += [
        sign.join([w, cell(v), "ab"[i % 2]]) for i, (w, v) in enumerate(zip(WORDS, VECTORS.tolist(), strict=True))
    ]
    found = store.read("t.csv", "\n".join(lines).encode())
    assert found.columns == ("name", *(f"v {i}" for i in range(1, 6)), "kind") and "lists of 5" in " ".join(found.notes)
    np.testing.assert_array_equal(matrix("\n".join(lines), "t.csv"), VECTORS)


@pytest.mark.parametrize("cells, words", [
    (["[1, 2]", "[3]"], "from 1 to 2 values"), (["[1 2 ... 3]", "[1 2 ... 4]"], "cut short"),
    (["[1, nan]", "[1, 2]"], "non-finite"), (["[1, a]", "[1, 2]"], "something other"),
])  # fmt: skip
def test_lists_that_cannot_be_values_are_not_lost_in_silence(cells, words):
    content = "a\tv\n" + "\n".join(f"{i}\t{c}" for i, c in enumerate(cells))
    with pytest.raises(DataError, match=f"'v'.*{words}"):
        matrix(content, "t.tsv")
    assert matrix(content, "t.tsv", leave_out=("v",)).shape == (2, 1)


@pytest.mark.parametrize("head, rows, classes", [
    ("word\tgroup", [f"{w}\tg{i % 3}" for i, w in enumerate(WORDS)], 3),
    ("", [f"{w}\tg{i % 2}" for i, w in enumerate(WORDS)], 2),
    ("", ["ab"[i % 2] for i in range(12)], 2),
    ("kind", [f"{i % 4}" for i in range(12)], 4),
])  # fmt: skip
@pytest.mark.parametrize("vectors", ["vectors.tsv", "x/tensors.txt", "vectors.npy"])
def test_the_embedding_projector_s_two_files_are_joined(head, rows, classes, vectors):
    file = io.BytesIO()
    np.save(file, VECTORS)
    content = file.getvalue() if vectors.endswith("npy") else written(*VECTORS).encode()
    metadata = "\n".join([*([head] if head else []), *rows, ""])
    found = store.read("p.zip", zipped({vectors: content, "metadata.tsv": metadata.encode()}))
    start = store.suggest_settings(found)
    made = store.prepare(found, dataclasses.replace(start, label=start.label or found.columns[-1])).dataset
    assert len(made.class_names) == classes and made.event_shape == (5,)
    with pytest.raises(DataError, match="12 vectors, but 9 lines of metadata"):
        store.read("p.zip", zipped({vectors: content, "metadata.tsv": b"a\n" * 9}))


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_a_text_file_of_numbers_can_be_both():
    content = written(*VECTORS, *VECTORS).encode()
    found = store.read("numbers.txt", content)
    assert found.ways == ("vectors", "text") and any("also be read as text" in note for note in found.notes)
    assert store.prepare(found, store.Settings(way="text")).dataset.kind == "text"
    fixed = "\n".join("".join(f"{x:9.3f}" for x in v) for v in VECTORS)
    np.testing.assert_array_equal(matrix(fixed, "t.txt"), VECTORS)
    prose = b"1 2 3\n4 5 6\n" * 15 + b"And then it goes on in words, which no table does.\n" * 9
    assert store.read("prose.txt", prose).ways == ("text",)
    assert store.read("notes.md", b"[1] A note, and [2] another.\n" * 20).ways == ("text",)


HIDDEN = ["__MACOSX/a/._0.png", "a/._0.png", ".DS_Store", "a/.DS_Store", "Thumbs.db", "b/thumbs.db", "b/Desktop.ini",
          ".git/config", "@eaDir/a/0.png", "a\\._1.png", "$RECYCLE.BIN/x.png"]  # fmt: skip


def test_files_that_systems_add_are_hidden_on_every_way_in(tmp_path):
    pictures = {f"{'ab'[i % 2]}/{i}.png": png(i) for i in range(6)}
    files = pictures | dict.fromkeys(HIDDEN, b"x")
    for path, content in files.items():
        (tmp_path / "pics" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pics" / path).write_bytes(content)
    ways = (store.read("pics.zip", zipped(files)), store.read_folder(tmp_path / "pics"),
            store.read_files("pics", [(f"pics/{p}", c) for p, c in files.items()]))  # fmt: skip
    for found in ways:
        assert (found.number, found.class_names, found.notes) == (6, ("a", "b"), ())
    table = {"t.csv": b"a,b\n1,2\n3,5\n", "._t.csv": b"x", "__MACOSX/._t.csv": b"x"}
    assert store.read("t.zip", zipped(table)).number == 2
    for kept in ("a/0.png", "./a/0.png", "../a/0.png", "a.b/c..png"):
        assert not is_hidden(kept)


def npz(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def npy(array) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def idx(array) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


IMAGES = np.random.default_rng(1).integers(0, 256, (24, 9, 9)).astype(np.uint8)
THREE = np.arange(24) % 3


@pytest.mark.parametrize("train, test, valid", [
    ("x_train y_train", "x_test y_test", ""), ("X_train Y_train", "X_test Y_test", "X_val Y_val"),
    ("train_images train_labels", "test_images test_labels", "dev_images dev_labels"),
    ("trainX trainY", "testX testY", ""), ("data_train targets_train", "data_valid targets_valid", ""),
    ("train train_y", "test test_y", "validation validation_y"), ("xtrain ytrain", "xval yval", ""),
])  # fmt: skip
@pytest.mark.parametrize("labels", [lambda y: y, lambda y: y[:, None], lambda y: np.eye(3)[y], lambda y: y.astype("S1"),
                                    lambda y: y.astype(float)])  # fmt: skip
def test_arrays_of_a_split_are_found_by_their_names(train, test, valid, labels):
    arrays = {}
    for names, rows in ((train, slice(12)), (test, slice(12, 20)), (valid, slice(20, 24))):
        if names:
            arrays |= dict(zip(names.split(), (IMAGES[rows], labels(THREE[rows])), strict=True))
    members = {f"d/{k}.npy": npy(v) for k, v in arrays.items()}
    for found in (store.read("t.npz", npz(**arrays, extra=np.arange(5))), store.read("t.zip", zipped(members))):
        assert found.class_names == ("0", "1", "2") and found.held_out.sum() == 8
        assert any("extra" in n for n in found.notes) == (found.source == "t.npz")
        made = store.prepare(found, store.suggest_settings(found)).dataset
        rows = {v.tobytes(): k for v, k in zip(IMAGES, THREE, strict=True)}
        for images, told in ((made.train, made.train_labels), (made.test, made.test_labels)):
            assert [rows[v.tobytes()] for v in images] == told.tolist()
        assert len(made.test) == 8 and len(made.train) == (16 if valid else 12)
        assert any("are training examples" in n for n in found.notes) == bool(valid)


@pytest.mark.parametrize("names", [
    ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
    ("a/train-images.idx3-ubyte", "a/train-labels.idx1-ubyte", "a/t10k-images.idx3-ubyte", "a/t10k-labels.idx1-ubyte"),
])  # fmt: skip
def test_the_four_files_of_mnist_are_one_set(names):
    y = THREE.astype(np.uint8)
    content = dict(zip(names, map(idx, (IMAGES[:16], y[:16], IMAGES[16:], y[16:])), strict=True))
    for found in (store.read("m.zip", zipped(content)), store.read_files("m", list(content.items()))):
        assert (found.number, found.class_names, found.held_out.sum()) == (24, ("0", "1", "2"), 8)


def test_labels_that_do_not_fit_and_names_of_classes():
    for y, words in ((THREE[:7], "do not fit"), (np.ones((24, 3)), "neither one label each"), (THREE / 0.0, "finite")):
        with np.errstate(all="ignore"):
            found = store.read("t.npz", npz(x=IMAGES, y=y))
        assert found.labels is None and any(words in note for note in found.notes)
    half = store.read("t.npz", npz(x_train=IMAGES[:12], y_train=THREE[:12], x_test=IMAGES[12:]))
    assert half.labels is None and any("y_train" in note for note in half.notes)
    named = store.read("t.npz", npz(x=IMAGES, y=THREE, classes=np.array(["cat", "dog", "elk"])))
    assert named.class_names == ("cat", "dog", "elk") and named.labels.tolist() == THREE.tolist()
    alone = store.read("t.npz", npz(train_x=IMAGES, train_y=THREE, weights=np.zeros((9, 9))))
    assert alone.held_out is None and alone.class_names == ("0", "1", "2") and "weights" in alone.notes[-1]


def test_labels_of_an_array_are_exact():
    big = 2**60 + THREE
    assert store.read("t.npz", npz(x=IMAGES, y=big)).class_names == tuple(str(2**60 + i) for i in range(3))
    for kind in (np.float32, np.float64):
        named = store.read("t.npz", npz(x=IMAGES, y=np.array([1.1, 1.2, 3])[THREE].astype(kind))).class_names
        assert named == ("1.1", "1.2", "3")
    vectors = np.c_[np.arange(24) * 5, big]
    found = store.read("t.npy", npy(vectors))
    made = store.prepare(found, store.Settings(way="vectors", label="column 2")).dataset
    assert made.class_names == tuple(str(2**60 + i) for i in range(3))


@pytest.mark.parametrize("word", ["NA", "nan", "None", "null", "-", "?"])
def test_a_class_may_be_called_as_what_is_missing(word):
    lines = ["a,b,class"] + [f"{i},{i * i % 7},{(word, 'EU', '1.0', '1')[i % 4]}" for i in range(16)]
    found = store.read("t.csv", "\n".join(lines).encode())
    start = store.suggest_settings(found)
    assert start.label == "class" and set(store.prepare(found, start).dataset.class_names) == {word, "EU", "1.0", "1"}
    only = store.read("t.csv", "\n".join(lines).replace("EU", word).replace("1.0", "none").encode())
    assert store.suggest_settings(only).label == "class"
    with pytest.raises(DataError, match=r"line 3: the label \(column 'class'\) is missing"):
        empty = store.read("t.csv", "\n".join(lines).replace(",EU", ",").encode())
        store.prepare(empty, store.suggest_settings(empty))


def picture(values, kind="PNG", **more) -> bytes:
    file = io.BytesIO()
    (values if isinstance(values, Image.Image) else Image.fromarray(values)).save(file, kind, **more)
    return file.getvalue()


def ramp(high, dtype, shift=0.0) -> np.ndarray:
    return (np.linspace(shift, high, 81).reshape(9, 9)).astype(dtype)


@pytest.mark.parametrize("tops, dtype, kind, said", [
    ((300, 65_535), np.uint16, "PNG", "0 to 65535"), ((100, 65_535), np.uint16, "TIFF", "0 to 65535"),
    ((200, 255), np.uint16, "PNG", "0 to 255"), ((10, 16), np.uint16, "PNG", "0 to 16"),
    ((0.5, 1.0), np.float32, "TIFF", "0 to 1"), ((30.0, 255.0), np.float32, "TIFF", "0 to 255"),
])  # fmt: skip
def test_one_grey_scale_holds_for_all_files_of_a_set(tops, dtype, kind, said):
    found = store.read_files("s", [(f"{i}.x", picture(ramp(t, dtype), kind)) for i, t in enumerate(tops)])
    assert any(f"Values from {said}" in n for n in found.notes)
    shown = store.sample(found, store.Settings(side=9))
    assert shown.max() == 255 and abs(int(shown[0].max()) - 255 * tops[0] / tops[1]) < 1.1


@pytest.mark.parametrize("high, expected", [(255, 255), (40, 40), (65_535, 255)])
def test_files_of_8_and_of_16_bits_together(high, expected):
    files = [("a.png", picture(ramp(200, np.uint8))), ("b.png", picture(ramp(high, np.uint16)))]
    shown = store.sample(store.read_files("s", files), store.Settings(side=9))
    assert (shown[0].max(), shown[1].max()) == (200, expected)


@pytest.mark.parametrize("high, dtype", [(16, np.uint8), (4095, np.uint16), (1000, np.uint16)])
def test_a_dark_set_is_said_and_its_white_can_be_given(high, dtype):
    files = [(f"{i}.png", picture(ramp(high, dtype))) for i in range(3)]
    arrays = store.read("s.npy", npy(np.stack([ramp(high, np.uint16 if high > 64 else dtype)] * 3)))
    for found in (store.read_files("s", files), arrays):
        made = store.prepare(found, store.Settings(side=9))
        dark = any("under a quarter of white" in n for n in made.notes)
        assert dark == (found is not arrays or high > 64)
        given = store.prepare(found, store.Settings(side=9, white=high))
        assert given.dataset.train.max() == 255 and not any("quarter" in n for n in given.notes)
    with pytest.raises(DataError, match="white = -1"):
        store.Settings(white=-1)


@pytest.mark.parametrize("white, top", [(0, 255), (255, 16), (32, 128)])
def test_rows_of_pixels_take_another_white(white, top):
    content = written(*np.tile(np.linspace(0, 16, 64), (4, 1)), sign=",").encode()
    assert store.sample(store.read("t.csv", content), store.Settings(side=8, white=white)).max() == top


def test_colour_and_transparency_take_another_white():
    clear = np.full((9, 9, 4), 15, np.uint8)
    clear[0, 0, 3], clear[1:, :, 3] = 0, 255
    found = store.read_files("s", [("a.png", picture(clear)), ("b.png", picture(np.full((9, 9, 3), 15, np.uint8)))])
    shown = store.sample(found, store.Settings(side=9, white=15, ground="black"))
    assert shown[0, 0, 0] == 0 and shown[0, 5, 5] == shown[1, 0, 0] == 255


def stack(n, kind, first=0, dtype=np.uint8) -> bytes:
    frames = [Image.fromarray(np.full((9, 9), 20 * (first + i + 1), dtype)) for i in range(n)]
    return picture(frames[0], kind, save_all=True, append_images=frames[1:])


@pytest.mark.parametrize("kind, dtype", [("TIFF", np.uint8), ("GIF", np.uint8), ("TIFF", np.uint16), ("PNG", np.uint8)])
def test_pictures_of_one_file_are_examples(kind, dtype):
    ways = (store.read("s.x", stack(5, kind, 0, dtype)), store.read("s.zip", zipped({"a.x": stack(5, kind, 0, dtype)})))
    for found in ways:
        assert found.number == 5 and found.reading == {"frames": True} and any("5 images" in n for n in found.notes)
        greys = store.sample(found, store.Settings(side=9))[:, 0, 0]
        np.testing.assert_array_equal(greys, [20 * i for i in range(1, 6)])


def test_pictures_of_all_files_are_examples_of_their_folders():
    files = {f"{c}/{i}.tif": stack(2, "TIFF", 2 * i) for i, c in enumerate("abab")}
    found = store.read("s.zip", zipped(files))
    assert (found.number, found.class_names) == (8, ("a", "b")) and found.labels.tolist() == [0, 0, 1, 1, 0, 0, 1, 1]
    assert store.sample(found, store.Settings(side=9))[:, 0, 0].tolist() == [20 * i for i in range(1, 9)]
    first = store.read("s.zip", zipped(files), frames=False)
    assert store.sample(first, store.Settings(side=9))[:, 0, 0].tolist() == [20, 60, 100, 140]
    mixed = files | {"a/9.png": picture(np.full((9, 9), 250, np.uint8))}
    assert store.read("s.zip", zipped(mixed)).number == 5
    assert store.read("s.zip", zipped(mixed), frames=True).number == 9


def test_a_stack_that_is_cut_off_is_named():
    with pytest.raises(DataError, match="t.gif cannot be read as an image"):
        store.read("t.gif", stack(3, "GIF")[:-30])


def test_a_second_smaller_picture_is_no_example():
    pages = [Image.fromarray(np.full((s, s), 200, np.uint8)) for s in (16, 8)]
    thumb = picture(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert store.read("s.zip", zipped({f"{i}.tif": thumb for i in range(3)})).number == 3
    with pytest.raises(DataError, match="is one image"):
        store.read("s.tif", thumb)


@pytest.mark.parametrize("inside, content", [
    ("t.csv", written(*VECTORS, sign=",").encode()), ("t.tsv", written(*VECTORS).encode()), ("t.npy", npy(VECTORS)),
    ("t.jsonl", JSON["a list a line"].encode()),
])  # fmt: skip
def test_what_is_packed_with_gzip_is_read(inside, content):
    np.testing.assert_array_equal(matrix(gzip.compress(content), inside + ".gz"), VECTORS)
    half = gzip.compress(content[:99]) + gzip.compress(content[99:])
    np.testing.assert_array_equal(matrix(half, inside + ".gz"), VECTORS)
    np.testing.assert_array_equal(matrix(zipped({f"d/{inside}.gz": gzip.compress(content)}), "t.zip"), VECTORS)
    assert store.suggest_settings(store.read(inside + ".gz", gzip.compress(content))).title == "t"


@pytest.mark.hostile("A gzip bomb", "not unpacked")
def test_gzip_has_its_limits():
    images = idx(IMAGES)
    assert store.read("train-images-idx3-ubyte.gz", gzip.compress(images)).number == 24
    four = {f"{p}-{w}-ubyte.gz": gzip.compress(idx(a)) for p in ("train", "t10k")
            for w, a in (("images-idx3", IMAGES), ("labels-idx1", THREE.astype(np.uint8)))}  # fmt: skip
    assert store.read("m.zip", zipped(four)).held_out.sum() == 24
    for content, words in (
        (gzip.compress(bytes(120_000_000), 9), "would unpack to more than 100 MB"),
        (gzip.compress(images)[:-30], "cut off"),
        (gzip.compress(zipped({"a": b"x"})), "archive in an archive"),
        (gzip.compress(bytes(257) + b"ustar" + bytes(300)), "tar archive; pack it as a zip"),
    ):
        with pytest.raises(DataError, match=words):
            store.read("t.gz", content)


@pytest.mark.parametrize("content, words", [
    ("Größe und Maß. ".encode("latin-1") * 30, "not in UTF-8.*Latin-1"),
    ("“Smart” quotes\r\n\t– dashes".encode("cp1252") * 30, "not in UTF-8.*Windows-1252"),
    (np.random.default_rng(0).bytes(4_000), "is neither text nor another supported format"),
    (b"\x01\x02\xff" + np.arange(900, dtype=np.float32).tobytes(), "begins with the bytes 01 02 ff"),
])  # fmt: skip
def test_only_what_is_mostly_printable_is_said_to_be_no_utf_8(content, words):
    with pytest.raises(DataError, match=words):
        store.read("t.dat", content)


@pytest.mark.parametrize("names", [["id", "a"], ["PassengerId", "a"], ["sample_id", "a"], ["index", "a"], ["Nr.", "a"],
                                   ["id_customer", "a"], ["userID", "a"], ["#", "a"]])  # fmt: skip
def test_columns_that_number_the_rows_are_left_out_with_a_note(names):
    lines = [",".join(names), *(f"{(7 * i) % 31 + 100},{i * i % 5}" for i in range(20))]
    found = store.read("t.csv", "\n".join(lines).encode())
    assert store.suggest_settings(found).leave_out == (names[0],) and "like an index" in found.notes[-1]
    for other in ("a", "width", "identity", "grid", "number of rooms"):
        assert (
            store.suggest_settings(store.read("t.csv", "\n".join(lines).replace(names[0], other, 1).encode())).leave_out
            == ()
        )
    twice = "\n".join([*lines, lines[1]])
    assert store.suggest_settings(store.read("t.csv", twice.encode())).leave_out == ()


@pytest.mark.parametrize("units", ["cm,kg,", "(cm),(kg),-", "[m],,", "µm,g,class"])
def test_a_row_of_units_is_skipped_with_a_note(units):
    lines = ["length,weight,kind", units, *(f"{i + 0.5},{i * i},{'ab'[i % 2]}" for i in range(12))]
    found = store.read("t.csv", "\n".join(lines).encode())
    assert found.number == 12 and any(note.startswith("Line 2 holds units") for note in found.notes)
    assert store.prepare(found, store.suggest_settings(found)).dataset.class_names == ("a", "b")
    wrong = store.read("t.csv", "\n".join(["length,weight,kind", "1,four,a", *lines[2:]]).encode())
    assert wrong.number == 13


@pytest.mark.parametrize("lines, named", [
    (["0,1", "2.5,3.5", "4.5,9", "1.5,2"], False), (["0,1,2", "2.5,3.5,1", "4.5,9,7"], True),
    (["NA,?", "1,2", "3,4", "5,1"], False),
])  # fmt: skip
def test_an_unsure_header_is_said_and_the_switch_agrees(lines, named):
    content = "\n".join(lines).encode()
    found = store.read("t.csv", content)
    assert found.reading["header"] == named and found.guesses["header"] in found.notes
    for header in (True, False):
        other = store.read("t.csv", content, header)
        assert other.reading["header"] == header and other.number == len(lines) - header
        assert ("not as column names" in other.guesses["header"]) == (not header)


def test_two_readings_of_a_column_are_asked_and_block_nothing_else():
    lines = ["a;b;c", *(f"{i},5;{i + 1},{i}00;{i * i}" for i in range(9))]
    content = "\n".join(lines).encode()
    found = store.read("t.csv", content)
    assert found.reading["thousands"] is None and "b" in found.guesses["thousands"]
    with pytest.raises(DataError, match="column 'b': '1,000' is ambiguous"):
        matrix(content, "t.csv")
    assert matrix(content, "t.csv", leave_out=("b",)).shape == (9, 2)
    for thousands, value in ((True, 9800), (False, 9.8)):
        told = store.read("t.csv", content, thousands=thousands)
        assert told.content.values[8].tolist() == [8.5, value, 64] and told.reading["thousands"] == thousands


def test_points_beside_decimal_commas_are_asked_too():
    content = "\n".join(["a;b", *(f"{i},5;{i + 1}.{i}00" for i in range(9))]).encode()
    with pytest.raises(DataError, match="column 'b': '1.000' is ambiguous .thousands or decimals. beside"):
        matrix(content, "t.csv")
    assert store.read("t.csv", content, thousands=True).content.values[8].tolist() == [8.5, 9800]
    assert store.read("t.csv", content, thousands=False).content.values[8].tolist() == [8.5, 9.8]
    plain = content.replace(b",5", b".5")
    assert matrix(plain, "t.csv")[8].tolist() == [8.5, 9.8]


@pytest.mark.parametrize("cell", ["{} kg", "2020-01-{}", "{}/7", "~{}"])
def test_what_is_nearly_a_number_does_not_leave_in_silence(cell):
    lines = ["a,b", *(f"{i},{cell.format(i + 10)}" for i in range(9))]
    found = store.read("t.csv", "\n".join(lines).encode())
    assert any("Column 'b' is not read as numbers" in note for note in found.notes)


@pytest.mark.parametrize("folders", [("training_set", "test_set"), ("train-images", "val-images"), ("TRAIN", "dev"),
                                     ("trainset", "testset"), ("train_data", "validation_data")])  # fmt: skip
@pytest.mark.parametrize("above", [True, False])
def test_splits_are_told_by_variations_of_their_names(folders, above):
    paths = [f"{f}/{'ab'[i % 2]}" if above else f"{'ab'[i % 2]}/{f}" for f in folders for i in range(6)]
    found = store.read_files("s", [(f"s/{p}/{i}.png", png(i)) for i, p in enumerate(paths)])
    assert found.class_names == ("a", "b") and found.held_out.tolist() == [False] * 6 + [True] * 6


def test_folders_that_are_called_like_parts_of_a_split_may_be_classes():
    for names in (("train", "car"), ("test", "control"), ("train",)):
        found = store.read_files("s", [(f"s/{names[i % len(names)]}/{i}.png", png(i)) for i in range(6)])
        assert found.held_out is None and found.class_names == (tuple(sorted(names)) if len(names) > 1 else ())


def test_names_that_are_in_no_utf_8_are_said():
    content = zipped({f"B\x84ume{i % 2}/{i}.png".replace("\x84", "ae"): png(i) for i in range(4)})
    found = store.read("a.zip", content.replace(b"Baeume", b"B\x84\x81ume"[:6]))
    assert any("not in UTF-8" in note for note in found.notes) and len(found.class_names) == 2
    assert not store.read("a.zip", content).notes


def test_transparent_pixels_of_16_bits_show_the_ground():
    deep = np.full((9, 9), 65_535, np.uint16)
    deep[0] = 30_000
    found = store.read_files("s", [(f"{i}.png", picture(deep, transparency=65_535)) for i in range(2)])
    assert store.sample(found, store.Settings(side=9, ground="black"))[0, 5, 5] == 0
    assert store.sample(found, store.Settings(side=9, ground="white"))[0, 5, 5] == 255


def test_a_table_beside_its_read_me_and_metadata_with_commas():
    table = written(*VECTORS, sign=",").encode()
    assert store.read("t.zip", zipped({"t.csv": table, "README.txt": b"hello"})).number == 12
    metadata = "\n".join(["word,kind", *(f"{w},{'ab'[i % 2]}" for i, w in enumerate(WORDS))]).encode()
    assert store.read("t.zip", zipped({"t.csv": table, "labels.csv": metadata})).columns[-2:] == ("word", "kind")


@pytest.mark.parametrize("first", [True, False])
def test_a_column_of_few_values_beside_pixels_is_the_label(first):
    pixels = IMAGES[:, :8, :8].reshape(24, 64)
    table = np.c_[THREE, pixels] if first else np.c_[pixels, THREE]
    for found in (store.read("t.csv", written(*table, sign=",").encode()), store.read("t.npy", npy(table))):
        made = store.prepare(found, store.suggest_settings(found)).dataset
        assert (made.event_shape, made.class_names) == ((8, 8), ("0", "1", "2"))
    cells = "\n".join(["emotion,pixels", *(f"{k},{' '.join(map(str, p))}" for k, p in zip(THREE, pixels, strict=True))])
    found = store.read("t.csv", cells.encode())
    assert store.suggest_settings(found).label == "emotion" and store.prepare(
        found, store.suggest_settings(found)
    ).dataset.event_shape == (
        8,
        8,
    )


@pytest.mark.parametrize("head", ["a,b,c,d,e", ""])
@pytest.mark.parametrize("labels", [True, False])
def test_tables_of_a_split_are_one_set(head, labels):
    words = ["ab"[i % 2] for i in range(12)]

    def table(*columns):
        return "\n".join([*([head] if head else []), *written(*columns, sign=",").split("\n")]).encode()

    files = {"d/X_train.csv": table(*VECTORS[:8]), "d/X_test.csv": table(*VECTORS[8:])} if labels else {
        "train.csv": table(*VECTORS[:8]), "test.csv": table(*VECTORS[8:]), "sample.csv": b"a\n1\n2"}  # fmt: skip
    if labels:
        files |= {"d/y_train.csv": "\n".join(words[:8]).encode(), "d/y_test.csv": "\n".join(["y", *words[8:]]).encode()}
    found = store.read("t.zip", zipped(files))
    made = store.prepare(found, store.suggest_settings(found)).dataset
    assert (len(made.train), len(made.test), made.event_shape) == (8, 4, (5,))
    assert {v.tobytes() for v in made.test} == {v.tobytes() for v in VECTORS[8:].astype(np.float32)}
    assert made.class_names == (("a", "b") if labels else ())
    assert any("Unused files: sample.csv" in note for note in found.notes) == (not labels)
    with pytest.raises(DataError, match=r"train.csv and test.csv do not have the same columns \(y\)"):
        store.read("t.zip", zipped({"train.csv": b"a,y\n1,2\n3,4", "test.csv": b"a\n1\n3"}))


def test_rows_without_values_are_skipped_with_a_note():
    found = store.read("t.csv", b"a,b\n1,2\n,\n3,5\n , \n\n")
    assert found.number == 2 and any("Lines 3, 5 without values" in note for note in found.notes)


def test_parts_of_different_types_are_said():
    found = store.read("t.npz", npz(x_train=IMAGES / 255, x_test=IMAGES))
    assert any("of different types (x_train float64, x_test uint8)" in note for note in found.notes)


@pytest.mark.hostile("JSON, IDX, libsvm and other files with bytes changed at random", "a clear error or a note")
def test_any_damage_to_these_kinds_is_a_clear_error_or_a_note():
    rng = np.random.default_rng(0)
    libsvm = "\n".join(f"{i % 2} 1:{v[0]} 3:{v[1]} 9:{v[2]}" for i, v in enumerate(VECTORS))
    wholes = {
        **{f"{i}.json": content.encode() for i, content in enumerate(JSON.values())},
        "a.svm": libsvm.encode(),
        "b.txt": libsvm.encode(),
        "a.vec": b"12 5\n" + written(*([w, *v] for w, v in zip(WORDS, VECTORS, strict=True)), sign=" ").encode(),
        "a.csv": ("v,k\n" + "\n".join(f'"{list(v)}",{i % 2}' for i, v in enumerate(VECTORS.tolist()))).encode(),
        "b.csv": "\n".join(["a;b", *(f"{i},5;{i + 1},{i}00" for i in range(9))]).encode(),
        "a.csv.gz": gzip.compress(written(*VECTORS, sign=",").encode()),
        "a.tif": stack(3, "TIFF"),
        "b.tif": stack(3, "TIFF", 0, np.uint16),
        "a.gif": stack(3, "GIF"),
        "a-idx3-ubyte": idx(IMAGES),
        "a.npz": npz(x_train=IMAGES, y_train=THREE, x_val=IMAGES, y_val=THREE),
        "a.zip": zipped({"vectors.tsv": written(*VECTORS).encode(), "metadata.tsv": "\n".join(WORDS).encode()}),
    }
    for name, whole in wholes.items():
        for _ in range(25):
            content = bytearray(whole)
            for _ in range(rng.integers(1, 6)):
                signs = list(b'[]{},:"\n 019-.e') if rng.random() < 0.5 else range(256)
                content[rng.integers(len(content))] = rng.choice(signs)
            content = bytes(content[: rng.integers(1, len(content) + 1)] if rng.random() < 0.3 else content)
            with contextlib.suppress(DataError), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = store.read(name, content, thousands=rng.choice([True, False, None]))
                store.prepare(found, store.suggest_settings(found))
