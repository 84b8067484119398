"""One image: from bytes that could be anything to a small grey square."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.data.errors import DataError
from core.data.uploads.schema import FORMATS, MAX_PIXELS, Settings

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
            open_image(content)
        except TooLargeError:
            return True
        except DataError:
            return False
        return True
    return content.startswith(_PICTURES)


def open_image(content: bytes) -> Picture:
    """The image with its header read, its pixels not yet. Raises `DataError`."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of sizes that are refused here anyway
            image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as problem:
        raise TooLargeError(str(problem)) from problem
    except Image.UnidentifiedImageError as problem:  # it names nothing but an address in memory
        raise DataError("its beginning is not that of an image") from problem
    except Exception as problem:  # whatever a decoder says to bytes that could be anything
        raise DataError(f"not an image ({problem})") from problem
    if image.width * image.height > MAX_PIXELS:
        raise TooLargeError(f"{image.width}×{image.height} pixels")
    return image


def pictures_in(image: Picture) -> int:
    """How many pictures of one size a file holds; the second ones that phones and thumbnails add do not count."""
    try:
        n = getattr(image, "n_frames", 1)
        if n > 1 and image.format == "TIFF":
            sizes = set()
            for i in range(n):
                image.seek(i)
                sizes.add(image.size)
            image.seek(0)
            return n if len(sizes) == 1 else 1
    except Exception as problem:  # whatever a decoder says to bytes that could be anything
        raise DataError(f"not an image ({problem})") from problem
    return 1 if image.format == "MPO" else n


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
class Scale:
    """Which values are black and white; one scale holds for a whole set."""

    black: float = 0.0
    white: float = 255.0

    def greys(self, x: np.ndarray, white: float = 0.0) -> np.ndarray:
        """Values as greys 0..255, uint8; `white`, unless 0, is another white."""
        white = white or self.white
        if (self.black, white) == (0.0, 255.0) and x.dtype == np.uint8:
            return x
        scaled = np.empty(x.shape, np.uint8)
        for part in np.array_split(np.arange(len(x)), x.size // 2_000_000 + 1):  # floats of it all would be large
            grey = (x[part].astype(np.float64) - self.black) * (255 / max(white - self.black, 1e-300))
            scaled[part] = np.rint(grey.clip(0, 255))
        return scaled

    def description(self) -> str:
        """How a note tells it."""
        return f"Values from {self.black:g} to {self.white:g} are read as black to white."


def scale_of(low: float, high: float, whole: bool) -> Scale:
    """The scale of values from `low` to `high`, guessed; `whole`: they are of a type of whole numbers."""
    if low < 0:
        return Scale(low, max(high, low + 1e-300))
    if high <= (1 if whole else 1.01):  # rounding goes a little over 1
        return Scale(0, 1)
    if high < 64:
        return Scale(0, high)
    if high <= 255:
        return Scale()
    return Scale(0, 65_535.0 if whole and high <= 65_535 else high)


def as_bytes(x: np.ndarray, white: float = 0.0) -> tuple[np.ndarray, tuple[str, ...]]:
    """Values as greys 0..255, and a note of what was taken as black and white."""
    scale, notes = scale_with_note(x)
    return scale.greys(x, white), () if white else notes


def scale_with_note(x: np.ndarray) -> tuple[Scale, tuple[str, ...]]:
    """The scale of an array, and what to say of it where it was guessed."""
    high = float(x.max())
    scale = scale_of(float(x.min()), high, x.dtype.kind in "bui")
    plain = scale == Scale() and (x.dtype == np.uint8 or high == 255)
    return scale, () if plain else (scale.description(),)


def is_deep(image: Picture) -> bool:
    """True where pixels have more than 8 bits, so that black and white must be decided."""
    return image.mode.startswith(("I", "F"))


def with_white(image: Picture, scale: Scale, white: float) -> Picture:
    """The image with 8 bits a channel: a deep one by the scale of its set; `white`, unless 0, is another white."""
    from PIL import Image, ImageOps

    if is_deep(image):
        image = ImageOps.exif_transpose(image)
        values = np.asarray(image)
        grey = Image.fromarray(scale.greys(values, white))
        if (clear := image.info.get("transparency")) is None:
            return grey
        return Image.merge("LA", (grey, Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8))))
    if not white or white == 255:
        return image
    image = ImageOps.exif_transpose(image)
    clear = "A" in image.mode or "a" in image.mode or "transparency" in image.info
    image = image.convert("RGBA" if clear else "L" if image.mode in ("1", "L") else "RGB")
    brighter = [min(255, round(v * 255 / white)) for v in range(256)]
    return image.point(brighter * (len(image.getbands()) - clear) + list(range(256)) * clear)


DARK = 64  # of 255: a quarter of white


def darkness(greys: np.ndarray) -> tuple[str, ...]:
    """A warning where the brightest pixel of all is under a quarter of white."""
    if not greys.size or (top := int(greys.max())) >= DARK or not top:
        return ()
    return (f"The brightest pixel is {top} of 255, under a quarter of white: is white another value in this file?",)


@dataclass(frozen=True)
class Stack:
    """Images (N, H, W) or (N, H, W, 3 or 4), of any type of numbers."""

    values: np.ndarray
    scale: Scale = Scale()

    def name(self, i: int) -> str:
        return f"image {i + 1}"

    def picture(self, i: int, settings: Settings) -> Picture:
        from PIL import Image

        return Image.fromarray(self.scale.greys(self.values[i], settings.white))
