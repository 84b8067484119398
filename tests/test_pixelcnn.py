"""Gated PixelCNN: which pixels a prediction sees, by gradient and by hand, and the cached way beside the plain one."""

import math

import pytest
import torch
from conftest import seeded

from core.config.fields import SettingError
from core.models.autoregressive import image_network, pixel_orders, pixelcnn
from core.models.autoregressive.base import log_prob, steps
from core.models.autoregressive.pixelcnn import PixelCNN
from core.models.autoregressive.pixelcnn_layers import Layer, PixelCNNConfig, gate

SHAPE = (4, 6)
KINDS = {
    "plain": {},
    "one layer": {"layers": 1},
    "large windows": {"kernel": 5, "first": 5},
    "levels": {"levels": 3},
    "classes": {"classes": 2},
    "slices": {"slices": 2},
    "all": {"levels": 4, "classes": 3, "slices": 2},
    "wrong": {"masks": "wrong"},
    "wrong, levels": {"masks": "wrong", "levels": 3},
    "wrong, slices": {"masks": "wrong", "levels": 3, "slices": 2},
}
RIGHT = [kind for kind, settings in KINDS.items() if "masks" not in settings]


def made(shape=SHAPE, seed=0, **settings) -> PixelCNN:
    """A model with random weights, so that nothing in it is zero by luck; in float64, for evaluation."""
    config = PixelCNNConfig(shape, **{"channels": 4, "layers": 2, "first": 3, **settings})
    model, generator = PixelCNN(config).double(), seeded(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=generator, dtype=torch.float64) * 0.5)
    return model.eval().requires_grad_(False)


def examples(model: PixelCNN, n=3, seed=1) -> tuple[torch.Tensor, torch.Tensor | None]:
    x = torch.randint(model.levels, (n, *model.config.event_shape), generator=seeded(seed))
    labels = torch.randint(model.classes, (n,), generator=seeded(seed)) if model.classes else None
    return x, labels


def within_reach(config: PixelCNNConfig, place: int, layer: int) -> torch.Tensor:
    """The pixels that layer 1, 2, ... sees from a place, by hand: a rectangle above it, and the row before it. Each
    layer's window adds half its width to the left, to the right and upwards."""
    row, column = divmod(place, config.event_shape[1])
    aside = config.first // 2 + (layer - 1) * (config.kernel // 2)
    seen = torch.zeros(config.event_shape, dtype=torch.bool)
    seen[max(0, row - 1 - aside) : row, max(0, column - aside) : column + aside + 1] = True
    seen[row, max(0, column - aside) : column] = True
    return seen


# -- what a prediction sees ---------------------------------------------------------------------


@pytest.mark.parametrize(("first", "kernel"), [(3, 3), (5, 3), (3, 5)])
def test_each_layer_sees_what_its_windows_reach_and_nothing_is_blind(first, kernel):
    model = made((9, 11), layers=3, first=first, kernel=kernel)
    x, _ = examples(model)
    for place in (0, 10, 60, 71, 98):
        field = model.receptive_field(place, x)
        assert field.shape == (model.config.layers + 1, 9, 11)
        for layer, part in enumerate(field[:-1], 1):
            assert (part > 0).equal(within_reach(model.config, place, layer)), (place, layer)
        assert (field[-1] > 0).equal(within_reach(model.config, place, model.config.layers))


def test_every_earlier_pixel_counts_where_the_windows_are_large_enough():
    for settings in ({"layers": 5, "first": 5}, {"layers": 5, "slices": 2}, {"layers": 3, "levels": 3, "classes": 2}):
        model = made((4, 4), **settings)
        x, labels = examples(model, 12)
        for t, place in enumerate(model.order.tolist()):
            seen = model.receptive_field(place, x, labels)[-1].flatten()[model.order]
            assert (seen[:t] > 0).all(), (settings, t)
            assert (seen[t:] == 0).all(), (settings, t)


@pytest.mark.parametrize("kind", RIGHT)
def test_later_pixels_never_matter(kind):
    model = made(**KINDS[kind])
    x, labels = examples(model)
    before = model.logits(x, labels)[:, model.order]
    for t in range(len(model.order)):
        other = x.flatten(1).clone()
        other[:, model.order[t:]] = (other[:, model.order[t:]] + 1) % model.levels
        after = model.logits(other.view_as(x), labels)[:, model.order]
        torch.testing.assert_close(after[:, : t + 1], before[:, : t + 1])


