"""Weights in eight bits or less: steps that hold what was asked for, and rounding that layers hardly notice."""

import math

import pytest
import torch
from torch import nn

from core.store import quantize, tensors
from core.store.quantize import quantize_summary, quantize_tensors, scales
from core.store.tensors import SCALE


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def restored(found: dict[str, torch.Tensor], name: str) -> torch.Tensor:
    return found[name].float() * found[f"{name}{SCALE}"].float()


class Net(nn.Module):
    """Two layers that are called and a matrix that is none; what they are shown is of few dimensions, as data are."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last, self.table = nn.Linear(100, 80), nn.Linear(80, 100, bias=False), nn.Linear(80, 90)
        self.norm = nn.LayerNorm(80)
        weights = [normal(*p.shape, seed=i) / 10 for i, p in enumerate(self.parameters())]
        for p, w in zip(self.parameters(), weights, strict=True):
            p.data = w
        self.x = torch.sigmoid(normal(2_000, 5, seed=20) @ normal(5, 100, seed=21))

    def forward(self) -> torch.Tensor:
        return self.last(torch.tanh(self.first(self.x)))

    @property
    def stored(self) -> dict[str, torch.Tensor]:
        return {k: v.clone() for k, v in self.state_dict().items()}


@pytest.fixture
def net(monkeypatch):
    monkeypatch.setattr(quantize, "FROM", 1_000)
    return Net()


def loaded(net: Net, found: dict[str, torch.Tensor]) -> torch.Tensor:
    """What the net says with the weights that were found."""
    wholes = {k: restored(found, k) if f"{k}{SCALE}" in found else v.float() for k, v in found.items()}
    net.load_state_dict({k: v for k, v in wholes.items() if not k.endswith(SCALE)})
    with torch.no_grad():
        return net()


@pytest.mark.parametrize("bits", [8, 6, 5, 3.5])
def test_a_row_holds_as_many_bits_as_are_asked_for(bits):
    w = normal(4, 50_000) * torch.tensor([[1.0], [30.0], [1e-3], [1.0]])
    rounded = (w / scales(w, bits).float()).round()
    assert rounded.abs().max() <= 127
    for row in rounded:
        shares = torch.bincount((row + 127).long()).double() / len(row)
        entropy = -float(shares[shares > 0] @ shares[shares > 0].log2())
        assert entropy <= bits + 0.02 and (entropy >= bits - 0.05 or bits == 8)  # a row of 127 steps holds less than 8


def test_outliers_and_zeros_have_steps_too():
    w = torch.zeros(3, 2, 500)
    w[0, 0, 0], w[1] = 1e4, 1e-9
    step = scales(w, 4)
    assert step.shape == (3, 1, 1) and step.dtype == torch.half and (step > 0).all() and step.isfinite().all()
    assert ((w / step.float()).round().abs() <= 127).all()


def test_large_matrices_of_a_summary_are_stored_in_eight_bits_and_codes_in_ten():
    bits = torch.bernoulli(torch.full((60, 100), 0.5), generator=torch.Generator().manual_seed(0))
    summary = {
        "codes": normal(300, 30) * torch.logspace(-4, 4, 300)[:, None],
        "basis.components": normal(30, 300),
        "few columns": normal(2_000, 3),
        "small": normal(50, 60),
        "bits": bits,
        "labels": torch.arange(5_000).view(50, 100),
        "too large": normal(100, 100) * 1e9,
        "not finite": torch.full((100, 100), torch.nan),
    }
    found = quantize_summary(summary)
    coarse = {"codes": (torch.int16, 511), "basis.components": (torch.int8, 127)}
    assert found.keys() - summary.keys() == {f"{name}{SCALE}" for name in coarse}
    assert all(found[name] is tensor for name, tensor in summary.items() if name not in coarse)
    for name, (kind, most) in coarse.items():
        largest = summary[name].abs().amax(1, keepdim=True)
        assert found[name].dtype == kind
        assert ((restored(found, name) - summary[name]).abs() <= largest / most).all()
    again = quantize_summary(found)
    assert all(again[name] is found[name] for name in found), "what is coarse already stays"


def test_layers_say_almost_the_same_though_their_weights_are_rounded(net):
    with torch.no_grad():
        wanted = net()
    stored = net.stored
    found = quantize_tensors(net, stored, net.forward, 4)
    assert {k for k, v in found.items() if v.dtype == torch.int8} == {"first.weight", "last.weight", "table.weight"}
    assert found["norm.weight"].equal(stored["norm.weight"]) and found["table.bias"].equal(stored["table.bias"])
    error = float((loaded(net, found) - wanted).square().mean())
    plain = dict(stored)
    for name in ("first.weight", "last.weight"):
        step = scales(stored[name], 4).float()
        plain[name] = (stored[name] / step).round() * step
    assert error < 0.1 * float((loaded(net, plain) - wanted).square().mean())
    step = scales(stored["table.weight"], 4).float()  # what is never called is rounded one by one
    assert ((restored(found, "table.weight") - stored["table.weight"]).abs() <= 0.501 * step).all()


def test_the_bias_makes_up_for_what_is_left(net):
    net.x = net.x[:1].expand(50, -1)  # one example: a bias alone can say all
    with torch.no_grad():
        wanted = net.first(net.x)
    found = quantize_tensors(net, net.stored, net.forward, 3)
    loaded(net, found)
    with torch.no_grad():
        assert (net.first(net.x) - wanted).abs().max() < 0.02 * wanted.abs().max()


def test_weights_that_are_zero_stay_zero(net):
    """A mask may say so: in MADE a pixel must not see itself, however the product is cut into parts."""
    masked = torch.ones(80, 100).tril().bool()
    net.first.weight.data.masked_fill_(masked, 0)
    found = quantize_tensors(net, net.stored, net.forward, 5)
    assert not restored(found, "first.weight")[masked].any() and restored(found, "first.weight")[~masked].any()


def test_what_is_as_coarse_already_stays(net):
    once = quantize_tensors(net, net.stored, net.forward, 5)
    for bits in (5, 6, 8):
        again = quantize_tensors(net, once, net.forward, bits)
        assert again.keys() == once.keys() and all(again[k].equal(once[k]) for k in once)
    finer, coarser = (
        tensors.save({k: v.numpy() for k, v in quantize_tensors(net, once, net.forward, b).items()}) for b in (5, 3)
    )
    assert len(coarser) < 0.75 * len(finer)


def test_a_bit_less_is_an_eighth_less_to_carry(net):
    def size(bits: float) -> int:
        return len(
            tensors.save({k: v.numpy() for k, v in quantize_tensors(Net(), net.stored, net.forward, bits).items()})
        )

    sizes = [size(bits) for bits in (7, 6, 5, 4)]
    steps = [a - b for a, b in zip(sizes, sizes[1:], strict=False)]
    assert all(math.isclose(step, (8_000 + 8_000 + 7_200) / 8, rel_tol=0.25) for step in steps)
