"""NumPy's arrays and idx files: read without believing them, and told by their names."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import math

import numpy as np

from core.data.errors import DataError
from core.data.uploads.columns import table_draft
from core.data.uploads.images import Stack, scale_with_note
from core.data.uploads.schema import MAX_PIXELS, Draft, check_number, encode_labels, printable, some_of, unique_names
from core.data.uploads.splits import label_words, roles_of, validation_note
from core.data.uploads.table import Table


def npy(name: str, content: bytes) -> np.ndarray:
    """The array in .npy bytes, once its header is known to be harmless and to tell the truth."""
    raw = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(raw)
        reader = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}
        shape, _, dtype = reader.get(version[0], np.lib.format.read_array_header_2_0)(raw)
    except Exception as problem:  # a header can hold anything
        raise DataError(f"{name} is a damaged NumPy file ({problem})") from problem
    if dtype.hasobject:
        raise DataError(
            f"{name} holds Python objects (type {dtype}), which can run programs and are never opened; "
            "save numbers of one shape, for instance with numpy.save(file, numpy.stack(images))"
        )
    if dtype.kind not in "buifUS":
        raise DataError(f"{name} holds values of type {dtype}; expected whole numbers, real numbers or true/false")
    expected, there = math.prod(shape) * dtype.itemsize, len(content) - raw.tell()
    if there < expected:
        raise DataError(f"{name} is truncated: {there:,} bytes of values where its shape {shape} needs {expected:,}")
    raw.seek(0)
    values = np.lib.format.read_array(raw, allow_pickle=False)
    if dtype.kind == "S":
        try:
            return np.char.decode(values, "utf-8")
        except UnicodeError as problem:
            raise DataError(f"{name} holds values of type {dtype} that are not UTF-8 text") from problem
    return values


def idx(name: str, content: bytes) -> np.ndarray:
    """The array of an idx file (as MNIST's). Raises `DataError` where it is cut off."""
    dtype = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}[content[2]]
    rank = content[3]
    start = 4 + 4 * rank
    shape = tuple(int.from_bytes(content[k : k + 4], "big") for k in range(4, min(start, len(content)), 4))
    expected, there = math.prod(shape) * np.dtype(dtype).itemsize, len(content) - start
    if not 1 <= rank <= 4 or there != expected:
        raise DataError(f"{name} is a damaged idx file: {there:,} bytes of values where its shape needs {expected:,}")
    return np.frombuffer(content, dtype, offset=start).reshape(shape)


def is_idx(content: bytes) -> bool:
    return content[:2] == b"\0\0" and content[2:3] in (b"\x08", b"\x09", b"\x0b", b"\x0c", b"\x0d", b"\x0e")


