"""Colours that mean something, the same everywhere."""

from __future__ import annotations

# After Paul Tol's "muted" scheme (colour-blind safe), its two darkest lightened to stand out on a dark page as well
CLASS_COLOURS = (
    "#88ccee",
    "#cc6677",
    "#ddcc77",
    "#2e8b57",
    "#6a5acd",
    "#aa4499",
    "#44aa99",
    "#a6a339",
    "#c2407a",
    "#9aa0a6",
)

# Training, test and noise images; positive and negative weights (Okabe & Ito 2008)
TRAIN, TEST, NOISE = "#0072b2", "#e69f00", "#9aa0a6"
