"""The same data through every representation."""

from __future__ import annotations

from pages.registry import Exhibit

EXHIBIT = Exhibit(
    name="compare",
    order=10,
    title="Compare",
    icon=":material/compare:",
    question="Do two models agree on neighbours?",
    about=(
        "The same images in up to six representations: aligned maps that morph into one another, CKA and neighbour "
        "overlap between all of them, and one image through all."
    ),
)
