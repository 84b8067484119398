"""Files as people bring them: each kind of reading with variations."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.data import DataError, own
from core.data.layout import peeled, quotes_quote
from core.data.numbers import column_of_numbers
from core.data.pictures import as_bytes


def rows(*first, n=6, sign=","):
    lines = [*first, *(sign.join(f"{i * j % 7 + j / 8}" for j in range(1, 5)) for i in range(1, n + 1))]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("first, names", [
    ("0,1,2,3", ("0", "1", "2", "3")),
    ("1,2,3,4", ("1", "2", "3", "4")),
    ("a,b,3,d", ("a", "b", "3", "d")),
    ("word,2001,2002,2003", ("word", "2001", "2002", "2003")),
])  # fmt: skip
def test_a_header_is_told_by_contrast_and_said(first, names):
    found = own.read("t.csv", rows(first))
    assert (found.number, found.columns) == (6, names)
    assert any("Line 1 is read as names" in note for note in found.notes)
    assert own.read("t.csv", rows(first), header=False).number == 7


def test_numbers_without_a_header_stay_without():
    for content in (rows(), rows(sign="\t"), b"5.1,3.5\n4.9,3.0\n4.7,3.2"):
        found = own.read("t.csv", content)
        assert found.columns[0] == "column 1" and not found.notes


@pytest.mark.parametrize("first", [["sep=,", "a,b,c,d"], ["# made today", "a,b,c,d"], ["A title", "", "a,b,c,d"],
                                   ["a,b,c,d,"]])  # fmt: skip
def test_what_stands_around_a_table_is_peeled_with_a_note(first):
    content = rows(*first)
    if first == ["a,b,c,d,"]:
        content = content.replace(b"\n", b",\n") + b","
        content = content.replace(b",,", b",")
    found = own.read("t.csv", content)
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
    with pytest.raises(DataError, match="may hold thousands or decimals"):
        column_of_numbers("t", ["1,234", "5,678"])
    assert column_of_numbers("t", ["a1", "b2"]) is None and column_of_numbers("t", ["5%", "7"]) is None


def test_lone_quotation_marks_swallow_no_rows():
    words = ["a", "b", '"', "d", "e", '"', "g", "h"]
    lines = [f"{word}\t{i + 0.5}\t{i * i}.25" for i, word in enumerate(words)]
    found = own.read("t.tsv", "\n".join(lines).encode())
    assert found.number == 8 and "Quotation marks" in found.notes[0]
    assert quotes_quote('a,"b\nc"\n1,2', ",") and peeled("a,b\n1,2", ",")[1] == []


def test_labels_and_names_keep_their_own_text():
    lines = ["class,speed m/s,speed km/s", *(f"{('1.1', '1.10', '01')[i % 3]},{i},{i * i}" for i in range(12))]
    found = own.read("t.csv", "\n".join(lines).encode())
    made = own.prepare(found, own.suggest(found)).dataset
    assert found.columns[1:] == ("speed m/s", "speed km/s") and set(made.class_names) == {"1.1", "1.10", "01"}
    words = own.read("t.csv", "\n".join(lines).replace("1.10", "Sci/Tech").replace("01", "Bio/Tech").encode())
    assert {"Sci/Tech", "Bio/Tech"} < set(own.prepare(words, own.suggest(words)).dataset.class_names)


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
    found = own.read_files("s", [*files, ("train/a/._0.png", b"x"), (".DS_Store", b"x")])
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
    assert own.read("a.zip", content).class_names == ("B\u00e4ume", "H\u00e4user")


def test_transparent_grey_shows_the_ground():
    found = own.read_files("s", [(f"{i}.png", png(transparency=255)) for i in range(2)])
    assert own.sample(found, own.Settings(side=9, ground="black")).max() == 0
    assert own.sample(found, own.Settings(side=9, ground="white")).min() == 255


BINARIES = {
    "MATLAB": (b"MATLAB 5.0 MAT-file" + bytes(200), "MATLAB file"),
    "HEIC": (b"\0\0\0\x18ftypheic" + bytes(99), "HEIC or AVIF"),
    "Arrow": (b"ARROW1\0\0" + bytes(99), "Feather"),
    "safetensors": (b"\x08" + bytes(7) + b'{"a":{}}' + bytes(9), "safetensors file"),
    "idx cut off": (b"\0\0\x08\x03" + bytes([0, 0, 0, 4] * 3) + bytes(9), "damaged idx file"),
}


@pytest.mark.parametrize("content, words", BINARIES.values(), ids=BINARIES)
def test_binary_formats_are_told_by_their_first_bytes(content, words):
    with pytest.raises(DataError, match=words):
        own.read("t.bin", content)


def test_idx_files_are_read():
    values = np.arange(4 * 81, dtype=np.uint8).reshape(4, 9, 9)
    content = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in values.shape) + values.tobytes()
    np.testing.assert_array_equal(own.read("t-idx3-ubyte", content).content.values, values)


@pytest.mark.parametrize("content", [b"[1, 2]\n[3, 4]", b'{"text": "a", "v": [1]}\n', b"[[1, 2], [3, 4]]", b" [0.5,1]"])
def test_json_is_named_and_loses_no_dimensions(content):
    with pytest.raises(DataError, match="holds JSON"):
        own.read("t.jsonl", content)
