"""Files of tensors: what is deflated comes back bit by bit; damage, and tales of more than there is, are refused."""

import json
import random
import subprocess
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from safetensors import SafetensorError
from safetensors.numpy import load as load_plain
from safetensors.numpy import save as save_plain

from core.store import prediction, tensors

ROOT = Path(__file__).parent.parent
MOST = 48_000_000  # bytes of all files that the project tracks


def some(kind: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Numbers of which every byte is used, the special ones of floats among them."""
    chance = np.random.default_rng(seed)
    if kind == "?":
        return chance.random(shape) < 0.1
    dtype = np.dtype(kind)
    if dtype.kind in "iu":
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        return np.where(
            chance.random(shape) < 0.9, chance.integers(0, 5, shape), chance.integers(low, high, shape)
        ).astype(dtype)
    found = chance.normal(size=shape).astype(dtype)
    if found.size >= 4:
        found.flat[:4] = (np.nan, -0.0, np.inf, -np.inf)
    return found


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())


@pytest.mark.parametrize("kind", sorted(tensors.TYPES.values()))
@pytest.mark.parametrize("shape", [(), (1,), (0,), (3, 0), (700,), (40, 50), (5, 6, 7, 8), (1, 1, 4_096)])
def test_what_is_saved_comes_back_bit_by_bit(kind, shape, tmp_path):
    array = some(kind, shape)
    content = tensors.save({"a": array, "b.c": array.T}, {"sheets": "[]"})
    found, about = tensors.load_with_metadata(content)
    assert same(found["a"], array) and same(found["b.c"], array.T.copy()) and about == {"sheets": "[]"}
    assert found["a"].flags.writeable, "torch takes it without a copy"
    (tmp_path / "file").write_bytes(content)
    code = {kind: code for code, kind in tensors.TYPES.items()}[kind]
    told = tensors.header(tmp_path / "file")
    assert told == {"a": (code, shape), "b.c": (code, shape[::-1])}
    assert tensors.size(told) == 2 * array.nbytes


def test_only_what_gets_smaller_is_deflated_and_any_reader_opens_the_file():
    noise = np.frombuffer(random.Random(0).randbytes(4_000), np.uint8)
    arrays = {"noise": noise, "small": np.zeros(9), "zeros": np.zeros((100, 100), np.float32)}
    content = tensors.save(arrays)
    plain = load_plain(content)
    assert same(plain["noise"], noise) and same(plain["small"], arrays["small"])
    assert plain["zeros"].dtype == np.uint8 and len(plain["zeros"]) < 100
    assert all(same(found, arrays[name]) for name, found in tensors.load(content).items())


def test_a_file_without_deflated_tensors_is_read_as_it_lies(tmp_path):
    arrays = {"a": some("<f2", (40, 50)), "b": some("i1", (4_000,))}
    content = save_plain(arrays, {"sheets": "[1]"})
    found, about = tensors.load_with_metadata(content)
    assert all(same(found[name], arrays[name]) for name in arrays) and about == {"sheets": "[1]"}
    (tmp_path / "file").write_bytes(content)
    assert tensors.header(tmp_path / "file") == {"a": ("F16", (40, 50)), "b": ("I8", (4_000,))}


KINDS = ("u1", "i1", "<i2")


def of_many_rows() -> bytes:
    """A small file of thousands of short rows in each of many tensors."""
    stream = np.frombuffer(zlib.compress(bytes(4_096)), np.uint8)
    names = [f"t{i}" for i in range(tensors.MOST_ROWS // 4_096 + 1)]
    entry = {name: ["I8", [4_096, 1], [0, [1], [1]]] for name in names}
    return save_plain(dict.fromkeys(names, stream), {"deflated": json.dumps(entry)})


def told_by(content: bytes) -> list:
    """The predictor of the tensor "a", if there is one."""
    length = int.from_bytes(content[:8], "little")
    return json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["deflated"])["a"][2:]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(3, 2), (700,), (40, 50), (50, 7, 7), (9, 5_000), (1, 4_096)])
def test_what_is_told_from_neighbours_comes_back_bit_by_bit(kind, shape):
    array = some(kind, shape)
    told = prediction.fit(array)
    told += [
        prediction.Predictor(axis, lags, (2_048, -2_048, 901)[: len(lags)])  # far beyond the range of the type
        for axis, rows in ((0, shape[0]), (1, array[0].size))
        for lags in ((1,), (1, 2, 3))
        if max(lags) < rows <= prediction.MAX_ROWS
    ]
    for by in told:
        assert same(prediction.restore(prediction.residuals(array, by), by, array.dtype, shape), array)
        assert prediction.Predictor.from_json(json.loads(json.dumps(by.to_json())), shape) == by


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("axis", [0, 1])
def test_smooth_pictures_are_told_from_their_neighbours(kind, axis):
    """Rows of 20 pixels: the lag at which they are alike is found."""
    walks = np.random.default_rng(0).normal(size=(60, 20, 20)).cumsum(1).cumsum(2).reshape(60, 400)
    array = (127 * walks / np.abs(walks).max() + 127 * (kind == "u1")).astype(kind)
    array = np.ascontiguousarray(array.T) if axis == 0 else array
    content = tensors.save({"a": array})
    assert same(tensors.load(content)["a"], array)
    (by,) = told_by(content)
    assert by[0] == axis and 20 in by[1]
    assert len(content) < 0.8 * len(zlib.compress(array.tobytes(), 9))


def test_noise_is_not_told_from_its_neighbours():
    noise = np.random.default_rng(0).normal(0, 20, (200, 300)).round().astype(np.int8)
    assert told_by(tensors.save({"a": noise})) == []


def file_of(stream: bytes, kind="F32", shape=(20, 50), name: str = "a", by: tuple = (), **more) -> bytes:
    about = {"deflated": json.dumps({name: [kind, list(shape), *by]})} | more
    return save_plain({"a": np.frombuffer(stream, np.uint8)}, about)


WHOLE = zlib.compress(bytes(4_000))
REFUSED = {
    "another type": file_of(WHOLE, kind="F8"),
    "a type that is none": file_of(WHOLE, kind=["F32"]),
    "no shape": save_plain({"a": np.frombuffer(WHOLE, np.uint8)}, {"deflated": '{"a": ["F32"]}'}),
    "a shape of words": file_of(WHOLE, shape=("20", 50)),
    "a shape below nothing": file_of(WHOLE, shape=(-20, -50)),
    "a shape of nothing": file_of(WHOLE, shape=(0, 50)),
    "a shape of truths": file_of(WHOLE, shape=(True, 1_000)),
    "a shape of parts": file_of(WHOLE, shape=(20.0, 50)),
    "a shape of many axes": file_of(WHOLE, shape=(20, 50, *[1] * 40)),
    "one more row": file_of(WHOLE, shape=(21, 50)),
    "one row less": file_of(WHOLE, shape=(19, 50)),
    "more than it can be": file_of(WHOLE, shape=(10**9, 50)),
    "more than there is": file_of(WHOLE, shape=(10**400, 50)),
    "of a tensor that is not there": file_of(WHOLE, name="b"),
    "no stream": file_of(b"x" * 100),
    "an empty stream": file_of(b""),
    "a stream that is cut": file_of(WHOLE[:-6]),
    "a stream without its sum": file_of(WHOLE[:-4]),
    "a wrong sum": file_of(WHOLE[:-1] + bytes([WHOLE[-1] ^ 1])),
    "more behind the stream": file_of(WHOLE + b"x"),
    "numbers as the stream": save_plain({"a": np.zeros(99)}, {"deflated": '{"a": ["F32", [20, 50]]}'}),
    "a table as the stream": save_plain({"a": np.zeros((9, 9), np.uint8)}, {"deflated": '{"a": ["F32", [20, 50]]}'}),
    "no JSON": file_of(WHOLE, deflated="{"),
    "no table": file_of(WHOLE, deflated="[1]"),
    "nested too deeply": file_of(WHOLE, deflated="[" * 100_000),
    "nothing": b"",
    "more rows than are predicted in a moment": of_many_rows(),
    "a row from far away": file_of(WHOLE, "I8", (4_000, 1), by=[[0, [129], [1]]]),
    **{
        f"told by {by}": file_of(WHOLE, "I8", (40, 100), by=by)
        for by in (
            [0],
            [[0, [1]]],
            [[0, [], []]],
            [[0, [1], [1, 2]]],
            [[2, [1], [1]]],
            [[True, [1], [1]]],
            [[0, [0], [1]]],
            [[0, [-1], [1]]],
            [[0, [40], [1]]],
            [[0, [1.0], [1]]],
            [[0, [1], [1.5]]],
            [[0, [1], [2_049]]],
            [[0, [1], ["1"]]],
            [[0, [1] * 9, [1] * 9]],
            [[0, [1], [1], 0]],
            [[0, [1], [1]], 0],
        )
    },
    "floats that are told": file_of(WHOLE, by=[[0, [1], [1]]]),
    "too many rows that are told": file_of(zlib.compress(bytes(8_000)), "I8", (8_000, 1), by=[[0, [1], [1]]]),
    "half a header": file_of(WHOLE)[:30],
    "half a file": file_of(WHOLE)[:-9],
    "a long header": (2**62).to_bytes(8, "little") + b"{}",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_damaged_or_tells_of_something_else_is_refused(kind, tmp_path):
    assert same(tensors.load(file_of(WHOLE))["a"], np.zeros((20, 50), np.float32))
    with pytest.raises((ValueError, SafetensorError)):
        tensors.load(REFUSED[kind])
    (tmp_path / "file").write_bytes(REFUSED[kind])
    try:  # before it is inflated: the header alone, or what it tells is no larger than its stream can be
        told = tensors.header(tmp_path / "file")
    except (ValueError, SafetensorError):
        return
    assert tensors.size(told) <= tensors.MOST_INFLATED * len(REFUSED[kind])


@pytest.mark.parametrize("told", [4_000, 100_000])
def test_a_stream_that_gives_more_than_is_told_is_not_inflated_further(told):
    bomb = zlib.compress(bytes(200_000_000), 9)
    content = file_of(bomb, "U8", (told,))
    del bomb
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="does not inflate to"):
            tensors.load(content)
        assert tracemalloc.get_traced_memory()[1] < 4 * len(content) + 10 * told
    finally:
        tracemalloc.stop()


def test_any_byte_may_be_wrong():
    """Sums in the streams find it there; in the header another tensor may come out, but no other error."""
    whole, chance = tensors.save({"a": some("<f2", (40, 50)), "b": some("i1", (70, 80))}), random.Random(3)
    length = 8 + int.from_bytes(whole[:8], "little")
    for _ in range(400):
        content = bytearray(whole)
        at = chance.randrange(len(content))
        content[at] ^= 1 << chance.randrange(8)
        try:
            tensors.load(bytes(content))
        except (ValueError, SafetensorError):
            continue
        assert at < length


def test_all_that_is_tracked_is_light():
    """A copy of the project travels; what is large is made smaller (`python -m core quantize`), or stays outside."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git folder: which files are tracked is not known")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    assert files and sum(file.lstat().st_size for file in files if file.exists()) <= MOST
