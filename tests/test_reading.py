"""Surprise, holes, free running and receptive fields: invariants, and enumeration on tiny models."""

import itertools
import math

import numpy as np
import pytest
import readers
import torch
from conftest import seeded

from core import data, models
from core.analysis import free_running, image_likelihood, image_sources, inpainting, pixel_dependence
from core.config.fields import SettingError
from core.data.errors import DataError
from core.models.autoregressive import pixel_orders
from core.models.autoregressive.base import log_prob, log_probs, sample
from core.store.checkpoints import CheckpointError

SHAPE = (2, 3)
TINY = {
    "made": {"layers": (7, 9)},
    "nade": {"layers": (7, 9)},
    "pixelcnn": {"channels": 3, "layers": 2, "first": 3},
    "pixelrnn": {"hidden": 3, "layers": 2, "first": 3},
}
CASES = [(family, levels, classes) for family in TINY for levels in (2, 3) for classes in (0, 2)]


def tiny(family: str, levels: int = 2, classes: int = 0, **settings):
    """A model with random weights, so that nothing in it is zero by luck."""
    config = models.families()[family].Config(SHAPE, levels=levels, classes=classes, **{**TINY[family], **settings})
    model, generator = models.build(family, config).eval(), seeded()
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=generator) * 0.7)
    return model.requires_grad_(False)


def image(levels: int = 2, n: int = 1, places: int = 6) -> torch.Tensor:
    return torch.randint(levels, (n, places), generator=seeded(5))


def told(classes: int, n: int = 1) -> torch.Tensor | None:
    return torch.ones(n, dtype=torch.long) if classes else None


def ways(levels: int, x: torch.Tensor, missing: torch.Tensor) -> torch.Tensor:
    """x (D,) with its missing places filled in every way."""
    values = torch.tensor(list(itertools.product(range(levels), repeat=int(missing.sum()))))
    every = x.repeat(len(values), 1)
    every[:, missing] = values
    return every


# -- surprise


@pytest.mark.parametrize(("family", "levels", "classes"), CASES)
def test_bits_sum_to_the_cost_of_the_image(family, levels, classes):
    model, x = tiny(family, levels, classes), image(levels, 4)
    found = image_likelihood.bits_per_pixel(model, x, told(classes, 4))
    assert (found >= 0).all() and found.shape == (4, 6)
    assert torch.allclose(found.sum(1) * math.log(2), -log_prob(model, x, told(classes, 4)), atol=1e-5)


def test_the_hardest_pixels_carry_their_share():
    assert image_likelihood.bits_share_of_hardest(torch.tensor([1.0] * 9 + [9.0]), 0.1) == pytest.approx(0.5)
    assert (
        image_likelihood.bits_share_of_hardest(torch.ones(20), 0.1) == pytest.approx(0.1)
        and image_likelihood.bits_share_of_hardest(torch.zeros(5)) == 0
    )


def test_the_class_is_the_one_given_or_the_likeliest():
    model, x = tiny("made", 2, 3), image()[0]
    costs = [-float(log_prob(model, x[None], torch.tensor([c]))) for c in range(3)]
    assert (
        int(image_likelihood.label_of(model, x)) == int(np.argmin(costs))
        and int(image_likelihood.label_of(model, x, 2)) == 2
    )
    assert image_likelihood.label_of(tiny("made"), x) is None
    with pytest.raises(SettingError, match="class"):
        image_likelihood.label_of(model, x, 3)


def test_variants_keep_to_the_levels():
    x = image(4, places=64)[0]
    made = {how: image_sources.perturb(x, how, (8, 8), 4, seed=1, level=2) for how in image_sources.PERTURBATIONS}
    assert all(y.shape == x.shape and y.min() >= 0 and y.max() < 4 for y in made.values())
    assert torch.equal(made["plain"], x) and torch.equal(made["inverted"] + x, torch.full_like(x, 3))
    assert (made["constant"] == 2).all() and 0 < (made["noisy"] != x).sum() < 16
    assert torch.equal(made["noisy"], image_sources.perturb(x, "noisy", (8, 8), 4, seed=1))
    shifted, plain = made["shifted"].view(8, 8), x.view(8, 8)
    assert torch.equal(shifted[1:, 1:], plain[:-1, :-1]) and not shifted[0].any() and not shifted[:, 0].any()
    with pytest.raises(SettingError, match="perturbation"):
        image_sources.perturb(x, "turned", (8, 8), 4)
    with pytest.raises(SettingError, match="level"):
        image_sources.perturb(x, "constant", (8, 8), 4, level=4)


