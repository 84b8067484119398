"""What a run was asked for: its request.json, every field checked."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from core.config.fields import suits
from core.jobs.errors import JobError
from core.jobs.files import MAX_JSON, stored_as, to_json

RUN_ID = re.compile(r"\w[\w.@-]{0,120}")  # a run's folder is called by it
Kind = Literal["train", "evaluate", "layout"]


@dataclass(frozen=True)
class Request:
    """What a run is to do, on which device, and when it was asked for.

    after       the checkpoint whose weights it starts from, where that has to be trained first
    preset      of a training, as JSON
    owner       of the checkpoint that is trained (`core.config.ownership`)
    checkpoint  whose scores or map are computed; `layout` says which map: name, points, split, settings
    """

    kind: Kind
    device: str
    title: str
    submitted_at: float = stored_as("asked", 0.0)
    after: str | None = None
    preset: dict[str, Any] | None = None
    checkpoint: str | None = None
    layout: dict[str, Any] | None = None
    owner: str | None = None

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Request:
        """The request in a request.json whose fields were checked."""
        return cls(**{f.name: plain.get(f.metadata.get("stored", f.name)) for f in fields(cls)})

    def to_json(self) -> dict[str, Any]:
        """As request.json holds it."""
        return {name: value for name, value in to_json(self).items() if value is not None}


def is_run_folder(folder: Path) -> bool:
    """Whether the folder is a run's: it has its request, or what only a run leaves."""
    try:
        return any((folder / name).exists() for name in ("request.json", "progress.json", "state.safetensors"))
    except OSError:  # it cannot be looked into
        return True


def read_request(folder: Path) -> Request:
    """The request of the run in `folder`. Raises `JobError`, which says what is wrong and what to do."""
    file = folder / "request.json"
    try:
        if file.stat().st_size > MAX_JSON:
            raise ValueError(f"is larger than {MAX_JSON:,} bytes")
        request = json.loads(file.read_text())
        if not isinstance(request, dict):
            raise ValueError(f"holds a {type(request).__name__}, not fields by their names")
        bad = [name for name, fits in _FIELDS.items() if not fits(request.get(name))]
        bad = bad or [name for name, fits in _FIELDS_OF_KIND[request["kind"]].items() if not fits(request.get(name))]
        if bad:
            raise ValueError(f"lacks {', '.join(bad)}, or holds something else there")
    except RecursionError:
        problem = "is nested too deeply"
    except FileNotFoundError:
        problem = "is missing"
    except json.JSONDecodeError as error:
        problem = f"is not JSON ({error})"
    except UnicodeDecodeError:
        problem = "is not text"
    except OSError as error:
        problem = f"cannot be read ({error.strerror or type(error).__name__})"
    except ValueError as error:
        problem = str(error)
    else:
        return Request.from_json(request)
    raise JobError(f"{folder.name}: this run is damaged, its request.json {problem}. Delete its folder")


def _is_text(value: Any) -> bool:
    return suits(value, str) and len(value) <= 1_000


def _is_preset(value: Any) -> bool:
    names = ("name", "title", "family", "dataset", "view")
    texts = isinstance(value, dict) and all(_is_text(value.get(name)) for name in names)
    return texts and isinstance(value.get("model"), dict) and isinstance(value.get("train"), dict)


# what request.json holds, and what must be so of each: of every run, and of one of a kind
_FIELDS = {
    "kind": lambda value: _is_text(value) and value in _FIELDS_OF_KIND,
    "device": _is_text,
    "asked": lambda value: suits(value, float) and math.isfinite(value),
    "title": _is_text,
    "owner": lambda value: value is None or _is_text(value),
    "after": lambda value: value is None or (_is_text(value) and RUN_ID.fullmatch(value)),
}
_FIELDS_OF_KIND = {
    "train": {"preset": _is_preset},
    "evaluate": {"checkpoint": _is_text},
    "layout": {"checkpoint": _is_text, "layout": lambda value: isinstance(value, dict)},
}