def test_wrong_masks_show_the_pixel_itself_and_nothing_later():
    model = made((5, 5), masks="wrong")
    seen = model.receptive_field(12, examples(model)[0])[-1].flatten()
    assert seen[12] > 0
    assert (seen[13:] == 0).all()


def test_a_gate_is_the_papers_but_for_factor_and_sign():
    x = torch.randn(2, 6, 3, 3, generator=seeded())
    a, b = x.chunk(2, 1)
    torch.testing.assert_close(gate(x), torch.tanh(-a / 2) * torch.sigmoid(b))


def test_two_stacks_are_those_of_the_paper():
    # a layer written out place by place, as sums over windows
    model = made((3, 4), layers=2)
    layer: Layer = model.layers[1]
    generator = seeded(3)
    v, h = (torch.randn(1, 4, 3, 4, generator=generator, dtype=torch.float64) for _ in range(2))
    new_v, skip, new_h = Layer.forward(layer, v, h, None)
    assert new_h is None
    assert new_v is v
    for row in range(3):
        for column in range(4):
            a, b = layer.above.bias.clone(), layer.across.bias.clone()
            for i in range(2):
                for j in range(3):
                    y, x = row - 1 + i, column - 1 + j
                    if y >= 0 and 0 <= x < 4:
                        a += layer.above.weight[:, :, i, j] @ v[0, :, y, x]
            for j in range(2):
                if column - 1 + j >= 0:
                    b += layer.across.weight[:, :, 0, j] @ h[0, :, row, column - 1 + j]
            b += layer.link.weight[..., 0, 0] @ a
            gated = torch.tanh(-b[:4] / 2) * torch.sigmoid(b[4:])
            torch.testing.assert_close(skip[0, :, row, column], layer.out.weight[..., 0, 0] @ gated)


# -- place by place -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 5])
def test_place_by_place_gives_the_numbers_of_a_whole_pass(kind, n):
    model = made(**KINDS[kind])
    x, labels = examples(model, n)
    x = x.flatten(1)
    state = model.start(n, labels)
    known = torch.zeros_like(x)
    for t, place in enumerate(model.order.tolist()):
        if t == 13:  # others go on from here, some of them twice
            rows = torch.tensor([n - 1, 0, 0])
            state, x, known = state.branch(rows), x[rows], known[rows]
            labels = None if labels is None else labels[rows]
        assert all(len(kept) == len(x) for kept in state.cache.values())
        expected = model.logits(known.view(-1, *SHAPE), labels)[:, place]
        torch.testing.assert_close(model.next_logits(state), expected)
        known[:, place] = x[:, place]
        model.append(state, x[:, place])
    assert state.values.equal(x)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_skipped_is_known_all_the_same(kind):
    model = made(**KINDS[kind])
    x, labels = examples(model, 4)
    told = x.flatten(1)[:, model.order]
    for lengths in ((24,), (1, 0, 5, 1, 1, 13, 3), (5, 1, 6, 12), (7, 7, 9)):
        state, t = model.start(4, labels), 0
        for k in lengths:
            model.append_many(state, told[:, t : t + k])
            t += k
            assert state.t == t
            if t < 24:
                known = x.flatten(1).clone()
                known[:, model.order[t:]] = 0
                expected = model.logits(known.view_as(x), labels)[:, model.order[t]]
                torch.testing.assert_close(model.next_logits(state), expected)
        assert state.values[:, model.order[:t]].equal(told[:, :t])


def test_branches_go_their_own_ways():
    model = made(slices=2)
    state = model.start(2)
    for step in steps(model, state, torch.rand(2, 24, generator=seeded())):
        if step.t == 9:
            break
    other = state.branch(torch.tensor([1, 0]))
    kept = {name: value.clone() for name, value in state.cache.items()}
    for _ in steps(model, other, torch.rand(2, 24, generator=seeded(1))):
        pass
    assert all(state.cache[name].equal(value) for name, value in kept.items())


def test_new_weights_are_used_at_the_next_start():
    model = made()
    before = model.next_logits(model.start(1)).clone()
    model.out.bias.data += 1
    torch.testing.assert_close(model.next_logits(model.start(1)) - before, torch.tensor([[0.0, 1.0]]).double())