# -- holes


def test_holes_lie_where_they_say():
    at = {name: inpainting.inpainting_mask(name, (4, 6)).view(4, 6) for name in inpainting.REGIONS}
    assert at["lower"][2:].all() and not at["lower"][:2].any() and torch.equal(at["upper"], ~at["lower"])
    assert at["right"][:, 3:].all() and torch.equal(at["left"], ~at["right"])
    assert at["middle"][1:3, 1:5].all() and int(at["middle"].sum()) == 8


@pytest.mark.parametrize("name", list(pixel_orders.ORDERS))
def test_given_places_come_first_and_none_is_lost(name):
    order, missing = pixel_orders.order(name, (4, 6), 3), inpainting.inpainting_mask("middle", (4, 6))
    found = inpainting.order_given_first(order, missing)
    assert torch.equal(found.sort().values, order.sort().values)
    assert not missing[found[:16]].any() and missing[found[16:]].all()
    turn = order.argsort()  # each part keeps to the order
    assert (turn[found[:16]].diff() > 0).all() and (turn[found[16:]].diff() > 0).all()


@pytest.mark.parametrize(("family", "levels", "classes"), CASES)
def test_weights_are_the_probability_of_the_given_places(family, levels, classes):
    model, x = tiny(family, levels, classes), image(levels)[0]
    missing = torch.tensor([1, 0, 0, 1, 0, 0], dtype=torch.bool)
    found = inpainting.inpaint(model, x, missing, 30, seeded(), told(classes))
    assert (found.values[:, ~missing] == x[~missing]).all()
    each = log_probs(model, found.values, told(classes, 30))
    assert torch.allclose(found.log_weights, each[:, ~missing].sum(1), atol=1e-5)
    assert torch.allclose(found.after, found.log_weights, atol=1e-5)  # place 0 is missing: all given ones come after
    # summed over all fillings, each as likely as it is drawn, the weight is p(given)
    every = ways(levels, x, missing)
    each = log_probs(model, every, told(classes, len(every)))
    weighted = (each[:, missing].sum(1) + each[:, ~missing].sum(1)).logsumexp(0)
    evidence = log_prob(model, every, told(classes, len(every))).logsumexp(0)
    assert float(weighted) == pytest.approx(float(evidence), abs=1e-5)


@pytest.mark.parametrize("renew", [False, True])
@pytest.mark.parametrize("family", ["made", "pixelcnn", "nade"])
def test_weighted_drawings_have_the_distribution_that_enumeration_gives(family, renew):
    model, x = tiny(family), image()[0]
    missing, n = torch.tensor([1, 1, 0, 0, 1, 0], dtype=torch.bool), 6_000
    every = ways(2, x, missing)
    joint = log_prob(model, every)
    found = inpainting.inpaint(model, x, missing, n, seeded(2), resample=renew)
    assert found.evidence == pytest.approx(float(joint.logsumexp(0)), abs=0.1)
    weights = found.log_weights.softmax(0)
    for way, right in zip(every, joint.softmax(0), strict=True):
        assert float(weights[(found.values == way).all(1)].sum()) == pytest.approx(float(right), abs=0.06)


def test_an_order_with_the_given_places_first_is_right_at_once():
    model, x, missing = tiny("nade", 3), image(3)[0], torch.tensor([1, 0, 1, 0, 0, 0], dtype=torch.bool)
    order = inpainting.order_given_first(model.order, missing)
    found = inpainting.inpaint(model, x, missing, 50, seeded(), order=order)
    assert found.effective == pytest.approx(50, rel=1e-4) and not found.after.any()
    every = ways(3, x, missing)
    assert found.evidence == pytest.approx(float(log_prob(model, every, order=order).logsumexp(0)), abs=1e-4)


