"""PixelRNN: which pixels its LSTMs see, by gradient and by hand, and the cached way beside the plain one."""

import pytest
import torch
from conftest import seeded

from core.config.fields import SettingError
from core.models.autoregressive import image_network
from core.models.autoregressive.pixelrnn import PixelRNN, PixelRNNConfig

SHAPE = (4, 6)
KINDS = {
    f"{kind}{name}": {"kind": kind, **settings}
    for kind in ("row", "diagonal")
    for name, settings in {
        "": {},
        ", one layer": {"layers": 1},
        ", levels": {"levels": 3},
        ", classes": {"levels": 4, "classes": 3},
    }.items()
}


def made(shape=SHAPE, seed=0, **settings) -> PixelRNN:
    """A model with random weights, so that nothing in it is zero by luck; in float64, for evaluation."""
    config = PixelRNNConfig(shape, **{"hidden": 3, "layers": 2, "first": 3, **settings})
    model, generator = PixelRNN(config).double(), seeded(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=generator, dtype=torch.float64) * 0.5)
    return model.eval().requires_grad_(False)


def examples(model: PixelRNN, n=3, seed=1) -> tuple[torch.Tensor, torch.Tensor | None]:
    x = torch.randint(model.levels, (n, *model.config.event_shape), generator=seeded(seed))
    labels = torch.randint(model.classes, (n,), generator=seeded(seed)) if model.classes else None
    return x, labels


# -- what a prediction sees ---------------------------------------------------------------------


def test_along_the_diagonals_one_layer_sees_all_earlier_pixels_but_the_last_of_the_row_above():
    model = made((5, 5), kind="diagonal", layers=1)
    x, _ = examples(model, 12)
    for place in range(25):
        row, column = divmod(place, 5)
        seen = model.receptive_field(place, x)[-1].flatten() > 0
        expected = torch.arange(25) < place
        if row and column < 3:  # no feature of its own row has seen it; this one's have from column 3 on
            expected[row * 5 - 1] = False
        assert seen.equal(expected), place


def test_down_the_rows_one_layer_sees_a_triangle():
    model = made((8, 15), kind="row", layers=1)
    row, column = 6, 7
    seen = model.receptive_field(row * 15 + column, examples(model)[0])[-1] > 0
    # the first convolution (3 wide) sees one pixel left, and one row up one aside; the layer's input one more to the
    # left; each row further up one more on either side, through states
    expected = torch.zeros(8, 15, dtype=torch.bool)
    expected[row, column - 2 : column] = True
    for up in range(1, row + 1):
        expected[row - up, max(0, column - up - 2) : column + up + 1] = True
    assert seen.equal(expected)


@pytest.mark.parametrize("kind", KINDS)
def test_later_pixels_never_matter(kind):
    model = made(**KINDS[kind])
    x, labels = examples(model)
    before = model.logits(x, labels)
    for t in range(len(model.order)):
        other = x.flatten(1).clone()
        other[:, t:] = (other[:, t:] + 1) % model.levels
        after = model.logits(other.view_as(x), labels)
        torch.testing.assert_close(after[:, : t + 1], before[:, : t + 1])


def test_states_are_those_of_the_equations():
    # one layer along the diagonals, written out pixel by pixel, by recursion
    model = made((3, 4), kind="diagonal", layers=1, hidden=2)
    layer = model.layers[0]
    x = torch.randn(1, 3, 4, 4, generator=seeded(2), dtype=torch.float64)

    def walk(way: int, columns: list[int]) -> torch.Tensor:
        h, c = torch.zeros(3, 4, 2).double(), torch.zeros(3, 4, 2).double()
        for row in range(3):
            for i, column in enumerate(columns):
                above = h[row - 1, column] if row else torch.zeros(2).double()
                before = h[row, columns[i - 1]] if i else torch.zeros(2).double()
                memory = c[row, columns[i - 1]] if i else torch.zeros(2).double()
                gates = (
                    layer.input_to_state(x[0, row, column]).chunk(2)[way]
                    + torch.cat([above, before]) @ layer.state_to_state[way]
                )
                o, f, i_, g = gates.chunk(4)
                c[row, column] = f.sigmoid() * memory + i_.sigmoid() * g.tanh()
                h[row, column] = o.sigmoid() * c[row, column].tanh()
        return h

    left, right = walk(0, [0, 1, 2, 3]), walk(1, [3, 2, 1, 0])
    both = left + torch.cat([torch.zeros(1, 4, 2).double(), right[:-1]])
    torch.testing.assert_close(layer(x, None)[0], x[0] + layer.upsample(both))


# -- place by place -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 5])
def test_place_by_place_gives_the_numbers_of_a_whole_pass(kind, n):
    model = made(**KINDS[kind])
    x, labels = examples(model, n)
    x = x.flatten(1)
    state = model.start(n, labels)
    known = torch.zeros_like(x)
    for place in range(24):
        if place == 13:  # others go on from here, some of them twice
            rows = torch.tensor([n - 1, 0, 0])
            state, x, known = state.branch(rows), x[rows], known[rows]
            labels = None if labels is None else labels[rows]
        assert all(len(kept) == len(x) for kept in state.cache.values())
        expected = model.logits(known.view(-1, *SHAPE), labels)[:, place]
        torch.testing.assert_close(model.next_logits(state), expected)
        known[:, place] = x[:, place]
        model.append(state, x[:, place])
    assert state.values.equal(x)


@pytest.mark.parametrize("kind", ["row", "diagonal"])
def test_images_in_parts_get_the_same_numbers(kind, monkeypatch):
    model = made(kind=kind)
    x, _ = examples(model, 5)
    with torch.no_grad():
        whole = model.logits(x)
        monkeypatch.setattr(image_network, "NUMBERS", 1)
        torch.testing.assert_close(model.logits(x), whole)


# -- learning -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["row", "diagonal"])
def test_it_learns_what_only_far_pixels_tell(kind):
    # the last row repeats the first: only what goes through the states can know
    generator = seeded()
    x = torch.randint(2, (64, 4, 4), generator=generator).float()
    x[:, 3] = x[:, 0]
    torch.manual_seed(0)
    model = PixelRNN(PixelRNNConfig((4, 4), kind=kind, hidden=12, layers=1, first=3))
    model.start_from(x)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(100):
        optimiser.zero_grad()
        loss = model.loss(x, generator)["loss"]
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        logits = model.logits(x)[:, 12:]
        cost = -logits.log_softmax(2).gather(2, x[:, 3].long()[..., None]).sum(1).mean()
    assert float(cost) < 1.4  # of 2.77 nats, were the row not known


# -- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "settings", "named"),
    [
        ((64,), {}, "event_shape"),
        ((8, 8), {"first": 4}, "first=4"),
        ((8, 8), {"kind": "columns"}, "kind"),
        ((8, 8), {"hidden": 0}, "hidden=0"),
    ],
)
def test_bad_settings_are_refused(shape, settings, named):
    with pytest.raises(SettingError, match=named):
        PixelRNNConfig(shape, **settings)


def test_classes_must_be_told():
    model = made(classes=3)
    x, labels = examples(model)
    with pytest.raises(ValueError, match="labels=None"):
        model.logits(x)
    assert not torch.equal(model.logits(x, labels), model.logits(x, (labels + 1) % 3))
