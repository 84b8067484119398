"""Curves: smooth pen strokes given by three random points, 28x28 grey.

After the "curves" of Hinton and Salakhutdinov, "Reducing the dimensionality of data",
Science 313, 2006: 20,000 + 10,000 images, each determined by three points in the plane, so that the true
dimension is 6. The paper does not say how it draws; here the curve is the quadratic Bezier curve of the three
points (it starts at p0, bends towards p1, ends at p2), and a soft round pen moves along it:

    p(t)   = (1-t)^2 p0 + 2t(1-t) p1 + t^2 p2
    ink(x) = integral of exp(-|x - p(t)|^2 / 2 PEN^2) |p'(t)| dt
    grey   = 1 - exp(-FLOW * ink)                         saturates, as ink does

A parabola through all three points was tried too: most of those fold into narrow hairpins.
"""

from __future__ import annotations

import numpy as np

from core.data.base import Dataset, DatasetInfo

SIZE = 28
BOX = (3.0, 24.0)  # pixels; the points lie in this square, and so does the curve
PEN = 0.7  # pixels
FLOW = 1.2
STEPS = 48  # along the curve; less than two pen widths apart on the longest, where a Gaussian sum is smooth
SEED = 2006


def draw(points: np.ndarray) -> np.ndarray:
    """Grey images (N, 28, 28) uint8 of the curves given by points (N, 3, 2), as (x, y) in pixels, y down."""
    points = np.asarray(points, float)
    return np.concatenate([_draw(some) for some in np.array_split(points, len(points) // 500 + 1)])


def _draw(points: np.ndarray) -> np.ndarray:
    t = (np.arange(STEPS) + 0.5) / STEPS
    basis = np.stack([(1 - t) ** 2, 2 * t * (1 - t), t**2])  # (3, T)
    slope = np.stack([2 * t - 2, 2 - 4 * t, 2 * t])  # its derivative
    at = np.einsum("npc,pt->cnt", points, basis)  # (2, N, T)
    speed = np.hypot(*np.einsum("npc,pt->cnt", points, slope)) / STEPS  # (N, T)
    offset = at[..., None] - np.arange(SIZE)  # (2, N, T, 28)
    across, down = np.exp(-(offset**2) / (2 * PEN**2))  # a round Gaussian pen is a product of two
    ink = down.transpose(0, 2, 1) @ (across * speed[..., None])  # (N, 28, T) @ (N, T, 28)
    return np.rint(255 * -np.expm1(-FLOW * ink)).astype(np.uint8)


def load() -> Dataset:
    """20,000 train and 10,000 test curves; factors "x0", "y0" .. "x2", "y2": the three points in pixels."""
    points = np.random.default_rng(SEED).uniform(*BOX, (30_000, 3, 2))
    images = draw(points)
    factors = {f"{axis}{i}": points[:, i, j] for i in range(3) for j, axis in enumerate("xy")}
    return Dataset(
        "curves",
        "Curves",
        "levels",
        (SIZE, SIZE),
        images[:20_000],
        images[20_000:],
        levels=256,
        train_factors={name: values[:20_000] for name, values in factors.items()},
        test_factors={name: values[20_000:] for name, values in factors.items()},
    )


DATASETS = (
    DatasetInfo(
        "curves",
        "Curves",
        "levels",
        (SIZE, SIZE),
        "Smooth strokes given by three random points: images of 784 pixels with 6 true dimensions.",
        load,
        licence="none needed: made by a program",
        source="after Hinton & Salakhutdinov (2006), Reducing the dimensionality of data",
    ),
)
