"""Data that visitors bring: read whatever it is, refused in words where it is nothing, kept whole or not at all."""

import dataclasses
import importlib
import io
import json
import os
import pkgutil
import re
import struct
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import data
from core.config.presets import TrainConfig
from core.data import uploads
from core.data.base import Dataset
from core.data.errors import DataError
from core.data.preprocessing import VIEWS, preprocess
from core.data.tokenizers import SIZES
from core.data.uploads import saved, schema, store, trash
from core.models.boltzmann.rbm import RBMConfig, build
from core.training import TrainState, fit

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """A data folder of the test's own."""
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def picture(values, kind="PNG", **more) -> bytes:
    file = io.BytesIO()
    (values if isinstance(values, Image.Image) else Image.fromarray(np.asarray(values, np.uint8))).save(
        file, kind, **more
    )
    return file.getvalue()


def noise(n, *shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, *shape)).astype(np.uint8)


def zipped(files: dict[str, bytes], packing=zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def pets(n=20, size=(12, 12), seed=0) -> bytes:
    """A zip of n cats and n dogs."""
    images = noise(2 * n, *size, seed=seed)
    return zipped({f"pets/{'cats' if i < n else 'dogs'}/{i}.png": picture(v) for i, v in enumerate(images)})


def npy(array, **more) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **more)
    return file.getvalue()


