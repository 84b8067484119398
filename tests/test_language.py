"""Vocabularies and language models: texts come back, probabilities sum to one, what was read once is not read again."""

import itertools
import math

import numpy as np
import pytest
import torch

from core import data, models
from core.cli import main
from core.config.fields import SettingError
from core.config.presets import TrainConfig
from core.data import tokenizers
from core.data.preprocessing import STRIDE, WINDOW, preprocess
from core.data.sets.texts import split, text_of_code_points, without_repeats
from core.jobs import scoring, worker
from core.models.language import ngram, recurrent, transformer
from core.models.language.base import LanguageModel, generate
from core.numerics.sampling import SamplingConfig
from core.training import check

V = 3
ODD = ["", "a", "Grüße, 漢字 🙂", "\x00\x07\r\n\t\ufffd", "nul\ud800l", "ab" * 50_000, " " * 5_000, "é" * 100]


def of(kind):
    """A tiny model whose weights say something."""
    generator = torch.Generator().manual_seed(0)
    if kind == "ngram":
        model = ngram.build(ngram.NGramConfig(tokens=V, order=3))
        model.start_from_text(torch.randint(V, (60,), generator=generator))
    elif kind == "transformer":
        model = transformer.build(
            transformer.TransformerConfig(tokens=V, width=8, layers=2, heads=2, span=4, dropout=0)
        )
    else:
        model = recurrent.build(
            recurrent.RecurrentConfig(tokens=V, cell=kind, width=5, layers=2, embedding=4, dropout=0)
        )
    for weight in model.parameters():
        if weight.ndim == 2:
            weight.data = torch.randn(weight.shape, generator=generator)
    return model.eval()


KINDS = ["ngram", "lstm", "gru", "transformer"]


@pytest.fixture(params=KINDS)
def model(request):
    return of(request.param)


def texts(n, length, seed=1):
    return torch.randint(V, (n, length), generator=torch.Generator().manual_seed(seed))


# -- vocabularies ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", tokenizers.SIZES)
@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_any_text_comes_back(kind, text):
    made = tokenizers.learn(kind, "the cat and the dög and the cät " * 20)
    numbers = made.encode(text)
    assert numbers.size == 0 or (numbers.min() >= 0 and numbers.max() < made.size)
    assert made.decode(numbers) == text.replace("\ud800", "?")


def test_a_known_character_is_one_token_and_a_frequent_word_few():
    text = "the cät sät on the mät " * 50
    characters, pairs = (tokenizers.learn(kind, text) for kind in ("characters", "pairs"))
    assert len(characters.encode(text)) == len(text)
    assert len(pairs.encode(text)) <= 6 * 50 + 1
    assert b" on" in pairs.tokens and not any(b"e c" in token for token in pairs.tokens), "never across words"
    for made in (characters, pairs):
        assert tokenizers.Vocabulary.from_bytes(made.to_bytes()) == made


def test_no_more_words_are_remembered_than_allowed(monkeypatch):
    monkeypatch.setattr(tokenizers, "KEPT", 3)
    made = tokenizers.Vocabulary("pairs", (b"wo", b"rd"))
    for i in range(10):
        assert made.decode(made.encode(f"word wo{i}")) == f"word wo{i}"
    assert len(made._words) <= 3


def test_a_text_without_repeats_keeps_each_paragraph_once_and_the_order_of_names():
    kept = without_repeats({"b": "one\n\ntwo", "a": "two\n\nthree\n\nfour", "c": "one"})
    assert kept == "two\n\nthree\n\nfour\n\n\none\n"


def test_the_test_is_the_end_of_the_text_and_examples_are_stretches_of_it():
    dataset = split("x", "X", "".join(chr(97 + i % 26) for i in range(3_000)))
    assert len(dataset.test) == 300 and len(dataset.train) == 2_700
    shown = preprocess(dataset, "characters")
    assert shown.kind == "tokens" and shown.batch(slice(0, 2), torch.Generator()).shape == (2, WINDOW)
    stream = shown.stream()
    assert stream.tolist() == dataset.train[: len(stream)].tolist() and len(dataset.train) - len(stream) < STRIDE
    short = preprocess(split("y", "Y", "short text"), "pairs", "test")
    assert len(short) == 1


def test_no_paragraph_of_the_help_is_in_both_parts():
    dataset = data.load("help")
    train, test = (set(text_of_code_points(part).split("\n\n")) for part in (dataset.train, dataset.test))
    assert not {p for p in train & test if len(p.split()) > 3}


# -- models ---------------------------------------------------------------------------------------


def test_probabilities_of_all_texts_sum_to_one(model):
    every = torch.tensor(list(itertools.product(range(V), repeat=5)))
    assert float(model.log_probs(every).sum(1).exp().sum()) == pytest.approx(1, abs=1e-5)


