"""What the page's link carries."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class AutoencoderState:
    """What a link to the Autoencoder page carries. The player in the browser writes it, and reads the texts among it.

    digit       the class of the examples, or "any"; seed: which of them
    errors      show residuals instead
    k           code dimensions on the slider; 0 for those of the model
    layer       of the network that is decoded from; 0 for none
    pick        column of the example that goes through the network
    units       code values that were set by hand: `unit~value` with `_` between them
    drawing     an image drawn on the pad, packed to text
    guess       what the visitor answered to the page's question; 0 for nothing yet, -1 for no guess
    """

    digit: str = "any"
    seed: int = 0
    errors: bool = False
    k: int = field(default=0, metadata={"range": (0, 10_000)})
    layer: int = field(default=0, metadata={"range": (0, 100)})
    pick: int = field(default=0, metadata={"range": (0, 12)})
    units: str = ""
    drawing: str = ""
    guess: int = field(default=0, metadata={"range": (-1, 99_999)})