def npz(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def made(name, content, **settings) -> store.Prepared:
    """Read and prepared with the suggested settings, some of them replaced."""
    found = store.read(name, content)
    start = store.suggest_settings(found)
    return store.prepare(found, store.Settings(**{**vars(start), **settings}))


def kept(title="Pets", **more) -> str:
    return store.save(made("pets.zip", pets(**more), title=title))


# -- images -------------------------------------------------------------------------------------


def test_a_zip_of_images_with_classes_by_folder():
    found = store.read("pets.zip", pets())
    assert (found.number, found.class_names, found.size, found.ways) == (40, ("cats", "dogs"), (12, 12), ("images",))
    dataset = store.prepare(found, store.suggest_settings(found)).dataset
    assert (dataset.kind, dataset.levels, dataset.event_shape) == ("levels", 256, (12, 12))
    assert len(dataset.train) == 34 and np.bincount(dataset.test_labels).tolist() == [3, 3]
    brought = {v.tobytes() for v in noise(40, 12, 12)}
    assert {v.tobytes() for v in np.concatenate([dataset.train, dataset.test])} == brought, "no pixel is changed"


def test_the_label_stays_with_its_image():
    values = [np.full((9, 9), 40 + 10 * i) for i in range(10)] + [np.full((9, 9), 200 + i) for i in range(10)]
    content = zipped({f"{'dark' if i < 10 else 'bright'}/{i}.png": picture(v) for i, v in enumerate(values)})
    dataset = made("shades.zip", content, side=9).dataset
    for images, labels in ((dataset.train, dataset.train_labels), (dataset.test, dataset.test_labels)):
        assert [dataset.class_names[k] for k in labels] == ["dark" if v < 150 else "bright" for v in images[:, 0, 0]]


def test_order_and_split_are_the_same_for_the_same_seed():
    once, again, other = (made("pets.zip", pets(), seed=s).dataset for s in (3, 3, 4))
    assert once.fingerprint == again.fingerprint != other.fingerprint


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"])
def test_every_format_of_images(kind):
    content = zipped({f"{i}.bin": picture(np.full((20, 20, 3), 60 * i + 20), kind) for i in range(4)})
    dataset = made("x.zip", content, side=10).dataset
    greys = sorted(np.concatenate([dataset.train, dataset.test]).mean((1, 2)))
    np.testing.assert_allclose(greys, [20, 80, 140, 200], atol=4)


def test_what_is_no_image_is_named_and_the_rest_is_taken():
    files = {f"a/{i}.png": picture(v) for i, v in enumerate(noise(8, 9, 9))}
    cut = picture(noise(1, 90, 90)[0])
    cut = cut[: len(cut) // 2]  # its header is whole
    extra = {
        "a/notes.txt": b"hello",
        "a/broken.png": b"\x89PNG\r\n\x1a\nno",
        "a/cut.png": cut,
        "__MACOSX/a/._0.png": b"x",
        "a/.DS_Store": b"x",
        "a/Thumbs.db": b"x",
    }
    result = made("a.zip", zipped(files | extra), side=9)
    assert len(result.dataset.train) + len(result.dataset.test) == 8
    notes = " ".join(result.notes)
    assert all(name in notes for name in ("notes.txt", "broken.png", "cut.png"))
    assert not any(name in notes for name in ("DS_Store", "Thumbs", "._0"))


def test_mostly_damaged_images_are_no_data_set():
    cut = [picture(v)[:-400] for v in noise(6, 40, 40)]
    content = zipped({f"{i}.png": v for i, v in enumerate(cut)} | {"good.png": picture(noise(1, 40, 40)[0])})
    with pytest.raises(DataError, match="6 of 7 images are damaged"):
        made("x.zip", content)
    other = zipped({"good.png": picture(noise(1, 9, 9)[0])} | {f"{i}.doc": b"word" for i in range(5)})
    with pytest.raises(DataError, match="x.zip holds 1 image but 5 other files"):
        store.read("x.zip", other)


def test_an_animation_gives_its_first_picture_and_is_named():
    frames = [Image.fromarray(np.full((9, 9), v, np.uint8)) for v in (40, 200)]
    moving = picture(frames[0], "GIF", save_all=True, append_images=frames[1:])
    content = zipped({"move.gif": moving, "still.png": picture(np.full((9, 9), 90))})
    result = made("x.zip", content, side=9)
    assert sorted(np.concatenate([result.dataset.train, result.dataset.test])[:, 4, 4].tolist()) == [40, 90]
    assert "move.gif" in " ".join(result.notes)


def test_the_camera_s_orientation_is_honoured():
    tall = np.zeros((40, 20, 3), np.uint8)
    tall[:20] = 255  # bright above
    lying = Image.fromarray(np.rot90(tall, 1).copy())  # as a turned camera stores it
    exif = Image.Exif()
    exif[0x0112] = 6
    content = zipped({f"{i}.jpg": picture(lying, "JPEG", exif=exif, quality=95) for i in range(3)})
    found = store.read("x.zip", content)
    assert found.size == (20, 40)
    image = store.sample(found, store.Settings(side=16, fit="stretch"))[0]
    assert image[:7].min() > 200 and image[9:].max() < 50


@pytest.mark.parametrize("ground, grey", [("black", 0), ("white", 255)])
def test_transparency_shows_the_ground(ground, grey):
    clear = np.zeros((10, 10, 4), np.uint8)
    clear[3:6, 3:6] = (255, 0, 0, 255)
    found = store.read("x.zip", zipped({f"{i}.png": picture(clear) for i in range(3)}))
    image = store.sample(found, store.Settings(side=10, ground=ground))[0]
    assert image[0, 0] == grey and image[4, 4] == 76  # 0.299 of red


def test_colour_becomes_grey_in_the_way_chosen():
    found = store.read("x.zip", zipped({f"{i}.png": picture(np.full((9, 9, 3), (200, 100, 50))) for i in range(2)}))
    shown = {g: int(store.sample(found, store.Settings(side=9, grey=g))[0, 0, 0]) for g in ("red", "green", "blue")}
    assert shown == {"red": 200, "green": 100, "blue": 50}
    assert store.sample(found, store.Settings(side=9))[0, 0, 0] == round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)


def test_crop_pad_and_stretch():
    wide = np.zeros((20, 60), np.uint8)
    wide[:, 20:40] = 255  # the middle third
    found = store.read("x.zip", zipped({f"{i}.png": picture(wide) for i in range(2)}))
    crop, pad, stretch = (store.sample(found, store.Settings(side=20, fit=f))[0] for f in ("crop", "pad", "stretch"))
    assert crop.min() == 255
    assert pad[0].max() == pad[-1].max() == 0 and pad[10, 10] == 255 and pad[10, 1] == 0
    assert stretch[0, 10] == 255 and stretch[:, 2].max() == 0


def test_inversion_levels_and_the_cut():
    ramp = np.tile(np.linspace(0, 255, 16).astype(np.uint8), (16, 1))
    content = zipped({f"{i}.png": picture(np.roll(ramp, i, 1)) for i in range(4)})
    few = made("x.zip", content, levels=17).dataset
    assert (few.kind, few.levels, int(few.train.max())) == ("levels", 17, 16)
    bits = made("x.zip", content, levels=2, cut=0.75).dataset
    assert (bits.kind, bits.levels, set(np.unique(bits.train))) == ("binary", None, {0, 1})
    assert np.isclose(bits.train.mean(), 0.25)
    turned = made("x.zip", content, invert=True).dataset
    np.testing.assert_array_equal(turned.train, 255 - made("x.zip", content).dataset.train)


def test_black_and_white_images_are_binary():
    result = made("x.zip", zipped({f"{i}.png": picture((v > 128) * 255) for i, v in enumerate(noise(6, 9, 9))}), side=9)
    assert result.dataset.kind == "binary" and "binary" in " ".join(result.notes)


def test_sixteen_bits_are_scaled_and_not_cut():
    deep = Image.fromarray(np.full((9, 9), 32_768, np.uint16))
    found = store.read("x.zip", zipped({f"{i}.png": picture(deep) for i in range(2)}))
    assert store.sample(found, store.Settings(side=9))[0, 0, 0] == 128


def test_a_folder_called_test_is_the_test():
    names = [f"d/{part}/{c}/{i}.png" for part in ("train", "test") for c in "ab" for i in range(4)]
    content = zipped({n: picture(v) for n, v in zip(names, noise(16, 9, 9), strict=True)})
    dataset = made("d.zip", content, side=9).dataset
    assert (len(dataset.train), len(dataset.test), dataset.class_names) == (8, 8, ("a", "b"))
    assert len(made("d.zip", content, side=9, own_split=False).dataset.test) == 2


def test_folders_that_are_no_classes():
    images = noise(120, 9, 9)
    loose = zipped({"a.png": picture(images[0]), "b/c.png": picture(images[1]), "d/e.png": picture(images[2])})
    many = zipped({f"{i}/x.png": picture(v) for i, v in enumerate(images)})
    for content, words in ((loose, "folders are not used"), (many, "120 classes are more than 100")):
        result = made("x.zip", content, side=9)
        assert result.dataset.train_labels is None and words in " ".join(result.notes)


@pytest.mark.parametrize("sizes", [(1, 1), (1, 5), (2, 1, 1)])
def test_classes_with_one_example(sizes):
    """A class of one is trained on; where there is no other kind, classes are left out."""
    names = [f"{c}/{i}.png" for c, n in enumerate(sizes) for i in range(n)]
    content = zipped({n: picture(v) for n, v in zip(names, noise(len(names), 9, 9), strict=True)})
    result = made("x.zip", content, side=9)
    dataset = result.dataset
    assert (
        len(dataset.train)
        and len(dataset.test)
        and re.search("single example|only one example", " ".join(result.notes))
    )
    if max(sizes) == 1:
        assert dataset.train_labels is None and dataset.class_names == ()
    else:
        assert set(dataset.train_labels) == set(range(len(sizes)))


def test_a_folder_of_the_machine_and_of_a_browser(tmp_path):
    files = {f"{c}/{i}.png": picture(v) for i, v in enumerate(noise(6, 9, 9)) for c in ("ab"[i % 2],)}
    for name, content in files.items():
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_bytes(content)
    here = store.read_folder(tmp_path / "photos")
    there = store.read_files("photos", [(f"photos/{n}", c) for n, c in files.items()])
    assert here.class_names == there.class_names == ("a", "b") and here.number == there.number == 6
    with pytest.raises(DataError, match="is not a folder"):
        store.read_folder(tmp_path / "none")


@pytest.mark.hostile("Paths in an archive that lead elsewhere", "no name of an archive reaches the disk")
def test_names_in_an_archive_reach_no_disk(tmp_path, folder):
    names = [
        "../../up.png",
        "/etc/root.png",
        "C:\\x\\back.png",
        "überraschung/ñ.png",
        "a/" * 40 + "deep.png",
        "日本/語.png",
    ]
    content = zipped({n: picture(v) for n, v in zip(names, noise(6, 9, 9), strict=True)})
    store.save(made("../../x/ü.zip", content, side=9))
    assert {p.name for p in tmp_path.iterdir()} == {"data"}
    assert {p.name for p in (folder / "own").iterdir()} == {"own-u"}


def test_copies_and_even_images_are_said():
    same = np.full((9, 9), 77)
    notes = " ".join(made("x.zip", zipped({f"{i}.png": picture(same) for i in range(10)}), side=9).notes)
    assert "exact copies" in notes and "a single shade" in notes


# -- arrays -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape", [(9, 10, 10), (9, 10, 10, 1), (9, 10, 10, 3), (9, 10, 10, 4), (9, 1, 10, 10), (9, 3, 10, 10)]
)
def test_arrays_of_images(shape):
    dataset = made("x.npy", npy(noise(*shape)), side=10).dataset
    assert dataset.event_shape == (10, 10) and len(dataset.train) + len(dataset.test) == 9


@pytest.mark.parametrize(
    "values, top",
    [
        (np.array([0, 255], np.uint8), 255),
        (np.array([0, 16], np.uint8), 16),
        (np.array([False, True]), 1),
        (np.array([0, 1], np.float32), 1),
        (np.array([0, 255.0]), 255),
        (np.array([0, 65_535], np.uint16), 65_535),
        (np.array([-1, 1], np.float64), 1),
        (np.array([-3, 900], np.int64), 900),
    ],
)
def test_the_range_of_an_array_becomes_black_to_white(values, top):
    x = np.tile(values, (4, 8, 4))
    x[0, 0, 0] = values[0]
    found = store.read("x.npy", npy(x))
    shown = store.sample(found, store.Settings(side=8))
    assert (shown.min(), shown.max()) == (0, 255)
    assert bool(found.notes) == (top != 255)


