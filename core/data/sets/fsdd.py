"""Spoken digits: 3,000 recordings of "zero" to "nine" by six speakers, 8 kHz.

Free Spoken Digit Dataset: Jackson, Souza, Flaks, Pan, Nicolas and Thite, 2018. Recordings 0 to 4 of each speaker and
digit are its test part. Samples of 16 bits are kept as mu-law levels of 8 (`core.numerics.mulaw`), as loud as they are.

The first 120 of the test part, recordings 0 and 1, come with the project.
"""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Iterator

import numpy as np

from core.data.base import Dataset, DatasetInfo, TestPart
from core.data.download import RemoteFile, unzip
from core.data.errors import DataError
from core.numerics import mulaw

RATE = 8_000
LONGEST = 18_262  # samples
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
DIGITS = tuple("0123456789")
TESTED, SHIPPED = 5, 2  # recordings of each speaker and digit that are tested on, and that come with the project
TITLE = "Spoken digits"
FINGERPRINT = "039c64a33a76a15a7a5b7e339b4a3341c8dd87e26ce81218711cff524183f38e"
ARCHIVES = "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/"


def unpack(raw: bytes) -> dict[str, bytes]:
    """The recordings in a zip, wherever in it they lie: {"digit_speaker_index.wav": bytes}."""
    files = {name.rsplit("/", 1)[-1]: content for name, content in unzip(raw).items()}
    return {name: content for name, content in files.items() if re.fullmatch(r"\d_[a-z]+_\d+\.wav", name)}


RECORDINGS = RemoteFile(
    "fsdd/recordings.zip",
    (f"{ARCHIVES}26eb9aaf76e81b692f806f9140c2d2777410d7a1.zip", f"{ARCHIVES}refs/heads/master.zip"),
    16_300_000,
    "997e451901d158bdf09dde66b240f3f19310fdbf4d9c056ebd806254df4a672c",
    unpack,
)
FIRST = RemoteFile(  # lengths as uint16, then the levels of all
    "fsdd/first_of_test.bin",
    (),
    418_013,
    "b9c1f4873450bca568714e36b5c174deb165a947ad15fc738cfedae431838379",
)


def samples_of(wav: bytes, name: str) -> np.ndarray:
    """The samples (T,) of a WAV file, float32 from -1 to 1. Raises `DataError` unless it is as all of these are."""
    try:
        with wave.open(io.BytesIO(wav)) as file:
            found = file.getnchannels(), file.getframerate(), file.getsampwidth()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise DataError(f"{name}: no WAV file ({error})") from error
    if found != (1, RATE, 2):
        raise DataError(f"{name}: {found[0]} channels, {found[1]} Hz, {found[2]} bytes a sample; expected 1, {RATE}, 2")
    return np.frombuffer(frames, "<i2").astype(np.float32) / 2**15


def _order(n: int, first: int = 0) -> Iterator[tuple[int, int, int]]:
    """Index, digit and speaker of recordings first to n - 1 of each, in the order of the data."""
    return ((i, d, s) for i in range(first, n) for d in range(len(DIGITS)) for s in range(len(SPEAKERS)))


def pack_first(recordings: dict[str, bytes]) -> bytes:
    """What `FIRST` holds, made of what `RECORDINGS` holds."""
    levels = [_levels(recordings, *place) for place in _order(SHIPPED)]
    return np.array([len(each) for each in levels], "<u2").tobytes() + b"".join(each.tobytes() for each in levels)


def _levels(recordings: dict[str, bytes], index: int, digit: int, speaker: int) -> np.ndarray:
    name = f"{digit}_{SPEAKERS[speaker]}_{index}.wav"
    return mulaw.encode(samples_of(recordings[name], name))


def load() -> Dataset:
    """2,700 train and 300 test recordings."""
    recordings = RECORDINGS.read()
    assert isinstance(recordings, dict)
    indices = 1 + max(int(name[:-4].rsplit("_", 1)[1]) for name in recordings)
    parts = [
        [_levels(recordings, *place) for place in _order(n, first)] for n, first in ((indices, TESTED), (TESTED, 0))
    ]
    return _dataset(*parts)


def load_first() -> Dataset:
    """The first 120 test recordings, which come with the project; no training recordings."""
    content, n = FIRST.read(), SHIPPED * len(DIGITS) * len(SPEAKERS)
    assert isinstance(content, bytes)
    lengths, levels = np.frombuffer(content, "<u2", n), np.frombuffer(content, np.uint8, offset=2 * n)
    return _dataset([], np.split(levels, lengths.cumsum()[:-1]))


def _dataset(train: list[np.ndarray], test: list[np.ndarray]) -> Dataset:
    padded, lengths, digits, speakers = zip(_arrays(train, TESTED), _arrays(test, 0), strict=True)
    return Dataset(
        "fsdd",
        TITLE,
        "audio",
        (LONGEST,),
        *padded,
        *digits,
        DIGITS,
        levels=mulaw.LEVELS,
        train_factors={"speaker": speakers[0]},
        test_factors={"speaker": speakers[1]},
        rate=RATE,
        train_lengths=lengths[0],
        test_lengths=lengths[1],
        speakers=SPEAKERS,
    )


def _arrays(part: list[np.ndarray], first: int) -> tuple[np.ndarray, ...]:
    """Levels (N, LONGEST) with silence after their ends, lengths, digits and speakers (N,) of recordings in order."""
    padded = np.full((len(part), LONGEST), mulaw.silence(), np.uint8)
    for row, levels in zip(padded, part, strict=True):
        row[: len(levels)] = levels
    places = np.array([*_order(first + len(part) // (len(DIGITS) * len(SPEAKERS)), first)], np.int64).reshape(-1, 3)
    return padded, np.array([len(levels) for levels in part], np.int64), places[:, 1].copy(), places[:, 2].copy()


DATASETS = (
    DatasetInfo(
        "fsdd",
        TITLE,
        "audio",
        (LONGEST,),
        "“Zero” to “nine”, spoken by six people 50 times each: 2,700 recordings for training, 300 for testing.",
        load,
        licence="CC BY-SA 4.0",
        source="Jackson et al. (2018), Free Spoken Digit Dataset",
        files=(RECORDINGS,),
        test=TestPart(load_first, (FIRST,), FINGERPRINT),
    ),
)
