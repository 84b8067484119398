"""Spectra of sounds: power by frequency and time, and in bands as wide as the ear's."""

from __future__ import annotations

from functools import cache

import numpy as np

FLOOR = -100.0  # dB under a full sine, as far down as silence goes


def power(samples: np.ndarray, window: int, hop: int) -> np.ndarray:
    """Power (frames, window // 2 + 1) of samples (T,) in Hann windows, one every `hop`, the first centred on the first
    sample; a full sine has power 1 at its frequency."""
    padded = np.pad(np.asarray(samples, np.float32), window // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    hann = np.hanning(window + 1)[:-1].astype(np.float32)
    return np.square(np.abs(np.fft.rfft(frames * hann)) * (2 / hann.sum()))


def decibels(power: np.ndarray) -> np.ndarray:
    """10 log10 of power, not below `FLOOR`."""
    return 10 * np.log10(np.maximum(power, 10 ** (FLOOR / 10)))


@cache
def mel_filters(rate: int, window: int, bands: int) -> np.ndarray:
    """Shares (bands, window // 2 + 1) of each frequency in triangular bands, evenly spaced in mel (O'Shaughnessy 1987:
    2595 log10(1 + f / 700)) from 0 to half the rate."""
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + rate / 1400), bands + 2) / 2595) - 1)
    at = np.fft.rfftfreq(window, 1 / rate)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    return np.maximum(0, np.minimum((at - low) / (centre - low), (high - at) / (high - centre)))


def mel_bands(samples: np.ndarray, rate: int, bands: int, parts: int) -> np.ndarray:
    """Mean power in dB (parts, bands), float32, of `parts` equal stretches of samples (T,), in windows of 32 ms."""
    window = 2 ** round(np.log2(0.032 * rate))
    spectrum = power(samples, window, max(1, min(window // 4, len(samples) // parts)))
    means = np.stack([each.mean(0) for each in np.array_split(spectrum, parts)])
    return decibels(means @ mel_filters(rate, window, bands).T).astype(np.float32)
