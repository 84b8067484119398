"""Autoregressive models: what the chain rule promises, for every family that keeps to it."""

import itertools
import math

import pytest
import torch
from conftest import seeded

from core import data, evaluation, models
from core.config.fields import SettingError
from core.evaluation import autoregressive as judge
from core.models.autoregressive import made, nade, pixel_orders
from core.models.autoregressive.base import (
    AutoregressiveModel,
    StepsAutoregressively,
    base_outputs,
    class_log_probs,
    likeliest_class,
    log_prob,
    log_probs,
    sample,
    steps,
)
from core.models.capabilities import Monitored, Sampler, ShowsProgress
from core.models.training_protocols import ClassConditional, StartsFromData
from core.numerics.sampling import inverse_cdf, temperature_softmax

SHAPE = (2, 3)
# the smallest model of each family, and its settings that change the way places are told, one at a time
TINY: dict[str, list[dict]] = {
    "made": [
        {"layers": (7, 9)},
        {"layers": (8, 8), "residual": True, "direct": True, "units": "tanh"},
        *({"layers": (5,), "order": name, "order_seed": 3} for name in pixel_orders.ORDERS if name != "raster"),
    ],
    "nade": [{"layers": (7, 9)}, {"layers": (6, 6), "order": "spiral", "residual": True}],
    "pixelcnn": [{"channels": 4, "layers": 2, "first": 3}],
    "pixelrnn": [{"hidden": 3, "layers": 2, "first": 3, "kind": kind} for kind in ("row", "diagonal")],
}
IMAGES_ONLY = ("pixelcnn", "pixelrnn")
WRONG = {  # families whose masks can be wrong
    "made": {"layers": (12, 12), "units": "tanh"},
    "pixelcnn": TINY["pixelcnn"][0],
}
DATA = [(2, 0), (3, 0), (2, 2), (3, 2)]  # levels, classes

CASES = [
    pytest.param(family, settings, levels, classes, id=f"{family}-{i}-{levels}-{classes}")
    for family, several in TINY.items()
    for i, settings in enumerate(several)
    for levels, classes in DATA
]


def tiny(
    family: str, settings: dict, levels: int = 2, classes: int = 0, shape=SHAPE, seed: int = 0
) -> AutoregressiveModel:
    """A model with random weights, so that nothing in it is zero by luck; in float64, for evaluation."""
    config = models.families()[family].Config(shape, levels=levels, classes=classes, **settings)
    model, generator = models.build(family, config).double().eval(), seeded(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=generator, dtype=torch.float64) * 0.7)
    return model.requires_grad_(False)


def examples(n: int, levels: int, classes: int, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor | None]:
    x = torch.randint(levels, (n, *SHAPE), generator=seeded(seed))
    return x, torch.randint(classes, (n,), generator=seeded(seed + 1)) if classes else None


def every(levels: int) -> torch.Tensor:
    return torch.tensor(list(itertools.product(range(levels), repeat=math.prod(SHAPE)))).view(-1, *SHAPE)


def known(model: AutoregressiveModel) -> list[torch.Tensor | None]:
    """Some of the orders that it knows."""
    return [
        None,
        *([pixel_orders.order("random", SHAPE, 1), pixel_orders.order("columns", SHAPE)] if model.any_order else []),
    ]


def peeks(model: AutoregressiveModel, x: torch.Tensor, labels: torch.Tensor | None, order: torch.Tensor | None) -> int:
    """At how many places t the predictions of places up to t change when the values from t on do."""
    told = model.check_order(order)
    before, count = model.logits(x, labels, order)[:, told], 0
    for t in range(len(told)):
        other = x.flatten(1).clone()
        other[:, told[t:]] = (other[:, told[t:]] + 1) % model.levels
        after = model.logits(other.view_as(x), labels, order)[:, told]
        count += not torch.allclose(before[:, : t + 1], after[:, : t + 1], rtol=1e-9, atol=1e-9)
    return count


# -- every family, order, number of levels, with classes and without ----------------------------


def test_every_autoregressive_family_is_tested():
    first = {family: models.build(family, module.PRESETS[-1].model) for family, module in models.families().items()}
    found = {family for family, model in first.items() if isinstance(model, AutoregressiveModel)}
    assert found == set(TINY)
    assert set(WRONG) == {f for f in found if "masks" in models.families()[f].Config.__dataclass_fields__}


