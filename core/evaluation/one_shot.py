"""One-shot classification: are classes told by a single example of each?"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from core.data import one_shot
from core.evaluation.score import Score, Subject, Unscored, alone, standard_error
from core.models.capabilities import LearnsClasses, Monitored

DRAWS = 20  # of the support among the test examples
FEW = 1_000  # test examples that they are drawn from, at most


def supports(model: nn.Module) -> bool:
    """Whether this module scores the model."""
    return isinstance(model, LearnsClasses) and isinstance(model, Monitored)


def scores(subject: Subject) -> Iterator[Score | Unscored]:
    """The standard trials, for a model of the characters that go with them; support drawn among the test examples."""
    if subject.dataset.name == "omniglot" and subject.view_name == "grey":
        yield from alone("20-way one-shot accuracy", _trials, subject)
    yield from alone("one-shot accuracy", _draws, subject)


def summary_tensors(subject: Subject) -> dict[str, Tensor]:
    """Nothing."""
    return {}


@torch.no_grad()
def _trials(subject: Subject) -> Iterator[Score]:
    trials, device = one_shot.load(), next(subject.model.parameters()).device
    right = []
    for support, tests, answers in zip(trials.support, trials.tests, trials.answers, strict=True):
        both = (torch.from_numpy(one_shot.reduced(ink)).to(device) for ink in (tests, support))
        right.append(subject.model.class_logits(*both).argmax(1).cpu() == torch.from_numpy(answers))
    alphabets = torch.from_numpy(one_shot.by_alphabet(torch.stack(right).numpy()))
    note = (
        "Lake et al. 2015: 20 runs of 20 trials, within an alphabet; none of these was trained on; "
        f"± over the {one_shot.ALPHABETS} alphabets"
    )
    yield Score(
        "20-way one-shot accuracy",
        float(alphabets.mean()),
        "share right",
        "measured",
        "omniglot one-shot trials, 400 drawings, grey",
        standard_error(alphabets),
        note=note,
    )


@torch.no_grad()
def _draws(subject: Subject) -> Iterator[Score | Unscored]:
    view, generator = subject.view("test"), subject.generator()
    rows = slice(0, FEW)
    x = view.batch(rows, generator)
    labels = {} if view.labels is None else {"labels": view.labels[rows]}
    if labels and labels["labels"].unique().numel() == len(x):
        labels = {}  # no two of one class
    found = torch.tensor([subject.model.metrics(x, generator, **labels)["accuracy"] for _ in range(DRAWS)])
    ways = labels["labels"].unique().numel() if labels else len(x)
    what = f"{ways:,} classes" if labels else f"augmented copies among {ways:,} examples"
    note = f"{what}, one example of each; {DRAWS} draws"
    name = subject.data_name("test", len(x))
    yield Score(
        "one-shot accuracy", float(found.mean()), "share right", "measured", name, standard_error(found), 0, note
    )