def test_labels_words_and_a_split_in_an_npz():
    x, y = noise(30, 8, 8), np.arange(30) % 3
    given = made("x.npz", npz(x_train=x[:20], y_train=y[:20], x_test=x[20:], y_test=y[20:]), side=8).dataset
    assert (len(given.train), len(given.test), given.class_names) == (20, 10, ("0", "1", "2"))
    assert {v.tobytes() for v in given.test} == {v.tobytes() for v in x[20:]}
    named = made("x.npz", npz(images=x, labels=np.array(["b", "a", "c"])[y])).dataset
    assert named.class_names == ("a", "b", "c")
    odd = store.read("x.npz", npz(x=x, y=y[:7]))
    assert odd.labels is None and "do not fit" in odd.notes[0]
    counts = made("w.npz", npz(x=np.tile(np.arange(5), (20, 1)), words=np.array(list("abcde"))), way="counts").dataset
    assert counts.vocabulary == ("e", "d", "c", "b")  # "a" is never counted


def test_vectors_keep_their_values():
    x = np.random.default_rng(0).normal(size=(50, 4)) * [1, 1e3, 1e-3, 1]
    dataset = made("x.npy", npy(x)).dataset
    assert (dataset.kind, dataset.event_shape, dataset.train.dtype) == ("real", (4,), np.float32)
    rows = {row.tobytes() for row in x.astype(np.float32)}
    assert {row.tobytes() for row in np.concatenate([dataset.train, dataset.test])} == rows
    assert made("x.npy", npy((x > 0).astype(int))).dataset.kind == "binary"
    assert made("x.npy", npy(np.asfortranarray(x))).dataset.fingerprint == dataset.fingerprint


def test_columns_of_different_units_are_standardised_alike():
    x = np.random.default_rng(0).normal(size=(200, 3)) * [1, 1e4, 0] + [0, 5, 7]
    spread = preprocess(made("x.npy", npy(x)).dataset, "standardised").all(torch.Generator()).std(0)
    np.testing.assert_allclose(spread, [1, 1, 0], atol=0.02)


# -- tables -------------------------------------------------------------------------------------


def table(n=20, sign=",", header=True, point=".") -> bytes:
    rng = np.random.default_rng(0)
    lines = [sign.join(["length", "width", "kind"])] if header else []
    for i in range(n):
        lines.append(sign.join([*(f"{v:.3f}".replace(".", point) for v in rng.normal(size=2)), "xy"[i % 2]]))
    return "\n".join(lines).encode()


def test_a_table_with_a_column_of_labels():
    found = store.read("t.csv", table())
    start = store.suggest_settings(found)
    assert (found.columns, start.label) == (("length", "width", "kind"), "kind")
    dataset = store.prepare(found, start).dataset
    assert (dataset.kind, dataset.event_shape, dataset.class_names) == ("real", (2,), ("x", "y"))
    assert np.bincount(dataset.test_labels).tolist() == [2, 2]


@pytest.mark.parametrize(
    "sign, point", [(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), ("|", "."), (" ", ".")]
)
def test_signs_between_cells_and_decimal_commas(sign, point):
    plain = made("t.csv", table()).dataset
    assert made("t.csv", table(sign=sign, point=point)).dataset.fingerprint == plain.fingerprint


def test_quotes_byte_order_marks_line_ends_and_empty_lines():
    text = table().decode()
    quoted = "\r\n\r\n".join('"' + line.replace(",", '","') + '"' for line in text.split("\n")) + "\r\n"
    assert (
        made("t.csv", "\ufeff".encode() + quoted.encode()).dataset.fingerprint
        == made("t.csv", table()).dataset.fingerprint
    )


def test_a_header_is_found_out_or_told():
    assert store.read("t.csv", table(header=False)).columns == ("column 1", "column 2", "column 3")
    assert store.read("t.csv", b"1,2\n3,4\n5,6").number == 3
    assert store.read("t.csv", b"1,2\n3,4\n5,6", header=True).columns == ("1", "2")
    assert store.read("t.csv", b"a,a,\n3,4,5\n5,6,7").columns == ("a", "a (2)", "column 3")


def test_columns_that_say_nothing_are_suggested_to_be_left_out():
    lines = ["id,name,a,label"] + [f"{i},n{i},{i * i % 7},{i % 2}" for i in range(20)]
    start = store.suggest_settings(store.read("t.csv", "\n".join(lines).encode()))
    assert (start.leave_out, start.label) == (("id", "name"), "label")


def test_rows_of_pixels_become_images():
    pixels = noise(12, 64)
    lines = ["label," + ",".join(f"p{i}" for i in range(64))]
    lines += [f"{i % 2}," + ",".join(map(str, row)) for i, row in enumerate(pixels)]
    found = store.read("t.csv", "\n".join(lines).encode())
    start = store.suggest_settings(found)
    assert found.ways[0] == "images" and (start.label, start.side) == ("label", 8)
    dataset = store.prepare(found, start).dataset
    rows = {row.tobytes() for row in np.concatenate([dataset.train, dataset.test])}
    assert dataset.event_shape == (8, 8) and rows == {row.tobytes() for row in pixels}
    with pytest.raises(DataError, match="65 columns do not form a square image"):
        store.prepare(found, store.Settings(way="images", label=""))


BAD_TABLES = {
    "ragged": (b"a,b\n1,2\n3\n", "t.csv, line 3: 1 cell where the first line has 2"),
    "missing": (b"a,b\n1,2\n3,\n4,5", "line 3, column 'b': the value is missing"),
    "NA": (b"a,b\n1,2\n3,NA\n4,5", "line 3, column 'b': the value is missing \\('NA'\\)"),
    "word": (b"a,b\n1,2\n3,four\n4,5", "line 3, column 'b': 'four' is not a finite number"),
    "infinite": (b"a,b\n1,2\n3,inf\n4,5", "line 3, column 'b': 'inf' is not a finite number"),
    "underscore": (b"a,b\n1,2\n3,1_0\n4,5", "'1_0' is not a finite number"),
    "thousands": (b'a,b\n1,2\n3,"1,234"\n4,5678', "column 'b': '1,234' is ambiguous"),
    "too large": (b"a,b\n1,2\n3,1e39\n4,5", "line 3, column 'b': 1e\\+39 is too large"),
    "one row": (b"a,b\n1,2\n", "holds 1 row; a data set has from 2"),
    "no rows": (b"\n\n", "has no rows"),
    "only words": (b"x,y\na,b\nc,d\n", "none of its 2 columns holds numbers"),
    "open quotation": (b'a,b\n1,"' + b"2" * 140_000, "quotation mark"),
    "zero byte": (b"a,b\n1,\x002\n", "zero byte"),
}