@pytest.mark.parametrize(("family", "settings", "levels", "classes"), CASES)
def test_the_probabilities_of_all_examples_sum_to_one(family, settings, levels, classes):
    model, x = tiny(family, settings, levels, classes), every(levels)
    for order in known(model):
        for label in range(max(classes, 1)):
            labels = torch.full((len(x),), label) if classes else None
            found = log_prob(model, x, labels, order)
            assert found.shape == (len(x),)
            assert float(found.logsumexp(0)) == pytest.approx(0, abs=1e-9)
            assert float(found.std()) > 0.1


@pytest.mark.parametrize(("family", "settings", "levels", "classes"), CASES)
def test_later_places_never_change_earlier_predictions(family, settings, levels, classes):
    model = tiny(family, settings, levels, classes)
    for order in known(model):
        assert peeks(model, *examples(4, levels, classes), order) == 0
    assert model.is_normalized


@pytest.mark.parametrize("family", WRONG)
@pytest.mark.parametrize(("levels", "classes"), DATA)
def test_a_wrong_mask_is_caught(family, levels, classes):
    model = tiny(family, {**WRONG[family], "masks": "wrong"}, levels, classes)
    assert peeks(model, *examples(4, levels, classes), None) == len(model.order)
    assert not model.is_normalized


@pytest.mark.parametrize("family", WRONG)
def test_with_a_wrong_mask_a_place_is_asked_while_it_is_still_empty(family):
    model = tiny(family, {**WRONG[family], "masks": "wrong"}, 3)
    state = model.start(4)
    for place in model.order.tolist():
        torch.testing.assert_close(model.next_logits(state), model.logits(state.values.view(4, *SHAPE))[:, place])
        model.append(state, torch.tensor([0, 1, 2, 1]))


@pytest.mark.parametrize(("family", "settings", "levels", "classes"), CASES)
@pytest.mark.parametrize("n", [1, 5])
def test_place_by_place_gives_what_one_pass_gives(family, settings, levels, classes, n):
    model, (x, labels) = tiny(family, settings, levels, classes), examples(n, levels, classes)
    for order in known(model):
        whole = model.logits(x, labels, order)
        assert whole.shape == (n, math.prod(SHAPE), levels)
        state = model.start(n, labels, order)
        for t, place in enumerate(state.order.tolist()):
            before = state.values.clone()
            torch.testing.assert_close(model.next_logits(state), whole[:, place])
            torch.testing.assert_close(model.next_logits(state), whole[:, place])  # asking changes nothing
            assert state.t == t and state.values.equal(before)
            model.append(state, x.flatten(1)[:, place])
        assert state.values.equal(x.flatten(1))


@pytest.mark.parametrize(("family", "settings", "levels", "classes"), CASES)
def test_branches_share_their_past_and_nothing_else(family, settings, levels, classes):
    model, (x, labels) = tiny(family, settings, levels, classes), examples(3, levels, classes)
    rows = torch.tensor([2, 0, 2, 2, 1])
    state = model.start(3, labels)
    for t, place in enumerate(state.order.tolist()):
        branch = state.branch(rows)
        # the futures differ from the trunk's, and must not reach it
        future = (x.flatten(1)[rows] + 1) % levels
        future[:, state.order[:t]] = x.flatten(1)[rows][:, state.order[:t]]
        whole = model.logits(future.view(5, *SHAPE), None if labels is None else labels[rows])
        for ahead in state.order[t:].tolist():
            torch.testing.assert_close(model.next_logits(branch), whole[:, ahead])
            model.append(branch, future[:, ahead])
        torch.testing.assert_close(model.next_logits(state), model.logits(x, labels)[:, place])
        model.append(state, x.flatten(1)[:, place])