@torch.no_grad()
def test_reading_at_once_or_piece_by_piece_is_the_same(model):
    x = texts(2, 23)
    whole = model.log_probs(x)
    for pieces in ([1] * 23, [7, 16], [2, 9, 1, 11]):
        context, found = model.start(2), []
        for part in x.split(pieces, 1):
            found.append(model.log_probs_along(context, part))
        torch.testing.assert_close(torch.cat(found, 1), whole, atol=2e-5, rtol=0)
        assert context.lengths.tolist() == [23, 23]


def test_reading_keeps_what_it_read_also_where_gradients_are_on(model):
    x = texts(2, 9)
    context = model.start(2)
    found = torch.cat([model.log_probs_along(context, part) for part in x.split([4, 0, 5], 1)], 1)
    torch.testing.assert_close(found, model.log_probs(x), rtol=1e-5, atol=1e-5)
    assert not found.requires_grad and context.lengths.tolist() == [9, 9]


@torch.no_grad()
def test_what_comes_later_changes_nothing_before(model):
    x = texts(1, 12)
    changed = x.clone()
    changed[0, 7] = (x[0, 7] + 1) % V
    before, after = model.log_probs(x), model.log_probs(changed)
    assert before[0, :7].equal(after[0, :7]) and not before[0, 7:].equal(after[0, 7:])


@torch.no_grad()
def test_branches_share_their_past_and_go_their_own_ways(model):
    x = texts(2, 6)
    context = model.start(2)
    model.read(context, x)
    branches = context.branch(torch.tensor([1, 1, 0]))
    more = texts(3, 4, seed=2)
    found = model.log_probs_along(branches, more)
    whole = model.log_probs(torch.cat([x[[1, 1, 0]], more], 1))[:, 6:]
    torch.testing.assert_close(found, whole, atol=2e-5, rtol=0)
    assert context.lengths.tolist() == [6, 6]


def test_drawing_with_what_is_kept_equals_drawing_anew(model):
    prompt, noise = texts(3, 5), torch.rand(3, 10, generator=torch.Generator().manual_seed(3))
    choice = SamplingConfig(temperature=0.8, top_k=2)
    with torch.no_grad():
        context = model.start(3)
        model.read(context, prompt)
    drawn = torch.stack([tokens for _, tokens in generate(model, context, 10, noise, choice)], 1)
    text = prompt
    for t in range(10):
        with torch.no_grad():
            context = model.start(3)
            model.read(context, text)
        ((_, tokens),) = generate(model, context, 1, noise[:, t : t + 1], choice)
        text = torch.cat([text, tokens[:, None]], 1)
    assert drawn.equal(text[:, 5:])


def test_a_vocabulary_of_another_size_is_refused():
    shown = preprocess(split("x", "X", "some text " * 100), "pairs")
    with pytest.raises(data.DataError, match="'pairs' has 1024 tokens.*vocabulary of 3"):
        check(of("gru"), shown, TrainConfig())


def test_a_number_that_is_no_token_is_refused(model):
    with pytest.raises(SettingError, match="tokens=.*from 0 to 2"):
        model.read(model.start(1), torch.tensor([[1, V]]))


def test_the_loss_is_what_a_fresh_stretch_costs(model):
    if isinstance(model, ngram.NGram):
        return  # leaves each token out of its counts: below
    x = texts(4, 9)
    loss = model.loss(x.float(), torch.Generator())["loss"]
    assert float(loss.detach()) == pytest.approx(-float(model.log_probs(x).mean()), abs=1e-4)
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_counts_leave_out_the_token_that_they_tell():
    text = texts(1, 80, seed=4)[0]
    model = ngram.build(ngram.NGramConfig(tokens=V, order=3))
    model.start_from_text(text)
    at = 40
    heads, told = text[at - 2 : at][None], text[at : at + 1]
    left_out = float(model._leave_one_out(heads, told).detach())
    # the same text but for the one token that is told: stretches that hold it as their last are gone
    expected, taken = 1 / V, model._discounts().detach()
    for k in range(3):
        places = [i for i in range(k, 80) if i != at and text[i - k : i].equal(text[at - k : at])]
        followers = [int(text[i]) for i in places]
        counts = [followers.count(v) for v in range(V)]
        if followers:
            discounts = [float(taken[k][min(c, 3) - 1]) if c else 0.0 for c in counts]
            c = counts[int(told)]
            expected = (c - discounts[int(told)]) / len(places) + sum(discounts) / len(places) * expected
    assert left_out == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("length", [0, 1, 2])
def test_an_n_gram_of_a_text_that_is_shorter_is_a_distribution(length):
    model = ngram.build(ngram.NGramConfig(tokens=V, order=4))
    model._keep(torch.arange(length, dtype=torch.int16))
    every = torch.tensor(list(itertools.product(range(V), repeat=4)))
    assert float(model.log_probs(every).double().sum(1).exp().sum()) == pytest.approx(1, abs=1e-5)


