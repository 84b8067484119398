"""Scores and summary tensors of models with a code: what is lost on the way through it, beside linear codes of the same
size, and whether examples of one class lie together."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import torch
from torch import Tensor, nn

from core.data.preprocessing import levels_of
from core.evaluation.score import Score, Subject, Unscored, alone, standard_error, together
from core.models.autoencoders.linear_codes import LSA, PCA, LogisticPCA, perplexity
from core.models.capabilities import Codec
from core.numerics.neighbors import knn_transfer

CODED_EXAMPLES = 2_000  # test examples whose codes are kept, as many as a film follows
MOST_NUMBERS = 200_000  # numbers in them, at most
CURVE = 100  # components, at most, that are kept of PCA, to be compared at other code sizes
WHOLE_CURVE = 1_000  # at most, that its error is given for
FITTED_TO = 20_000  # training examples, at most, that these components are fitted to
BASIS = "basis"  # what they are called in a checkpoint
LOGISTIC_SIZE = 30  # largest code for which logistic PCA is fitted
_BATCH = 2_000

# Hinton & Salakhutdinov 2006: figure 2 B (MNIST) and 2 A (curves), squared error an image
PUBLISHED = {
    ("mnist", 30): {"reconstruction error": 3.00, "logistic PCA": 8.01, "PCA": 13.87},
    ("curves", 6): {"reconstruction error": 1.44, "logistic PCA": 7.64},
}
_NAMES = {PCA: "PCA", LSA: "latent semantic analysis"}
_PAPER = re.compile(r"published ([\d.]+)")


def supports(model: nn.Module) -> bool:
    """Whether this module scores the model."""
    return isinstance(model, Codec)


@torch.no_grad()
def scores(subject: Subject) -> Iterator[Score | Unscored]:
    """Reconstruction beside PCA and logistic PCA (word counts: perplexity beside latent semantic analysis), and the
    accuracy of nearest neighbours by code."""
    view = subject.view("test")
    test = view.all(subject.generator())
    train = subject.view("train").all(subject.generator())
    codes = _encode(subject, test)
    if view.kind == "counts":
        yield from alone("reconstruction perplexity", _words, subject, test, codes)
    else:
        yield from alone("reconstruction error", _errors, subject, train.cpu(), test, codes)
    train_labels, test_labels = subject.dataset.train_labels, subject.dataset.test_labels
    if train_labels is None or test_labels is None or not set(test_labels.tolist()) <= set(train_labels.tolist()):
        return
    train_codes = _encode(subject, train)
    for k in (10, 1):
        if k <= len(train):
            yield from alone(f"{k}-NN accuracy of codes", _neighbours, subject, train_codes, codes, k)


def _neighbours(subject: Subject, train_codes: Tensor, codes: Tensor, k: int) -> Iterator[Score]:
    value = knn_transfer(train_codes, subject.dataset.train_labels, codes, subject.dataset.test_labels, k)
    note = (
        f"vote of the {k} nearest of {len(train_codes):,} training codes"
        if k > 1
        else "label of the nearest training code"
    )
    name = subject.data_name("test", len(codes))
    yield Score(f"{k}-NN accuracy of codes", value, "share right", "measured", name, seed=subject.seed, note=note)


@torch.no_grad()
def summary_tensors(subject: Subject) -> dict[str, Tensor]:
    """codes (n, d) of the first test examples, at most 2,000; codes.labels (n,) where there are labels; codes.errors
    (n,): squared error of each reconstruction; of pictures and word counts also the linear codes to compare with, as
    `NAME.*` (see `core.models.autoencoders.linear_codes`), and NAME.errors: what PCA or latent semantic analysis loses
    with 1, 2, ... numbers; the components for that as `basis.*`.
    """
    return together(subject, _codes, _linear_codes)


def _codes(subject: Subject) -> dict[str, Tensor]:
    d = _encode(subject, subject.view("test").batch(slice(0, 1), subject.generator())).shape[1]
    n = max(1, min(CODED_EXAMPLES, MOST_NUMBERS // d))
    x = subject.view("test").batch(slice(0, n), subject.generator())
    codes = _encode(subject, x)
    arrays = {"codes": codes, "codes.errors": _squared_error(subject, x, _decode(subject, codes))}
    if (labels := subject.dataset.test_labels) is not None:
        arrays["codes.labels"] = torch.from_numpy(labels[:n]).to(torch.int32)
    return arrays


def _linear_codes(subject: Subject) -> dict[str, Tensor]:
    counts = subject.dataset.kind == "counts"
    if not counts and len(subject.dataset.event_shape) != 2:
        return {}
    arrays = {}
    for name, rival in _linear(subject).items():
        arrays |= {f"{name}.{k}": v for k, v in rival.state().items()}
    train, test = (subject.view(split).all(subject.generator()).cpu() for split in ("train", "test"))
    made = basis(train, test, counts, subject.seed)
    arrays[f"{_NAMES[LSA if counts else PCA]}.errors"] = made["errors"][:CURVE]
    return arrays | {f"{BASIS}.{k}": v for k, v in made.items()}


@torch.no_grad()
def basis(train: Tensor, test: Tensor, counts: bool, seed: int) -> dict[str, Tensor]:
    """The first CURVE components of PCA, or of latent semantic analysis where examples (N, *event_shape) are word
    counts, and errors (m,): what is lost of the test examples with 1, 2, ... numbers; of PCA with all there are."""
    most = min(CURVE if counts else WHOLE_CURVE, math.prod(train.shape[1:]) - counts, len(train))
    fitted = LSA(most).fit(train, seed) if counts else PCA(most).fit(train[:FITTED_TO])
    state = fitted.state()
    return {**state, "components": state["components"][:CURVE], "errors": fitted.errors_by_size(test, most)}


def published_errors(scores: Iterable[Score]) -> list[tuple[str, float, float]]:
    """(score, figure of the 2006 paper, value here) of those scores that the paper has too."""
    found = []
    for score in scores:
        if (match := _PAPER.search(score.note)) is not None:
            found.append((score.name, float(match[1]), score.value))
    return found


def _errors(subject: Subject, train: Tensor, test: Tensor, codes: Tensor) -> Iterator[Score | Unscored]:
    size = codes.shape[1]
    unit = "squared error/image" if len(test.shape) == 3 else "squared error/example"
    levels = levels_of(subject.view_name)
    scale = f"on levels 0 to {levels - 1}" if levels else ""
    scale = "in units of the training standard deviation" if subject.view_name == "standardised" else scale
    name = subject.data_name("test", len(test))

    def score(what: str, errors: Tensor, note: str, seed: int | None = None) -> Score:
        return Score(what, float(errors.mean()), unit, "measured", name, standard_error(errors), seed, note)

    def notes_of(key: str, *notes: str) -> str:
        figures = PUBLISHED.get((subject.dataset.name, size), {}) if subject.view_name == "grey" else {}
        paper = f"published {figures[key]:.2f} (Hinton & Salakhutdinov 2006)" if key in figures else ""
        return "; ".join(part for part in (*notes, scale, paper) if part)

    errors = _squared_error(subject, test, _decode(subject, codes))
    yield score("reconstruction error", errors, notes_of("reconstruction error", f"{size}-D code"), subject.seed)
    yield from alone("explained variance", _explained_variance, subject, train, test, errors)

    def lost(rival: PCA | LogisticPCA) -> Tensor:
        return (test.cpu() - rival.decode(rival.encode(test.cpu()))).square().flatten(1).sum(1)

    def linear() -> Iterator[Score]:
        if (pca := _linear(subject).get("PCA")) is not None:
            yield score("PCA, for comparison", lost(pca), notes_of("PCA", f"{size} components"))

    def logistic() -> Iterator[Score]:
        if (rival := _linear(subject).get("logistic PCA")) is None:
            return
        notes = notes_of("logistic PCA", f"{size} components, linear codes")
        yield score("logistic PCA, for comparison", lost(rival), notes, subject.seed)
        generator = torch.Generator().manual_seed(subject.seed)
        searched = LogisticPCA(size, "searched").fit(train, generator, report=subject.reporter("logistic PCA"))
        notes = notes_of("", f"{size} components, maximum-likelihood codes")
        yield score("logistic PCA, searched codes, for comparison", lost(searched), notes, subject.seed)

    yield from alone("PCA, for comparison", linear)
    yield from alone("logistic PCA, for comparison", logistic)


def _explained_variance(subject: Subject, train: Tensor, test: Tensor, errors: Tensor) -> Iterator[Score | Unscored]:
    around = float((test.cpu().double() - train.mean(0, dtype=torch.float64)).square().sum())
    if around <= torch.finfo(torch.float32).eps ** 2 * float(test.double().square().sum()):  # rounding, and no more
        yield Unscored("explained variance", "every test example equals the training mean")
        return
    value = 1 - float(errors.double().sum()) / around
    note = "fraction of the test examples' squared distance to the training mean"
    name = subject.data_name("test", len(test))
    yield Score("explained variance", value, "share", "measured", name, seed=subject.seed, note=note)


@lru_cache(maxsize=1)  # the scores and the summary of a subject share them
@torch.no_grad()
def _linear(subject: Subject) -> dict[str, PCA | LogisticPCA | LSA]:
    """Linear codes of the model's size by name, fitted to the same training examples, where that size is one to fit."""
    train = subject.view("train").all(subject.generator())
    size = _encode(subject, train[:1]).shape[1]
    if size >= min(math.prod(train.shape[1:]), len(train)):
        return {}
    train, found = train.cpu(), {}
    if subject.dataset.kind == "counts":
        return {_NAMES[LSA]: LSA(size).fit(train, subject.seed)}
    found["PCA"] = PCA(size).fit(train)
    if subject.thorough and size <= LOGISTIC_SIZE and subject.view("train").kind in ("grey", "binary"):
        generator = torch.Generator().manual_seed(subject.seed)
        found["logistic PCA"] = LogisticPCA(size).fit(train, generator, report=subject.reporter("logistic PCA"))
    return found


