"""Images still in their files; decoded when they are asked for."""

from __future__ import annotations

import contextlib
import math
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from core.data.uploads.archives import Member
from core.data.uploads.images import (
    Scale,
    open_image,
    scale_of,
    with_white,
)
from core.data.uploads.schema import (
    Settings,
)

if TYPE_CHECKING:
    from PIL.Image import Image as Picture


@dataclass(frozen=True)
class ImageFiles:
    """Images still in their files; decoded when they are asked for."""

    members: tuple[Member, ...]
    scale: Scale = Scale()  # of those with more than 8 bits
    open_files: dict[str, Picture] = field(default_factory=dict)  # the file with several pictures that was asked last
    lock: threading.Lock = field(default_factory=threading.Lock)

    def name(self, i: int) -> str:
        member = self.members[i]
        return member.path if member.frame is None else f"{member.path}, picture {member.frame + 1}"

    def picture(self, i: int, settings: Settings) -> Picture:
        image = self.raw(i)
        image.draft(None, (2 * settings.side, 2 * settings.side))  # a JPEG is decoded no larger than needed
        return with_white(image, self.scale, settings.white)

    def raw(self, i: int) -> Picture:
        """The image as it is in its file."""
        member = self.members[i]
        if member.frame is None:
            return open_image(member.open())
        with self.lock:
            if member.path not in self.open_files:
                self.open_files.clear()
                self.open_files[member.path] = open_image(member.open())
            self.open_files[member.path].seek(member.frame)
            return self.open_files[member.path].copy()


def common_scale(members: list[Member], deep: set[str]) -> tuple[Scale, list[str]]:
    """One scale for all images of more than 8 bits, which must be decoded to know it; and what was decided."""
    files, low, high, whole = ImageFiles(tuple(members)), math.inf, -math.inf, True
    found = [i for i, member in enumerate(members) if member.path in deep]
    for i in found:
        with contextlib.suppress(Exception):  # a damaged image is named when it is made
            values = np.asarray(files.raw(i))
            low, high = min(low, float(values.min())), max(high, float(values.max()))
            whole &= values.dtype.kind in "ui"
    if not math.isfinite(low + high):
        return Scale(), []
    scale = scale_of(low, high, whole)
    if len(found) < len(members) and whole and low >= 0 and high <= 255:  # as those of 8 bits beside them
        scale = Scale()
    which = "All" if len(found) == len(members) else f"{len(found):,} of {len(members):,}"
    return scale, [f"{which} images have more than 8 bits. {scale.description()}"]
