"""Teacher forcing and free running: one token ahead of the truth, against going on alone from the same start.

    truth_t = log q(x_t | x_0, ..., x_t-1)        x the text, q the judge
    free_t  = log q(y_t | x_0, ..., x_f-1, y_f, ..., y_t-1)        y drawn by a model from place f on

In training a model always sees the true past; alone it sees what it drew (Ranzato et al. 2016 call it exposure bias).
Where the drawing model has the text's own distribution, both are alike on average under every judge q; a model that
judges itself (q the model) need not see that its texts have gone astray.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from core import data
from core.config.fields import require
from core.data.errors import DataError
from core.data.sets.texts import text_of_code_points
from core.evaluation.score import standard_error
from core.models.language.base import LanguageModel, generate, log_p
from core.numerics.sampling import SamplingConfig
from core.store.checkpoints import Checkpoint

COUNT = 100  # tokens that a segment goes on for
SEGMENTS = 32
GREEDY = SamplingConfig(top_k=1)  # always the likeliest


def held_out_text(checkpoint: Checkpoint) -> tuple[str, bool]:
    """The test text, and whether it is the whole of it: where the same data are here, else how it begins, as the
    summary has it ("" where it has none)."""
    try:
        info = data.info(checkpoint.manifest.preset.dataset)
        dataset = data.load_test(info.name) if info.test_is_here() else None
    except DataError:
        dataset = None
    if dataset is not None and dataset.fingerprint == checkpoint.manifest.data_fingerprint:
        return text_of_code_points(dataset.test), True
    kept = checkpoint.arrays("portrait.safetensors").get("text")
    return ("" if kept is None else kept.tobytes().decode(errors="ignore")), False


def segments(tokens: Tensor, first: int, count: int = COUNT, most: int = SEGMENTS) -> Tensor:
    """Segments of a text (T,), evenly spread over it: (n, first + count). What is predicted in one, its last `count`
    tokens (fewer, where the text is too short for two of so many), is predicted in no other, so that their means have
    a standard error. Raises `SettingError` where not even two tokens are left to predict."""
    require(len(tokens) >= 2, "tokens of the test text", len(tokens), "at least 2 are needed")
    longest = len(tokens) - 2
    require(0 <= first <= longest, "first", first, f"0 to {longest:,} for a text of {len(tokens):,} tokens")
    count = min(count, (len(tokens) - first) // 2)
    n = min(most, (len(tokens) - first) // count)
    begins = torch.linspace(0, len(tokens) - first - count, n, dtype=torch.float64).long()
    return tokens[begins[:, None] + torch.arange(first + count)]


@torch.no_grad()
def one_step_ahead(model: LanguageModel, given: Tensor, truth: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The likeliest token at each place of the truth (n, t), from the true ones before it and those given (n, f),
    its probability, and log p of the true one: (n, t) each."""
    found = []
    for part, logits in model.logits_along(model.prefill(given), truth):
        log_probs, best = logits.float().log_softmax(2).max(2)
        found.append((best, log_probs.exp(), log_p(logits, part)))
    best, probs, of_truth = (torch.cat(parts, 1) for parts in zip(*found, strict=True))
    return best, probs, of_truth


@torch.no_grad()
def free_run(
    model: LanguageModel, given: Tensor, count: int, generator: Generator, sampling: SamplingConfig | None = None
) -> Tensor:
    """`count` tokens after those given (n, f), each drawn given all before it: (n, count). At temperature 1 where no
    sampling is named."""
    noise = torch.rand(len(given), count, generator=generator, device=generator.device).to(given.device)
    drawn = [tokens for _, tokens in generate(model, model.prefill(given), count, noise, sampling or SamplingConfig())]
    return torch.stack(drawn, 1)


@torch.no_grad()
def log_probs_under(judge: LanguageModel, given: Tensor, tokens: Tensor) -> Tensor:
    """log p of the tokens (n, t) under a judge, each given all before it and those given (n, f): (n, t), nats."""
    return judge.log_probs_along(judge.prefill(given), tokens)


def mean_error(values: Tensor) -> tuple[float, float]:
    """The mean of values (n, t), and its standard error when rows are independent of each other."""
    rows = values.double().mean(1)
    return float(rows.mean()), standard_error(rows) or 0.0


def chance_matches(truth: Tensor) -> Tensor:
    """How often another of the segments (n, t) holds the same token at the same place: (t,)."""
    n = len(truth)
    pairs = (truth[:, None] == truth[None]).sum((0, 1)) - n
    return pairs / (n * (n - 1))
