"""Scores: each stands alone, none is infinite, and none costs a training."""

import dataclasses
import json
import math

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from core import data, evaluation, models
from core.cli import main
from core.config.presets import TrainConfig
from core.data import preprocessing
from core.data.base import Dataset
from core.data.precision import merged_columns
from core.data.uploads import store
from core.evaluation import judge, rbm, vae
from core.evaluation.linear_gaussian import ppca_log_density
from core.evaluation.score import Score, Unscored, alone
from core.jobs import scoring, training_job, worker
from core.store import checkpoints, manifest_checks

TINY = models.preset("digits-rbm-exact").override({"epochs": "1", "hidden": "4"})


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(rbm, "FANTASY_SWEEPS", 10)


def score(value: float, spread: float | None = None) -> Score:
    return Score("depth", value, "nats", "exact", "some", spread)


def raising(*arguments):
    raise ValueError("A singular matrix detected.\nMore of it")


# -- each alone ---------------------------------------------------------------------------------


def test_a_score_that_fails_takes_no_other_along():
    def several():
        yield score(1.0)
        yield from alone("inner", raising)
        yield score(2.0)
        raise OverflowError("math range error")

    found = list(alone("outer", several))
    assert [f.value for f in found if isinstance(f, Score)] == [1.0, 2.0]
    left_out = [f for f in found if isinstance(f, Unscored)]
    assert left_out[0] == Unscored("inner", "A singular matrix detected")
    assert left_out[1].name == "outer" and "overflows" in left_out[1].reason


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_nothing_infinite_is_recorded(value):
    (found,) = alone("depth", lambda: [score(value)])
    assert isinstance(found, Unscored) and found.name == "depth" and str(value) in found.reason
    (found,) = alone("depth", lambda: [score(3.0, spread=value)])
    assert found == score(3.0)


def test_an_interruption_is_no_failure():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(alone("depth", interrupted))


def test_a_module_that_fails_leaves_the_others(monkeypatch):
    preset = models.preset("digits-vae-2")
    model = models.build(preset.family, preset.model).eval()
    monkeypatch.setattr(vae, "scores", raising)
    found = judge(evaluation.Subject(model, data.load("digits"), "grey", thorough=False))
    assert "reconstruction error" in {s.name for s in found.scores}
    assert found.unscored == [Unscored("other scores", "A singular matrix detected")]


# -- the model stands ---------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [ValueError("singular"), MemoryError()])
def test_a_training_outlives_its_scores(monkeypatch, failure):
    def fails(*arguments):
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(rbm, "_by_log_z", fails)
        patch.setattr(rbm, "_activity", fails)
        made = worker.train(TINY, "cpu")
    names = {s["name"] for s in made.run["scores"]}
    assert "reconstruction" in names and "test log-probability" not in names
    assert [s["name"] for s in made.run["unscored"]] == ["log-probability"]
    assert "hidden_use" not in made.arrays("portrait.safetensors") and "fantasy" in made.arrays("portrait.safetensors")
    with pytest.raises(checkpoints.CheckpointError, match=f"evaluate {made.name} --save"):
        made.arrays("portrait.safetensors")["hidden_use"]
    scoring.evaluate(made, False, "cpu", keep=True)
    again = checkpoints.load(made.name)
    assert again.run["unscored"] == [] and again.score("test log-probability") and again.version == made.version
    assert "hidden_use" in again.arrays("portrait.safetensors")


def test_a_process_killed_while_it_scores_leaves_the_model(monkeypatch):
    class Killed(BaseException):
        pass

    def killed(subject):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(evaluation, "judge", killed)
        worker.train(TINY, "cpu")
    stands = checkpoints.load(training_job.checkpoint_folder(TINY).name)
    assert stands.run["scores"] == [] and stands.model() is not None and stands.picture_epochs()
    assert stands.run["unscored"] == [evaluation.NOT_YET.to_json()]
    made = worker.train(TINY, "cpu")  # the same command goes on with the scores
    assert made.version == stands.version and made.run["scores"] and made.run["unscored"] == []
    assert made.picture_epochs() == stands.picture_epochs()


@pytest.mark.parametrize(
    "what", [lambda c: scoring.evaluate(c, True, "cpu", keep=True), lambda c: scoring.quantize_checkpoint(c, "cpu")]
)
def test_a_failing_score_costs_no_checkpoint(monkeypatch, what):
    made = worker.train(TINY, "cpu")
    monkeypatch.setattr(rbm, "_base_rate", raising)
    what(made)
    after = checkpoints.load(made.name)
    assert [s["name"] for s in after.run["unscored"]] == ["base-rate log-probability"]
    assert after.score("test log-probability") and after.model() is not None


