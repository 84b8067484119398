"""Trainings: begun, watched, compared."""

from __future__ import annotations

from pages.registry import Exhibit

EXHIBIT = Exhibit(
    name="train",
    order=12,
    title="Train",
    icon=":material/model_training:",
    question="What happens while a model learns?",
    about="Choose data, model and settings and watch training live; compare runs, and continue any of them.",
)
