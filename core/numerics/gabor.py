"""Gabor functions fitted to small images: how much of a receptive field is an edge detector?

    g(x, y) = a exp(-(u^2 / 2 s_u^2 + w^2 / 2 s_w^2)) cos(2 pi f u + p),    u, w: x - x0, y - y0 turned by an angle

The model of simple cells in visual cortex (Daugman 1985).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares

ANGLES, FREQUENCIES = 6, (0.08, 0.16, 0.28)  # where fits begin, cycles a pixel


def gabor(parameters: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The function on the pixels of an image: (h, w). parameters (9,): a, y0, x0, angle, f, p, log s_u, log s_w, and a
    constant that is added."""
    a, y0, x0, angle, frequency, phase, log_u, log_w, constant = parameters
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    u = (x - x0) * np.cos(angle) + (y - y0) * np.sin(angle)
    w = (y - y0) * np.cos(angle) - (x - x0) * np.sin(angle)
    envelope = np.exp(-0.5 * ((u / np.exp(log_u)) ** 2 + (w / np.exp(log_w)) ** 2))
    return a * envelope * np.cos(2 * np.pi * frequency * u + phase) + constant


def fit_gabor(field: np.ndarray) -> tuple[np.ndarray, float]:
    """The Gabor function nearest to a field (h, w) in squared error, of those that least squares finds from several
    starts: its parameters and R^2, the share of the field's variance that it explains, 0 for a field without any."""
    height, width = field.shape
    variance = float(((field - field.mean()) ** 2).sum())
    best, left = np.zeros(9), np.inf
    if variance < 1e-20:
        return best, 0.0
    peak = np.unravel_index(np.abs(field - field.mean()).argmax(), field.shape)
    size = np.log(max(1.0, min(height, width) / 4))
    low = [-np.inf, -height, -width, -np.inf, 0, -np.inf, np.log(0.4), np.log(0.4), -np.inf]
    high = [np.inf, 2 * height, 2 * width, np.inf, 0.5, np.inf, np.log(2 * width), np.log(2 * height), np.inf]
    for angle in np.arange(ANGLES) * np.pi / ANGLES:
        for frequency in FREQUENCIES:
            start = [np.abs(field).max(), *peak, angle, frequency, 0.0, size, size, field.mean()]
            found = least_squares(
                lambda p: (gabor(p, field.shape) - field).ravel(), start, bounds=(low, high), max_nfev=60
            )
            if 2 * found.cost < left:
                best, left = found.x, 2 * found.cost
    return best, max(0.0, 1 - left / variance)
