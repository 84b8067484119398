"""Small files as a visitor brings them, and what Your data makes of one."""

import io

import numpy as np

from core.data.uploads import store


def images(n: int = 60) -> bytes:
    """Images of two classes: bright above, bright below."""
    x = np.random.default_rng(0).integers(0, 90, (n, 9, 9)).astype(np.uint8)
    x[::2, :4] += 150
    x[1::2, 5:] += 150
    file = io.BytesIO()
    np.savez(file, x=x, y=np.array(["above", "below"])[np.arange(n) % 2])
    return file.getvalue()


def table(n: int = 60, classes: bool = True) -> bytes:
    """Rows of three numbers, with a class of two."""
    names = ["size", "weight", "age"] + ["class"] * classes
    rows = [[i, i % 7, i * i % 11] + [("even", "odd")[i % 2]] * classes for i in range(n)]
    return "\n".join(",".join(map(str, row)) for row in [names, *rows]).encode()


def save(name: str, content: bytes) -> str:
    """Save the file with the settings that are offered, as a data set of this name."""
    draft = store.read(name, content)
    return store.save(store.prepare(draft, store.suggest_settings(draft)))
