"""Data that visitors bring."""

from __future__ import annotations

from pages.registry import Exhibit

EXHIBIT = Exhibit(
    name="data",
    order=13,
    title="Your data",
    icon=":material/upload_file:",
    question="What structure is in your data?",
    about="Upload images, vectors, word counts or a text, and train models on them.",
)