def test_what_is_left_out_is_said(monkeypatch, capsys):
    monkeypatch.setattr(rbm, "_base_rate", raising)
    made = worker.train(TINY, "cpu")
    main(["evaluate", made.name, "--quick"])
    said = " ".join(capsys.readouterr().out.split())
    assert "Left out: base-rate log-probability (A singular matrix detected)." in said
    main(["evaluate", made.name, "--quick", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["unscored"] == [{"name": "base-rate log-probability", "reason": "A singular matrix detected"}]

    def page(name):
        from core.store import checkpoints
        from pages.shared import scores as table

        table.score_table(checkpoints.load(name))

    shown = AppTest.from_function(page, args=(made.name,)).run()
    assert not shown.exception
    table = shown.dataframe[0].value
    row = table[table["score"] == "base-rate log-probability"].iloc[0]
    assert row["value"] == "not computed" and row["method"] == "A singular matrix detected"


@pytest.mark.parametrize(
    "odd", [{}, [1], [{"name": "a"}], [{"name": "a", "reason": 3}], [{"name": "a", "reason": "b" * 2_000}], [{}] * 2]
)
def test_a_description_with_odd_reasons_is_refused(odd):
    made = worker.train(TINY, "cpu")
    run = {**made.run, "unscored": odd}
    assert "unscored" in manifest_checks.problem(json.dumps(run))
    assert manifest_checks.problem(json.dumps(made.run)) == ""


def test_infinite_scores_of_earlier_versions_are_told_as_left_out():
    made = worker.train(TINY, "cpu")
    file = made.folder / "run.json"
    run = json.loads(file.read_text())
    run["scores"][0]["value"] = -math.inf
    del run["unscored"]
    file.write_text(json.dumps(run))
    found = checkpoints.load(made.name)
    assert found.score(run["scores"][0]["name"]) is None
    assert found.run["unscored"] == [{"name": run["scores"][0]["name"], "reason": "it is infinite"}]


# -- probabilistic PCA --------------------------------------------------------------------------


def points(n: int, d: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator) @ torch.randn(d, d, generator=generator)


@pytest.mark.parametrize("components", [1, 4, 7])
def test_probabilistic_pca_is_that_of_scikit_learn(components):
    from sklearn.decomposition import PCA

    x, y = points(200, 8), points(50, 8, 1)
    each, used = ppca_log_density(x, y, components)
    expected = PCA(components).fit(x.double().numpy()).score_samples(y.double().numpy())
    assert used == components
    np.testing.assert_allclose(each.numpy(), expected, rtol=1e-8)


def test_one_column_is_a_gaussian():
    x, y = points(100, 1), points(20, 1)
    each, used = ppca_log_density(x, y, 40)
    expected = torch.distributions.Normal(x.double().mean(), x.double().std()).log_prob(y.double())[:, 0]
    assert used == 0
    torch.testing.assert_close(each, expected)


DEGENERATE = {
    "a constant column": torch.cat([points(100, 5), torch.full((100, 1), 7.0)], 1),
    "a column twice": points(100, 5)[:, [0, 1, 2, 3, 4, 0, 1]],
    "a column in other units": torch.cat([points(100, 3), points(100, 3)[:, :1] * 2.54 + 1], 1),
    "three rows": points(3, 6),
    "more columns than rows": points(9, 30),
    "copies of two": points(2, 6).repeat(50, 1),
}


@pytest.mark.parametrize("what", DEGENERATE)
def test_a_plane_has_a_density_in_all_dimensions(what):
    """Beside the plane of the training examples too, and as large there as the noise makes it."""
    x = DEGENERATE[what]
    each, used = ppca_log_density(x, x, 40)
    rank = int(torch.linalg.matrix_rank(x - x.mean(0), rtol=1e-5))
    assert used == rank - 1
    assert each.isfinite().all() and each.abs().max() < 200
    beside, _ = ppca_log_density(x, x + 0.1 * torch.randn(x.shape, generator=torch.Generator().manual_seed(2)), 40)
    assert (beside - each).abs().max() < 1_000


def test_examples_without_variance_have_no_density():
    with pytest.raises(ValueError, match="do not vary"):
        ppca_log_density(torch.full((10, 3), 0.1), torch.zeros(2, 3), 2)


# -- what suits the data ------------------------------------------------------------------------


@pytest.mark.parametrize("examples", [1, 2, 10, 102, 1_500, 60_000, 10**6])
@pytest.mark.parametrize("train", [TrainConfig(), TrainConfig(epochs=300, batch_size=50), TrainConfig(batch_size=1)])
def test_updates_follow_the_number_of_examples(train, examples):
    found = models.suit_training(train, examples)
    in_epoch = max(1, examples // found.batch_size)
    assert found.batch_size <= max(1, min(train.batch_size, examples // 10))
    assert in_epoch >= min(10, examples)
    assert in_epoch * found.epochs >= 1_000
    assert in_epoch * found.epochs <= 20_000 or found.epochs == 1
    if 1_000 <= in_epoch * train.epochs <= 20_000:
        assert found.epochs == train.epochs
    assert dataclasses.replace(found, batch_size=train.batch_size, epochs=train.epochs) == train


def test_102_images_are_learned_in_more_than_three_updates():
    images = np.random.default_rng(0).integers(0, 256, (120, 8, 8)).astype(np.uint8)
    kept = Dataset("own", "Few", "levels", (8, 8), images[:102], images[102:], levels=256)
    info = data.info(store.save(store.Prepared(kept, "few.npy", store.Settings(), ())))
    assert info.train == 102
    for preset in models.templates(info).values():
        in_epoch = 102 // preset.train.batch_size
        assert preset.train.batch_size <= 10 and in_epoch * preset.train.epochs >= 1_000, preset.family


def test_only_pictures_in_greys_are_warped():
    preset = models.preset("mnist-autoencoder-30")
    assert preset.train.warp
    for name, kind in preprocessing.views_of(data.info("mnist")).items():
        if kind not in preset.model.accepts:
            continue
        shown = models.in_view(preset, data.info("mnist"), name)
        assert shown.view == name and bool(shown.train.warp) == (name in ("grey", "standardised"))
    table = dataclasses.replace(data.info("digits"), kind="real", event_shape=(6,), name="table")
    assert models.refit(preset, table, "standardised").train.warp == 0


# -- precision ----------------------------------------------------------------------------------

SECONDS = 1.7e9 + 60.0 * np.arange(50)


def stamped(dtype=np.float64) -> Dataset:
    rng = np.random.default_rng(0)
    x = np.stack([SECONDS, rng.normal(size=50), np.full(50, 0.1), 1e8 + rng.normal(size=50)], 1).astype(dtype)
    return Dataset("own", "Stamps", "real", (4,), x[:40], x[40:])


def test_small_differences_of_large_values_survive():
    shown = preprocessing.preprocess(stamped(), "standardised")
    values, expected = shown.values.numpy(), stamped().train
    assert values.dtype == np.float32 and shown.shift.dtype == shown.scale.dtype == torch.float32
    for column in (0, 1, 3):
        z = (expected[:, column] - expected[:, column].mean()) / expected[:, column].std()
        np.testing.assert_allclose(values[:, column], z, atol=1e-5)
    assert np.abs(values[:, 2]).max() < 1e-12 and shown.scale[2] == 1, "a constant column stays where it is"
    single = preprocessing.preprocess(stamped(np.float32), "standardised")
    assert single.values[:, 2].abs().max() < 1e-12 and single.scale[2] == 1


def test_columns_whose_values_become_one_are_named():
    dataset = stamped()
    assert merged_columns(dataset.train) == [0, 3] == preprocessing.collapsed_columns(dataset, "as-is")
    assert preprocessing.collapsed_columns(dataset, "standardised") == []
    assert merged_columns(dataset.train.astype(np.float32)) == []
    assert merged_columns(np.random.default_rng(1).normal(size=(50_000, 1))) == []
    assert merged_columns(np.arange(100.0)[:, None] + 2**23) == []


def test_a_table_keeps_what_it_came_with():
    lines = "start,value\n" + "\n".join(f"{s:.0f},{i % 7}.5" for i, s in enumerate(SECONDS))
    draft = store.read("stamps.csv", lines.encode())
    kept = data.load(
        store.save(store.prepare(draft, dataclasses.replace(store.suggest_settings(draft), way="vectors")))
    )
    assert kept.train.dtype == np.float64
    assert sorted({*kept.train[:, 0], *kept.test[:, 0]}) == SECONDS.tolist()
    preset = models.templates(data.info(kept.name))[f"{kept.name}-rbm"]
    short = preset.override({"epochs": "1", "hidden": "4"})
    stored = worker.train(short, "cpu").arrays()
    assert np.isfinite(stored["view.shift"]).all() and abs(stored["view.shift"][0] - SECONDS.mean()) < 1_000
    with pytest.raises(data.DataError, match="choose the view 'standardised'"):
        worker.train(dataclasses.replace(short, view="as-is"), "cpu")
