"""What the page's link carries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AutoencoderState:
    """The Autoencoder page, whose widgets hold it from its first drawing on.

    digit: the class of the examples, or "any"; errors: show residuals instead.
    """

    digit: str = "any"
    seed: int = 0
    errors: bool = False
