"""Tones: half a second of an instrument or a voice at 8 kHz, synthesised, with all that makes it known.

Classes: a plucked string (Karplus & Strong 1983, "Digital synthesis of plucked-string and drum timbres"; tuned by an
allpass, Jaffe & Smith 1983), an organ (harmonics of drawbars), a drum (a falling sine and a burst of noise), and the
vowels ah, ee, oo (a glottal pulse through resonances at the formants of men in Peterson & Barney 1952).

    pitch        Hz of the fundamental; a drum's falls to it
    brightness   0 to 1: how much there is of what is high. Of a vowel it scales the formants: 0 a large head, 1 a small
    attack       seconds until the tone is as loud as it gets (a string and a drum are struck: 0)
    decay        seconds in which it falls to 1 / e
    loudness     largest sample
"""

from __future__ import annotations

import numpy as np

from core.data.base import Dataset, DatasetInfo
from core.numerics import mulaw

RATE, SAMPLES = 8_000, 4_000
CLASSES = ("plucked string", "organ", "drum", "ah", "ee", "oo")
PITCHES = ((110, 440), (110, 440), (50, 160), (90, 250), (90, 250), (90, 250))  # Hz, by class
DECAYS = ((0.1, 0.6), (0.5, 2.0), (0.04, 0.2), (0.3, 1.5), (0.3, 1.5), (0.3, 1.5))  # seconds, by class
ATTACKS = (0.005, 0.08)  # seconds
LOUDNESS = (0.2, 0.9)
FORMANTS = {"ah": (730, 1090, 2440), "ee": (270, 2290, 3010), "oo": (300, 870, 2240)}  # Hz
WIDTHS = (60, 90, 150)  # Hz, of the resonances
DRAWBARS = (1, 2, 3, 4, 6, 8)  # harmonics of the organ
HISS = 3e-4  # spread of the noise under every recording
SEED = 1983
TRAIN, TEST = 1_200, 240
TITLE = "Tones"


def synthesise(
    name: str, pitch: float, brightness: float, attack: float, decay: float, loudness: float, rng: np.random.Generator
) -> np.ndarray:
    """One tone (SAMPLES,), float64 from -1 to 1, of the class `name`."""
    t = np.arange(SAMPLES) / RATE
    if name == "plucked string":
        tone = _string(pitch, brightness, decay, rng)
    elif name == "drum":
        tone = _drum(t, pitch, brightness, decay, rng)
    else:
        tone = _organ(t, pitch, brightness) if name == "organ" else _vowel(t, name, pitch, brightness, rng)
        tone *= np.minimum(t / attack, 1) * np.exp(-t / decay)
    return loudness * tone / np.abs(tone).max() + HISS * rng.standard_normal(SAMPLES)


def _string(pitch: float, brightness: float, decay: float, rng: np.random.Generator) -> np.ndarray:
    """A burst of noise that goes round a delay of one period, through a lowpass that dampens its overtones."""
    from scipy.signal import lfilter

    period = RATE / pitch
    whole = int(period - 0.1)  # the lowpass delays by one of these, the allpass by the rest, 0.1 to 1.1 samples
    c = (1 - (period - whole)) / (1 + (period - whole))
    damping = 0.5 * (1 - brightness) + 0.02
    loop = np.convolve([damping / 2, 1 - damping, damping / 2], [c, 1]) * np.exp(-1 / (pitch * decay))
    feedback = np.zeros(whole + 3)
    feedback[:2] = 1, c
    feedback[whole - 1 :] -= loop
    burst = np.zeros(SAMPLES)
    burst[:whole] = rng.uniform(-1, 1, whole)
    return lfilter([1, c], feedback, burst)


def _organ(t: np.ndarray, pitch: float, brightness: float) -> np.ndarray:
    heard = [h for h in DRAWBARS if h * pitch < RATE / 2]
    return sum((0.3 + 0.6 * brightness) ** i * np.sin(2 * np.pi * h * pitch * t) for i, h in enumerate(heard))


def _drum(t: np.ndarray, pitch: float, brightness: float, decay: float, rng: np.random.Generator) -> np.ndarray:
    turns = np.cumsum(pitch * (1 + 2 * np.exp(-t / 0.03))) / RATE
    head = np.sin(2 * np.pi * turns) * np.exp(-t / decay)
    return head + 0.6 * brightness * rng.standard_normal(len(t)) * np.exp(-t / (0.3 * decay))


def _vowel(t: np.ndarray, name: str, pitch: float, brightness: float, rng: np.random.Generator) -> np.ndarray:
    from scipy.signal import lfilter

    turns = np.cumsum(pitch * (1 + 0.01 * np.sin(2 * np.pi * (5 * t + rng.uniform())))) / RATE  # vibrato
    harmonics = np.arange(int(0.97 * RATE / 2 / (1.01 * pitch)), 0, -1)
    voice = np.polyval([*1 / harmonics, 0], np.exp(2j * np.pi * turns)).real  # sum of cos(k phase) / k
    voice += 0.02 * rng.standard_normal(len(t))  # breath
    for formant, width in zip(FORMANTS[name], WIDTHS, strict=True):
        radius, angle = np.exp(-np.pi * width / RATE), 2 * np.pi * formant * (0.9 + 0.25 * brightness) / RATE
        voice = lfilter([1], [1, -2 * radius * np.cos(angle), radius**2], voice)
    return voice


def load() -> Dataset:
    """1,200 train and 240 test tones, factors drawn independently from a fixed seed, pitch and decay evenly on a
    logarithmic scale within what suits the class."""
    rng, n = np.random.default_rng(SEED), TRAIN + TEST
    labels = rng.integers(len(CLASSES), size=n)

    def on_log_scale(ranges: tuple[tuple[float, float], ...]) -> np.ndarray:
        low, high = np.log(np.array(ranges)[labels]).T
        return np.exp(rng.uniform(low, high))

    factors = {
        "pitch": on_log_scale(PITCHES),
        "brightness": rng.uniform(size=n),
        "attack": rng.uniform(*ATTACKS, n) * ~np.isin(labels, (0, 2)),
        "decay": on_log_scale(DECAYS),
        "loudness": rng.uniform(*LOUDNESS, n),
    }
    tones = [
        synthesise(CLASSES[label], **{name: values[i] for name, values in factors.items()}, rng=rng)
        for i, label in enumerate(labels)
    ]
    recordings, lengths = mulaw.encode(np.stack(tones)), np.full(n, SAMPLES, np.int64)
    return Dataset(
        "tones",
        TITLE,
        "audio",
        (SAMPLES,),
        recordings[:TRAIN],
        recordings[TRAIN:],
        labels[:TRAIN],
        labels[TRAIN:],
        CLASSES,
        levels=mulaw.LEVELS,
        train_factors={name: values[:TRAIN] for name, values in factors.items()},
        test_factors={name: values[TRAIN:] for name, values in factors.items()},
        rate=RATE,
        train_lengths=lengths[:TRAIN],
        test_lengths=lengths[TRAIN:],
    )


DATASETS = (
    DatasetInfo(
        "tones",
        TITLE,
        "audio",
        (SAMPLES,),
        "A plucked string, an organ, a drum or a vowel for half a second, with known pitch, brightness and envelope.",
        load,
        licence="generated by this app",
        source="after Karplus & Strong (1983) and Peterson & Barney (1952)",
    ),
)