@pytest.mark.parametrize("content, words", BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_bad_table_is_refused_by_line_and_column(content, words):
    with pytest.raises(DataError, match=words):
        made("t.csv", content)


def test_columns_are_chosen_by_name():
    found = store.read("t.csv", table())
    with pytest.raises(DataError, match="no column 'colour'; it has length, width, kind"):
        store.prepare(found, store.Settings(way="vectors", label="colour"))
    with pytest.raises(DataError, match="label = 'length': the column holds 20 different values|'x' is not a finite"):
        store.prepare(found, store.Settings(way="vectors", label="length"))
    with pytest.raises(DataError, match="no column is left"):
        store.prepare(found, store.Settings(way="vectors", label="kind", leave_out=("length", "width")))
    with pytest.raises(
        DataError, match="line 2, column 'kind': 'x' is not a finite number.*Choose the column as the label"
    ):
        store.prepare(found, store.Settings(way="vectors"))


# -- word counts --------------------------------------------------------------------------------


def counts_table(n=60) -> bytes:
    rng = np.random.default_rng(0)
    words = ["rare", "the", "sea", "whale", "ship"]
    rows = np.c_[np.arange(n) == 0, rng.poisson([2, 0.5, 0.4, 0.3], (n, 4))].astype(int)
    rows[-1] = 0
    return "\n".join([",".join(words), *(",".join(map(str, row)) for row in rows)]).encode()


def test_word_counts_keep_the_most_frequent_and_drop_the_empty():
    found = store.read("w.csv", counts_table())
    assert found.ways[0] == "counts"
    result = store.prepare(found, store.Settings(way="counts", words=4))
    dataset = result.dataset
    assert (dataset.kind, dataset.train.dtype, dataset.event_shape) == ("counts", np.int32, (4,))
    assert dataset.vocabulary[0] == "the" and "rare" not in dataset.vocabulary
    totals = np.concatenate([dataset.train, dataset.test]).sum(0)
    assert (np.diff(totals) <= 0).all() and np.concatenate([dataset.train, dataset.test]).sum(1).min() > 0
    assert "4 most frequent of 5 words" in " ".join(result.notes) and "dropped" in " ".join(result.notes)


@pytest.mark.parametrize("cell, value", [("-1", "-1"), ("0.5", "0.5"), ("2000000", "2e\\+06")])
def test_what_is_no_count_is_refused(cell, value):
    content = f"a,b,c\n1,0,0\n0,{cell},1\n0,0,3".encode()
    found = store.read("w.csv", content)
    if "counts" not in found.ways:  # the file says so itself
        with pytest.raises(DataError, match="way = 'counts'"):
            store.prepare(found, store.Settings(way="counts"))
        found = dataclasses.replace(found, ways=("counts",))
    with pytest.raises(DataError, match=f"line 3, column 'b': {value} is not a count"):
        store.prepare(found, store.Settings(way="counts"))


# -- text ---------------------------------------------------------------------------------------

TEXT = "Grüße, Welt! 🌍 Wie geht es dir?\n" * 40


def test_a_text_comes_back_as_it_was():
    name = store.save(made("gruss.txt", TEXT.replace("\n", "\r\n").encode()))
    dataset = data.load(name)
    assert (dataset.kind, dataset.event_shape, dataset.train.dtype) == ("text", (), np.uint32)
    assert store.text(name) == TEXT
    assert len(dataset.test) == round(0.15 * len(TEXT)), "the end is the test"


@pytest.mark.parametrize("name", sorted(set(VIEWS) - set(SIZES)))
def test_no_view_of_images_takes_a_text(name):
    with pytest.raises(DataError, match=f"view {name!r} does not suit 'own', which is text: use characters, pairs"):
        preprocess(made("x.txt", TEXT.encode()).dataset, name)


def test_only_a_text_is_read_as_one():
    with pytest.raises(DataError, match="own-pets is not a text but levels"):
        store.text(kept())


def test_other_encodings_are_named():
    with pytest.raises(DataError, match=r"byte 0xfc at position 2 \(line 1\).*Latin-1"):
        store.read("x.txt", TEXT.replace("🌍", "").encode("latin-1"))
    with pytest.raises(DataError, match="UTF-16"):
        store.read("x.txt", TEXT.encode("utf-16"))
    with pytest.raises(DataError, match="holds 5 characters; a text has from 200"):
        store.read("x.txt", b"short")


# -- nonsense and limits ------------------------------------------------------------------------

WHOLE = pets()
NONSENSE = {
    "a web page called zip": ("data.zip", b"<!DOCTYPE html><html><body>Please log in", "web page.*not a zip file"),
    "a truncated zip": ("data.zip", WHOLE[:-300], "damaged or truncated zip"),
    "half a zip": ("data.zip", WHOLE[: len(WHOLE) // 2], "damaged or truncated zip"),
    "letters called zip": ("data.zip", b"hello world", "is not a zip archive: it begins with the bytes 68 65"),
    "empty": ("data.csv", b"", "is empty"),
    "one image": ("a.png", picture(noise(1, 9, 9)[0]), "is one image; a data set needs at least 2"),
    "one image in a zip": ("a.zip", zipped({"a.png": picture(noise(1, 9, 9)[0])}), "holds 1 image; a data set has"),
    "no image in a zip": ("a.zip", zipped({"a.doc": b"x", "b.doc": b"y"}), "holds no images .found: a.doc, b.doc"),
    "nothing in a zip": ("a.zip", zipped({}), "holds no files"),
    "a zip in a zip": ("a.zip", zipped({"b.csv": WHOLE}), "an archive in an archive"),
    "an Excel workbook": ("a.xlsx", zipped({"xl/workbook.xml": b"x"}), "Excel workbook; save it as CSV"),
    "letters called PNG": ("a.png", b"no image", "cannot be read as an image"),
    "the signature of an image": ("a.png", picture(noise(1, 9, 9)[0])[:8], "its beginning is not that of an image"),
    "half the header of an image": ("a.png", picture(noise(1, 9, 9)[0])[:20], r"as an image \(.*Truncated"),
    "PDF": ("a.pdf", b"%PDF-1.7", "is a PDF"),
    "gzip": ("a.csv.gz", b"\x1f\x8b\x08", "packed with gzip"),
    "pickle": ("a.pkl", b"\x80\x04\x95\x00", "pickle, which can run programs"),
    "objects": ("a.npy", npy(np.array([1, [2]], object), allow_pickle=True), "Python objects.*never opened"),
    "objects in an npz": ("a.npz", npz(x=np.array([1, [2]], object)), "x.npy in a.npz holds Python objects"),
    "records": ("a.npy", npy(np.zeros(3, [("a", int)])), "values of type"),
    "complex": ("a.npy", npy(np.zeros((3, 3), complex)), "values of type complex128"),
    "words": ("a.npy", npy(np.array([["a", "b"], ["c", "d"]])), "holds words"),
    "one row of numbers": ("a.npy", npy(np.zeros(5)), r"shape \(5,\); expected \(N, D\)"),
    "two channels": ("a.npy", npy(np.zeros((5, 8, 8, 2))), "1, 3 or 4 channels"),
    "no rows": ("a.npy", npy(np.zeros((0, 5))), r"shape \(0, 5\)"),
    "one example": ("a.npy", npy(np.zeros((1, 5))), "holds 1 example"),
    "NaN": ("a.npy", npy(np.array([[0, 1], [np.nan, 2]])), r"holds nan at \[1, 0\]; every value must be a finite"),
    "infinity in images": ("a.npy", npy(np.full((3, 8, 8), np.inf)), "holds inf at"),
    "a truncated array": ("a.npy", npy(np.zeros((9, 9)))[:-5], "truncated: 643 bytes of values where.*648"),
    "half a header": ("a.npy", npy(np.zeros((9, 9)))[:40], "damaged NumPy file"),
    "x without a test of its shape": ("a.npz", npz(x_train=np.zeros((3, 4)), x_test=np.zeros((3, 5))), "x_train"),
    "no array of examples": ("a.npz", npz(y=np.zeros(3)), "has no array of examples"),
}


@pytest.mark.parametrize("name, content, words", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.hostile("Files that are not what their names say, NaN and infinity among them", "refused in words")
def test_nonsense_is_refused_in_words(name, content, words, folder):
    with pytest.raises(DataError, match=words) as refusal:
        made(name, content)
    assert name.split(".")[0] in str(refusal.value), "the file is named"
    assert " at 0x" not in str(refusal.value), "an address in memory"
    assert not folder.exists()


@pytest.mark.hostile("Files with bytes changed at random", "a clear error or a note")
def test_any_damage_is_a_clear_error_or_a_note():
    """Bytes cut off, turned and doubled at random: never another error than `DataError`."""
    rng = np.random.default_rng(0)
    wholes = {
        "a.zip": zipped({f"{i}.png": picture(v) for i, v in enumerate(noise(4, 9, 9))}),
        "a.png": picture(noise(1, 9, 9)[0]),
        "a.npy": npy(noise(5, 8, 8)),
        "a.npz": npz(x=noise(5, 8, 8), y=np.arange(5) % 2),
        "a.csv": table(),
        "a.txt": TEXT.encode(),
    }
    for name, whole in wholes.items():
        for _ in range(60):
            content = bytearray(whole)
            for _ in range(rng.integers(1, 6)):
                content[rng.integers(len(content))] = rng.integers(256)
            content = bytes(content[: rng.integers(1, len(content) + 1)] if rng.random() < 0.3 else content)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    made(name, content)
            except DataError as refusal:
                assert str(refusal) and " at 0x" not in str(refusal)


@pytest.mark.hostile("An array whose header lies about its size", "refused, and no memory taken")
def test_an_array_that_promises_more_than_it_holds_takes_no_memory():
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }"
    content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header + b"\n" + b"x" * 100
    with pytest.raises(DataError, match="truncated: 100 bytes"):
        store.read("a.npy", content)


@pytest.mark.hostile("A zip bomb", "not unpacked")
def test_a_zip_bomb_is_not_unpacked():
    content = zipped({f"{i}.png": bytes(30_000_000) for i in range(4)})
    assert len(content) < 1_000_000
    with pytest.raises(DataError, match="would unpack to 120 MB; more than 100 times"):
        store.read("bomb.zip", content)


@pytest.mark.hostile("An image of too many pixels", "named, before it is decoded")
def test_an_image_of_too_many_pixels_is_named():
    large = picture(Image.new("1", (8_000, 8_000)))
    tiny = {f"{i}.png": picture(v) for i, v in enumerate(noise(3, 9, 9))}
    found = store.read("x.zip", zipped({**tiny, "large.png": large}))
    assert found.number == 3 and "large.png" in found.notes[0] and "50 million pixels" in found.notes[0]


@pytest.mark.hostile("A zip with a password", "named")
def test_a_zip_with_a_password_is_named():
    content = bytearray(WHOLE)
    at = content.rfind(b"PK\x01\x02")
    content[at + 8] |= 1
    with pytest.raises(DataError, match="password"):
        store.read("x.zip", bytes(content))


@pytest.mark.parametrize(
    "limit, value, name, content, words",
    [
        ("MAX_FILE_MB", 0.0001, "x.csv", table(200), "a file may have at most"),
        ("MAX_UNPACKED_MB", 0.0001, "x.zip", WHOLE, "unpack to at most"),
        ("MAX_ENTRIES", 10, "x.zip", WHOLE, "lists .* files"),
        ("MAX_EXAMPLES", 5, "x.zip", WHOLE, "holds 40 images; a data set has from 2 to 5"),
        ("MAX_EXAMPLES", 5, "x.csv", table(), "at most 5 rows"),
        ("MAX_CELLS", 10, "x.csv", table(), "10 cells"),
        ("MAX_TABLE_COLUMNS", 2, "x.csv", table(), "has 3 columns; at most 2"),
        ("MAX_COLUMNS", 1, "x.csv", table(), "vectors of 2 values; at most 1"),
        ("MAX_KEPT_MB", 0.0001, "x.csv", table(), "a data set has at most"),
        ("MAX_KEPT_MB", 0.0001, "x.zip", WHOLE, "Choose a smaller image size"),
        ("MAX_CLASSES", 1, "x.csv", table(), "must be from 2 to 1"),
        ("TEXT_LENGTH", (1, 5), "x.txt", b"too long", "a text has from 1 to 5"),
    ],
)
def test_limits_are_enforced_and_said(monkeypatch, limit, value, name, content, words):
    for found in pkgutil.iter_modules(uploads.__path__):
        module = importlib.import_module(f"core.data.uploads.{found.name}")
        if hasattr(module, limit):
            monkeypatch.setattr(module, limit, value)
    with pytest.raises(DataError, match=words):
        made(name, content, **({"label": "kind"} if name.endswith("csv") else {}))


def test_the_limits_are_stated_as_they_are():
    said = " ".join(store.limits().values())
    for limit in (schema.MAX_FILE_MB, schema.MAX_EXAMPLES, schema.MAX_COLUMNS, schema.MAX_WORDS, *schema.SIDES):
        assert f"{limit:,}" in said
    server = (REPOSITORY / ".streamlit" / "config.toml").read_text()
    assert f"maxUploadSize = {schema.MAX_FILE_MB}" in server


@pytest.mark.parametrize(
    "setting, value",
    [
        ("title", ""), ("title", "x" * 61), ("title", "a\nb"), ("way", "sound"), ("side", 7), ("side", 129),
        ("fit", "fold"), ("grey", "pink"), ("ground", "red"), ("levels", 1), ("levels", 257), ("cut", 0.0),
        ("side", 28.5), ("words", 1), ("examples", 1), ("test_share", 0.0), ("test_share", 0.9), ("seed", -1),
        ("seed", True), ("cut", float("nan")),
    ],
)  # fmt: skip
def test_a_setting_outside_its_range_is_named(setting, value):
    with pytest.raises(DataError, match=f"{setting} = .*must be"):
        store.Settings(**{setting: value})


def test_what_a_file_cannot_become_is_said():
    with pytest.raises(DataError, match="way = 'text': pets.zip is 40 images.*can become images"):
        made("pets.zip", pets(), way="text")


def test_fewer_examples_by_chance():
    result = made("pets.zip", pets(), examples=10)
    assert len(result.dataset.train) + len(result.dataset.test) == 10 and "10 of 40" in " ".join(result.notes)


@pytest.mark.parametrize("n", [2, 3, 10, 101])
@pytest.mark.parametrize("share", [0.01, 0.15, 0.5])
def test_the_split_is_never_empty_on_either_side(n, share):
    for labels in (None, np.arange(n) % 2, np.zeros(n, int), np.arange(n)):
        from core.data.uploads.builder import split

        test = split(n, labels, share, 0)
        assert 1 <= test.sum() < n
        assert (test == split(n, labels, share, 0)).all()


# -- keeping ------------------------------------------------------------------------------------


def test_a_kept_set_is_in_the_catalogue_until_it_is_deleted():
    before = set(data.catalogue())
    name = kept()
    assert name == "own-pets" and set(data.catalogue()) == before | {name}
    entry, dataset = data.info(name), data.load(name)
    assert (entry.title, entry.kind, entry.event_shape) == (dataset.title, dataset.kind, dataset.event_shape)
    assert (
        entry.licence == "your own" and entry.source == "pets.zip" and entry.is_here() and "40 images" in entry.summary
    )
    assert dataset.fingerprint == made("pets.zip", pets()).dataset.fingerprint and dataset.name == name
    assert dataset.train.flags.writeable and data.load(name) is dataset
    token = store.delete(name)
    assert set(data.catalogue()) == before
    with pytest.raises(DataError, match="unknown data set 'own-pets'"):
        data.load(name)
    assert [k.name for k in store.list_deleted()] == [name]
    assert store.undelete(token) == name and data.load(name).fingerprint == dataset.fingerprint
    assert not store.list_deleted()


def test_every_kind_comes_back_whole():
    whole = {
        "a.zip": pets(),
        "b.csv": table(),
        "c.csv": counts_table(),
        "d.txt": TEXT.encode(),
        "e.npy": npy(noise(9, 5) % 2),
    }
    for name, content in whole.items():
        before = made(name, content).dataset
        after = data.load(store.save(made(name, content)))
        assert after.fingerprint == before.fingerprint
        for field in ("title", "kind", "event_shape", "class_names", "levels", "vocabulary"):
            assert getattr(after, field) == getattr(before, field)
    assert {k.about["kind"] for k in store.list_saved()[0]} == {"levels", "real", "counts", "text", "binary"}


def test_another_process_finds_a_kept_set_at_once():
    code = "from core import data; print(data.load('own-pets').fingerprint)"
    name = kept()
    run = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == data.load(name).fingerprint


def test_a_set_of_a_name_that_was_used_before_is_read_anew():
    name = kept(seed=1)
    first = data.load(name).fingerprint
    store.delete(name)
    assert kept(seed=2) == name and data.load(name).fingerprint != first


def test_names_are_made_different_and_hide_nothing():
    titles = ["Pets", "pets", "PETS!", "..", "../../etc/passwd", "日本語", "mnist", "Über Käse", "own"]
    names = [store.save(made("pets.zip", pets(2), title=t)) for t in titles]
    assert names == [
        "own-pets", "own-pets-2", "own-pets-3", "own-set", "own-etc-passwd", "own-set-2", "own-mnist", "own-uber-kase",
        "own-own",
    ]  # fmt: skip
    assert [data.load(n).title for n in names] == titles
    assert data.info("mnist").title == "MNIST"


def test_two_processes_keep_one_name_at_once(folder):
    code = """
import sys
from core.data.uploads import store
import numpy as np, io
file = io.BytesIO(); np.save(file, np.random.default_rng(int(sys.argv[1])).integers(0, 256, (50, 20, 20)).astype('u1'))
draft = store.read('same.npy', file.getvalue())
made = store.prepare(draft, store.suggest_settings(draft))
sys.stdin.readline()
for _ in range(8): print(store.save(made))
"""
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(i)], cwd=REPOSITORY, stdin=-1, stdout=-1, stderr=-1, text=True
        )
        for i in range(2)
    ]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=120) for worker in workers]
    names = [name for out, _ in said for name in out.split()]
    assert len(names) == 16 == len(set(names)), said
    assert len({data.info(n).load().fingerprint for n in names}) == 2
    assert store.list_saved()[1] == [] and not [p for p in (folder / "own").iterdir() if p.name.startswith(".")]


