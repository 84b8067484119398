"""The gallery's moving pictures: beside each exhibit, made from trained models by `python -m docs.gallery`.

pages/<exhibit>/recording.webp    frames below one another
pages/<exhibit>/recording.json    how many, for how long, and which state of the page they show
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.store.checkpoints import Checkpoint
from pages.home.addresses import address
from pages.registry import Exhibit, exhibits, list_checkpoints

PAGES = Path(__file__).parents[1]
PICTURE, ABOUT = "recording.webp", "recording.json"


@dataclass(frozen=True)
class Recording:
    """frames pictures, shown for `seconds` in all; `query` opens the page in the state that they show, `preset` is that
    of the model; `smooth` where they are no enlarged pixels."""

    frames: int
    seconds: float
    preset: str
    query: dict[str, str]
    smooth: bool = False

    def write(self, folder: Path) -> None:
        """Beside the picture."""
        (folder / ABOUT).write_text(json.dumps(asdict(self), indent=2) + "\n")


def read(exhibit: str) -> Recording | None:
    """That of the exhibit; None where there is none."""
    folder = PAGES / exhibit
    return _read(folder) if (folder / ABOUT).is_file() and (folder / PICTURE).is_file() else None


@lru_cache(maxsize=32)
def _read(folder: Path) -> Recording:
    return Recording(**json.loads((folder / ABOUT).read_text()))


@lru_cache(maxsize=32)
def version(exhibit: str) -> str:
    """Changes with the picture."""
    return hashlib.sha256((PAGES / exhibit / PICTURE).read_bytes()).hexdigest()[:12]


def address_of(exhibit: Exhibit) -> str:
    """The page in the recorded state; as it opens by itself where there is none, or its model is not here."""
    if (recording := read(exhibit.name)) is None:
        return address(exhibit.name, {})
    model = model_of(recording.preset)
    return address(exhibit.name, {} if recording.preset and model is None else recording.query, model)


def model_of(preset: str) -> Checkpoint | None:
    """The model with this preset, where it is here."""
    return next((c for c in list_checkpoints()[0] if c.manifest.preset.name == preset), None)


def gallery() -> list[dict[str, Any]]:
    """What the player is told of every page: its question, and its moving picture where it has one."""
    return [_told(exhibit) for exhibit in exhibits()]


def _told(exhibit: Exhibit) -> dict[str, Any]:
    recording = read(exhibit.name)
    picture = recording and {
        "src": f"./api/home/recordings/{exhibit.name}?v={version(exhibit.name)}",
        "frames": recording.frames,
        "seconds": recording.seconds,
        "smooth": recording.smooth,
    }
    return {
        "name": exhibit.name,
        "title": exhibit.title,
        "about": exhibit.about,
        "question": exhibit.question,
        "icon": exhibit.icon.removeprefix(":material/").removesuffix(":"),
        "href": address_of(exhibit),
        "recording": picture,
    }
