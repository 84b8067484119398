"""Tiny models of Python's help: what the tests of the page Next token open. They are there in a moment."""

import dataclasses
import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from core import checkpoints, data, evaluation, models
from core.checkpoints import Checkpoint
from core.data.texts import decoded
from core.views import vocabulary_of
from pages.ui import wire

_NET = {"width": "16", "layers": "1", "heads": "2", "span": "64"}
KINDS = {  # the preset, settings, nats a character as its scores have it
    "ngram": ("help-ngram", {"order": "5"}, 2.0),
    "lstm": ("help-lstm", {"width": "16", "layers": "1"}, 3.0),
    "transformer": ("help-transformer", _NET, 3.5),
    "pairs": ("help-transformer-pairs", _NET, 4.0),
}
READ = 40_000  # characters that the n-gram counts, and tokens by which the others know how often each stands


def make(folder: Path, kind: str) -> Checkpoint:
    """One of `KINDS`, in `folder`: counts of some of the text, or weights as a training begins, with noise on them."""
    name, settings, nats = KINDS[kind]
    preset = dataclasses.replace(models.preset(name).override(settings), name=f"tiny-{kind}", title=f"Tiny: {kind}")
    dataset = data.load("help")
    vocabulary = vocabulary_of(dataset, preset.view)
    tokens = torch.from_numpy(vocabulary.encode(decoded(dataset.train[:READ])))
    model, generator = models.build(preset.family, preset.model).eval(), torch.Generator().manual_seed(1)
    if kind == "ngram":
        model.start_from_text(tokens)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator) * 0.1)
        if kind == "lstm":
            model.out.bias.copy_((torch.bincount(tokens, minlength=model.tokens) + 0.01).log())
    score = evaluation.Score("nats a character", nats, "nats/char", "exact", "help test")
    bits = evaluation.Score("bits a character", nats / math.log(2), "bits/char", "exact", "help test")
    run = {
        "preset": preset.to_json(),
        "title": preset.title,
        "data_fingerprint": dataset.fingerprint,
        "data_title": dataset.title,
        "class_names": [],
        "kind": "tokens",
        "device": "CPU",
        "precision": "float32",
        "seconds": 0.1,
        "scores": [score.to_json(), bits.to_json()],
    }
    weights = dict(model.state_dict()) | {"view.shift": torch.zeros(()), "view.scale": torch.ones(())}
    weights["view.vocabulary"] = torch.from_numpy(vocabulary.to_bytes().copy())
    begins = torch.tensor(list(decoded(dataset.test[:4_000]).encode()), dtype=torch.uint8)
    reach = {"reach.left": torch.tensor([0, 1, 4]).int(), "reach.nats": torch.tensor([nats + 1, nats + 0.2, nats])}
    return checkpoints.save(folder / f"tiny-{kind}-00000000", weights, {**reach, "text": begins}, run, [])


def shelf(folder: Path, *kinds: str) -> dict[str, Checkpoint]:
    """Some of them, or all."""
    return {kind: make(folder, kind) for kind in kinds or KINDS}


def messages(rest: bytes) -> Iterator[tuple[dict, dict[str, np.ndarray]]]:
    """The messages of a stream: header and planes of each."""
    while rest:
        line = rest[: rest.index(b"\n") + 1]
        planes = json.loads(line)["planes"]
        size = len(line) + sum(np.dtype(wire._TYPES[p["type"]]).itemsize * math.prod(p["shape"]) for p in planes)
        yield wire.unpack(rest[:size])
        rest = rest[size:]