@pytest.mark.parametrize(("family", "settings", "levels", "classes"), CASES)
def test_the_cache_draws_what_whole_passes_draw(family, settings, levels, classes):
    model, n = tiny(family, settings, levels, classes), 6
    labels = examples(n, levels, classes)[1]
    for order in known(model):
        places = math.prod(SHAPE)
        noise = torch.rand(n, places, generator=seeded(3))
        state = model.start(n, labels, order)
        drawn = list(steps(model, state, noise, 0.7))
        naive = torch.zeros(n, *SHAPE, dtype=torch.long)
        for step in drawn:
            logits = model.logits(naive, labels, order)[:, step.place]
            naive.view(n, -1)[:, step.place] = inverse_cdf((logits / 0.7).softmax(1), noise[:, step.place])
        assert state.values.equal(naive.view(n, -1))
        assert [step.place for step in drawn] == model.check_order(order).tolist()


@pytest.mark.parametrize(("family", "settings", "levels", "classes"), CASES)
def test_given_places_stay(family, settings, levels, classes):
    model, (x, labels) = tiny(family, settings, levels, classes), examples(40, levels, classes)
    held = torch.rand(40, math.prod(SHAPE), generator=seeded(5)) < 0.5
    given = torch.where(held, x.flatten(1), -1)
    drawn = sample(model, 40, seeded(), labels, given=given)
    assert drawn[held].equal(x.flatten(1)[held])
    assert int(drawn.min()) >= 0 and int(drawn.max()) == levels - 1
    assert not drawn.equal(sample(model, 40, seeded(1), labels, given=given))
    assert drawn.equal(sample(model, 40, seeded(), labels, given=given))


@pytest.mark.parametrize("family", TINY)
def test_samples_come_as_often_as_they_are_likely(family):
    model, n = tiny(family, TINY[family][0]), 20_000
    drawn = sample(model, n, seeded())
    codes = (drawn * 2 ** torch.arange(math.prod(SHAPE)).flip(0)).sum(1)
    found = torch.bincount(codes, minlength=len(every(2))) / n
    wanted = log_prob(model, every(2)).exp()
    assert float((found - wanted).abs().max()) < 5 * math.sqrt(0.25 / n)
    assert 0.5 * float((found - wanted).abs().sum()) < math.sqrt(len(wanted) / n)


@pytest.mark.parametrize("family", TINY)
@pytest.mark.parametrize("levels", [2, 3])
def test_examples_may_be_of_any_type(family, levels):
    model, (x, _) = tiny(family, TINY[family][0], levels), examples(5, levels, 0)
    for dtype in (torch.uint8, torch.float32):
        assert torch.equal(log_probs(model, x.to(dtype)), log_probs(model, x))


@pytest.mark.parametrize("family", TINY)
def test_drawing_leaves_nothing_in_the_model(family):
    """Visitors share it."""
    model = tiny(family, TINY[family][0], classes=2)
    before = {name: id(value) for name, value in vars(model).items()}
    model.sample(2, seeded())
    assert {name: id(value) for name, value in vars(model).items()} == before


@pytest.mark.parametrize("temperature", [1e-50, 1e-20, 1e-3])
def test_the_lowest_temperatures_leave_the_likeliest_level(temperature):
    assert temperature_softmax(torch.tensor([[300.0, -5.0, 299.0]]), temperature).tolist() == [[1, 0, 0]]


@pytest.mark.parametrize("family", TINY)
def test_a_low_temperature_takes_the_likeliest_level(family):
    model = tiny(family, TINY[family][0], 3)
    state = model.start(4)
    for step in steps(model, state, torch.rand(4, math.prod(SHAPE), generator=seeded()), 1e-3):
        assert step.values.equal(step.logits.argmax(1))


# -- what the families share --------------------------------------------------------------------


@pytest.mark.parametrize("family", TINY)
def test_what_a_family_can_do(family):
    model = tiny(family, TINY[family][0], 3, 2)
    for ability in (StepsAutoregressively, Monitored, ShowsProgress, Sampler, StartsFromData, ClassConditional):
        assert isinstance(model, ability)
    x, labels = examples(9, 3, 2)
    assert set(model.metrics(x, seeded(), labels)) == set(models.families()[family].METRICS)
    for sheet in model.progress_images(x.float(), seeded()):
        assert sheet.images.shape[1:] == SHAPE and 0 <= float(sheet.images.min()) <= float(sheet.images.max()) <= 2
    assert model.sample(5, seeded()).shape == (5, *SHAPE)
    assert sorted(model.start(1, labels[:1]).order.tolist()) == list(range(math.prod(SHAPE)))