def test_renaming_changes_the_title_alone():
    name = kept()
    before = data.load(name)
    store.rename(name, "  Cats & dogs ")
    assert data.info(name).title == data.load(name).title == "Cats & dogs"
    assert data.load(name).fingerprint == before.fingerprint
    with pytest.raises(DataError, match="title = ''"):
        store.rename(name, "")


@pytest.mark.parametrize("name", ["mnist", "own-none", "../own-pets", "own-pets/../own-pets", "", ".trash", "own-"])
def test_only_own_sets_can_be_touched(name):
    kept()
    for action in (store.delete, store.load, lambda n: store.rename(n, "x"), store.undelete):
        with pytest.raises(DataError):
            action(name)
    assert data.load("own-pets")


def test_the_trash_is_emptied_after_a_day(monkeypatch, folder):
    name = kept()
    token = store.delete(name)
    monkeypatch.setattr(trash, "TRASH_SECONDS", 0.0)
    assert store.list_deleted() == []
    store.delete(kept())
    assert token not in os.listdir(folder / "own" / ".trash")


def test_bringing_back_where_the_name_is_taken_again():
    token = store.delete(kept(seed=1))
    assert kept(seed=2) == "own-pets" and store.undelete(token) == "own-pets-2"
    assert data.load("own-pets").fingerprint != data.load("own-pets-2").fingerprint
    with pytest.raises(DataError, match="no longer in the trash"):
        store.undelete(token)


