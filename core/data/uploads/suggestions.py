"""Settings that suit a file."""

from __future__ import annotations

import math
from pathlib import PurePosixPath
from typing import Any

from core.data.uploads.columns import likely_label, running_numbers
from core.data.uploads.schema import (
    SIDES,
    Draft,
    Settings,
)
from core.data.uploads.table import Table


def suggest_settings(draft: Draft) -> Settings:
    """Settings that suit what was found."""
    title = PurePosixPath(draft.source.removesuffix(".gz")).stem.replace("_", " ").strip() or "My data"
    chosen: dict[str, Any] = {"title": "".join(c for c in title if c.isprintable())[:60].strip() or "My data"}
    chosen["way"] = draft.ways[0]
    if draft.size and draft.size[0] == draft.size[1] and SIDES[0] <= draft.size[0] <= SIDES[1]:
        chosen["side"] = draft.size[0]
    if isinstance(draft.content, Table):
        label = likely_label(draft)
        chosen["label"] = label
        table = draft.content
        idle = {n for i, n in enumerate(draft.columns) if table.is_text(i)} | set(running_numbers(table, draft.columns))
        chosen["leave_out"] = tuple(n for n in draft.columns if n in idle and n != label)
        side = math.isqrt(len(draft.columns) - bool(label) - len(chosen["leave_out"]))
        if draft.ways[0] == "images" and SIDES[0] <= side <= SIDES[1]:
            chosen["side"] = side
    return Settings(**chosen)
