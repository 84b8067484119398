"""Three ways on from Home: a path of five minutes, questions for a class, data of one's own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from core.config.mode import Ability
from core.store.checkpoints import Checkpoint
from pages.home import recordings
from pages.home.addresses import address
from pages.registry import exhibits, score_of
from pages.shared import visitors

# what to look for on the way, by page
STEPS = {
    "gibbs": "Watch noise turn into digits. Clamp half an image.",
    "autoencoder": "Compare thirty numbers of PCA with thirty of a deep net.",
    "latent": "Drag across the plane. Where does a 4 become a 9?",
    "pixels": "Scrub back, change a pixel, see another digit come.",
    "compare": "Morph one map into another. Who changes neighbours?",
}


def explore() -> list[dict[str, str]]:
    """The steps of the path whose pages are here."""
    shown = {exhibit.name: exhibit for exhibit in exhibits()}
    return [
        {"title": shown[name].title, "text": text, "href": recordings.address_of(shown[name])}
        for name, text in STEPS.items()
        if name in shown
    ]


def teach(models: Mapping[str, Checkpoint]) -> list[dict[str, str]]:
    """Questions to guess at first, each with its answer and the page that shows it; `models` by page."""
    shown, found = {exhibit.name for exhibit in exhibits()}, []

    def ask(question: str, answer: str, page: str, **query: str) -> None:
        if page in shown:
            found.append({"question": question, "answer": answer, "href": address(page, query)})

    if (deep := models.get("compare")) is not None and deep.score("PCA, for comparison"):
        own, pca = score_of(deep, "reconstruction error"), score_of(deep, "PCA, for comparison")
        size, pixels = deep.code_size, math.prod(deep.manifest.preset.event_shape)
        ask(
            f"{pixels} pixels through {size} numbers: how much less does a deep autoencoder lose than PCA?",
            f"{pca / own:.1f} times less: squared error {own:.2f} a test image instead of {pca:.2f}.",
            "autoencoder",
            checkpoint=deep.name,
        )
    if (exact := models.get("pixels")) is not None:
        ask(
            "Which image is more probable to a PixelCNN: a digit or an empty one?",
            "Look at “all off” among the variants. A likely image need not be a good one.",
            "pixels",
            checkpoint=exact.name,
            mode="surprise",
        )
    ask(
        "Two numbers for each digit: which classes will overlap on the map?",
        "Look for 4 and 9, for 3 and 5. Then decode the places between them.",
        "codes",
    )
    ask(
        "Two models read digits equally well. Do they agree on neighbours?",
        "Not on all: above the diagonal stands how alike the clouds of points are as a whole (CKA), below it how many "
        "neighbours they share.",
        "compare",
        dataset="digits",
        mode="alike",
    )
    return found


def told(models: Mapping[str, Checkpoint]) -> dict[str, Any]:
    """What the player is told of the doors; `models` by page, as the tiles show them."""
    refused = visitors.current().reason_against(Ability.UPLOAD)
    upload = "./data" if _has("data") else ""
    return {"explore": explore(), "teach": teach(models), "upload": upload, "no_uploads": refused}


def _has(name: str) -> bool:
    return any(exhibit.name == name for exhibit in exhibits())