def test_an_n_gram_forgets_what_lies_further_back():
    model = of("ngram")
    a, b = texts(1, 9), texts(1, 9, seed=5)
    b[:, -2:] = a[:, -2:]
    contexts = [model.start(1), model.start(1)]
    with torch.no_grad():
        for context, x in zip(contexts, (a, b), strict=True):
            model.read(context, x)
    assert contexts[0].logits.equal(contexts[1].logits)


def test_attention_is_the_one_that_is_used_and_looks_at_no_later_token():
    model = of("transformer")
    shares = model.attention(texts(2, 9))
    assert shares.shape == (2, 2, 2, 9, 10)
    torch.testing.assert_close(shares.sum(4), torch.ones(2, 2, 2, 9))
    ahead = torch.ones(9, 10).triu(2).bool()
    assert (shares[..., ahead] == 0).all()
    too_far = torch.ones(9, 10).tril(2 - model.config.span).bool()
    too_far[:, 0] = False
    assert (shares[..., too_far] == 0).all() and (shares[..., 0] > 0).all()  # the beginning is always in sight


def test_a_long_text_is_read_as_its_last_tokens_after_a_beginning():
    model = transformer.build(
        transformer.TransformerConfig(tokens=V, width=8, layers=1, heads=2, span=4, dropout=0)
    ).eval()
    for weight in model.parameters():
        weight.data = torch.randn(weight.shape, generator=torch.Generator().manual_seed(0))
    x = texts(3, 30)
    context = model.prefill(x)
    torch.testing.assert_close(context.logits, model.prefill(x[:, -3:]).logits, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({}, [0, 1, 2, 3]),
        ({"top_k": 2}, [0, 1]),
        ({"top_p": 0.5}, [0]),
        ({"top_p": 0.6}, [0, 1]),
        ({"min_p": 0.5}, [0, 1]),
        ({"top_k": 1, "top_p": 0.9}, [0]),
        ({"top_p": 1e-9}, [0]),
    ],
)
def test_truncation_keeps_the_likeliest(settings, kept):
    probs = torch.tensor([[0.5, 0.3, 0.15, 0.05]])
    found = SamplingConfig(**settings).probs(probs.log())[0]
    assert found.nonzero().flatten().tolist() == kept
    torch.testing.assert_close(found[kept], probs[0, kept] / probs[0, kept].sum())


@pytest.mark.parametrize("bad", [{"temperature": 0}, {"top_k": -1}, {"top_p": 0}, {"top_p": 1.1}, {"min_p": 2}])
def test_a_choice_refuses_nonsense(bad):
    with pytest.raises(SettingError, match=next(iter(bad))):
        SamplingConfig(**bad)


# -- training and scores --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["help-ngram", "help-gru", "help-transformer"])
def test_a_language_model_trains_is_kept_scored_and_writes(name, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))
    text = "to be or not to be that is the question " * 100
    monkeypatch.setattr(data, "load", lambda _: split("help", "Help", text))
    small = {"help-gru": {"width": "16"}, "help-transformer": {"width": "16", "heads": "2", "layers": "1"}}
    preset = models.presets()[name].override(
        {
            "epochs": "10",
            "batch_size": "4",
            "lr": "0.02",
            "average": "0.9",
            "precision": "float32",
            **small.get(name, {}),
        }
    )
    checkpoint = worker.train(preset, "cpu")
    model = checkpoint.model()
    assert isinstance(model, LanguageModel)
    scores = {s.name: s for s in scoring.evaluate(checkpoint, device_name="cpu").scores}
    characters = scores["nats a character"]
    assert characters.value < math.log(12), "better than a guess among its letters"
    assert scores["bits a character"].value == pytest.approx(characters.value / math.log(2))
    kept = tokenizers.Vocabulary.from_bytes(checkpoint.arrays()["view.vocabulary"])
    test = text_of_code_points(data.load("help").test)
    x = torch.from_numpy(kept.encode(test))[None]
    assert -float(model.log_probs(x).mean()) == pytest.approx(characters.value, rel=1e-4)
    written = []
    for seed in ("1", "1", "2"):
        command = ["sample", checkpoint.name, "-n", "20", "--prompt", "to bé ", "--seed", seed, "--temperature", "1.5"]
        assert main(command) == 0
        written.append(capsys.readouterr().out)
    assert written[0] == written[1] != written[2] and all(text.startswith("to bé ") for text in written)
    reach = checkpoint.arrays("portrait.safetensors")
    assert len(reach["reach.left"]) == len(reach["reach.nats"]) and np.isfinite(reach["reach.nats"]).all()
    assert reach["reach.nats"][-1] < reach["reach.nats"][0], "the past helps"
