"""Every family on a GPU that keeps account of what is where (`pretended_gpu`): it trains, is saved, samples, is scored
and shows its layers there, with no tensor elsewhere, and gives what the processor gives."""

import inspect
import math
import re

import pytest
import torch
from conftest import seeded
from pretended_gpu import CUDA, DeviceGenerator, pretended_gpu
from tiny_families import cases
from torch import Tensor, nn

from core import evaluation, models, training
from core.config.presets import Preset
from core.data.base import Dataset
from core.data.preprocessing import preprocess
from core.evaluation import ais, dbm, rbm
from core.evaluation.score import EstimatorSettings
from core.jobs import film
from core.jobs.views import TrainingViews
from core.models.capabilities import Codec, HasLayers, Sampler
from core.numerics import sampling
from core.training import TrainState, class_labels, fit, state


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    """Generators know their device; estimates are cut short."""
    monkeypatch.setattr(torch, "Generator", DeviceGenerator)
    monkeypatch.setattr(state, "BatchGenerator", type("BatchGenerator", (DeviceGenerator,), {"rank": 0, "parts": 1}))
    monkeypatch.setattr(sampling, "_LARGEST", 0)  # no noise from the pool, which the processor alone has
    monkeypatch.setattr(training, "bfloat16_is_fast", lambda device: False)
    monkeypatch.setattr(rbm, "FANTASY_SWEEPS", 2)
    monkeypatch.setattr(ais, "QUICK_TEMPERATURES", 10)
    monkeypatch.setattr(dbm, "BURN_IN", 2)


def on_gpu(tensors: dict[str, Tensor]) -> bool:
    return all(tensor.device == CUDA for tensor in tensors.values())


@pytest.mark.parametrize(("preset", "dataset"), list(cases()))
def test_a_family_works_on_a_gpu_and_gives_what_the_processor_gives(preset, dataset, tmp_path):
    train, held_out = preprocess(dataset, preset.view, "train"), preprocess(dataset, preset.view, "test")
    with pretended_gpu():
        trained = TrainState(models.build(preset.family, preset.model), preset.train, 0, CUDA)
        for progress in fit(trained, train, held_out, report_every=0):
            assert math.isfinite(progress.loss)
            if progress.step == 1:
                trained.save(tmp_path)
        assert on_gpu(trained.model.state_dict() | trained.average)
        moments = trained.optimiser.state_dict()["state"]
        assert all(on_gpu({k: v for k, v in each.items() if torch.is_tensor(v)}) for each in moments.values())
        resumed = TrainState(models.build(preset.family, preset.model, 1), preset.train, 1, CUDA)
        resumed.load(tmp_path)
        for _ in fit(resumed, train):
            pass
        assert on_gpu(resumed.model.state_dict() | resumed.average)
        assert all(torch.equal(resumed.last()[name], tensor) for name, tensor in trained.last().items())
        if film.can_show(trained.model):
            views = TrainingViews(train, held_out, held_out)
            film.write_pictures(tmp_path / "pictures" / "0.safetensors", trained.model, CUDA, views)
    weights = trained.result()
    there, here = (models.build(preset.family, preset.model) for _ in range(2))
    with pretended_gpu():
        there.to(CUDA)
        there.load_state_dict(weights)
        found = {k: v.cpu() for k, v in answers(there, preset, dataset, CUDA).items()}
    here.load_state_dict(weights)
    expected = answers(here, preset, dataset, torch.device("cpu"))
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.allclose(found[name].double(), value.double(), rtol=1e-3, atol=1e-4, equal_nan=True), name


@torch.no_grad()
def answers(model: nn.Module, preset: Preset, dataset: Dataset, device: torch.device) -> dict[str, Tensor]:
    """All that is asked of a trained model: samples, layers, codes and what they decode to, scores, summary tensors."""
    model.eval().requires_grad_(False)
    found = {}
    shown = preprocess(dataset, preset.view, "test").to(device)
    generator = torch.Generator(device=device).manual_seed(0)
    x = shown.batch(slice(0, 5), generator)
    found["loss"] = model.loss(x, generator, **class_labels(model, shown, slice(0, 5)))["loss"]
    if isinstance(model, Sampler):
        few = {"steps": 2} if "steps" in inspect.signature(model.sample).parameters else {}  # of Gibbs sampling
        found["samples"] = model.sample(3, generator, **few)
    if isinstance(model, HasLayers):
        found |= {f"layer {name}": values for name, values in model.activations(x)}
    if isinstance(model, Codec):
        found["decoded"] = model.decode(model.encode(x))
    subject = evaluation.Subject(
        model, dataset, preset.view, thorough=False, estimators=EstimatorSettings(10, 4, importance_samples=4)
    )
    judgement = evaluation.judge(subject)
    found |= {f"score {score.name}": torch.tensor(score.value) for score in judgement.scores}
    # why something is not scored is the same, but for what a rounding changes in its numbers
    found |= {
        f"unscored {one.name}: {re.sub('[0-9.-]+', '#', one.reason)}": torch.ones(1) for one in judgement.unscored
    }
    return found | {f"summary {k}": v for k, v in evaluation.summary_tensors(subject).items()}


def test_the_pretended_gpu_tells_devices_apart():
    with pretended_gpu():
        there, here = torch.ones(3, device="cuda"), torch.arange(3)
        assert there.device == (there[1:] * 2).device == CUDA != here.device
        for mixed in (lambda: there + here, lambda: here[there.long()], lambda: torch.cat([here, there])):
            with pytest.raises(RuntimeError, match="cuda:0 and one on cpu"):
                mixed()
        with pytest.raises(RuntimeError, match="a generator of cpu for cuda"):
            torch.rand(3, generator=torch.Generator(), device="cuda")
        with pytest.raises(TypeError, match="numpy"):
            there.numpy()
        there[here[:1]] = 5.0
        assert (there + torch.tensor(1.0))[there > 2].cpu().numpy() == [6] and float(there.sum()) == 7
        drawn = torch.rand(3, generator=torch.Generator(device="cuda").manual_seed(4), device="cuda").cpu()
        there.requires_grad_()
        (there.square().sum() * 2).backward()
        assert there.grad.device == CUDA and here.to("cuda").to(here).device.type == "cpu"
    assert torch.equal(drawn, torch.rand(3, generator=seeded(4)))
