"""What names of folders and arrays say: training, validation and test; examples, their labels and words."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import numpy as np

from core.data.uploads.schema import some_of

TRAINS = {"train", "training"}
VALIDS = {"val", "valid", "validation", "dev"}
TESTS = {"test", "testing", "t10k"}

_PARTS = {**dict.fromkeys(TRAINS, "train"), **dict.fromkeys(VALIDS, "valid"), **dict.fromkeys(TESTS, "test")}
_WORDS = {  # the likeliest first
    "x": "x data images arr0 features image img imgs feature input inputs vectors embeddings",
    "y": "y labels label target targets classes class lbls arr1",
    "words": "vocabulary words columns featurenames vocab",
    "names": "classnames labelnames targetnames categories names",
}
_ROLES = {word: role for role, words in _WORDS.items() for word in words.split()}


def roles_of(arrays: dict[str, np.ndarray]) -> dict[tuple[str, str], str]:
    """Which array is what (see `array_role`), by name."""
    order = list(_ROLES)
    roles: dict[tuple[str, str], str] = {}
    for name in sorted(arrays, key=lambda n: order.index(b) if (b := _bare(n)) in _ROLES else len(order)):
        if role := array_role(name):
            roles.setdefault(role, name)
    for name in arrays:
        if _bare(name) in ("classes", "labels") and arrays[name].dtype.kind == "U" and name not in roles.values():
            roles.setdefault(("", "names"), name)
    return roles


def part_of(folder: str) -> str | None:
    """ "train", "valid" or "test" where a folder is called so: "Training", "test_set", "val-images"."""
    bare = re.sub(r"[^a-z0-9]", "", folder.lower())
    return _PARTS.get(bare) or _PARTS.get(re.sub(r"(data)?(set|data|images|imgs|split)$", "", bare))


def array_role(name: str) -> tuple[str, str] | None:
    """("train", "valid", "test" or "", "x", "y", "words" or "names") from an array's name; None where it says nothing.

    X_train, train-images-idx3-ubyte, testLabels and dev are understood.
    """
    bare = _bare(name)
    if bare in _ROLES:
        return "", _ROLES[bare]
    for word in sorted(_PARTS, key=len, reverse=True):
        for rest in (bare.removeprefix(word), bare.removesuffix(word)):
            if rest != bare and (rest == "" or _ROLES.get(rest) in ("x", "y")):
                return _PARTS[word], _ROLES.get(rest, "x")
    return None


def _bare(name: str) -> str:
    name = re.sub(r"\.gz$", "", name.replace("\\", "/").rsplit("/", 1)[-1].lower())
    return re.sub(r"[^a-z0-9]", "", re.sub(r"\.(npy|idx)$|[-_.]?idx\d?[-_.]?(ubyte)?|[-_.]ubyte", "", name))


def label_words(y: np.ndarray, n: int) -> tuple[list[str] | None, str]:
    """The text of each example's label, of shape (N,), (N, 1) or one-hot (N, K); or None, and why there is none."""
    if y.ndim == 2 and y.shape[0] == n and y.shape[1] > 1 and y.dtype.kind in "buif":
        if not ((y == 0) | (y == 1)).all() or not (y.sum(1) == 1).all():
            return None, "are neither one label each nor one-hot"
        y = y.argmax(1)
    if y.size != n or (y.ndim and max(y.shape) != n):
        return None, f"do not fit {n:,} examples"
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        return None, "hold non-finite values"
    return exact_words(y.reshape(-1)), ""


def exact_words(values: np.ndarray) -> list[str]:
    """Each value in the fewest digits that give it back in its own type; whole numbers without a point."""
    if values.dtype.kind == "f":
        return [str(int(v)) if float(v).is_integer() else str(v) for v in values]
    return [str(int(v)) if values.dtype.kind == "b" else str(v) for v in values.tolist()]


def validation_note(valid: list[str], tested: bool) -> list[str]:
    kept = "training examples, as there is a separate test set" if tested else "the test set"
    return [f"Examples in {some_of(valid)} are {kept}."] if valid else []


def folders_of(paths: list[str]) -> tuple[list[str], np.ndarray | None, list[str]]:
    """The class folder of each path ("" for none), which are held out as the test, and what became of validation."""
    parts = _below_common([PurePosixPath(p.replace("\\", "/")).parts[:-1] for p in paths])
    for depth in (0, 1):  # train/cats or cats/train
        named = [part_of(p[depth]) if len(p) > depth else None for p in parts]
        if None in named or "train" not in named or len(set(named)) < 2:
            continue
        held = "test" if "test" in named else "valid"  # with a test of its own, validation examples are trained on
        valid = sorted({p[depth] for p, part in zip(parts, named, strict=True) if part == "valid"})
        parts = _below_common([p[:depth] + p[depth + 1 :] for p in parts])
        held_out = np.array([part == held for part in named])
        return [p[0] if p else "" for p in parts], held_out, validation_note(valid, held == "test")
    return [p[0] if p else "" for p in parts], None, []


def _below_common(parts: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    while all(parts) and len({p[0] for p in parts}) == 1:
        parts = [p[1:] for p in parts]
    return parts
