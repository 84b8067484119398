"""Three ways on from Home: a path of five minutes, questions for a class, data of one's own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from core.config.capabilities import Capability
from core.store.checkpoints import Checkpoint
from pages.home import recordings
from pages.registry import exhibits, list_checkpoints, score_of
from pages.shared.model_store import can

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
        {"title": shown[name].title, "text": text, "href": recordings.address(shown[name], recordings.read(name))}
        for name, text in STEPS.items()
        if name in shown
    ]


def teach() -> list[dict[str, str]]:
    """Questions to guess at first, each with its answer and the page that shows it."""
    shown, found = {exhibit.name for exhibit in exhibits()}, []

    def ask(question: str, answer: str, page: str, **query: str) -> None:
        if page in shown:
            text = urlencode(query, safe="~,:")
            href = f"./{page}?{text}" if text else f"./{page}"
            found.append({"question": question, "answer": answer, "href": href})

    if (deep := _deepest()) is not None:
        own, pca = score_of(deep, "reconstruction error"), score_of(deep, "PCA, for comparison")
        size, pixels = deep.code_size, _pixels(deep)
        ask(
            f"{pixels} pixels through {size} numbers: how much less does a deep autoencoder lose than PCA?",
            f"{pca / own:.1f} times less: squared error {own:.1f} per image instead of {pca:.1f}.",
            "autoencoder",
            checkpoint=deep.name,
        )
    if (exact := _exact_pixels()) is not None:
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
        "Not on all: compare CKA, above the diagonal, with the overlap of neighbours below it.",
        "compare",
        dataset="digits",
        mode="alike",
    )
    return found


def _deepest() -> Checkpoint | None:
    """The autoencoder of images that loses least and was compared with PCA, on MNIST where it is here."""
    fits = [
        c
        for c in list_checkpoints()[0]
        if can(c, Capability.DECODES_FROM_LAYERS) and c.score("PCA, for comparison") and c.score("reconstruction error")
    ]
    return min(
        fits, key=lambda c: (c.manifest.preset.dataset != "mnist", score_of(c, "reconstruction error")), default=None
    )


def _pixels(checkpoint: Checkpoint) -> int:
    height, width = checkpoint.manifest.preset.event_shape
    return height * width


def _exact_pixels() -> Checkpoint | None:
    fits = [c for c in list_checkpoints()[0] if can(c, Capability.STEPS_PIXELS) and c.score("test log-probability")]
    return min(
        fits,
        key=lambda c: (c.manifest.preset.dataset != "mnist", bool(c.manifest.preset.model.get("classes")), c.name),
        default=None,
    )


def told() -> dict[str, Any]:
    """What the player is told of the doors."""
    return {"explore": explore(), "teach": teach(), "upload": "./data" if _has("data") else ""}


def _has(name: str) -> bool:
    return any(exhibit.name == name for exhibit in exhibits())