def _words(subject: Subject, test: Tensor, codes: Tensor) -> Iterator[Score | Unscored]:
    name, test = subject.data_name("test", len(test)), test.cpu()
    note = "reconstruction of the encoded words, not prediction of unseen ones"
    value = perplexity(test, _decode(subject, codes).cpu())
    yield Score("reconstruction perplexity", value, "per word", "measured", name, seed=subject.seed, note=note)
    yield from alone(f"{_NAMES[LSA]}, for comparison", _linear_words, subject, test, name)


def _linear_words(subject: Subject, test: Tensor, name: str) -> Iterator[Score]:
    for what, rival in _linear(subject).items():
        value = perplexity(test, rival.decode(rival.encode(test)))
        note = f"{rival.size} components, smoothed with 10% of the corpus word frequencies"
        yield Score(f"{what}, for comparison", value, "per word", "measured", name, seed=subject.seed, note=note)


def _encode(subject: Subject, x: Tensor) -> Tensor:
    return torch.cat([subject.model.encode(part) for part in x.split(_BATCH)]).float()


def _decode(subject: Subject, codes: Tensor) -> Tensor:
    return torch.cat([subject.model.decode(part) for part in codes.split(_BATCH)])


def _squared_error(subject: Subject, x: Tensor, back: Tensor) -> Tensor:
    """Squared error summed over each example (N,), on the CPU; of word counts, that of their shares."""
    x, back = x.flatten(1), back.flatten(1)
    if subject.dataset.kind == "counts":
        x = x / x.sum(1, keepdim=True).clamp_min(1)
    return (x - back).square().sum(1).cpu()
