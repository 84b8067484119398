"""What Home asks the server for itself: examples and moving pictures. Its tiles ask the routes of their pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from core import data
from core.data.errors import DataError
from core.data.greys import grey_images
from pages.home import own_data, recordings
from pages.registry import exhibits
from pages.shared.codec import pack
from pages.shared.endpoints import KEPT, given, refusal

EXAMPLES = 40


def examples(name: str, query: dict[str, str]) -> bytes:
    """The first test images of the data set, in greys."""
    dataset = data.load_test(name)
    images = grey_images(dataset, dataset.test[:EXAMPLES])
    if images is None:
        raise DataError(f"{dataset.title} are not images")
    return pack({}, {"images": ("u8", images)}, level=6)


async def recording(request: Request) -> Response:
    """GET: the frames of a page's moving picture, below one another."""
    name = request.path_params["name"]
    if name not in {exhibit.name for exhibit in exhibits()} or recordings.read(name) is None:
        return refusal(f"no recording of {name[:100]!r}", 404)
    return FileResponse(recordings.PAGES / name / recordings.PICTURE, media_type="image/webp", headers=KEPT)


ROUTES = [
    given("home/{name}/examples", examples),
    Route("/api/home/recordings/{name}", recording),
    *own_data.ROUTES,
]
