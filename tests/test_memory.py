"""What a training carries in memory, known before any of it is taken."""

import dataclasses

import pytest
import torch

from core import models
from core.config.fields import SettingError
from core.jobs import estimate, memory, worker
from core.jobs.training_job import initial_state
from core.numerics import machine
from core.training import fit

PRESETS = models.presets()


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_the_size_of_every_preset_is_known_without_building_it(name):
    preset = PRESETS[name]
    model = models.build(preset.family, preset.model)
    weights, buffers = (sum(t.numel() * t.element_size() for t in of) for of in (model.parameters(), model.buffers()))
    assert 2 * weights + buffers <= memory.carried_memory(preset) <= 5 * (weights + buffers)


@pytest.mark.parametrize("optimiser, momentum, average", [("sgd", 0.0, 0.0), ("sgd", 0.9, 0.99), ("adam", 0.0, 0.99)])
def test_it_is_what_a_training_carries(optimiser, momentum, average):
    preset = PRESETS["digits-rbm"]
    train = dataclasses.replace(preset.train, optimiser=optimiser, momentum=momentum, average=average)
    preset = dataclasses.replace(preset, train=train)
    model = models.build(preset.family, preset.model)
    state = initial_state(preset, model, torch.device("cpu"))
    from core.jobs.views import load_views

    next(iter(fit(state, load_views(preset).train, report_every=0)))
    held = [*model.parameters(), *model.buffers(), *state.average.values()]
    held += [p.grad for p in model.parameters() if p.grad is not None]
    held += [v for values in state.optimiser.state.values() for v in values.values() if isinstance(v, torch.Tensor)]
    carried = sum(t.numel() * t.element_size() for t in held)
    assert memory.carried_memory(preset) == pytest.approx(carried, rel=0.1)


def test_what_is_too_large_is_said_before_anything_is_allocated(monkeypatch):
    preset = PRESETS["digits-rbm"]
    large = dataclasses.replace(preset, model=dataclasses.replace(preset.model, hidden=100_000))
    monkeypatch.setattr(memory, "machine_memory", lambda: 50_000_000)
    with pytest.raises(SettingError, match=r"digits-rbm: .* GB, more than the 0\.1 GB of this machine: use a smaller"):
        worker.check(large)
    worker.check(preset)
    monkeypatch.setattr(memory, "machine_memory", lambda: None)  # where the system does not say
    memory.check_memory(large)


LARGE = {
    "digits-dbm": {"layers": (20_000, 20_000, 20_000)},
    "digits-dbn": {"layers": (20_000, 20_000, 20_000)},
    "digits-crbm": {"event_shape": (500, 500), "filters": 1_024},  # small weights, maps of 248,004 units each
}


@pytest.mark.parametrize("name", LARGE)
def test_machines_of_several_layers_and_maps_are_named_beforehand(name, monkeypatch):
    preset = PRESETS[name]
    large = dataclasses.replace(preset, model=dataclasses.replace(preset.model, **LARGE[name]))
    monkeypatch.setattr(memory, "machine_memory", lambda: 8_000_000_000)
    for refuses in (worker.check, estimate.estimate):
        with pytest.raises(SettingError, match=rf"{name}: .* more than the 8\.0 GB of this machine"):
            refuses(large)
    memory.check_memory(preset)


@pytest.mark.parametrize("name", LARGE)
def test_the_layers_of_a_batch_are_counted(name):
    preset = PRESETS[name]
    model = models.build(preset.family, preset.model)
    x = torch.zeros(preset.train.batch_size, *preset.model.event_shape)
    held = sum(values.numel() * values.element_size() for _, values in model.activations(x))
    assert memory.batch_memory(preset) == held


def test_a_container_s_limit_counts(monkeypatch, tmp_path):
    whole = memory.machine_memory()
    assert whole is None or whole > 1e8
    for text, expected in (("12345678\n", 12345678), ("max\n", whole), ("", whole)):
        (tmp_path / "memory.max").write_text(text)
        monkeypatch.setattr(machine, "CGROUP", tmp_path / "memory.max")
        found = memory.machine_memory()
        assert found == expected or (text.strip() != "12345678" and found is not None)
