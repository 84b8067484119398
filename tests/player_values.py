"""What the tests in node compare the panels of Pixel by pixel and Next token with: the same computed here."""

from __future__ import annotations

import codecs
import math
import re
from typing import Any

import numpy as np
import torch

from core.analysis.inpainting import inpainting_mask
from core.store import checkpoints

SHIPPED = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}
TEXT = "Größe 10 € 𝄞!\n\tso long"
REPEATING = "to be or not to be, that is the question: to be or not to be, that is all"


def values() -> dict[str, Any]:
    rng = np.random.default_rng(2)
    return {
        "predictions": [prediction(rng, levels, temperature) for levels in (2, 5) for temperature in (1.0, 0.4, 2.5)],
        "regions": [
            {"name": name, "height": h, "width": w, "mask": inpainting_mask(name, (h, w)).int().tolist()}
            for name in ("lower", "upper", "right", "left", "middle")
            for h, w in ((8, 8), (7, 10))
        ],
        "levels": {levels: np.rint(np.arange(256) / 255 * (levels - 1)).tolist() for levels in (2, 4, 17)},
        "completions": completions(rng),
        "vocabularies": [vocabulary(SHIPPED[name]) for name in ("help-transformer", "help-transformer-pairs")],
        "scores": scores(rng),
        "repeats": {"text": REPEATING, "share": repeated(REPEATING, 16), "new": new_words(REPEATING)},
        "activity": activity(rng),
        "attention": attention(rng),
        "contexts": contexts(rng),
    }


def prediction(rng: np.random.Generator, levels: int, temperature: float) -> dict[str, Any]:
    """Logits as the route for samples sends them: log-odds of a bit, log p of levels; and what follows from them."""
    log_probs = torch.from_numpy(rng.normal(size=levels)).float().log_softmax(0)
    sent = [float(log_probs[1] - log_probs[0])] if levels == 2 else log_probs.tolist()
    return {
        "levels": levels,
        "temperature": temperature,
        "logits": sent,
        "probs": (log_probs / temperature).softmax(0).tolist(),
        "entropy": float(torch.distributions.Categorical(logits=log_probs).entropy()) / math.log(2),
    }


def completions(rng: np.random.Generator) -> dict[str, Any]:
    """Mean and entropy of each pixel over samples; all of them know the first `known` places of the order."""
    n, d, levels, known = 6, 12, 3, 9
    order, given = rng.permutation(d), rng.random(d) < 0.4
    samples = np.where(given, 1, rng.integers(0, levels, (n, d)))  # by flat index
    shares = np.stack([(samples == v).mean(0) for v in range(levels)])
    bits = -np.where(shares > 0, shares * np.log2(np.maximum(shares, 1e-300)), 0).sum(0)
    there = np.isin(np.arange(d), order[:known])
    free = there & ~given
    first = next(t for t, i in enumerate(order) if not given[i])
    return {
        "levels": levels,
        "known": known,
        "order": order.tolist(),
        "given": given.astype(int).tolist(),
        "samples": samples.tolist(),
        "mean": np.where(there, samples.mean(0) / (levels - 1), 0).tolist(),
        "bits": np.where(there, bits, 0).tolist(),
        "unseen": int(given[order[first:]].sum()),
        "bitsPerPixel": float(bits[there].sum() / free.sum()),
    }


def vocabulary(checkpoint: checkpoints.Checkpoint) -> dict[str, Any]:
    """A model's tokens as the page is sent them; a text in them, and what each of its beginnings reads."""
    from pages.tokens import loading

    tokens = loading.language_model(checkpoint.name).vocabulary
    numbers = tokens.encode("For each option, use the index.\n")
    return {
        "tokens": [token.hex() for token in tokens.tokens],
        "numbers": numbers.tolist(),
        "text": tokens.decode(numbers),
        "beginnings": [tokens.decode(numbers[:t]) for t in range(len(numbers) + 1)],
    }


