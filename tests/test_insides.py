"""Attention's habits, an n-gram's orders, units that follow something: what a unit is built to follow is found."""

import re

import numpy as np
import pytest
import torch
from conftest import seeded

from core.analysis import language_insides
from core.config.fields import SettingError
from core.data import tokenizers
from core.models.language import ngram, recurrent, transformer

V = 5
TEXT = 'NAME:\nsays "one (two) three" in a line,\n  and [another]: x.\n\nIt\'s the end; a `bit` of "it.\n\n(open'


def tokens(length: int, seed: int = 1, high: int = V) -> torch.Tensor:
    return torch.randint(high, (length,), generator=seeded(seed))


def noisy(model):
    generator = seeded()
    for weight in model.parameters():
        if weight.ndim == 2:
            weight.data = torch.randn(weight.shape, generator=generator)
    return model.eval()


# -- where heads look -------------------------------------------------------------------------------


def test_habits_are_shares_of_attention_counted_one_by_one(monkeypatch):
    monkeypatch.setattr(language_insides, "SEGMENT", 8)
    model = noisy(transformer.build(transformer.TransformerConfig(tokens=V, width=8, layers=2, heads=2, dropout=0)))
    x, spaces = tokens(19), torch.tensor([True, False, False, True, False])
    found, usual = language_insides.head_statistics(model, x, spaces)
    expected = {name: torch.zeros(2, 2) for name in found}
    even = dict.fromkeys(found, 0.0)
    for part in x[:16].split(8):
        shares = language_insides.attention(model, part)
        assert shares.shape == (2, 2, 8, 9)
        far, mass, all_far, all_mass = torch.zeros(2, 2), torch.zeros(2, 2), 0.0, 0.0
        for i in range(8):
            kinds = {0: ["beginning"]}
            for j in range(i + 1):
                kinds[j + 1] = [name for name, true in (
                    ("itself", j == i), ("previous", j == i - 1), ("spaces", j < i and spaces[part[j]]),
                    ("alike", j < i and part[j] == part[i]), ("followed", j > 0 and part[j - 1] == part[i]),
                ) if true]  # fmt: skip
                far, mass = far + shares[:, :, i, j + 1] * (i - j), mass + shares[:, :, i, j + 1]
                all_far, all_mass = all_far + (i - j) / (i + 2), all_mass + 1 / (i + 2)
            for j, names in kinds.items():
                for name in names:
                    expected[name] += shares[:, :, i, j] / 16
                    even[name] += 1 / (i + 2) / 16
        expected["back"] += far / mass / 2
        even["back"] += all_far / all_mass / 2
    for name in found:
        torch.testing.assert_close(found[name], expected[name], atol=1e-5, rtol=1e-5)
        assert usual[name] == pytest.approx(even[name], abs=1e-5)


def test_a_text_shorter_than_a_stretch_has_habits_too():
    model = noisy(transformer.build(transformer.TransformerConfig(tokens=V, width=8, layers=1, heads=2, dropout=0)))
    found, _ = language_insides.head_statistics(model, tokens(3), torch.zeros(V, dtype=torch.bool))
    assert all(each.shape == (1, 2) and each.isfinite().all() for each in found.values())
    assert language_insides.attention(model, tokens(0)).shape == (1, 2, 0, 1)


# -- n-grams ----------------------------------------------------------------------------------------


def test_orders_make_up_what_an_n_gram_tells():
    model = ngram.build(ngram.NGramConfig(tokens=V, order=3))
    text, x = tokens(200, seed=2), torch.tensor([0, 1, 2, 4, 4, 0, 1])
    model.start_from_text(text)
    found = language_insides.backoff(model, x, alternatives=V)
    context = model.start(1)
    with torch.no_grad():
        told = model.read(context, x[None])[0].exp()
    torch.testing.assert_close(found.weight.sum(1), torch.ones(7))
    torch.testing.assert_close(torch.zeros(7, V).scatter(1, found.likeliest[:, -1], found.probs[:, -1]), told)
    for t in range(7):
        for k in range(min(3, t + 1)):
            last = x[t + 1 - k : t + 1].tolist()
            stood = sum(text[i : i + k].tolist() == last for i in range(200 - k))  # and was followed by something
            assert found.seen[t, k] == stood
    never = found.seen[:, 2] == 0
    assert (found.weight[never, 3] == 0).all() and (found.weight[~never, 3] > 0).all()
    with pytest.raises(SettingError, match="read no text"):
        language_insides.backoff(ngram.build(ngram.NGramConfig(tokens=V, order=3)), x)


def test_an_n_gram_of_order_one_goes_by_no_token():
    model = ngram.build(ngram.NGramConfig(tokens=V, order=1))
    model.start_from_text(tokens(50))
    found = language_insides.backoff(model, tokens(4))
    assert (found.seen == 50).all() and found.weight.shape == (4, 2)


# -- units ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_activity_is_what_tells_the_next_token(cell):
    model = noisy(recurrent.build(recurrent.RecurrentConfig(tokens=V, cell=cell, width=6, layers=2, embedding=3)))
    x = tokens(11)
    h = language_insides.activity(model, x)
    assert h.shape == (11, 2, 6) and h.abs().max() <= 1
    with torch.no_grad():
        told = model.read(model.start(1), x[None])[0]
    torch.testing.assert_close(model.out(h[:, -1]).detach(), told)


