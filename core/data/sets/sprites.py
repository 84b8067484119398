"""Sprites: one white shape on black, 32x32, with every factor of variation known.

In the spirit of dSprites (Matthey, Higgins, Hassabis and Lerchner, 2017), drawn by our own program with the
factors continuous:

    shape    0 square, 1 ellipse, 2 heart; it is the class too
    size     square root of the area, in pixels, 7..11
    angle    radians, clockwise on the screen, over one period of the shape's symmetry: pi/2 square,
             pi ellipse, 2 pi heart (an angle beyond it would name the same picture twice)
    x, y     the centre of mass in pixels, 9.5..21.5, y down; the shape never touches the border
"""

from __future__ import annotations

import numpy as np

from core.data.base import Dataset, DatasetInfo

SIDE = 32
SHAPES = ("square", "ellipse", "heart")
PERIODS = np.array([np.pi / 2, np.pi, 2 * np.pi])
SIZES = (7.0, 11.0)
CENTRES = (9.5, 21.5)
SEED = 2017


def draw(shape: np.ndarray, size: np.ndarray, angle: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Grey images (N, 32, 32) uint8 of sprites with these factors, each (N,)."""
    shape, size, angle, x, y = (np.asarray(factor)[..., None, None] for factor in (shape, size, angle, x, y))
    right, down = np.arange(SIDE) - x, np.arange(SIDE)[:, None] - y  # (N, 1, 32), (N, 32, 1)
    u = (np.cos(angle) * right + np.sin(angle) * down) / size  # the shape's own frame, its area 1
    v = (np.cos(angle) * down - np.sin(angle) * right) / size
    images = np.empty(u.shape)
    for index, distance in enumerate((_square, _ellipse, _heart)):
        own = shape[:, 0, 0] == index
        images[own] = distance(u[own], v[own])
    # A pixel is covered as far as the edge has come across it: a ramp one pixel wide.
    return np.rint(255 * np.clip(0.5 - size * images, 0, 1)).astype(np.uint8)


# Signed distance to the outline of each shape of area 1 (negative inside; v points down).


def _square(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.maximum(abs(u), abs(v)) - 0.5


def _ellipse(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    a = np.sqrt(2 / np.pi)  # half axes a and a/2; the distance is f / |grad f|, good near the outline
    radius = np.hypot(u / a, 2 * v / a)
    slope = np.hypot(u / a**2, 4 * v / a**2)
    return (radius - 1) * radius / np.maximum(slope, 1e-9)


def _heart(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    a = 1 / np.sqrt(4 + np.pi)  # a square of side 2a on its corner, and a half disc on each upper edge
    v = v - a**3 * (np.pi + 4 / 3) / np.sqrt(2)  # from the square's centre to the centre of mass
    square = (abs(u) + abs(v)) / np.sqrt(2) - a
    disc = np.hypot(abs(u) - a / np.sqrt(2), v + a / np.sqrt(2)) - a
    return np.minimum(square, disc)


def load() -> Dataset:
    """12,000 train and 3,000 test sprites, factors drawn independently and uniformly from a fixed seed."""
    rng, n, train = np.random.default_rng(SEED), 15_000, 12_000
    shape = rng.integers(len(SHAPES), size=n)
    factors = {
        "shape": shape,
        "size": rng.uniform(*SIZES, n),
        "angle": rng.uniform(size=n) * PERIODS[shape],
        "x": rng.uniform(*CENTRES, n),
        "y": rng.uniform(*CENTRES, n),
    }
    images = np.concatenate(  # in portions, for the memory
        [draw(**{name: values[i : i + 500] for name, values in factors.items()}) for i in range(0, n, 500)]
    )
    return Dataset(
        "sprites",
        "Sprites",
        "levels",
        (SIDE, SIDE),
        images[:train],
        images[train:],
        shape[:train],
        shape[train:],
        SHAPES,
        levels=256,
        train_factors={name: values[:train] for name, values in factors.items()},
        test_factors={name: values[train:] for name, values in factors.items()},
    )


DATASETS = (
    DatasetInfo(
        "sprites",
        "Sprites",
        "levels",
        (SIDE, SIDE),
        "A square, an ellipse or a heart, 32x32, with its size, angle and place known.",
        load,
        licence="none needed: made by a program",
        source="after dSprites: Matthey, Higgins, Hassabis & Lerchner (2017)",
    ),
)
