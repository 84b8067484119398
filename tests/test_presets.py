"""Every preset that is found can be built, and fits the data it names."""

import dataclasses
import inspect

import pytest
import torch
from conftest import seeded

from core import data, models
from core.config.fields import SettingError, parse_setting
from core.config.presets import Preset, TrainConfig
from core.data.preprocessing import preprocess
from core.models import build, presets
from core.models.capabilities import Sampler
from core.models.renamed_tensors import current_name
from core.models.training_protocols import StartsFromModel, Trainable
from core.training import TrainState, fit

ALL = list(presets().values())


@pytest.fixture(params=ALL, ids=lambda p: p.name)
def preset(request) -> Preset:
    return request.param


def shown(preset):
    if not data.info(preset.dataset).is_here():
        pytest.skip(f"{preset.dataset} is not in the data folder (PLAYGROUND_DATA); nothing is downloaded for a test")
    return preprocess(data.load(preset.dataset), preset.view)


def test_names_are_unique_and_belong_to_a_family(preset):
    assert presets()[preset.name] is preset
    assert preset.family in models.families() and preset.title
    assert sum(p.name == preset.name for module in models.families().values() for p in module.PRESETS) == 1


def test_shape_fits_the_data_sets_entry(preset):
    info = data.info(preset.dataset)
    assert preset.model.event_shape == (info.event_shape if info.kind != "audio" else ())  # of any length


def test_kind_is_what_the_view_gives(preset):
    assert shown(preset).kind in preset.model.accepts


def test_builds_and_takes_one_step(preset):
    train = shown(preset)
    small = train.take(torch.arange(min(len(train), 128)))
    config = dataclasses.replace(preset.train, epochs=1, batch_size=len(small))
    if small.lengths is not None:
        small = dataclasses.replace(small, values=small.values[:, :500], lengths=small.lengths.clamp_max(500))
    model = build(preset.family, preset.model)
    assert isinstance(model, Trainable)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    state = TrainState(model, config, preset.seed, torch.device("cpu"))
    if isinstance(model, StartsFromModel) and (origin := models.origin_of(preset)) is not None:
        state.start_with(build(origin.family, origin.model))
    (progress,) = fit(state, small)
    assert progress.step == 1 and torch.isfinite(torch.tensor(progress.loss))
    assert any(not v.equal(before[k]) for k, v in model.state_dict().items())
    assert all(torch.isfinite(v).all() for v in model.state_dict().values() if v.is_floating_point())
    if isinstance(model, Sampler) and preset.model.accepts != ("counts",):
        model.eval().requires_grad_(False)
        few = {"steps": 1} if "steps" in inspect.signature(model.sample).parameters else {}  # of Gibbs sampling
        assert model.sample(2, seeded(), **few).shape == (2, *preset.model.event_shape)


def test_an_unknown_preset_or_family_is_named():
    with pytest.raises(SettingError, match="'no-such'.*digits-rbm"):
        models.preset("no-such")
    with pytest.raises(SettingError, match="'no-such'.*rbm"):
        models.preset_from_json({**ALL[0].to_json(), "family": "no-such"})
    with pytest.raises(SettingError, match="magic"):
        plain = ALL[0].to_json()
        models.preset_from_json({**plain, "train": {**plain["train"], "magic": 1}})


def test_settings_are_read_from_text():
    preset = models.preset("digits-rbm").override(
        {
            "hidden": "7",
            "lr": "0.5",
            "centred": "no",
            "event_shape": "2x3",
            "negative": "cd",
            "seed": "4",
            "view": "static",
        }
    )
    assert preset.model.hidden == 7 and preset.train.lr == 0.5 and preset.model.centred is False
    assert preset.model.event_shape == (2, 3) and preset.model.negative == "cd"
    assert (preset.seed, preset.view) == (4, "static")
    assert models.preset("digits-rbm").override({}) == models.preset("digits-rbm")


@pytest.mark.parametrize(
    ("name", "text"), [("epochs", "1.5"), ("epochs", ""), ("lr", "fast"), ("epochs", "1e3"), ("epochs", "None")]
)
def test_text_that_is_no_value_is_named(name, text):
    with pytest.raises(SettingError, match=f"{name}='{text}'.*number"):
        parse_setting(TrainConfig, name, text)


@pytest.mark.parametrize("name", ["name", "title", "family", "model", "train", "hiddden"])
def test_what_is_no_setting_is_refused(name):
    with pytest.raises(SettingError, match=f"unknown setting '{name}'.*hidden"):
        models.preset("digits-rbm").override({name: "x"})


@pytest.mark.parametrize("family", models.families())
def test_fresh_weights_follow_the_seed_alone(family):
    """Also those that PyTorch's layers draw from its global state, which stays as it was."""
    config = models.families()[family].PRESETS[-1].model
    before = torch.get_rng_state()
    one, same = (models.build(family, config, seed=3).state_dict() for _ in range(2))
    assert all(torch.equal(one[k], same[k]) for k in one)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("family", ["transformer", "pixelrnn"])
def test_files_of_earlier_versions_load_by_the_names_that_tensors_had(family):
    model = models.build(family, models.families()[family].PRESETS[-1].model, seed=3)
    before = {}
    for name, tensor in model.state_dict().items():
        for old, now in type(model).RENAMED.items():
            name = name.replace(now, old)
        before[name] = tensor
    assert before.keys() != model.state_dict().keys()
    fresh = models.build(family, model.config, seed=4)
    fresh.load_state_dict(before)
    assert all(torch.equal(fresh.state_dict()[name], tensor) for name, tensor in model.state_dict().items())
    assert {current_name(model, name) for name in before} == model.state_dict().keys()


def test_files_keep_the_words_that_settings_had():
    preset = models.preset("mnist-dbn")
    plain = preset.to_json()
    assert (plain["model"]["given"], plain["model"]["passed"]) == (1, "draws")
    assert not {"frozen_first", "propagate"} & plain["model"].keys()
    assert models.preset_from_json(plain) == preset
    for words in ({"given": "0", "passed": "means"}, {"frozen_first": "0", "propagate": "means"}):
        changed = preset.override(words)
        assert (changed.model.frozen_first, changed.model.propagate) == (0, "means")
    assert preset.key("data") != changed.key("data")
