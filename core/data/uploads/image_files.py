"""Images still in their files; decoded when they are asked for."""

from __future__ import annotations

import contextlib
import math
import threading
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from core.data.errors import DataError
from core.data.uploads.archives import Member
from core.data.uploads.images import (
    Scale,
    TooLargeError,
    is_deep,
    is_picture,
    open_image,
    pictures_in,
    scale_of,
    upright_size,
    with_white,
)
from core.data.uploads.schema import (
    MAX_PIXELS,
    MAX_UNPACKED_MB,
    Draft,
    Settings,
    check_number,
    encode_labels,
    pluralize,
    some_of,
)
from core.data.uploads.splits import folders_of

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
        return member.path if member.frame is None else f"{member.path}, image {member.frame + 1}"

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


@dataclass
class Scan:
    """What files are, by their headers.

    sizes    width and height of the images, by path
    frames   how many pictures those files hold that hold several
    deep     paths of images with more than 8 bits
    """

    images: list[Member] = field(default_factory=list)
    other: list[Member] = field(default_factory=list)
    broken: list[Member] = field(default_factory=list)
    too_large: list[Member] = field(default_factory=list)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    frames: dict[str, int] = field(default_factory=dict)
    deep: set[str] = field(default_factory=set)


def scan_members(members: list[Member]) -> Scan:
    """Look at the header of each file."""
    scan = Scan()
    for member in members:
        try:
            content = member.open()
            if not is_picture(content):
                looks = PurePosixPath(member.path.lower()).suffix in (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")
                (scan.broken if looks else scan.other).append(member)
                continue
            image = open_image(content)
            if (n := pictures_in(image)) > 1:
                scan.frames[member.path] = n
            if is_deep(image):
                scan.deep.add(member.path)
        except TooLargeError:
            scan.too_large.append(member)
        except DataError:
            scan.broken.append(member)
        else:
            scan.images.append(member)
            scan.sizes[member.path] = upright_size(image)
    return scan


def images_draft(name: str, scan: Scan, all_frames: bool | None) -> Draft:
    """What can be made of images, with classes by folder; `all_frames` as `Reading.frames`. Raises `DataError`."""
    images, skipped = scan.images, scan.other + scan.broken + scan.too_large
    if len(skipped) > len(images):
        raise DataError(
            f"{name} holds {pluralize(len(images), 'image')} but {len(skipped):,} other files "
            f"({some_of([m.path for m in scan.broken + scan.too_large + scan.other])}); most must be images"
        )
    frames = len(scan.frames) == len(images) if all_frames is None else all_frames
    guesses: dict[str, str] = {}
    if scan.frames:
        files, n = pluralize(len(scan.frames), "file"), sum(scan.frames.values())
        taken = f"each of their {n:,} images is an example" if frames else "only the first is used"
        guesses["frames"] = f"{files} with several images, {taken}: {some_of(list(scan.frames))}."
    if frames:
        images = _each_frame(name, scan)
    check_number(name, len(images), "image")
    scale, scale_notes = common_scale(images, scan.deep)
    folders, held_out, split_notes = folders_of([m.path for m in images])
    labels, class_names, label_notes = encode_labels(folders)
    widths, heights = zip(*scan.sizes.values(), strict=True)
    size = (widths[0], heights[0]) if len(set(scan.sizes.values())) == 1 else None
    across = f"{widths[0]}×{heights[0]} pixels each" if size else (
        f"{min(widths)}×{min(heights)} to {max(widths)}×{max(heights)} pixels"
    )  # fmt: skip
    summary = f"{len(images):,} images, {across}" + (f", in {len(class_names)} classes" if class_names else "")
    notes = (*guesses.values(), *scale_notes, *_skip_notes(scan), *split_notes, *label_notes)
    reading: dict[str, bool | None] = {"frames": frames} if scan.frames else {}
    return Draft(
        name, summary, len(images), ("images",), ImageFiles(tuple(images), scale), size, (), labels, class_names,
        held_out, notes, white=scale.white, reading=reading, guesses=guesses,
    )  # fmt: skip


def _each_frame(name: str, scan: Scan) -> list[Member]:
    """Every picture of a file that holds several as one of its own."""
    pixels = sum(scan.sizes[path][0] * scan.sizes[path][1] * n for path, n in scan.frames.items())
    if pixels > MAX_UNPACKED_MB * 1_000_000:
        raise DataError(f"{name}: its images have more than {MAX_UNPACKED_MB:,} million pixels together")
    check_number(name, len(scan.images) + sum(scan.frames.values()) - len(scan.frames), "image")
    each = [(m, range(scan.frames[m.path]) if m.path in scan.frames else [None]) for m in scan.images]
    return [Member(m.path, m.open, frame) for m, frames in each for frame in frames]


def _skip_notes(scan: Scan) -> list[str]:
    skipped = (
        (scan.other, "skipped, not an image"),
        (scan.broken, "skipped, damaged"),
        (scan.too_large, f"skipped, more than {MAX_PIXELS / 1e6:.0f} million pixels"),
    )
    return [
        f"{pluralize(len(what), 'file')} {why}: {some_of([m.path for m in what])}." for what, why in skipped if what
    ]


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
