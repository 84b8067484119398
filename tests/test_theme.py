"""Colours that stand for classes can be seen on both pages, told apart, and come with shapes."""

import re
import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from pages.shared.represented import MOST
from pages.shared.theme import CLASS_COLOURS, CLASS_SHAPES, DARK, LIGHT

THEME = tomllib.loads((Path(__file__).parent.parent / ".streamlit/config.toml").read_text())["theme"]

# linear RGB to the cones' answers of Oklab (Ottosson 2020); red-blind and green-blind sight (Machado et al. 2009)
CONES = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
OKLAB = [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]
SIGHTS = {
    "usual": np.eye(3),
    "green-blind": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "red-blind": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
}


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def oklab(colour: str, sight: str) -> np.ndarray:
    return np.array(OKLAB) @ np.cbrt(np.array(CONES) @ np.clip(np.array(SIGHTS[sight]) @ linear(colour), 0, 1))


@pytest.mark.parametrize("colour", CLASS_COLOURS)
@pytest.mark.parametrize("ground", [LIGHT, DARK])
def test_a_class_stands_out_on_both_pages(colour, ground):
    assert contrast(colour, ground) >= 3


@pytest.mark.parametrize("sight", SIGHTS)
def test_classes_can_be_told_apart(sight):
    least = 0.1 if sight == "usual" else 0.05  # 0.02 is just visible in Oklab; shapes help the rest
    for one, other in combinations(CLASS_COLOURS, 2):
        assert np.linalg.norm(oklab(one, sight) - oklab(other, sight)) >= least, (one, other)


@pytest.mark.parametrize("sight", SIGHTS)
def test_no_representation_has_the_colour_of_a_class(sight):
    source = (Path(__file__).parent.parent / "pages/compare/view/chips.js").read_text()
    colours = re.findall("#[0-9a-f]{6}", source)
    assert len(colours) == MOST and all(contrast(one, ground) >= 3 for one in colours for ground in (LIGHT, DARK))
    least = 0.11 if sight == "usual" else 0.04
    for one in colours:
        assert min(np.linalg.norm(oklab(one, sight) - oklab(other, sight)) for other in CLASS_COLOURS) >= least, one
    for one, other in combinations(colours, 2):
        assert np.linalg.norm(oklab(one, sight) - oklab(other, sight)) >= least, (one, other)


def test_each_class_has_a_shape_of_its_own():
    assert len(set(CLASS_SHAPES)) == len(CLASS_SHAPES) == len(CLASS_COLOURS)


def test_charts_have_the_same_colours_and_pages_the_grounds_that_were_measured():
    assert tuple(THEME["chartCategoricalColors"]) == CLASS_COLOURS
    assert (THEME["light"]["backgroundColor"], THEME["dark"]["backgroundColor"]) == (LIGHT, DARK)
