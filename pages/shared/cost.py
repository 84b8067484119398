"""What a request costs, counted before it starts: nobody may ask for hours of a server's work."""

from __future__ import annotations

from typing import Any

from core.config.mode import mode
from pages.shared.codec import BadRequest

MOST = 10**12  # multiplications of one request: a minute or two of a laptop
MOST_A_FRAME = 200 * 10**9  # of one frame of chains, which cannot be cut shorter


def within(multiplications: float, what: str, most: float = 0) -> None:
    """Raises `BadRequest` where `what` costs more than `most` multiplications (`MOST`), or than the mode allows."""
    most = min(most or MOST, mode().multiplications)
    if multiplications > most:
        raise BadRequest(
            f"{what} take {multiplications / 1e9:,.0f} billion multiplications; at most {most / 1e9:,.0f} "
            "billion are allowed"
        )


def passes(model: Any, count: int) -> int:
    """Multiplications of `count` tokens, or pixels, through the model: one a weight and token."""
    return count * sum(p.numel() for p in model.parameters())