def read_arrays(name: str, arrays: dict[str, np.ndarray]) -> Draft:
    """Examples, labels, words and the file's own split from named arrays; what is not used is named in a note."""
    roles = roles_of(arrays)
    known = {role: arrays[key] for role, key in roles.items()}
    parts = [p for p in ("train", "valid", "test") if (p, "x") in known]
    if not parts and ("", "x") not in known:
        numeric = [k for k, v in arrays.items() if k not in roles.values() and v.dtype.kind != "U" and v.ndim >= 2]
        if not numeric:
            held = ", ".join(f"{k} {v.dtype} {v.shape}" for k, v in arrays.items())
            raise DataError(f"{name} has no array of examples (found: {held}); expected one of (N, …) called x")
        roles["", "x"] = max(numeric, key=lambda k: arrays[k].size)
        known["", "x"] = arrays[roles["", "x"]]
    parts = parts or [""]
    blocks = [known[p, "x"] for p in parts]
    for part, block in zip(parts, blocks, strict=True):
        if not block.ndim or block.ndim != blocks[0].ndim or block.shape[1:] != blocks[0].shape[1:]:
            first, other = roles[parts[0], "x"], roles[part, "x"]
            raise DataError(f"{name}: {first} has the shape {blocks[0].shape} but {other} {block.shape}")
    kinds = {"whole" if b.dtype.kind in "bui" else "real" for b in blocks}
    x, held_out, notes = blocks[0] if len(parts) == 1 else np.concatenate(blocks), None, []
    if len(kinds) > 1:
        said = ", ".join(f"{roles[p, 'x']} {b.dtype}" for p, b in zip(parts, blocks, strict=True))
        notes.append(f"The parts are of different types ({said}): they may be scaled differently.")
    if len(parts) > 1:
        held = "test" if "test" in parts else "valid"
        held_out = np.concatenate([np.full(len(b), p == held) for p, b in zip(parts, blocks, strict=True)])
        notes += validation_note([roles[p, "x"] for p in parts if p == "valid"], held == "test")
    given: list[str] | None = []
    for part, block in zip(parts, blocks, strict=True):
        y = known.get((part, "y"))
        if y is None:
            given = None
            continue
        words, problem = label_words(y, len(block))
        if problem:
            notes.append(f"{roles[part, 'y']} of shape {y.shape} {problem}: ignored.")
        given = given + words if given is not None and words is not None else None
    if given is None and (halves := [roles[p, "y"] for p in parts if (p, "y") in known]) and len(halves) < len(parts):
        notes.append(f"Labels of only some examples ({some_of(halves)}) are ignored.")
    labels, class_names, more = encode_labels(given) if given else (None, (), ())
    notes += more
    names = known.get(("", "names"))
    if labels is not None and names is not None and names.size >= len(class_names):
        with contextlib.suppress(ValueError):  # labels that are no places in the list of names
            places = [int(c) for c in class_names]
            if min(places) >= 0 and max(places) < names.size:
                class_names = tuple(unique_names(str(names.reshape(-1)[i]) for i in places))
    words = known.get(("", "words"))
    used = {roles[p, r] for p in parts for r in ("x", "y") if (p, r) in roles}
    used |= {roles["", r] for r in ("words", "names") if ("", r) in roles}
    if idle := [k for k in arrays if k not in used]:
        notes.append(f"Unused arrays: {', '.join(map(printable, idle[:10]))}{' …' if idle[10:] else ''}.")
    draft = _examples(name, x, None if words is None else [str(w) for w in words.reshape(-1).tolist()])
    return dataclasses.replace(
        draft,
        labels=labels,
        class_names=class_names,
        held_out=held_out,
        summary=draft.summary + (f", in {len(class_names)} classes" if class_names else ""),
        notes=(*draft.notes, *notes),
    )


def _examples(name: str, x: np.ndarray, words: list[str] | None) -> Draft:
    if x.dtype.kind == "U":
        raise DataError(f"{name} holds words (type {x.dtype}); expected numbers")
    if x.ndim not in (2, 3, 4) or 0 in x.shape:
        raise DataError(
            f"{name} has the shape {x.shape}; expected (N, D) for vectors, or (N, height, width), "
            "(N, height, width, 3 or 4) or (N, 3 or 4, height, width) for images"
        )
    check_number(name, len(x))
    if x.dtype.kind == "f" and not (finite := np.isfinite(x)).all():
        at = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise DataError(f"{name} holds {x[at]} at {list(at)}; every value must be a finite number")
    if x.ndim == 2:
        columns = words if words and len(words) == x.shape[1] else [f"column {i + 1}" for i in range(x.shape[1])]
        table = Table(np.asarray(x, np.uint8) if x.dtype == bool else x, {})
        return table_draft(name, table, columns, named=words is not None, rows="vectors")
    if x.ndim == 4:
        if x.shape[3] not in (1, 3, 4) and x.shape[1] in (1, 3, 4):
            x = np.moveaxis(x, 1, 3)
        if x.shape[3] not in (1, 3, 4):
            raise DataError(f"{name} has the shape {x.shape}: images have 1, 3 or 4 channels")
        x = x[..., 0] if x.shape[3] == 1 else x
    scale, notes = scale_with_note(x)
    size = (x.shape[2], x.shape[1])
    if max(size) * min(size) > MAX_PIXELS:
        raise DataError(f"{name}: {size[0]}×{size[1]} pixels per image; at most {MAX_PIXELS:,} pixels")
    found = f"{len(x):,} images, {size[0]}×{size[1]} pixels each"
    return Draft(name, found, len(x), ("images",), Stack(x, scale), size, notes=notes, white=scale.white)
