"""Models of texts, opened once for all visitors, and what they make of a text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from core.config.capabilities import Capability
from core.numerics.kept import kept
from core.store import checkpoints
from pages.shared.batches import Batches
from pages.shared.endpoints import BATCHES
from pages.shared.model_store import OpenModel, open_model


def language_model(name: str) -> OpenModel:
    """The model of a checkpoint that predicts token after token. Raises `CheckpointError` for others."""
    return open_model(name, Capability.STEPS_TOKENS, otherwise="writes no texts")


def context_after(name: str, prompt: str) -> Any:
    """A `core.models.language.base.Context` that has read the prompt; a copy, which may read on."""
    import torch

    return _context_after(name, checkpoints.load(name).version, prompt).branch(torch.zeros(1, dtype=torch.long))


@kept("texts read by language models")
def _context_after(name: str, version: str, prompt: str) -> Any:
    import torch

    opened = language_model(name)
    return opened.model.prefill(torch.from_numpy(opened.vocabulary.encode(prompt))[None])


def batches(name: str) -> Batches:
    """Where texts of all visitors are sampled by the model of a checkpoint."""
    return _batches(name, checkpoints.load(name).version)


@lru_cache(maxsize=24)
def _batches(name: str, version: str) -> Batches:
    from core.analysis.batched_generation import GenerationBatch

    model = language_model(name).model
    return Batches(f"{name} {version}", lambda: GenerationBatch(model), BATCHES)


def hidden_activity(name: str, text: str) -> Any:
    """What the hidden units of a recurrent network do along a text: (T, layers, H)."""
    return _hidden_activity(name, checkpoints.load(name).version, text)


@kept("hidden activity along texts")
def _hidden_activity(name: str, version: str, text: str) -> Any:
    import torch

    from core.analysis.language_insides import activity

    opened = language_model(name)
    return activity(opened.model, torch.from_numpy(opened.vocabulary.encode(text)))
