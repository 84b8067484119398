"""The validation part: what is cut from the training data, and the epoch that is kept by it."""

import dataclasses

import numpy as np
import pytest
import torch

from core import data, jobs, models
from core.config.fields import SettingError
from core.config.presets import TrainConfig
from core.data.base import Dataset
from core.data.errors import DataError
from core.data.preprocessing import STRIDE, preprocess
from core.data.sets import texts
from core.data.validation import split_validation
from core.jobs import worker
from core.jobs.views import load_views
from core.models.autoencoders.vae import build as build_vae
from core.models.autoencoders.vae_config import VAEConfig
from core.store import checkpoints
from core.training import TrainState, check, fit

CPU = torch.device("cpu")


def table(n: int, train_classes: int = 3, test_from: int = 0) -> Dataset:
    """Rows that tell themselves apart; the classes of the test begin at `test_from`."""
    rows = np.arange(n * 2, dtype=np.float32).reshape(n, 2)
    names = tuple("abcdefghij")
    labels = np.arange(n) % train_classes
    return Dataset(
        "t", "T", "real", (2,), rows, np.full((4, 2), -9, np.float32), labels, np.arange(4) % 3 + test_from, names
    )


def rows_of(view) -> set[float]:
    return set(view.values[:, 0].tolist())


def test_the_parts_are_disjoint_and_together_all_of_the_training_data():
    whole = preprocess(table(40), "as-is")
    train, validation = split_validation(table(40), whole, 0.25)
    assert (len(train), len(validation)) == (30, 10)
    assert not rows_of(train) & rows_of(validation)
    assert rows_of(train) | rows_of(validation) == rows_of(whole)
    for part in (train, validation):  # labels stay with their rows
        assert (part.labels == (part.values[:, 0] / 2).long() % 3).all()


def test_it_is_always_the_same_and_a_smaller_one_lies_within_a_larger_one():
    whole = preprocess(table(200), "as-is")
    found = [rows_of(split_validation(table(200), whole, share)[1]) for share in (0.05, 0.05, 0.3)]
    assert found[0] == found[1] < found[2]


def test_where_the_test_holds_other_people_so_does_validation():
    dataset = table(60, train_classes=6, test_from=6)
    train, validation = split_validation(dataset, preprocess(dataset, "as-is"), 0.3)
    assert not set(train.labels.tolist()) & set(validation.labels.tolist())
    assert len(validation) == 20  # two of six classes of ten are nearest to 18


def test_no_token_of_a_text_is_on_both_sides():
    text = texts.split("x", "X", "".join(chr(97 + i % 26) + str(i) + " " for i in range(4_000)))
    whole = preprocess(text, "characters")
    train, validation = split_validation(text, whole, 0.2)
    n, kept = len(whole), len(validation)
    assert torch.equal(validation.values, whole.values[n - kept :]) and torch.equal(
        train.values, whole.values[: len(train)]
    )
    last_token = (len(train) - 1) * STRIDE + whole.values.shape[1]
    assert last_token <= (n - kept) * STRIDE
    assert len(train.stream()) == last_token


@pytest.mark.parametrize(("n", "share"), [(1, 0.1), (1, 0.5), (0, 0.2)])
def test_what_cannot_be_divided_is_refused(n, share):
    dataset = table(n)
    with pytest.raises(DataError, match=f"validation={share}"):
        split_validation(dataset, preprocess(dataset, "as-is"), share)


def test_a_preset_with_validation_is_trained_on_the_rest_and_its_curves_are_of_it():
    preset = models.preset("digits-vae-2")
    views = load_views(preset.override({"validation": "0.2"}))
    everything = load_views(preset)
    assert len(views.train) + len(views.held_out) == len(everything.train)
    assert everything.held_out is everything.test and torch.equal(views.test.values, everything.test.values)


def test_new_data_set_some_examples_aside_and_presets_with_checkpoints_keep_their_names():
    info = data.info("digits")
    assert models.refit(models.preset("mnist-vae-2"), info, "dynamic").train.validation == 0.1
    assert models.refit(models.preset("help-ngram"), data.info("help"), "characters").train.validation == 0.0
    few = dataclasses.replace(info, train=49)
    assert models.refit(models.preset("mnist-vae-2"), few, "dynamic").train.validation == 0.0
    preset = models.preset("digits-vae-2")
    assert preset.key("x") == dataclasses.replace(preset, train=TrainConfig(**vars(preset.train))).key("x")
    assert preset.override({"validation": "0.1"}).key("x") != preset.key("x")


def test_the_best_epoch_is_chosen_by_validation_and_cannot_be_without():
    vae, stack = models.preset("digits-vae-2"), models.preset("digits-stack-2")
    model = models.build(vae.family, vae.model)
    with pytest.raises(SettingError, match="keep_best=True: needs validation above 0"):
        check(model, preprocess(data.load("digits"), vae.view), TrainConfig(keep_best=True))
    chosen = TrainConfig(keep_best=True, validation=0.1)
    model = models.build(stack.family, stack.model)
    with pytest.raises(DataError, match="keep_best=True: RBMStack is trained layer by layer"):
        check(model, preprocess(data.load("digits"), stack.view), chosen)
    assert models.main_metric("vae", ["kl", "fit", "elbo"])[0] == "elbo"
    with pytest.raises(SettingError, match="keep_best=True: vae has no curve"):
        models.main_metric("vae", ["kl"])


def test_the_best_weights_survive_a_stop(tmp_path):
    config = TrainConfig(epochs=4, batch_size=5, validation=0.1, keep_best=True)
    shown = preprocess(table(20), "standardised")

    def state() -> TrainState:
        vae = VAEConfig(event_shape=(2,), layers=(4,), latent=1, likelihood="gaussian")
        return TrainState(build_vae(vae), config, 0, CPU)

    first = state()
    values = {}
    for progress in fit(first, shown, shown, report_every=1e9):
        values[round(progress.epoch)] = first.last()
        first.compare_with_best(
            round(progress.epoch), {1: 1.0, 2: 3.0, 3: 3.0, 4: 2.0}[round(progress.epoch)], "higher"
        )
    assert first.best_epoch == 2 and first.best_value == 3.0
    first.save(tmp_path)
    again = state()
    again.load(tmp_path)
    assert (again.best_epoch, again.best_value) == (2, 3.0)
    for name, tensor in again.result().items():
        assert tensor.equal(values[2][name])
    again.restore_best()
    assert all(again.model.state_dict()[k].equal(v) for k, v in values[2].items())


def test_a_checkpoint_has_the_weights_of_its_best_epoch(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))
    small = {
        "layers": "16",
        "epochs": "6",
        "lr": "0.5",
        "lr_schedule": "constant",
        "validation": "0.2",
        "keep_best": "true",
    }
    preset = models.preset("digits-vae-2").override(small)
    checkpoint = worker.train(preset, "cpu")
    elbos = [line["elbo"] for line in checkpoint.history()]
    kept = checkpoint.manifest.kept_epoch
    assert kept == 1 + int(np.argmax(elbos))
    assert max(checkpoints.picture_epochs(checkpoint.folder)) <= kept
    run = jobs.get_run(checkpoint.name)
    assert checkpoints.load(run.status().checkpoint).manifest.kept_epoch == kept
