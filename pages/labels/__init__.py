"""What labels add to what was learned without them."""

from __future__ import annotations

from pages.registry import Exhibit

EXHIBIT = Exhibit(
    name="labels",
    order=11,
    title="Labels",
    icon=":material/label:",
    question="How far do ten labels go?",
    about=(
        "Label ten images yourself and watch the classes spread over thousands of unlabelled ones, in pixels, PCA and "
        "codes that were learned without labels. Ask for the label that would help most, and race that against chance."
    ),
)