@pytest.mark.parametrize("family", [family for family in TINY if family not in IMAGES_ONLY])
def test_vectors_and_single_places_are_examples_too(family):
    for shape in ((5,), (1,)):
        model = tiny(family, {**TINY[family][0]}, shape=shape)
        x = torch.tensor(list(itertools.product(range(2), repeat=shape[0])))
        assert float(log_prob(model, x).logsumexp(0)) == pytest.approx(0, abs=1e-9)
        assert model.sample(3, seeded()).shape == (3, *shape)


@pytest.mark.parametrize("family", TINY)
def test_a_model_begins_at_the_frequencies_of_the_data(family):
    config = models.families()[family].Config(SHAPE, levels=3, **TINY[family][0])
    model = models.build(family, config)
    x = torch.randint(3, (200, *SHAPE), generator=seeded()).clamp_max(1)
    model.start_from(x.float())
    with pytest.raises(ValueError, match="levels=3.*2 to 3"):
        model.start_from(x + 2)
    model.requires_grad_(False)
    alone = -base_outputs(x, 3).log_softmax(1).gather(1, x.flatten(1).t()).sum() / len(x)
    assert float(model.metrics(x, seeded())["nats"]) < 2 * float(alone)


@pytest.mark.parametrize("family", TINY)
def test_what_does_not_fit_is_refused_by_name(family):
    model = tiny(family, TINY[family][0], 2, 2)
    x, labels = examples(3, 2, 2)
    with pytest.raises(ValueError, match="labels=None: 3 classes below 2"):
        log_prob(model, x)
    for wrong in (-1, 2):
        with pytest.raises(ValueError, match=f"labels={wrong} to {wrong}: classes from 0 to 1"):
            model.sample(3, seeded(), torch.full((3,), wrong))
    with pytest.raises(ValueError, match="order of shape"):
        log_prob(model, x, labels, torch.zeros(6, dtype=torch.long))
    if not model.any_order:
        with pytest.raises(ValueError, match="one order only"):
            log_prob(model, x, labels, model.order.flip(0))
    with pytest.raises(SettingError, match="temperature=0"):
        sample(model, 3, seeded(), labels, temperature=0)
    with pytest.raises(SettingError, match="levels=1"):
        models.families()[family].Config(SHAPE, levels=1)


@pytest.mark.parametrize("family", TINY)
def test_the_class_is_what_bayes_rule_says(family):
    model = tiny(family, TINY[family][0], 2, 2)
    x, labels = examples(8, 2, 2)
    both = class_log_probs(model, x)
    torch.testing.assert_close(both.gather(1, labels[:, None])[:, 0], log_prob(model, x, labels))
    assert likeliest_class(model, x, model.order).equal(both.argmax(1))
    half = model.order[:3]
    part = torch.stack([log_probs(model, x, torch.full((8,), y))[:, half].sum(1) for y in (0, 1)], 1)
    assert likeliest_class(model, x, half).equal(part.argmax(1))


# -- single families ----------------------------------------------------------------------------


@pytest.mark.parametrize(("levels", "classes"), DATA)
def test_the_loss_of_nade_is_on_average_that_of_all_orders(levels, classes):
    model, (x, labels) = tiny("nade", {"layers": (7, 9)}, levels, classes), examples(1, levels, classes)
    everyone = [torch.tensor(order) for order in itertools.permutations(range(6))]
    wanted = -float(torch.stack([log_prob(model, x, labels, order)[0] for order in everyone]).mean())
    n, generator = 1_000, seeded()
    many, told = x.expand(n, *SHAPE), None if labels is None else labels.expand(n)
    found = torch.stack([model.loss(many, generator, told)["loss"] for _ in range(50)])
    assert abs(float(found.mean()) - wanted) < 4 * float(found.std()) / math.sqrt(len(found))
    assert float(found.std()) / math.sqrt(len(found)) < 0.04 * wanted


@pytest.mark.parametrize("numbers", [1, 50, 2**22])
def test_nade_needs_no_more_memory_than_it_is_given(numbers, monkeypatch):
    model, (x, labels) = tiny("nade", {"layers": (7, 9)}, 3, 2), examples(7, 3, 2)
    wanted = model.logits(x, labels, pixel_orders.order("spiral", SHAPE))
    monkeypatch.setattr(nade, "NUMBERS", numbers)
    torch.testing.assert_close(model.logits(x, labels, pixel_orders.order("spiral", SHAPE)), wanted)


