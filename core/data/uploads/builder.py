"""From what was found in a file to a data set, as the settings ask."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from core.data.base import Dataset
from core.data.errors import DataError
from core.data.precision import merged_columns
from core.data.sets import texts
from core.data.uploads.columns import columns_used, table_labels
from core.data.uploads.images import Stack, as_bytes, darkness, shades, square
from core.data.uploads.schema import (
    MAX_COLUMNS,
    MAX_KEPT_MB,
    SIDES,
    Draft,
    Prepared,
    Report,
    Settings,
    check_number,
    pluralize,
    some_of,
)
from core.data.uploads.table import Table


def sample(draft: Draft, settings: Settings, n: int = 40) -> np.ndarray:
    """Some examples as images (up to n, side, side), uint8 greys 0..255, as the settings make them."""
    return preview(draft, settings, n)[0]


def preview(draft: Draft, settings: Settings, n: int = 40) -> tuple[np.ndarray, tuple[str, ...]]:
    """`sample`, and what to say of how the greys were read."""
    _check_way(draft, settings)
    _check_kept(draft, min(draft.number, settings.examples), settings.side**2, 1, _SMALLER)
    rows = np.sort(np.random.default_rng(settings.seed).permutation(draft.number)[:n])
    squares, _, _ = _squares(draft, settings, rows, None)
    values = shades(squares, settings)
    if settings.levels < 256:
        values = np.rint(values * (255 / (settings.levels - 1))).astype(np.uint8)
    read = _table_pictures(draft, settings)[1] if isinstance(draft.content, Table) else ()
    return values, (*draft.notes, *read, *darkness(squares))


def prepare(draft: Draft, settings: Settings, report: Report | None = None) -> Prepared:
    """The data set that the settings make of the draft. Raises `DataError` naming what does not fit.

    report    called as report(done, in all) while images are decoded
    """
    _check_way(draft, settings)
    if settings.way == "text":
        return _prepare_text(draft, settings)
    rows = np.arange(draft.number)
    notes = list(draft.notes)
    if draft.number > settings.examples:
        rows = np.sort(np.random.default_rng(settings.seed).permutation(draft.number)[: settings.examples])
        notes.append(f"{settings.examples:,} of {draft.number:,} examples are used, chosen at random.")
    make = {"images": _make_images, "vectors": _make_vectors, "counts": _make_counts}[settings.way]
    examples = make(draft, settings, rows, report)
    rows = rows[examples.good]
    notes += examples.notes
    check_number(draft.source, len(rows), "usable example")
    labels = None if examples.labels is None or not settings.classes else examples.labels[rows]
    held_out = draft.held_out[rows] if draft.held_out is not None and settings.own_split else None
    return _finish(draft, settings, examples, labels, held_out, notes)


def _check_way(draft: Draft, settings: Settings) -> None:
    if settings.way not in draft.ways:
        raise DataError(
            f"way = {settings.way!r}: {draft.source} is {draft.summary}, which can become {' or '.join(draft.ways)}"
        )


_SMALLER = "Choose a smaller image size or fewer examples."


def _check_kept(draft: Draft, n: int, size: int, itemsize: int, remedy: str) -> None:
    if n * size * itemsize > MAX_KEPT_MB * 1_000_000:
        raise DataError(
            f"{draft.source}: {n:,} examples of {size:,} values are {n * size * itemsize / 1e6:,.0f} MB; a data set "
            f"has at most {MAX_KEPT_MB} MB. {remedy}"
        )


@dataclass(frozen=True)
class _Examples:
    """Values (n, *event_shape) of the rows that are `good`, (rows,) bool; labels and names are of all examples."""

    values: np.ndarray
    good: np.ndarray
    labels: np.ndarray | None
    class_names: tuple[str, ...]
    notes: list[str]
    vocabulary: tuple[str, ...] = ()


def _make_images(draft: Draft, settings: Settings, rows: np.ndarray, report: Report | None) -> _Examples:
    _check_kept(draft, len(rows), settings.side**2, 1, _SMALLER)
    labels, class_names = draft.labels, draft.class_names
    if isinstance(draft.content, Table):
        labels, class_names = table_labels(draft, settings)
    squares, good, problems = _squares(draft, settings, rows, report)
    if len(problems) > len(rows) / 2:
        raise DataError(f"{draft.source}: {len(problems):,} of {len(rows):,} images are damaged ({some_of(problems)})")
    notes = [f"{pluralize(len(problems), 'image')} skipped, damaged inside: {some_of(problems)}."] if problems else []
    if isinstance(draft.content, Table):
        notes += _table_pictures(draft, settings)[1]
    notes += darkness(squares)
    return _Examples(shades(squares, settings), good, labels, class_names, notes)


def _squares(
    draft: Draft, settings: Settings, rows: np.ndarray, report: Report | None
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """(good, side, side) uint8; which of `rows` are good; the names of the others."""
    content = draft.content
    if isinstance(content, Table):
        content = Stack(_table_pictures(draft, settings)[0])
        settings = dataclasses.replace(settings, white=0)  # as it has been read by now
    squares = np.empty((len(rows), settings.side, settings.side), np.uint8)
    good, problems = np.ones(len(rows), bool), []
    for k, i in enumerate(rows.tolist()):
        try:
            squares[k] = square(content.picture(i, settings), settings)
        except Exception:  # decoders raise almost anything for damaged bytes; the image is named in a note
            good[k] = False
            problems.append(content.name(i))
        if report and k % 50 == 0:
            report(k, len(rows))
    return squares if good.all() else squares[good], good, problems


def _table_pictures(draft: Draft, settings: Settings) -> tuple[np.ndarray, tuple[str, ...]]:
    used = columns_used(draft, settings)
    side = math.isqrt(len(used))
    if side * side != len(used) or not SIDES[0] <= side <= SIDES[1]:
        raise DataError(
            f"{draft.source}: {pluralize(len(used), 'column')} do not form a square image (a row of pixels "
            f"needs {side}² = {side * side:,} or {side + 1}² = {(side + 1) ** 2:,}, from 8² to 128²). Choose the "
            "label column, exclude columns, or read the rows as vectors."
        )
    return as_bytes(draft.content.values[:, used].reshape(-1, side, side), settings.white)


def _make_vectors(draft: Draft, settings: Settings, rows: np.ndarray, report: Report | None) -> _Examples:
    labels, class_names = table_labels(draft, settings)
    used = columns_used(draft, settings)
    if len(used) > MAX_COLUMNS:
        raise DataError(f"{draft.source}: vectors of {len(used):,} values; at most {MAX_COLUMNS:,}")
    _check_kept(draft, len(rows), len(used), 4, "Use fewer examples or exclude columns.")
    values = draft.content.values[rows][:, used]
    notes = []
    columns = tuple(draft.columns[i] for i in used)
    constant = [name for name, same in zip(columns, (values == values[:1]).all(0), strict=True) if same]
    if constant:
        notes.append(f"{pluralize(len(constant), 'column')} with a constant value: {some_of(constant)}.")
    if np.isin(values, (0, 1)).all():
        notes.append("All values are 0 or 1: saved as binary data.")
        return _Examples(values.astype(np.uint8), np.ones(len(rows), bool), labels, class_names, notes, columns)
    with np.errstate(over="ignore"):
        small = values.astype(np.float32)
    if not np.isfinite(small).all():
        row, column = (int(i) for i in np.argwhere(~np.isfinite(small))[0])
        raise DataError(
            f"{draft.source}, {draft.content.where(rows[row])}, column {columns[column]!r}: "
            f"{values[row, column]:g} is too large; values go to 3e38"
        )
    kept = values if (fine := merged_columns(values)) else small  # what differs stays different
    if fine:
        names = some_of([columns[i] for i in fine])
        notes.append(
            f"{pluralize(len(fine), 'column')} with differences too small for float32: {names}. Standardised values "
            "keep them; with “original values” some become equal."
        )
    return _Examples(kept, np.ones(len(rows), bool), labels, class_names, notes, columns)


def _make_counts(draft: Draft, settings: Settings, rows: np.ndarray, report: Report | None) -> _Examples:
    labels, class_names = table_labels(draft, settings)
    used = np.array(columns_used(draft, settings))
    values = draft.content.values
    for part in np.array_split(np.arange(draft.number), draft.number // 2_000 + 1):
        block = values[part][:, used]
        wrong = (block < 0) | (block != np.floor(block)) | (block > 1_000_000)
        if wrong.any():
            row, column = (int(i) for i in np.argwhere(wrong)[0])
            raise DataError(
                f"{draft.source}, {draft.content.where(part[row])}, column {draft.columns[used[column]]!r}: "
                f"{block[row, column]:g} is not a count; word counts are whole numbers from 0 to 1,000,000"
            )
    totals = values[rows][:, used].sum(0)
    order = np.argsort(-totals, kind="stable")[: settings.words]
    order = order[totals[order] > 0]
    if len(order) < 2:
        raise DataError(f"{draft.source}: only {pluralize(len(order), 'word')} occurring; at least 2 are needed")
    _check_kept(draft, len(rows), len(order), 4, "Keep fewer words or use fewer examples.")
    chosen = used[order]
    notes = []
    if len(order) < len(used):
        share = totals[order].sum() / totals.sum()
        notes.append(f"The {len(order):,} most frequent of {len(used):,} words are kept: {share:.1%} of all counts.")
    counts = values[rows][:, chosen].astype(np.int32)
    full = counts.any(1)
    if not full.all():
        empty = int((~full).sum())
        notes.append(
            f"{pluralize(empty, 'document')} without any of these words {'is' if empty == 1 else 'are'} dropped."
        )
    words = tuple(draft.columns[i] for i in chosen)
    return _Examples(counts[full], full, labels, class_names, notes, words)


def _finish(
    draft: Draft,
    settings: Settings,
    examples: _Examples,
    labels: np.ndarray | None,
    held_out: np.ndarray | None,
    notes: list[str],
) -> Prepared:
    values, class_names, levels = examples.values, examples.class_names, None
    kind = {"images": "levels", "vectors": "real", "counts": "counts"}[settings.way]
    if settings.way == "images":
        levels = settings.levels
        if levels == 2:
            kind, levels = "binary", None
        elif np.isin(values, (0, levels - 1)).all():
            values = (values > 0).astype(np.uint8)
            kind, levels = "binary", None
            notes.append("All pixels are black or white: saved as binary data.")
    elif settings.way == "vectors" and values.dtype == np.uint8:
        kind = "binary"
    if settings.way == "images" and len(flat := _flat(values)):
        notes.append(f"{pluralize(len(flat), 'image')} {'is' if len(flat) == 1 else 'are'} of a single shade.")
    if labels is not None:
        labels, class_names, more = _present(labels, class_names)
        notes += more
    test = held_out
    if test is None or test.all() or not test.any():
        test = split(len(values), labels, settings.test_share, settings.seed)
    elif settings.own_split:
        notes.append(f"The file's own split is used: {int(test.sum()):,} test examples.")
    order = np.random.default_rng(settings.seed).permutation(len(values))  # classes may come one after the other
    train_rows, test_rows = order[~test[order]], order[test[order]]
    train, held = values[train_rows], values[test_rows]
    if copies := _copies(train, held):
        notes.append(
            f"{pluralize(copies, 'test example')} {'is an exact copy' if copies == 1 else 'are exact copies'} "
            "of training examples: test scores will look better than they are."
        )
    dataset = Dataset(
        "own",
        settings.title.strip(),
        kind,
        values.shape[1:],
        train,
        held,
        None if labels is None else labels[train_rows],
        None if labels is None else labels[test_rows],
        class_names if labels is not None else (),
        levels,
        vocabulary=examples.vocabulary,
    )
    return Prepared(dataset, draft.source, settings, tuple(notes))


def _flat(images: np.ndarray) -> np.ndarray:
    return np.flatnonzero(images.reshape(len(images), -1).max(1) == images.reshape(len(images), -1).min(1))


def _present(labels: np.ndarray, class_names: tuple[str, ...]) -> tuple[np.ndarray | None, tuple[str, ...], list[str]]:
    """Labels without the classes that have no example left; none at all where nothing can be learned from them."""
    there, labels = np.unique(labels, return_inverse=True)
    names = tuple(class_names[i] for i in there)
    sizes = np.bincount(labels)
    if len(names) < 2:
        return None, (), ["Only one class remains: class labels are ignored."]
    if sizes.max() < 2:
        return None, (), ["Every class has only one example: class labels are ignored."]
    alone = [n for n, size in zip(names, sizes, strict=True) if size == 1]
    notes = [f"Classes with a single example, which is used for training only: {some_of(alone)}."] if alone else []
    return labels.astype(np.int64), names, notes


def split(n: int, labels: np.ndarray | None, share: float, seed: int) -> np.ndarray:
    """Which of n examples are held out, (n,) bool: about `share` of each class, one at least of all, never all."""
    rng = np.random.default_rng([seed, 1])
    test = np.zeros(n, bool)
    groups = [np.arange(n)] if labels is None else [np.flatnonzero(labels == c) for c in np.unique(labels)]
    for group in groups:
        take = min(round(share * len(group)), len(group) - 1)
        test[rng.permutation(group)[:take]] = True
    if not test.any():
        test[rng.choice(max(groups, key=len))] = True
    return test


def _copies(train: np.ndarray, test: np.ndarray) -> int:
    known = {row.tobytes() for row in train}
    return sum(row.tobytes() in known for row in test)


def _prepare_text(draft: Draft, settings: Settings) -> Prepared:
    """One long example a split: the end of the text is the test, as chance would put neighbours on both sides."""
    dataset = texts.split("own", settings.title.strip(), draft.text or draft.content, settings.test_share)
    return Prepared(dataset, draft.source, settings, draft.notes)
