"""Colours that mean something, the same everywhere."""

from __future__ import annotations

# A contrast of at least 3 on the light and on the dark page, and as far apart as ten such colours can be, also for eyes
# that lack red or green cones: tests/test_theme.py holds them to it
CLASS_COLOURS = (
    "#0e9ebb",
    "#c91251",
    "#8b9903",
    "#1d7307",
    "#1f4efe",
    "#b112ba",
    "#9772fe",
    "#cf7c6d",
    "#ff41c9",
    "#715d81",
)

# A shape for each class beside its colour, in the same order
CLASS_SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "triangle-down",
    "diamond",
    "cross",
    "plus",
    "star",
    "pentagon",
    "hexagon",
)

# The grounds of the light and the dark page, as .streamlit/config.toml has them
LIGHT, DARK = "#ffffff", "#0f141b"

# Training, test and noise images; positive and negative weights (Okabe & Ito 2008)
TRAIN, TEST, NOISE = "#0072b2", "#e69f00", "#9aa0a6"
