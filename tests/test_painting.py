"""Films of painting: they are what the model draws, and a past that is given changes nothing but what comes after."""

import math

import pytest
import torch
from conftest import seeded

from core import models
from core.analysis import pixel_sampling
from core.config.fields import SettingError
from core.models.autoregressive import pixel_orders
from core.models.autoregressive.base import AutoregressiveModel, log_probs, sample

SHAPE, D = (4, 6), 24
TINY: dict[str, list[dict]] = {
    "made": [{"layers": (9, 9)}, {"layers": (7,), "order": "spiral"}],
    "nade": [{"layers": (7, 9)}, {"layers": (6,), "order": "columns"}],
    "pixelcnn": [
        {"channels": 3, "layers": 3, "first": 5},
        {"channels": 3, "layers": 2, "first": 3, "slices": 2},
        {"channels": 3, "layers": 2, "first": 3, "masks": "wrong"},
    ],
    "pixelrnn": [{"kind": kind, "hidden": 3, "layers": 2, "first": 3} for kind in ("row", "diagonal")],
}
CASES = [
    pytest.param(family, settings, levels, classes, id=f"{family}-{i}-{levels}-{classes}")
    for family, several in TINY.items()
    for i, settings in enumerate(several)
    for levels, classes in [(2, 0), (3, 2)]
]


def tiny(family: str, settings: dict, levels: int, classes: int) -> AutoregressiveModel:
    """A model with random weights, in float64."""
    config = models.families()[family].Config(SHAPE, levels=levels, classes=classes, **settings)
    model, generator = models.build(family, config).double().eval(), seeded(0)
    for p in model.parameters():
        p.data.copy_(torch.randn(p.shape, generator=generator, dtype=torch.float64) * 0.6)
    return model.requires_grad_(False)


def film(model: AutoregressiveModel, noise: torch.Tensor, **asked) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """All values, logits and nats of a film, in order."""
    found = list(pixel_sampling.sample_pixels(model, noise, at_once=5, **asked))
    first = asked.get("after", 0) or 0
    for stroke in found:
        assert stroke.first == first
        first += stroke.values.shape[1]
    assert first == D
    return tuple(torch.cat([getattr(stroke, part) for stroke in found], 1) for part in ("values", "logits", "nats"))


@pytest.mark.parametrize(("family", "settings", "levels", "classes"), CASES)
def test_a_film_is_what_the_model_tells_and_draws(family, settings, levels, classes):
    model, noise = tiny(family, settings, levels, classes), pixel_sampling.noise(0, range(5), D)
    labels = torch.arange(5) % classes if classes else None
    values, logits, nats = film(model, noise, labels=labels)
    x = torch.empty(5, D, dtype=torch.long)
    x[:, model.order] = values.long()
    if model.is_normalized:
        torch.testing.assert_close(logits, model.logits(x.view(5, *SHAPE), labels)[:, model.order])
        torch.testing.assert_close(-nats, log_probs(model, x.view(5, *SHAPE), labels)[:, model.order])


@pytest.mark.parametrize(("family", "settings", "levels", "classes"), CASES)
@pytest.mark.parametrize("after", [1, 5, 6, 13, 23])
def test_from_the_same_past_the_same_noise_paints_the_same_future(family, settings, levels, classes, after):
    model, noise = tiny(family, settings, levels, classes), pixel_sampling.noise(3, [4], D)
    labels = torch.ones(1, dtype=torch.long) if classes else None
    values, logits, _ = film(model, noise, labels=labels)
    given = torch.full((D,), -1)
    given[model.order[:after]] = values[0, :after].long()
    again, told, _ = film(model, noise, labels=labels, given=given, after=after)
    assert torch.equal(again, values[:, after:])
    torch.testing.assert_close(told, logits[:, after:])
    whole, _, _ = film(model, noise, labels=labels, given=given)
    assert torch.equal(whole, values)


def test_a_rewritten_pixel_changes_what_comes_after_it_only():
    model, noise = tiny("made", {"layers": (20, 20)}, 2, 0), pixel_sampling.noise(0, range(30), D)
    values, _, _ = film(model, noise)
    given = torch.full((D,), -1)
    given[model.order[:9]] = values[0, :9].long()
    given[model.order[8]] = 1 - given[model.order[8]]
    others, _, _ = film(model, noise, given=given)
    assert torch.equal(others[:, :8], values[:1, :8].expand(30, -1))
    assert (others[:, 8] == given[model.order[8]]).all()
    assert len(others[:, 9:].unique(dim=0)) > 10  # futures part


def test_an_image_is_the_same_beside_any_others():
    model = tiny("pixelcnn", TINY["pixelcnn"][0], 3, 2)
    one, _, _ = film(model, pixel_sampling.noise(7, [11], D), labels=torch.tensor([1]))
    many, _, _ = film(model, pixel_sampling.noise(7, [2, 11, 5], D), labels=torch.tensor([0, 1, 1]))
    assert torch.equal(one[0], many[1])
    other, _, _ = film(model, pixel_sampling.noise(8, [11], D), labels=torch.tensor([1]))
    assert not torch.equal(one, other)


def test_what_is_given_stays_wherever_it_lies_and_in_any_order():
    model, generator = tiny("nade", TINY["nade"][0], 3, 0), seeded(2)
    given = torch.where(torch.rand(D, generator=generator) < 0.5, torch.randint(3, (D,), generator=generator), -1)
    for name in pixel_orders.ORDERS:
        order = pixel_orders.order(name, SHAPE, 4)
        values, _, _ = film(model, pixel_sampling.noise(0, range(6), D), order=order, given=given)
        held = given[order] >= 0
        assert (values[:, held] == given[order][held]).all()
        assert len(values[:, ~held].unique(dim=0)) > 2


def test_the_films_are_draws_of_the_model():
    """How often each pixel is on, against the model's own sampler; and at low temperature the likeliest values."""
    model = tiny("made", {"layers": (9,)}, 2, 0)
    n = 4000
    values, _, _ = film(model, pixel_sampling.noise(1, range(n), D))
    mine = torch.empty(n, D)
    mine[:, model.order] = values.float()
    theirs = sample(model, n, seeded(5)).float()
    assert float((mine.mean(0) - theirs.mean(0)).abs().max()) < 5 * math.sqrt(0.5 / n)
    cold, logits, _ = film(model, pixel_sampling.noise(1, range(4), D), temperature=0.001)
    assert torch.equal(cold.long(), logits.argmax(2))


def test_after_none_leaves_out_what_is_given_first():
    model = tiny("made", {"layers": (9,)}, 2, 0)
    given = torch.full((D,), -1)
    given[model.order[:7]] = 1
    given[model.order[12]] = 0
    assert (
        next(pixel_sampling.sample_pixels(model, pixel_sampling.noise(0, [0], D), given=given, after=None)).first == 7
    )
    given.fill_(1)
    assert list(pixel_sampling.sample_pixels(model, pixel_sampling.noise(0, [0], D), given=given, after=None)) == []


@pytest.mark.parametrize("asked", [{"after": 1}, {"after": -1}, {"temperature": 0.0}])
def test_what_cannot_be_painted_is_refused(asked):
    model = tiny("made", {"layers": (9,)}, 2, 0)
    with pytest.raises(SettingError):
        next(pixel_sampling.sample_pixels(model, pixel_sampling.noise(0, [0], D), **asked))
