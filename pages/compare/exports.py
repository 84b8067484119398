"""Files to take along: vectors as a table, and a notebook that computes what is shown."""

from __future__ import annotations

import gzip
import io
from typing import Any

import numpy as np

from pages.compare.notebook import TITLES, Recipe, notebook
from pages.shared import represented
from pages.shared.codec import BadRequest, whole_number


def vectors_csv(name: str, key: str) -> bytes:
    """The vectors of a representation with the examples' numbers and labels, as gzipped CSV."""
    import pyarrow as pa
    from pyarrow import csv

    shown, found = represented.examples(name), represented.representation(name, key).vectors
    columns: dict[str, Any] = {"example": shown.rows}
    if shown.labels is not None:
        columns["label"] = [shown.dataset.class_names[c] for c in shown.labels]
    columns |= {f"factor: {factor}": values for factor, values in shown.factors.items()}
    columns |= {str(i + 1): np.ascontiguousarray(found[:, i]) for i in range(found.shape[1])}
    text = io.BytesIO()
    csv.write_csv(pa.table(columns), text)
    return gzip.compress(text.getbuffer(), 1)


def notebook_of(
    name: str, query: dict[str, str], method: str, settings: dict[str, float], k: int, names: tuple[str, ...]
) -> bytes:
    """The notebook of what a link to the page shows, gzipped."""
    from core.analysis.representation_maps import plain_method
    from core.representations.readout import TITLES as READERS
    from core.representations.similarity import MEASURES

    def one_of(field: str, allowed: Any, usual: str) -> str:
        value = query.get(field, usual)
        if value not in allowed:
            raise BadRequest(f"{field}={value[:40]!r}: expected one of {', '.join(allowed)}")
        return value

    shown, keys = represented.examples(name), query.get("reps", "").split(",")
    if not 1 <= len(keys) <= represented.MOST:
        raise BadRequest(f"reps: expected the keys of 1 to {represented.MOST} representations")
    mode = one_of("mode", TITLES, "maps")
    reading = one_of("reading", ("labels", "factors", "confusions"), "labels")
    if mode == "readout" and (not shown.factors if reading == "factors" else shown.labels is None):
        raise BadRequest(f"reading={reading!r}: {name} has none")
    recipe = Recipe(
        name,
        shown.split,
        [represented.info(name, key).key for key in keys],
        mode,
        *plain_method(method),
        settings,
        k,
        one_of("lower", MEASURES, "overlap"),
        reading,
        one_of("probe", READERS, "knn"),
        whole_number("row", query.get("row", "0"), 0, len(shown) - 1),
        names,
    )
    return gzip.compress(notebook(recipe))
