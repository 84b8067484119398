"""Texts of many requests in one batch: whoever comes and goes, each gets the tokens that it would get alone."""

import pytest
import torch
from test_language import KINDS, V, of, texts

from core.analysis import text_generation
from core.analysis.batched_generation import GenerationBatch, Request
from core.config.capabilities import Capability
from core.config.fields import SettingError
from core.numerics.sampling import SamplingConfig, sampling_probs
from core.store import checkpoints

PLAIN = SamplingConfig()
CHOICES = [
    [PLAIN],
    [SamplingConfig(0.5, top_k=2), PLAIN],
    [SamplingConfig(2.0, top_p=0.8)],
    [SamplingConfig(1.0, min_p=0.3), PLAIN, SamplingConfig(0.01)],
    [SamplingConfig(0.8, top_k=3, top_p=0.9, min_p=0.01)],
]
WRITTEN = [c for c in checkpoints.available()[0] if Capability.STEPS_TOKENS in c.capabilities]


@pytest.fixture(params=KINDS)
def model(request):
    return of(request.param)


def asked(model, i: int, prompt: torch.Tensor, count: int, configs=None) -> Request:
    configs = CHOICES[i % len(CHOICES)] if configs is None else configs
    return Request(model.prefill(prompt[None]), text_generation.noise(i, 0, count), configs)


def alone(model, request: Request) -> torch.Tensor:
    """Tokens (m, count) of a request that has no company."""
    steps = text_generation.generate(model, request.context, request.noise, request.configs)
    return torch.stack([tokens for _, tokens in steps], 1)


def run(batch: GenerationBatch, comes: dict[int, Request]) -> dict[Request, torch.Tensor]:
    """Tokens of requests that come at the numbered steps, until all are done."""
    found: dict[Request, list[torch.Tensor]] = {request: [] for request in comes.values()}
    t = 0
    while t <= max(comes) or batch.requests:
        if t in comes:
            batch.join(comes[t])
        for request, sampled in batch.step().items():
            found[request].append(sampled.tokens)
        t += 1
    return {request: torch.stack(tokens, 1) for request, tokens in found.items()}


def test_requests_that_come_and_go_get_the_tokens_that_they_get_alone(model):
    # prompts shorter and longer than what a Transformer of span 4 sees
    requests = [
        asked(model, i, texts(1, length, seed=i)[0], count)
        for i, (length, count) in enumerate(((0, 20), (1, 7), (5, 33), (9, 12), (30, 1), (2, 9)))
    ]
    expected = [alone(model, request) for request in requests]
    found = run(GenerationBatch(model), dict(zip((0, 1, 1 + 2, 4, 11, 17), requests, strict=True)))
    for request, tokens in zip(requests, expected, strict=True):
        assert found[request].tolist() == tokens.tolist()
        assert request.done


def test_what_is_told_is_what_the_model_predicts(model):
    request, other = asked(model, 0, texts(1, 6)[0], 8), asked(model, 3, texts(1, 2)[0], 8)
    batch = GenerationBatch(model)
    batch.join(other)
    batch.step()
    batch.join(request)
    steps = [batch.step()[request] for _ in range(8)]
    whole = torch.cat([texts(1, 6), torch.stack([each.tokens for each in steps], 1)], 1)
    expected = model.log_probs(whole)[0, 6:]
    told = torch.stack([each.log_probs[0, each.tokens[0]] for each in steps])
    torch.testing.assert_close(told, expected, atol=2e-5, rtol=0)


