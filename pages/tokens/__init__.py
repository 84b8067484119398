"""Texts written token by token."""

from __future__ import annotations

from core.config.capabilities import Capability
from pages.registry import Exhibit, score_of

EXHIBIT = Exhibit(
    name="tokens",
    order=6,
    title="Next token",
    icon=":material/edit_note:",
    about=(
        "A text is written one token after the other. Force another token and watch the future branch; see which "
        "characters surprise which model, where a Transformer looks, what a recurrent unit follows, and how far back "
        "each model really reads."
    ),
    link="Watch it write",
    requires=frozenset({Capability.STEPS_TOKENS}),
    rank=lambda c: (c.manifest.preset.dataset != "shakespeare", score_of(c, "nats a character")),
)