def turned_byte(made_in: Path) -> None:
    content = bytearray((made_in / "data.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (made_in / "data.npz").write_bytes(content)


def cut_short(made_in: Path) -> None:
    content = (made_in / "data.npz").read_bytes()
    (made_in / "data.npz").write_bytes(content[:100])


def without_data(made_in: Path) -> None:
    (made_in / "data.npz").unlink()


def without_description(made_in: Path) -> None:
    (made_in / "info.json").unlink()


def half_a_description(made_in: Path) -> None:
    (made_in / "info.json").write_text((made_in / "info.json").read_text()[:100])


def a_list(made_in: Path) -> None:
    (made_in / "info.json").write_text("[]")


def with_an_odd_kind(made_in: Path) -> None:
    about = json.loads((made_in / "info.json").read_text())
    (made_in / "info.json").write_text(json.dumps(about | {"kind": "sound"}))


def with_another_shape(made_in: Path) -> None:
    about = json.loads((made_in / "info.json").read_text())
    (made_in / "info.json").write_text(json.dumps(about | {"event_shape": [3, 3]}))


SPOILT = [turned_byte, cut_short, without_data, without_description, half_a_description, a_list, with_an_odd_kind]


@pytest.mark.parametrize("spoil", [*SPOILT, with_another_shape])
@pytest.mark.fault("A saved data set is damaged", "it is named; the others work")
def test_a_damaged_set_is_named_and_the_rest_works(spoil, folder):
    good, bad = kept("Good"), kept("Bad")
    spoil(folder / "own" / bad)
    with pytest.raises(DataError, match="own-bad"):
        data.load(bad)
    names, problems = [k.name for k in store.list_saved()[0]], store.list_saved()[1]
    if spoil is not with_another_shape:  # which only loading finds out
        assert names == [good] and len(problems) == 1 and problems[0].startswith("own-bad: ")
        assert bad not in data.catalogue()
    assert data.load(good) and data.load("digits")
    store.delete(bad)
    assert store.list_saved()[1] == []


@pytest.mark.hostile("A pickle dressed as an array", "not opened")
def test_a_pickle_on_disk_is_not_opened(folder, tmp_path):
    """Not even where the description vouches for it."""

    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "was-here"),)

    name = kept()
    file = io.BytesIO()
    np.savez(file, train=np.array([Evil()], object), test=noise(2, 12, 12))
    (folder / "own" / name / "data.npz").write_bytes(file.getvalue())
    about = json.loads((folder / "own" / name / "info.json").read_text())
    about |= {"bytes": len(file.getvalue()), "sha256": incoming_sha(file.getvalue())}
    (folder / "own" / name / "info.json").write_text(json.dumps(about))
    with pytest.raises(DataError, match="cannot be used"):
        data.load(name)
    assert not (tmp_path / "was-here").exists()


