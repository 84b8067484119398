"""What Home asks the server for itself: examples to begin with. Its tiles ask the routes of the pages they open."""

from __future__ import annotations

from core import data
from core.data.errors import DataError
from core.data.greys import grey_images
from pages.shared.codec import pack
from pages.shared.endpoints import given

EXAMPLES = 40


def examples(name: str, query: dict[str, str]) -> bytes:
    """The first test images of the data set, in greys."""
    dataset = data.load_test(name)
    images = grey_images(dataset, dataset.test[:EXAMPLES])
    if images is None:
        raise DataError(f"{dataset.title} are not images")
    return pack({}, {"images": ("u8", images)}, level=6)


ROUTES = [given("home/{name}/examples", examples)]
