"""The scores of a checkpoint, and a smaller checkpoint with new scores."""

from __future__ import annotations

import time

import torch

from core import data, evaluation
from core.data.preprocessing import preprocess
from core.evaluation.score import AS_USUAL, EstimatorSettings, Report
from core.jobs.film import short_film
from core.numerics import device
from core.store import checkpoints, quantize
from core.store.checkpoints import Checkpoint
from core.training import class_labels

BATCHES, BATCH = 20, 500  # of training examples, at most, that a model looks at while its weights are quantized
NUMBERS = 2**19  # in a batch, at most: recordings are long


def evaluate(
    checkpoint: Checkpoint,
    thorough: bool = True,
    device_name: str = "auto",
    on_report: Report | None = None,
    keep: bool = False,
    estimators: EstimatorSettings = AS_USUAL,
) -> evaluation.Judgement:
    """All scores that apply to the checkpoint; `keep` writes them and fresh summary tensors into its folder. Nothing
    there changes before all is computed. Raises `DataError` where its data are not here."""
    dataset = _load_training_data(checkpoint)
    model = checkpoint.model(device.for_estimating(device.choose(device_name)))
    subject = evaluation.Subject(
        model, dataset, checkpoint.preset.view, thorough=thorough, report=on_report, estimators=estimators
    )
    judgement = evaluation.judge(subject)
    if keep:
        weights = {k: torch.from_numpy(v) for k, v in checkpoint.stored_arrays().items()}
        run = {**checkpoint.run, "scored": time.strftime("%Y-%m-%d"), **judgement.to_json()}
        checkpoints.save(checkpoint.folder, weights, evaluation.summary_tensors(subject), run, checkpoint.history())
    return judgement


def quantize_checkpoint(
    checkpoint: Checkpoint,
    device_name: str = "auto",
    on_report: Report | None = None,
    bits: float = quantize.BITS,
) -> Checkpoint:
    """The checkpoint made small, to be carried or committed: weights in `bits` each (`core.store.quantize`), a short
    film, all scores and the summary tensors computed anew from what is left. Raises `DataError` where its data are
    not here.
    """
    dataset = _load_training_data(checkpoint)  # before anything is thrown away
    pictures = sorted(checkpoint.folder.glob("pictures/*"))
    kept = short_film(pictures)
    for file in pictures:
        file.write_bytes(kept[file.name]) if file.name in kept else file.unlink()
    stored, summary = (
        {k: torch.from_numpy(v) for k, v in checkpoint.stored_arrays(f).items()} for f in checkpoints.FILES
    )
    model, train_view = checkpoint.model(), preprocess(dataset, checkpoint.preset.view, "train")

    size = max(1, min(BATCH, NUMBERS // max(1, train_view.values[:1].numel())))

    def run_on_examples() -> None:
        generator = torch.Generator().manual_seed(0)
        for low in range(0, min(len(train_view), BATCHES * size), size):
            rows = slice(low, low + size)
            model.loss(train_view.batch(rows, generator), generator, **class_labels(model, train_view, rows))

    weights = quantize.quantize_tensors(model, stored, run_on_examples, bits)
    smaller = checkpoints.save(checkpoint.folder, weights, summary, checkpoint.run, checkpoint.history())
    evaluate(smaller, True, device_name, on_report, keep=True)
    return checkpoints.load(checkpoint.folder)


def _load_training_data(checkpoint: Checkpoint) -> data.Dataset:
    """What the checkpoint was trained on. Raises `DataError` where that is not here."""
    dataset = data.load(checkpoint.preset.dataset)
    if dataset.fingerprint != checkpoint.manifest.data_fingerprint:
        raise data.DataError(
            f"{checkpoint.name} was trained on a different version of the data {dataset.name} (fingerprint "
            f"{checkpoint.manifest.data_fingerprint[:12]}..., here {dataset.fingerprint[:12]}...): scores would mislead"
        )
    return dataset