def incoming_sha(content: bytes) -> str:
    from core.data.download import sha256

    return sha256(content)


def test_a_folder_that_cannot_be_written_to_is_said(folder, monkeypatch):
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file where the folder should be")
    with pytest.raises(DataError, match="'Pets' cannot be saved in .*PLAYGROUND_DATA"):
        kept()
    assert store.list_saved()[0] == [] and "digits" in data.catalogue()


@pytest.mark.fault("The folder of data sets is read-only", "saved sets open; nothing is lost")
def test_a_read_only_folder_loses_nothing(monkeypatch, folder):
    name = kept()

    def refuse(*_):
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr(saved.os, "rename", refuse)
        patched.setattr(saved.os, "replace", refuse)
        for action in (lambda: store.delete(name), lambda: store.rename(name, "x"), lambda: kept("Other")):
            with pytest.raises(DataError, match="Read-only file system"):
                action()
    assert [k.title for k in store.list_saved()[0]] == ["Pets"] and data.load(name)
    assert [p.name for p in (folder / "own").iterdir() if p.name.startswith(".new")] == []


def test_there_is_room_for_so_many_sets(monkeypatch):
    monkeypatch.setattr(store, "MAX_SETS", 1)
    kept()
    with pytest.raises(DataError, match="1 data sets are saved, the maximum"):
        kept("Another")


# -- models take it -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, content, look, visible",
    [
        ("pets.zip", WHOLE, "dynamic", "bernoulli"),
        ("pets.zip", WHOLE, "standardised", "gaussian"),
        ("t.csv", table(), "standardised", "gaussian"),
        ("w.csv", counts_table(), "as-is", "softmax"),
        ("b.npy", npy(noise(20, 6) % 2), "as-is", "bernoulli"),
    ],
)
def test_a_kept_set_trains(name, content, look, visible):
    dataset = data.load(store.save(made(name, content)))
    shown, held_out = preprocess(dataset, look), preprocess(dataset, look, "test")
    config = TrainConfig(epochs=2, batch_size=len(dataset.train), lr=0.01)
    settings = {"visible": visible, "centred": visible != "softmax", "negative": "cd"}
    model = build(RBMConfig(dataset.event_shape, hidden=5, **settings))
    before = model.W.detach().clone()
    *_, last = fit(TrainState(model, config, 0, torch.device("cpu")), shown, held_out)
    assert last.step == 2 and np.isfinite(last.loss) and not model.W.detach().equal(before)


def test_vectors_beyond_grey_are_not_cut_to_bits():
    dataset = made("x.npy", npy(np.linspace(-5, 5, 60).reshape(20, 3))).dataset
    for name in ("static", "threshold", "grey"):
        with pytest.raises(DataError, match="needs greys between 0 and 1"):
            preprocess(dataset, name)


def test_a_vocabulary_must_fit():
    with pytest.raises(DataError, match="2 words for examples of shape"):
        Dataset("x", "X", "counts", (3,), np.ones((2, 3), int), np.ones((1, 3), int), vocabulary=("a", "b"))


# -- the page -----------------------------------------------------------------------------------


def page() -> AppTest:
    app = AppTest.from_file(str(REPOSITORY / "pages" / "data" / "page.py"), default_timeout=300).run()
    assert not app.exception
    return app