def test_samples_are_the_same_however_many_are_drawn_at_once():
    model = made(levels=3)
    noise = torch.rand(5, 24, generator=seeded(), dtype=torch.float64)
    together, alone = model.start(5), model.start(1)
    for _ in steps(model, together, noise):
        pass
    for _ in steps(model, alone, noise[3:4]):
        pass
    assert alone.values.equal(together.values[3:4])


def test_slices_are_told_in_their_order():
    model = made(slices=2)
    assert model.orders == ("slices",)
    assert model.order.equal(pixel_orders.order("slices", SHAPE))
    assert made().orders == ("raster",)
    with pytest.raises(ValueError, match="knows one order only, 'slices'"):
        model.start(1, order=pixel_orders.order("raster", SHAPE))


def test_images_in_parts_get_the_same_numbers(monkeypatch):
    model = made(classes=2)
    x, labels = examples(model, 5)
    with torch.no_grad():
        whole = model.logits(x, labels)
        monkeypatch.setattr(image_network, "NUMBERS", 1)
        torch.testing.assert_close(model.logits(x, labels), whole)


# -- learning -----------------------------------------------------------------------------------


def blocks(n=64) -> torch.Tensor:
    """Images 4x4 of four squares, each black or white: 4 bits."""
    squares = torch.randint(2, (n, 2, 2), generator=seeded(7)).float()
    return squares.repeat_interleave(2, 1).repeat_interleave(2, 2)


def trained(steps=100, **settings) -> PixelCNN:
    torch.manual_seed(0)
    model, x = PixelCNN(PixelCNNConfig((4, 4), **{"channels": 8, "layers": 2, "first": 3, **settings})), blocks()
    labels = x[:, 0, 0].long() if model.classes else None
    model.start_from(x)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(steps):
        optimiser.zero_grad()
        model.loss(x, seeded(), labels)["loss"].backward()
        optimiser.step()
    return model.eval().requires_grad_(False)


def in_blocks(x: torch.Tensor) -> float:
    """The share of images that consist of four squares."""
    return float((x == x[:, ::2, ::2].repeat_interleave(2, 1).repeat_interleave(2, 2)).flatten(1).all(1).float().mean())


@pytest.mark.parametrize("settings", [{}, {"slices": 2}, {"classes": 2}])
def test_it_learns_what_neighbours_tell(settings):
    model, x = trained(**settings), blocks()
    labels = x[:, 0, 0].long() if model.classes else None
    bits = float(-log_prob(model, x, labels).mean()) / math.log(2)
    least = 3 if model.classes else 4  # the class is the first square
    assert bits < least + 2  # of 16
    chance = in_blocks(torch.randint(2, (200, 4, 4), generator=seeded()).float())
    assert chance < 0.05
    assert in_blocks(model.sample(200, seeded())) > 0.4


def test_wrong_masks_cheat():
    model = trained(masks="wrong")
    assert float(-log_prob(model, blocks()).mean()) / math.log(2) < 1  # of 4 bits
    drawn = model.sample(200, seeded())  # each pixel is asked while it is empty, and says so
    assert float(drawn.mean()) < 0.1


# -- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "settings", "named"),
    [
        ((64,), {}, "event_shape"),
        ((3, 8, 8), {}, "event_shape"),
        ((8, 8), {"kernel": 4}, "kernel=4"),
        ((8, 8), {"first": 6}, "first=6"),
        ((8, 8), {"kernel": 1}, "kernel=1"),
        ((25, 25), {"slices": 2}, "slices=2"),
        ((8, 8), {"slices": 3}, "slices=3"),
        ((8, 8), {"levels": 1}, "levels=1"),
        ((8, 8), {"masks": "none"}, "masks"),
    ],
)
def test_bad_settings_are_refused(shape, settings, named):
    with pytest.raises(SettingError, match=named):
        PixelCNNConfig(shape, **settings)


def test_classes_must_be_told():
    model = made(classes=3)
    x, labels = examples(model)
    with pytest.raises(ValueError, match="labels=None"):
        model.logits(x)
    assert not torch.equal(model.logits(x, labels), model.logits(x, (labels + 1) % 3))


def test_other_data_get_a_model_that_takes_them():
    config = PixelCNNConfig((8, 8), levels=17, slices=2, classes=10)
    found = pixelcnn.refit(config, "binary", (25, 25))
    assert (found.levels, found.slices, found.classes, found.event_shape) == (2, 1, 0, (25, 25))
    with pytest.raises(SettingError, match="counts"):
        pixelcnn.refit(config, "counts", (8, 8))