def test_indices_come_as_often_as_their_weights_say():
    weights = torch.tensor([0.5, 0.0, 0.3, 0.2])
    counts = torch.bincount(inpainting.systematic_resampling(weights.log(), 10, seeded()), minlength=4).tolist()
    assert counts == [5, 0, 3, 2]
    assert inpainting.effective_sample_size(torch.zeros(7)) == pytest.approx(7) and inpainting.effective_sample_size(
        torch.tensor([0.0, -90.0])
    ) == pytest.approx(1)


# -- one ahead and running freely


@pytest.mark.parametrize(("family", "levels", "classes"), CASES)
def test_running_from_nothing_is_sampling(family, levels, classes):
    model, x = tiny(family, levels, classes), image(levels, 5)
    free = free_running.free_run(model, x, 0, seeded(3), told(classes, 5))
    assert torch.equal(free, sample(model, 5, seeded(3), told(classes, 5)))
    filled = inpainting.inpaint(model, x[0], torch.ones(6, dtype=torch.bool), 5, seeded(3), told(classes))
    assert torch.equal(filled.values, free)
    part = free_running.free_run(model, x, 4, seeded(3), told(classes, 5))
    assert torch.equal(part[:, model.order[:4]], x[:, model.order[:4]])
    assert torch.equal(free_running.free_run(model, x, 6, seeded(3), told(classes, 5)), x)


def test_one_ahead_is_the_mean_of_what_is_predicted():
    model, x = tiny("made", 3), image(3, 4)
    mean, best = free_running.one_step_ahead(model, x)
    probs = model.logits(x).softmax(2)
    assert torch.allclose(mean, probs[..., 1] + 2 * probs[..., 2], atol=1e-6) and torch.equal(best, probs.argmax(2))


def test_drift_is_none_before_it_begins_and_none_on_average_for_its_own_images():
    model = tiny("made", 3)
    x = sample(model, 4_000, seeded(1))  # the data's own distribution
    found = free_running.exposure_bias(model, x, 3, seeded(2))
    assert torch.allclose(found.truth[:3], found.own[:3]) and (found.match_share[:3] == 1).all()
    assert abs(found.gap) < 4 * found.error and found.error > 0
    assert torch.allclose(found.truth, log_probs(model, x)[:, model.order].mean(0))
    assert ((found.match_probs > 0) & (found.match_probs < 1)).all()


# -- what a prediction sees


@pytest.mark.parametrize("family", list(TINY))
@pytest.mark.parametrize("levels", [2, 3])
def test_right_masks_see_no_later_place(family, levels):
    model, x = tiny(family, levels, 2), image(levels, 2)
    for place in range(6):
        found, hidden = (
            pixel_dependence.receptive_field(model, place, x, told(2, 2)),
            pixel_dependence.future_mask(model, place),
        )
        assert found.shape[1] == 6 and not found[:, hidden].any()
        if int(hidden.sum()) < 5:
            assert found[-1, ~hidden].any()


@pytest.mark.parametrize("family", ["made", "nade"])
def test_later_places_are_those_of_the_models_own_order(family):
    model = tiny(family, order="random", order_seed=4)
    for place in range(6):
        hidden = pixel_dependence.future_mask(model, place)
        assert hidden[place] and not pixel_dependence.receptive_field(model, place, image())[-1, hidden].any()
    assert sorted(int(pixel_dependence.future_mask(model, p).sum()) for p in range(6)) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("family", ["made", "pixelcnn"])
def test_wrong_masks_see_the_pixel_itself(family):
    more = {"layers": (24, 24)} if family == "made" else {"channels": 12}
    model, x = tiny(family, masks="wrong", **more), image(n=20)
    assert not model.is_normalized and all(pixel_dependence.receptive_field(model, p, x)[-1, p] > 0 for p in range(6))


def test_a_place_that_is_none_is_refused():
    with pytest.raises(SettingError, match="place"):
        pixel_dependence.receptive_field(tiny("made"), 6, image())
    with pytest.raises(SettingError, match="t="):
        free_running.free_run(tiny("made"), image(), 7, seeded())


