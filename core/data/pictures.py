"""One image: from bytes that could be anything to a small grey square."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.data import DataError
from core.data.draft import FORMATS, MAX_PIXELS, Settings

if TYPE_CHECKING:
    from PIL.Image import Image as Picture


class TooLargeError(DataError):
    """An image of more pixels than are decoded."""


_PICTURES = (
    b"\x89PNG\r\n",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"P1",
    b"P2",
    b"P3",
    b"P4",
    b"P5",
    b"P6",
)


def is_picture(content: bytes) -> bool:
    if content[:4] == b"RIFF":
        return content[8:12] == b"WEBP"
    if content[:2] in (b"BM", b"P1", b"P2", b"P3", b"P4", b"P5", b"P6"):  # too short to be sure of
        try:
            opened(content)
        except TooLargeError:
            return True
        except DataError:
            return False
        return True
    return content.startswith(_PICTURES)


def opened(content: bytes) -> Picture:
    """The image with its header read, its pixels not yet. Raises `DataError`."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of sizes that are refused here anyway
            image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as problem:
        raise TooLargeError(str(problem)) from problem
    except Exception as problem:  # whatever a decoder says to bytes that could be anything
        raise DataError(f"not an image ({problem})") from problem
    if image.width * image.height > MAX_PIXELS:
        raise TooLargeError(f"{image.width}×{image.height} pixels")
    return image


def upright_size(image: Picture) -> tuple[int, int]:
    """(width, height) once the camera was turned upright (EXIF)."""
    try:
        turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    except Exception:  # a damaged note of the camera does not spoil the picture
        turned = False
    return (image.height, image.width) if turned else image.size


def square(image: Picture, settings: Settings) -> np.ndarray:
    """(side, side) uint8 grey. Raises whatever a decoder raises."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    grey = _grey(image, settings)
    side, ground = (settings.side, settings.side), 255 if settings.ground == "white" else 0
    if grey.size != side:
        smooth = Image.Resampling.BICUBIC
        if settings.fit == "crop":
            grey = ImageOps.fit(grey, side, smooth)
        elif settings.fit == "pad":
            grey = ImageOps.pad(grey, side, smooth, color=ground)
        else:
            grey = grey.resize(side, smooth)
    return np.asarray(grey)


def _grey(image: Picture, settings: Settings) -> Picture:
    from PIL import Image

    if image.mode in ("1", "L") and "transparency" not in image.info:
        return image.convert("L")
    if image.mode.startswith("I"):  # 16 bits; Pillow would cut off all above 255
        values = np.asarray(image).astype(np.int64)
        return Image.fromarray((values if values.max(initial=0) <= 255 else values.clip(0, 65_535) // 257).astype("u1"))
    if image.mode == "F":
        raise DataError("floating-point pixels; save them as a NumPy array")
    if "A" in image.mode or "a" in image.mode or "transparency" in image.info:
        ground = Image.new("RGBA", image.size, settings.ground)
        image = Image.alpha_composite(ground, image.convert("RGBA"))
    if settings.grey == "luminance":
        return image.convert("RGB").convert("L")
    return image.convert("RGB").getchannel(settings.grey[0].upper())


def shades(squares: np.ndarray, settings: Settings) -> np.ndarray:
    """uint8 greys to `levels` levels 0..levels-1; two levels by the cut."""
    if settings.invert:
        squares = 255 - squares
    if settings.levels == 256:
        return squares
    grey = squares.astype(np.float32) / 255
    if settings.levels == 2:
        return (grey > settings.cut).astype(np.uint8)
    return np.rint(grey * (settings.levels - 1)).astype(np.uint8)


@dataclass(frozen=True)
class Stack:
    """Images (N, H, W) or (N, H, W, 3 or 4), uint8."""

    values: np.ndarray

    def name(self, i: int) -> str:
        return f"image {i + 1}"

    def picture(self, i: int, settings: Settings) -> Picture:
        from PIL import Image

        return Image.fromarray(self.values[i])


def as_bytes(x: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Values as greys 0..255, and a note of what was taken as black and white."""
    low, high = float(x.min()), float(x.max())
    if x.dtype.kind in "bui" and low >= 0:
        white = 1.0 if high <= 1 else high if high < 64 else 255.0 if high <= 255 else 65_535.0
        white = max(white, high)
    elif low >= 0 and high <= 1.01:  # rounding goes a little over 1
        x, white = x.clip(0, 1), 1.0
    elif low >= 0 and high <= 255:  # floats are read as whole numbers of the same range are
        white = high if high < 64 else 255.0
    else:
        white = high
    black = min(low, 0.0)
    if (black, white) == (0.0, 255.0):
        greys = x.astype(np.uint8) if x.dtype.kind != "f" else np.rint(x).astype(np.uint8)
        plain = x.dtype == np.uint8 or high == 255
        return greys, () if plain else ("Values from 0 to 255 are read as black to white.",)
    scaled = np.empty(x.shape, np.uint8)
    for part in np.array_split(np.arange(len(x)), len(x) // 2_000 + 1):  # floats of it all would be large
        grey = (x[part].astype(np.float64) - black) * (255 / max(white - black, 1e-300))
        scaled[part] = np.rint(grey)
    return scaled, (f"Values from {black:g} to {white:g} are read as black to white.",)