def bring(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader[0].set_value((name, content, "application/octet-stream")).run()
    assert not app.exception, app.exception[0].message
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(b for b in app.button if b.label == label).click().run()
    assert not app.exception, app.exception[0].message
    return app


def texts(app: AppTest) -> str:
    return " ".join(m.value for m in (*app.markdown, *app.caption, *app.success, *app.info, *app.error, *app.warning))


def test_the_page_states_the_limits_and_lists_what_comes_with_the_app():
    app = page()
    assert all(rule in texts(app) for rule in store.limits().values())
    assert all(f"**{entry.title}**" in texts(app) and entry.licence in texts(app) for entry in data.builtin().values())


@pytest.mark.parametrize(
    "name, content",
    [
        ("pets.zip", WHOLE),
        ("x.npy", npy(noise(9, 8, 8))),
        ("t.csv", table()),
        ("w.csv", counts_table()),
        ("x.txt", TEXT.encode()),
    ],
)
def test_bring_look_keep(name, content):
    app = bring(page(), name, content)
    assert not app.error and name in app.success[0].value
    press(app, "Save data set")
    (only,) = store.list_saved()[0]
    assert f"was saved as `{only.name}`" in texts(app)
    assert made(name, content).dataset.fingerprint == data.load(only.name).fingerprint


def test_the_settings_on_the_page_reach_the_set():
    app = bring(page(), "pets.zip", WHOLE)
    next(s for s in app.slider if s.label == "Image size (pixels per side)").set_value(16)
    next(s for s in app.selectbox if s.label == "Grey levels").set_value(2)
    next(t for t in app.toggle if t.label == "Invert").set_value(True)
    next(t for t in app.text_input if t.label == "Title").set_value("Small *pets* $x$ :smile:").run()
    press(app, "Save data set")
    (only,) = store.list_saved()[0]
    assert (only.title, only.event_shape, only.about["kind"]) == ("Small *pets* $x$ :smile:", (16, 16), "binary")
    assert "Small \\*pets\\* \\$x\\$ \\:smile:" in texts(app), "a title is no formatting"


@pytest.mark.parametrize("case", ["a web page called zip", "objects", "a truncated zip", "NaN"])
def test_nonsense_on_the_page_is_said_and_loses_nothing(case):
    name, content, _ = NONSENSE[case]
    before = kept()
    app = bring(page(), name, content)
    assert len(app.error) == 1 and name in app.error[0].value
    assert not any(b.label == "Save data set" for b in app.button)
    assert data.load(before)
    bring(app, "pets.zip", WHOLE)
    assert not app.error and press(app, "Save data set")
    assert len(store.list_saved()[0]) == 2


def test_a_missing_value_is_mended_by_leaving_its_column_out():
    app = bring(page(), "t.csv", b"a,b\n" + b"\n".join(b"%d,%d" % (i, i % 3) for i in range(10)) + b"\n5,\n")
    assert "line 12, column 'b'" in app.error[0].value
    next(m for m in app.multiselect if m.label == "Excluded columns").set_value(["b"]).run()
    assert not app.error
    press(app, "Save data set")
    assert store.list_saved()[0][0].event_shape == (1,)


def test_a_header_can_be_switched_off():
    app = bring(page(), "t.csv", b"1,2\n3,4\n5,6\n7,9\n")
    assert "4 rows" in app.success[0].value
    next(t for t in app.toggle if t.label.startswith("The first row")).set_value(True).run()
    assert "3 rows" in app.success[0].value


def test_a_guess_stands_at_its_switch_and_the_switch_agrees():
    app = bring(page(), "t.csv", b"0,1,2\n" + b"\n".join(b"%d.5,%d,%d" % (i, i * i, 7 - i) for i in range(9)))
    switch = next(t for t in app.toggle if t.label.startswith("The first row"))
    assert switch.value and texts(app).count("Line 1 is read as column names") == 1
    switch.set_value(False).run()
    assert "10 rows" in app.success[0].value and "Line 1 is read as an example, not as column names" in texts(app)
    next(t for t in app.toggle if t.label.startswith("The first row")).set_value(True).run()
    assert "9 rows" in app.success[0].value


@pytest.mark.parametrize("answer, value", [("Thousands", 9800.0), ("Decimals", 9.8)])
def test_two_readings_are_asked_on_the_page(answer, value):
    content = "\n".join(["a;b", *(f"{i},5;{i + 1},{i}00" for i in range(9))]).encode()
    app = bring(page(), "t.csv", content)
    assert "is ambiguous" in app.error[0].value and "Ambiguous: b" in texts(app)
    app.radio[0].set_value(answer).run()
    assert not app.error, app.error[0].value
    press(app, "Save data set")
    kept = data.load(store.list_saved()[0][0].name)
    assert np.isclose(max(kept.train[:, 1].max(), kept.test[:, 1].max()), value)


def test_another_white_on_the_page():
    app = bring(page(), "x.npy", npy(np.full((6, 9, 9), 300, np.uint16)))
    assert "under a quarter of white" in texts(app)
    next(n for n in app.number_input if n.label == "White value").set_value(300.0).run()
    assert "under a quarter of white" not in texts(app)
    press(app, "Save data set")
    assert store.list_saved()[0][0].about["settings"]["white"] == 300


def test_rows_of_pixels_say_how_their_greys_are_read():
    rows = "\n".join(",".join(str((i * j) % 17) for j in range(64)) for i in range(1, 9))
    assert "Values from 0 to 16 are read as black to white" in texts(bring(page(), "t.csv", rows.encode()))


def test_a_file_of_numbers_can_be_kept_as_a_text():
    content = "\n".join(f"{i} {i * i} {i % 7}" for i in range(60)).encode()
    app = bring(page(), "t.txt", content)
    assert "can also be read as text" in texts(app) and any(t.label.startswith("The first row") for t in app.toggle)
    app.button_group[1].set_value("text").run()
    assert not app.exception and not any(t.label.startswith("The first row") for t in app.toggle)
    press(app, "Save data set")
    (only,) = store.list_saved()[0]
    assert store.text(only.name) == content.decode()


def test_a_text_is_listed_with_its_true_size():
    text = TEXT * 4
    app = page()
    bring(app, "t.txt", text.encode())
    press(app, "Save data set")
    assert store.list_saved()[0][0].size == len(text.encode()) and f"{len(text.encode()) / 1e3:,.0f} kB" in texts(app)


def test_all_pictures_of_a_file_or_the_first_one():
    frames = [Image.fromarray(np.full((9, 9), 40 * i, np.uint8)) for i in range(1, 5)]
    stack = {f"{i}.gif": picture(frames[0], "GIF", save_all=True, append_images=frames[1:]) for i in range(3)}
    app = bring(page(), "s.zip", zipped(stack))
    assert "12 images" in app.success[0].value
    next(t for t in app.toggle if t.label.startswith("Every image")).set_value(False).run()
    assert "3 images" in app.success[0].value and "only the first is used" in texts(app)


def test_delete_bring_back_and_rename_on_the_page():
    name = kept()
    app = press(page(), "Delete")
    assert store.list_saved()[0] == [] and "Deleted in the last day" in app.expander[-1].label
    press(app, "Restore")
    assert [k.name for k in store.list_saved()[0]] == [name]
    next(t for t in app.text_input if t.key == f"own_title_{name}").set_value("Beasts")
    press(app, "Rename")
    assert data.info(name).title == "Beasts" and "Beasts" in texts(app)


def test_a_damaged_set_can_be_deleted_on_the_page(folder):
    cut_short(folder / "own" / kept("Bad"))
    kept("Good")
    app = page()
    assert "own-bad" in app.warning[0].value and "**Good**" in texts(app)
    press(app, "Delete")  # the damaged one stands first
    assert not app.warning and [k.title for k in store.list_saved()[0]] == ["Good"]


def test_differences_too_fine_for_float32_are_kept_and_said():
    begin = np.arange(60) * 60 + 1_700_000_000
    lines = [b"start,value", *(f"{t},{i % 7}".encode() for i, t in enumerate(begin))]
    found = store.read("times.csv", b"\n".join(lines))
    prepared = store.prepare(found, store.suggest_settings(found))
    assert prepared.dataset.train.dtype == np.float64
    assert any("too small for float32" in note and "start" in note for note in prepared.notes), prepared.notes
    plain = store.read("plain.csv", b"a,b\n" + b"\n".join(f"{i},{i / 8}".encode() for i in range(40)))
    assert not any(
        "too small for float32" in note for note in store.prepare(plain, store.suggest_settings(plain)).notes
    )