# -- checkpoints


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return readers.shelf(tmp_path_factory.mktemp("reading"))


def test_every_model_of_the_same_bits_reads_them_and_no_other(here):
    found = {c.name for c in image_likelihood.comparable_models(here["right"], here.values())}
    assert found == {here[k].name for k in ("right", "wrong", "classes", "nade", "digits-rbm-exact", "digits-vae-2")}
    levels = {c.name for c in image_likelihood.comparable_models(here["levels"], here.values())}
    assert levels == {here[k].name for k in ("levels", "painter", "digits-vae-levels")}


def read(checkpoint, x, **more):
    return image_likelihood.negative_log_likelihood(checkpoint, checkpoint.model(), x, **more)


def digit(row: int) -> torch.Tensor:
    return torch.from_numpy((data.load("digits").test[row] > 8).astype(np.int64).flatten())


def test_readings_say_what_they_are(here):
    x = digit(3)
    natures = {"right": "exact", "classes": "exact", "wrong": "no likelihood", "digits-rbm-exact": "exact"}
    for kind, nature in natures.items():
        assert read(here[kind], x).nature == nature
    bound = read(here["digits-vae-2"], x, draws=200)
    assert bound.nature == "upper bound" and bound.spread > 0 and bound.usual > 0
    assert bound == read(here["digits-vae-2"], x, draws=200)
    assert read(here["right"], x).nats == pytest.approx(-float(log_prob(here["right"].model(), x[None])), abs=1e-4)
    model = here["classes"].model()
    parts = torch.cat([log_prob(model, x[None], torch.tensor([label])) + math.log(0.1) for label in range(10)])
    assert read(here["classes"], x).nats == pytest.approx(-float(parts.logsumexp(0)), abs=1e-4)
    with pytest.raises(CheckpointError, match="probability"):
        read(here["digits-autoencoder-2"], x)


def test_an_rbm_reads_by_its_partition_function(here):
    checkpoint, x = here["digits-rbm-exact"], digit(3)
    model = checkpoint.model()
    nats = read(checkpoint, x).nats
    assert nats == pytest.approx(float(model.free_energy(x[None].float())) + checkpoint.score("log Z").value)
    # one bit is worth what its log-odds say, whatever Z is
    other = x.clone()
    other[5] = 1 - other[5]
    apart = model.free_energy(torch.stack([x, other]).float())
    assert read(checkpoint, other).nats - nats == pytest.approx(float(apart[1] - apart[0]), abs=1e-3)


def test_images_of_other_data_come_in_the_models_levels(here, monkeypatch):
    with pytest.raises(DataError, match="not here|no such"):
        image_sources.out_of_distribution_images(here["right"], "digits", 4)
    monkeypatch.setattr(image_sources, "out_of_distribution_sets", lambda checkpoint: ["digits"])
    levels, labels, names = image_sources.out_of_distribution_images(here["levels"], "digits", 4)
    assert np.array_equal(levels, data.load("digits").test[:4].reshape(4, -1)) and len(labels) == 4
    assert names == data.load("digits").class_names


def test_pictures_become_levels(here):
    grey = np.linspace(0, 255, 64).astype(np.uint8).reshape(1, 8, 8)
    assert np.array_equal(image_sources.to_levels(here["right"], grey)[0], (grey.flatten() > 127).astype(np.uint8))
    assert np.array_equal(image_sources.to_levels(here["levels"], grey)[0], np.rint(grey.flatten() / 255 * 16))
    with pytest.raises(SettingError, match="picture"):
        image_sources.to_levels(here["right"], np.zeros((1, 9, 8), np.uint8))


def test_a_twin_differs_in_its_masks_alone(here):
    everything = list(here.values())
    assert image_likelihood.mask_counterpart(here["right"], everything).name == here["wrong"].name
    assert image_likelihood.mask_counterpart(here["wrong"], everything).name == here["right"].name
    assert (
        image_likelihood.mask_counterpart(here["classes"], everything) is None
        and image_likelihood.mask_counterpart(here["nade"], everything) is None
    )