def scores(rng: np.random.Generator) -> dict[str, Any]:
    """A text cut in the middle of characters, as the route `read` sends it, and the bits of each character."""
    raw = TEXT.encode()
    ends = [2, 4, 5, 8, 11, 12, 13, 16, 17, 18, 20, len(raw)]
    pieces = [raw[i:j] for i, j in zip([0, *ends], ends, strict=False)]
    nats = rng.random(len(pieces)).astype(np.float32)
    decoder, owed, each, after = codecs.getincrementaldecoder("utf-8")(), 0.0, [], []
    pending = b""
    for piece, cost in zip(pieces, nats, strict=True):
        owed, pending = owed + float(cost) / math.log(2), pending + piece
        decoder.reset()
        found = decoder.decode(pending)
        if decoder.getstate()[0] == b"" and found:  # ends with a whole character
            each += [owed / len(found)] * len(found)
            owed, pending = 0.0, b""
        after.append(len(each))
    return {
        "text": TEXT,
        "tokens": [piece.hex() for piece in pieces],
        "nats": nats.tolist(),
        "ends": after,
        "perCharacter": each,
        "bits": float(nats.astype(np.float64).sum() / math.log(2)),
    }


def repeated(text: str, length: int) -> float:
    """The share of characters in a stretch of so many that stood there before."""
    inside = np.zeros(len(text), bool)
    for end in range(length, len(text) + 1):
        stretch = text[end - length : end]
        if stretch in {text[i : i + length] for i in range(end - length)}:
            inside[end - length : end] = True
    return float(inside.mean())


def new_words(text: str) -> float:
    words = re.findall(r"[\w']+", text.lower())
    return len(set(words)) / len(words)


def activity(rng: np.random.Generator) -> dict[str, Any]:
    """Walks of units as bytes (T, layers, H); units of each layer by how far they go from token to token."""
    t, layers, width = 40, 2, 5
    speed = rng.permutation(np.array([0.05, 0.1, 0.3, 0.8, 2.0]))
    walk = np.tanh(np.cumsum(rng.normal(size=(t, layers, width)) * speed, axis=0))
    sent = np.rint((walk + 1) * 127.5).astype(np.uint8)
    h = sent / 127.5 - 1
    pace = (np.diff(h, axis=0) ** 2).sum(0) / t / h.var(0)
    return {
        "shape": list(sent.shape),
        "bytes": sent.ravel().tolist(),
        "pace": pace.tolist(),
        "slowest": [np.argsort(p).tolist() for p in pace],
    }


def attention(rng: np.random.Generator) -> dict[str, Any]:
    """Square roots of attention (layers, heads, T, T + 1) as bytes; means and largest over heads of one token."""
    layers, heads, t, at = 2, 3, 6, 4
    shares = rng.random((layers, heads, t, t + 1)) * np.tri(t, t + 1, 1)
    roots = np.rint(255 * np.sqrt(shares / shares.sum(-1, keepdims=True))).astype(np.uint8)
    weights = (roots[:, :, at] / 255.0) ** 2
    statistics = {name: rng.random((layers, heads)) for name in ("previous", "itself", "back")}
    return {
        "shape": list(roots.shape),
        "bytes": roots.ravel().tolist(),
        "at": at,
        "all": weights.mean((0, 1)).tolist(),
        "largest": weights.max((0, 1)).tolist(),
        "layer": weights[1].mean(0).tolist(),
        "head": weights[1, 2].tolist(),
        "statistics": {name: each.ravel().tolist() for name, each in statistics.items()},
        "means": {name: [each.mean(), each[0].mean(), each[1, 2]] for name, each in statistics.items()},
    }


def contexts(rng: np.random.Generator) -> dict[str, Any]:
    """Weights of the orders of an n-gram (T, n + 1), and how much of each prediction has looked k tokens back."""
    t, n = 3, 4
    weight = rng.dirichlet(np.ones(n + 1), t)
    looked = weight[:, 2:][:, ::-1].cumsum(1)[:, ::-1]
    return {"n": n, "weight": weight.ravel().tolist(), "looked": looked.tolist()}
