"""Texts generated token by token."""

from __future__ import annotations

from core.config.capabilities import Capability
from pages.registry import Exhibit, score_of

EXHIBIT = Exhibit(
    name="tokens",
    order=8,
    title="Next token",
    icon=":material/edit_note:",
    question="Which letter comes next?",
    about=(
        "Generate text one token at a time. Force a token and branch from there; see the surprisal of every character "
        "under each model, the attention of a Transformer, the units of a recurrent network, and how much context each "
        "model uses."
    ),
    link="Generate text with it",
    requires=frozenset({Capability.STEPS_TOKENS}),
    rank=lambda c: (c.manifest.preset.dataset != "shakespeare", score_of(c, "nats a character")),
)
