"""Mu-law companding: samples as whole numbers, fine where a sound is quiet and coarse where it is loud.

    f(x) = sign(x) ln(1 + mu |x|) / ln(1 + mu)      mu = levels - 1, x and f(x) from -1 to 1

The continuous formula of ITU-T G.711 (1988), whose values are rounded to `levels` equal steps (van den Oord et al.
2016, section 2.2).
"""

from __future__ import annotations

import numpy as np

LEVELS = 256  # as telephones have, and data sets of the kind "audio"


def encode(samples: np.ndarray, levels: int = LEVELS) -> np.ndarray:
    """Levels (uint8, from 0 to levels - 1) of samples from -1 to 1, any shape; what is beyond is clipped."""
    x, mu = np.clip(np.asarray(samples, np.float64), -1, 1), levels - 1
    companded = np.sign(x) * np.log1p(mu * np.abs(x)) / np.log1p(mu)
    return np.floor((companded + 1) / 2 * mu + 0.5).astype(np.uint8)


def decode(values: np.ndarray, levels: int = LEVELS) -> np.ndarray:
    """Samples (float32, from -1 to 1) of levels, any shape: the middles of the steps."""
    mu = levels - 1
    companded = 2 * np.asarray(values, np.float64) / mu - 1
    return (np.sign(companded) * np.expm1(np.abs(companded) * np.log1p(mu)) / mu).astype(np.float32)


def silence(levels: int = LEVELS) -> int:
    """The level of the sample 0."""
    return int(encode(np.zeros(()), levels))
