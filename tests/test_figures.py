"""What pages say of a model's likelihood: the number with all that its scores know of its uncertainty."""

import dataclasses
import re
from pathlib import Path

import pytest

from core.config.score import Score
from core.store import checkpoints
from core.store.checkpoints import Checkpoint
from pages.gibbs import figures
from pages.shared import scores

SHIPPED = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}
MODELS = (Path(__file__).parent.parent / "docs" / "models.md").read_text()


def with_scores(forward: tuple[float, float], reverse: tuple[float, float] | None) -> Checkpoint:
    """A checkpoint whose log-probability by AIS, and by reverse AIS, have these values and spreads."""
    shipped = SHIPPED["digits-rbm"]
    note = "AIS, 9 temperatures, 100 chains, 90 of them effective"
    estimate = Score("test log-probability", 0.0, "nats/image", "upper-leaning estimate", "digits test")
    found = [dataclasses.replace(estimate, value=forward[0], spread=forward[1], note=note)]
    if reverse:
        found.append(dataclasses.replace(estimate, name="reverse bound", value=reverse[0], spread=reverse[1]))
    return dataclasses.replace(shipped, run=shipped.run | {"scores": [score.to_json() for score in found]})


def test_an_exact_likelihood_has_no_spread():
    assert scores.likelihood(SHIPPED["digits-rbm-exact"]) == "**−17.95** nats per image (exact)"


def test_ais_stands_with_its_spread_and_the_gap_to_reverse_ais():
    said = scores.likelihood(with_scores((-84.03, 0.09), (-84.14, 0.06)))
    assert said == "**−84.03 ± 0.09** nats per image (AIS; reverse AIS −84.14 ± 0.06, 0.11 lower)"
    assert scores.likelihood(with_scores((-84.03, 0.09), None)) == "**−84.03 ± 0.09** nats per image (AIS)"


def test_an_estimate_that_few_chains_carry_is_none():
    said = scores.likelihood(SHIPPED["faces-rbm"])
    assert re.fullmatch(r"not estimated: [\d.]+ of 100 AIS chains are effective, 10 or fewer", said)
    assert "≲" not in next(line for line in MODELS.splitlines() if line.startswith("| `faces-rbm` |"))


def test_a_model_without_the_score_has_no_words_for_it():
    checkpoint = dataclasses.replace(SHIPPED["digits-rbm"], run=SHIPPED["digits-rbm"].run | {"scores": []})
    assert scores.likelihood(checkpoint) is None
    assert "log-probability" not in figures.one_line(checkpoint)


@pytest.mark.parametrize(
    "name",
    [n for n in SHIPPED if n.endswith(("-rbm", "-rbm-cd1", "-rbm-exact")) and n not in ("topics-rbm", "faces-rbm")],
)
def test_the_document_and_the_page_agree(name):
    """The document's row of a model holds the numbers that the page shows."""
    row = next(line for line in MODELS.splitlines() if line.startswith(f"| `{name}` |"))
    said = scores.likelihood(SHIPPED[name])
    wanted = re.findall(r"−[\d.]+(?: ± [\d.]+)?", said)
    assert wanted and all(each in row for each in wanted)
