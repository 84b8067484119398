"""A notebook that computes what the page shows, with `core.representations` alone."""

from __future__ import annotations

import json
from dataclasses import dataclass

COMPUTE = """\
from core import representations

DATASET, SPLIT = {dataset!r}, {split!r}
KEYS = {keys!r}

found = representations.compute_all(KEYS, DATASET, SPLIT)
for one in found:
    print(f"{{one.info.title}}: {{one.vectors.shape[0]:,}} x {{one.vectors.shape[1]}}")"""

MAPS = """\
from core.numerics.projections import project
from core.representations.alignment import align

settings = {settings!r}
maps = [project({method!r}, one.vectors, dimensions={dimensions}, **settings).coordinates for one in found]
aligned = [maps[0], *(align(maps[0], other) for other in maps[1:])]"""

CHART = """\
import altair
import pandas

altair.data_transformers.disable_max_rows()
names = found[0].class_names
classes = [names[c] for c in found[0].labels] if found[0].labels is not None else ["example"] * len(found[0])
points = pandas.concat(
    pandas.DataFrame({"x": map[:, 0], "y": map[:, 1], "class": classes, "representation": one.info.title})
    for one, map in zip(found, aligned)
)
panel = altair.Chart(points).mark_circle(size=9)
panel = panel.encode(altair.X("x", axis=None), altair.Y("y", axis=None), color="class")
panel = panel.properties(width=260, height=260).facet("representation", columns=3)
panel.resolve_scale(x="independent", y="independent")"""

CHANGES = """\
from core.representations.alignment import change_of_neighbourhood
from core.representations.similarity import Terms

terms = [Terms(one.vectors) for one in found]
for one, other in zip(found[1:], terms[1:]):
    change = change_of_neighbourhood(terms[0], other, k={k})
    most = found[0].indices[(-change).argsort(kind="stable")[:10]]
    print(f"{{one.info.title}}: {{change.mean():.0%}} of the neighbourhood changed; most for examples {{most}}")"""

ALIKE = """\
from core.representations.similarity import MEASURES, Terms, similarity_matrix

terms = [Terms(one.vectors) for one in found]
for measure in ("cka", {lower!r}):
    print(MEASURES[measure])
    print(similarity_matrix(terms, measure, k={k}).round(3))"""

INTERVALS = """\
from core.representations.similarity import interval

for one, other in zip(found[1:], terms[1:]):
    print(f"{{found[0].info.title}} and {{one.info.title}}: {{interval(terms[0], other, 'cka')}}")"""

GEOMETRY = """\
from core.representations import geometry

for one, each in zip(found, terms):
    spread = geometry.spread_of_variance(each)
    print(one.info.title)
    try:
        print("  TwoNN", geometry.two_nn(one.vectors))
    except ValueError as problem:
        print("  TwoNN:", problem)
    print("  participation ratio", spread.participation)
    print("  leading shares of the variance", spread.shares[:5].round(3))"""

IMAGE = """\
from core.representations.similarity import Terms

ROW = {row}  # of the examples
for one in found:
    near = Terms(one.vectors).neighbours(8)[ROW]
    classes = [one.class_names[c] for c in one.labels[near]] if one.labels is not None else ""
    print(one.info.title, one.indices[near], *classes)"""

LABELS = """\
from core.representations.readout import readout

for one, map in zip(found, maps):
    for space, points in (("full space", one.vectors), ("map", map)):
        print(f"{{one.info.title}}, {{space}}")
        for point in readout(points, one.labels, {probe!r}):
            print(f"  {{point.labels or 'all'}} labels of each class: {{point.mean:.1%}} +- {{point.spread:.1%}}")"""

FACTORS = """\
from core.representations.readout import read_factors

for one in found:
    print(one.info.title)
    for score in read_factors(one.vectors, one.factors):
        print(f"  {{score.name}}: {{score.linear:.2f}} linear, {{score.knn:.2f}} by neighbours ({{score.unit}})")"""

CONFUSIONS = """\
from core.representations.readout import confusion, predictions

read = [predictions(one.vectors, one.labels, {probe!r}) for one in found]
counted = [confusion(one.labels, classes, len(one.class_names)) for one, classes in zip(found, read)]
for one, other in zip(found[1:], counted[1:]):
    print(f"{{one.info.title}} less {{found[0].info.title}}; rows: true class, columns: class read")
    print(other - counted[0])"""

LIKELIHOODS = """\
from core.store import checkpoints

for checkpoint in checkpoints.available()[0]:
    if checkpoint.manifest.preset.dataset == DATASET:
        for score in checkpoint.manifest.scores:
            if score.name in {names!r}:
                print(f"{{checkpoint.title}}: {{score.value:.2f}} {{score.unit}} ({{score.nature}})")"""


@dataclass(frozen=True)
class Recipe:
    """What is shown: the page's state (`pages.compare.state`), and the example of the tab of one image."""

    dataset: str
    split: str
    keys: list[str]
    mode: str
    method: str
    dimensions: int
    settings: dict[str, float]
    k: int
    lower: str
    reading: str
    probe: str
    row: int
    names: tuple[str, ...] = ()  # of scores that are likelihoods


TITLES = {
    "maps": "Maps, aligned",
    "alike": "How alike are they?",
    "image": "One image through all",
    "readout": "What can be read out",
    "likelihoods": "Likelihoods",
}


def cells(recipe: Recipe) -> list[str]:
    """The code of the notebook's cells."""
    parts = {
        "maps": (MAPS, CHART, CHANGES),
        "alike": (ALIKE, INTERVALS, GEOMETRY),
        "image": (IMAGE,),
        "readout": {"labels": (MAPS, LABELS), "factors": (FACTORS,), "confusions": (CONFUSIONS,)}.get(recipe.reading),
        "likelihoods": (LIKELIHOODS,),
    }
    return [part if part is CHART else part.format(**vars(recipe)) for part in (COMPUTE, *parts[recipe.mode])]


def notebook(recipe: Recipe) -> bytes:
    """The notebook as a file (nbformat 4.5)."""
    about = (
        f"# {TITLES[recipe.mode]}: {recipe.dataset}\n\n"
        "Computes what the page Compare shows. Start it in the folder of the project, so that `core` is found."
    )
    listed = [{"cell_type": "markdown", "id": "about", "metadata": {}, "source": about}]
    listed += [
        {"cell_type": "code", "id": f"cell-{i}", "metadata": {}, "source": code, "outputs": [], "execution_count": None}
        for i, code in enumerate(cells(recipe))
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = {"cells": listed, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(made, indent=1).encode()