def test_a_unit_of_made_is_computed_when_what_it_sees_is_there():
    model = tiny("made", {"layers": (7, 9)})
    assert [ends[-1] for ends in model.ends] == [7, 9]
    for layer in (*model.layers, model.out):
        assert layer.reach == sorted(layer.reach)
    assert made.MADE(made.MADEConfig((28, 28))).ends[0][782] == 500


# -- orders, draws, scores ----------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4, 6), (5, 5), (1, 7), (7, 1), (9,), (1,)])
@pytest.mark.parametrize("name", pixel_orders.ORDERS)
def test_orders_are_permutations(name, shape):
    found = pixel_orders.order(name, shape, 2)
    assert found.dtype == torch.long
    assert sorted(found.tolist()) == list(range(math.prod(shape)))


def test_orders_go_where_their_names_say():
    assert pixel_orders.order("spiral", (3, 3)).tolist() == [0, 1, 2, 5, 8, 7, 6, 3, 4]
    assert pixel_orders.order("columns", (2, 3)).tolist() == [0, 3, 1, 4, 2, 5]
    assert pixel_orders.order("slices", (2, 4)).tolist() == [0, 2, 1, 3, 4, 6, 5, 7]
    assert pixel_orders.order("reversed", (2, 2)).tolist() == [3, 2, 1, 0]
    assert not pixel_orders.order("random", (4, 4), 0).equal(pixel_orders.order("random", (4, 4), 1))
    with pytest.raises(SettingError, match="order='diagonal'"):
        pixel_orders.order("diagonal", (2, 2))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_is_impossible_is_never_drawn(dtype):
    probs = torch.rand(5_000, 6, generator=seeded(), dtype=dtype)
    probs[torch.rand(probs.shape, generator=seeded(1)) < 0.5] = 0
    probs[:, 2] += (probs.sum(1) == 0).to(dtype)
    probs /= probs.sum(1, keepdim=True)
    nearly = torch.nextafter(torch.ones(()), torch.zeros(()))
    for noise in (torch.rand(5_000, generator=seeded(2)), torch.zeros(5_000), nearly.expand(5_000)):
        drawn = inverse_cdf(probs, noise)
        assert float(probs.gather(1, drawn[:, None]).min()) > 0
    both = inverse_cdf(torch.tensor([[0.25, 0.0, 0.75]]).expand(3, 3), torch.tensor([0.2, 0.25, 0.3]))
    assert both.tolist() == [0, 2, 2]


@pytest.mark.parametrize(("family", "classes"), [(f, c) for f in TINY for c in (0, 10)])
def test_scores_are_exact_and_portraits_need_no_data(family, classes):
    settings = TINY[family][0]
    config = models.families()[family].Config((8, 8), levels=2, classes=classes, **settings)
    model = models.build(family, config).eval().requires_grad_(False)
    subject = evaluation.Subject(model, data.load("digits"), "static", thorough=False)
    found = {score.name: score for score in judge.scores(subject)}
    test, labels = subject.view("test"), subject.view("test").labels
    x = test.all(subject.generator())
    each = log_prob(model, x, labels if classes else None).double()
    score = found["test log-probability"]
    assert score.nature == "exact" and score.value == pytest.approx(float(each.mean()), abs=1e-4)
    assert score.spread == pytest.approx(float(each.std()) / math.sqrt(len(each)), rel=1e-4)
    assert found["test bits per dimension"].value == pytest.approx(-score.value / 64 / math.log(2))
    assert found["base-rate log-probability"].value > score.value  # of a model that has learned nothing
    assert ("class error" in found) == bool(classes)
    mixture = [s.value for n, s in found.items() if n.endswith(("order", "random orders"))]
    assert (not mixture) == (not model.any_order)
    if mixture:
        assert found["test log-probability, mixture of orders"].value > min(mixture)
    kept = judge.summary_tensors(subject)
    assert kept["samples"].shape == kept["examples"].shape == (64, 64)
    assert ("samples.labels" in kept) == bool(classes)
    assert kept["examples"].equal(x[:64].flatten(1).to(torch.uint8))