def test_a_request_may_leave_and_go_on_later_even_elsewhere(model):
    requests = [asked(model, i, texts(1, 3 + i, seed=i)[0], 12) for i in range(4)]
    expected = [alone(model, request) for request in requests]
    found = {request: [] for request in requests}
    first, second = GenerationBatch(model), GenerationBatch(model)

    def step(batch: GenerationBatch, times: int) -> None:
        for _ in range(times):
            for request, sampled in batch.step().items():
                found[request].append(sampled.tokens)

    for request in requests:
        first.join(request)
    step(first, 5)
    first.leave(requests[1], resumes=True)
    first.leave(requests[0], resumes=True)
    step(first, 3)
    first.join(requests[0])
    second.join(requests[1])
    step(first, 12)
    step(second, 12)
    for request, tokens in zip(requests, expected, strict=True):
        assert torch.stack(found[request], 1).tolist() == tokens.tolist()


def test_a_request_that_is_given_up_changes_nothing_for_the_others(model):
    requests = [asked(model, i, texts(1, 4, seed=i)[0], 10) for i in range(5)]
    expected = [alone(model, request) for request in requests]
    batch, found = GenerationBatch(model), {request: [] for request in requests}
    for request in requests:
        batch.join(request)
    for t in range(10):
        if t == 4:
            batch.leave(requests[3])  # three texts
            batch.leave(requests[0])
        for request, sampled in batch.step().items():
            found[request].append(sampled.tokens)
    assert not batch.requests and [len(found[r]) for r in requests] == [4, 10, 10, 4, 10]
    for request, tokens in zip(requests, expected, strict=True):
        assert torch.stack(found[request], 1).tolist() == tokens[:, : len(found[request])].tolist()


def test_what_does_not_belong_is_refused_and_harms_no_other(model):
    request = asked(model, 0, texts(1, 5)[0], 6)
    expected = alone(model, request)
    batch = GenerationBatch(model)
    batch.join(request)
    tokens = [batch.step()[request].tokens]
    other = of("gru" if "recent" in request.context.cache else "ngram")
    with pytest.raises(ValueError, match="context"):
        batch.join(asked(other, 0, texts(1, 5)[0], 6))
    with pytest.raises(ValueError, match="once"):
        batch.join(request)
    tokens += [batch.step()[request].tokens for _ in range(5)]
    assert torch.stack(tokens, 1).tolist() == expected.tolist()
    with pytest.raises(ValueError, match="tokens to sample"):
        batch.join(request)  # it is done
    assert batch.step() == {}


def test_a_request_has_a_choice_and_one_context_for_each_or_for_all(model):
    context = model.prefill(texts(2, 3))
    with pytest.raises(SettingError, match="choices"):
        Request(model.prefill(texts(1, 3)), text_generation.noise(0, 0, 3), [])
    with pytest.raises(SettingError, match="texts"):
        Request(context, text_generation.noise(0, 0, 3), [PLAIN] * 3)
    assert Request(context, text_generation.noise(0, 0, 3), [PLAIN] * 2).rows == 2


def test_rows_with_choices_of_their_own_have_the_bits_of_a_row_alone():
    logits = torch.randn(len(CHOICES) * 3, 50, generator=torch.Generator().manual_seed(0))
    configs = [config for i in range(len(logits)) for config in CHOICES[i % len(CHOICES)][:1]]
    both = sampling_probs(logits, configs)
    for row, config, found in zip(logits, configs, both, strict=True):
        assert config.probs(row[None])[0].equal(found)


@pytest.mark.parametrize("checkpoint", WRITTEN, ids=lambda c: c.name)
def test_committed_models_write_what_they_write_alone(checkpoint):
    model, tokens = checkpoint.model(), checkpoint.model().tokens
    draw = torch.Generator().manual_seed(1)
    prompts = [torch.randint(min(tokens, 128), (n,), generator=draw) for n in (0, 3, 40, 250, 300)]
    requests = [asked(model, i, prompt, 12 + 6 * i) for i, prompt in enumerate(prompts)]
    expected = [alone(model, request) for request in requests]
    found = run(GenerationBatch(model), dict(zip((0, 3, 5, 6, 20), requests, strict=True)))
    for request, text in zip(requests, expected, strict=True):
        assert found[request].tolist() == text.tolist()
    assert WRITTEN and tokens > V