def test_correlations_are_numpys():
    u, v = torch.randn(50, 4, generator=seeded(3)).double(), torch.randn(50, 2, generator=seeded(4)).double()
    u[:, 1] = 3
    found = language_insides.correlations(u, v)
    for i in (0, 2, 3):
        for k in range(2):
            assert float(found[i, k]) == pytest.approx(np.corrcoef(u[:, i], v[:, k])[0, 1])
    assert (found[1] == 0).all()


def test_a_planted_unit_is_found_and_noise_is_not():
    generator = seeded(5)
    target = (torch.rand(3_000, generator=generator) < 0.1).float().cumsum(0) % 2  # comes in runs
    activity = torch.randn(3_000, 40, generator=generator)
    nothing = language_insides.find_units(activity, target, seeded())
    assert nothing.r_held_out[0].abs() < nothing.chance + 0.05 and nothing.chance < 0.1
    activity[:, 17] -= 2 * target
    found = language_insides.find_units(activity, target, seeded())
    assert found.units[0] == 17 and -1 < found.r_held_out[0] < -0.6 and found.r_search[0] < -0.6
    assert found.r_held_out[0].abs() > 5 * found.chance
    assert (found.r_search.abs().diff() <= 0).all(), "the best first"


def test_the_half_that_judges_does_not_choose():
    """A unit that follows in the second half alone is not taken."""
    target = (torch.rand(400, generator=seeded(6)) < 0.5).double()
    activity = torch.randn(400, 2, generator=seeded(7)).double() * 0.5
    activity[200:, 0] += 4 * target[200:]
    activity[:200, 1] += 1 * target[:200]
    found = language_insides.find_units(activity, target, seeded(), most=1)
    assert found.units.tolist() == [1] and found.r_held_out[0].abs() < 0.4 < found.r_search[0]


@pytest.mark.parametrize("target", [torch.zeros(40), torch.cat([torch.ones(5), torch.zeros(35)]), torch.zeros(0)])
def test_what_never_changes_in_a_half_is_not_searched_for(target):
    assert language_insides.find_units(torch.randn(len(target), 3, generator=seeded()), target, seeded()) is None


# -- what they may follow ---------------------------------------------------------------------------


def marked(key: str, text: str = TEXT) -> str:
    return "".join(c for c, on in zip(text, language_insides.TARGETS[key].of(text), strict=True) if on)


def test_targets_hold_where_they_should():
    assert marked("quotes") == '"one (two) three`bit'
    assert marked("brackets") == "(two[another(open"
    assert marked("capitals") == "NAMEI"
    assert marked("upper") == "NAME"
    assert marked("colon") == ':\nsays "one (two) three" in a line,: x.'
    assert marked("vowels") == "".join(c for c in TEXT if c in "aeiouAEIOU")
    assert marked("spaces") == "".join(c for c in TEXT if c.isspace())
    assert language_insides.TARGETS["line"].of("ab\ncd") == [1, 2, 0, 1, 2]
    assert language_insides.TARGETS["word"].of("to be") == [1, 2, 0, 1, 2]
    assert language_insides.TARGETS["indent"].of("a b\n  c d\ne") == [0, 0, 0, 0, 1, 2, 2, 2, 2, 0, 0]


@pytest.mark.parametrize("key", language_insides.TARGETS)
@pytest.mark.parametrize("text", ["", "\n", '"' * 500, "(" * 500, "'" * 500, "é漢🙂\x00", ":\n" * 200])
def test_any_text_has_targets(key, text):
    found = language_insides.TARGETS[key].of(text)
    assert len(found) == len(text) and np.isfinite(found).all()


@pytest.mark.parametrize("key", language_insides.TARGETS)
def test_only_what_a_target_says_of_itself_depends_on_the_text_further_on(key):
    text, target = TEXT + "\nAn ANT's", language_insides.TARGETS[key]
    whole = list(target.of(text))
    early = all(list(target.of(text[:n])) == whole[:n] for n in range(len(text)))
    assert early == (not target.later)


def test_a_pattern_marks_what_it_matches():
    (found,) = language_insides.targets("/^.|[0-9]+", ["ab 12\nc3"])
    assert found == [1, 0, 0, 1, 1, 0, 1, 1]
    assert language_insides.targets("/x*", ["ab", ""]) == [[0, 0], []], "empty matches mark nothing"


@pytest.mark.parametrize(
    ("follow", "said"),
    [("/(", "not a regular expression"), ("/", "1 to 100"), ("/" + "a" * 101, "1 to 100"), ("tides", "one of line")],
)
def test_patterns_that_are_none_are_refused(follow, said):
    with pytest.raises(SettingError, match=re.escape(said)):
        language_insides.targets(follow, ["text"])


def test_a_pattern_that_takes_for_ever_is_given_up(monkeypatch):
    monkeypatch.setattr(language_insides, "PATIENCE", 0.3)
    with pytest.raises(SettingError, match="given up"):
        language_insides.targets("/(a+)+b", ["a" * 60])


@pytest.mark.parametrize("kind", tokenizers.SIZES)
def test_tokens_know_the_character_that_they_end_with(kind):
    text = "the cat and the dög, the 漢字 🙂 and the cat"
    made = tokenizers.learn(kind, "the cat and the dög and the cät " * 20)
    numbers = made.encode(text)
    last = language_insides.last_characters(made, text, numbers)
    assert last[-1] == len(text) - 1 and (np.diff(last) >= 0).all()
    for i, at in enumerate(last):
        read = b"".join(made.tokens[n] for n in numbers[: i + 1])
        assert text[: at + 1].encode().startswith(read) and len(text[:at].encode()) < len(read)
