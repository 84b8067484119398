"""Where a training stands: all that it carries from step to step."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.config.presets import TrainConfig
from core.data.preprocessing import PreprocessedSplit
from core.models.renamed_tensors import current_name
from core.models.training_protocols import LearnsFromFewLabels, StartsFromData, StartsFromModel, StartsFromText
from core.numerics.processes import ALONE, Processes
from core.numerics.sampling import BatchGenerator

_CARRIED = ("step", "elapsed", "seed", "epoch_loss")
_BEST = ("best_epoch", "best_value")  # carried where there is a best epoch


class TrainState:
    """Everything that a training carries from step to step; saved and loaded whole.

    Resuming from a saved state gives the weights of an uninterrupted run, bit for bit on the same machine. Several
    `processes` that train together have equal states; one saves it, all load it, and their number may change between.
    """

    def __init__(
        self, model: nn.Module, config: TrainConfig, seed: int, device: torch.device, processes: Processes = ALONE
    ) -> None:
        self.model = model.to(device)
        self.config = config
        self.seed = seed
        self.device = device
        self.processes = processes
        self.step = 0
        self.elapsed = 0.0
        self.generator = BatchGenerator(device=device).manual_seed(seed)
        self.optimiser = _optimiser(model, config)
        self.average: dict[str, Tensor] = {}
        self.best: dict[str, Tensor] = {}  # the weights of the best epoch so far, where those are kept
        self.best_epoch: int | None = None
        self.best_value = math.nan
        self.epoch_loss = 0.0  # sum over the steps of this epoch
        self.fresh = True  # no weights yet but random ones

    def save(self, folder: Path) -> None:
        """Write the state with its SHA-256 into `folder` (made if missing), by rename so that it is never half-written;
        where that fails, the one before stays, and nothing else."""
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.items()}
        tensors |= {f"best.{k}": v for k, v in self.best.items()}
        tensors["generator"] = self.generator.get_state()
        for i, values in self.optimiser.state_dict()["state"].items():
            for name, value in values.items():
                tensors[f"optimiser.{i}.{name}"] = torch.as_tensor(value)
        tensors = {k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}
        carried = (*_CARRIED, *(_BEST if self.best else ()))
        progress = json.dumps({**{k: getattr(self, k) for k in carried}, "lr_changes": self.config.lr_changes})
        temporary = folder / "state.safetensors.tmp"
        try:
            save_file(tensors, temporary, {"progress": progress, "sha256": _sha256(progress, tensors)})
            temporary.replace(folder / "state.safetensors")
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def load(self, folder: Path) -> None:
        """Take up the state that `save` wrote for the same model and config. Raises `ValueError` where it is damaged;
        states from before they had a SHA-256 are taken as they are."""
        from safetensors import safe_open

        file = folder / "state.safetensors"
        with safe_open(file, "pt") as opened:
            about = opened.metadata()
        tensors = load_file(file, device="cpu")
        if "sha256" in about and about["sha256"] != _sha256(about["progress"], tensors):
            raise ValueError("its SHA-256 has changed since it was saved")
        progress = json.loads(about["progress"])
        self.model.load_state_dict(_under("model.", tensors))
        average = _under("average.", tensors)
        self.average = {current_name(self.model, k): v.to(self.device) for k, v in average.items()}
        self.best = _under("best.", tensors)
        self.generator.set_state(tensors["generator"])
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in _under("optimiser.", tensors).items():
            index, _, key = name.partition(".")
            state.setdefault(int(index), {})[key] = value
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": state, "param_groups": groups})
        for name in (*_CARRIED, *(_BEST if self.best else ())):
            setattr(self, name, progress[name])
        changes = tuple((step, lr) for step, lr in progress["lr_changes"])
        self.config = dataclasses.replace(self.config, lr_changes=changes)
        self.fresh = False

    def start_with(self, other: nn.Module) -> None:
        """Begin from the weights of a trained model instead of fresh ones: one of the same kind, or one that this model
        knows how to start from (`StartsFromModel`). Raises `RuntimeError` or `ValueError` where they do not fit."""
        if isinstance(self.model, StartsFromModel) and type(other) is not type(self.model):
            self.model.start_from_model(other)
        else:
            self.model.load_state_dict(other.state_dict())
        self.fresh = False

    def start(self, train: PreprocessedSplit) -> None:
        """Set what a fresh model takes from the training data (`StartsFromData`, `StartsFromText`); nothing if it has
        its weights."""
        if self.fresh and self.step == 0 and isinstance(self.model, StartsFromText):
            self.model.start_from_text(train.stream().to(self.device))
        elif self.fresh and self.step == 0 and isinstance(self.model, StartsFromData):
            generator = torch.Generator(device=self.device).manual_seed(self.seed)
            self.model.start_from(train.to(self.device).batch(slice(0, 60_000), generator))
        self.fresh = False
        if self.step == 0 and isinstance(self.model, LearnsFromFewLabels):
            self._keep_labelled(train)

    def _keep_labelled(self, train: PreprocessedSplit) -> None:
        """Give the model the labelled rows; they are drawn on the CPU, so that they are the same on every device."""
        labels = None if train.labels is None else train.labels.cpu()
        rows = self.model.labelled_rows(labels, torch.Generator().manual_seed(self.seed)).to(train.values.device)
        generator = torch.Generator(device=self.device).manual_seed(self.seed)
        self.model.keep_labelled(train.batch(rows, generator).to(self.device), train.labels[rows])

    def change_lr(self, lr: float) -> None:
        """From the next step on the schedule starts from `lr`. Raises `SettingError`."""
        earlier = tuple(change for change in self.config.lr_changes if change[0] < self.step)
        self.config = dataclasses.replace(self.config, lr_changes=(*earlier, (self.step, lr)))

    def compare_with_best(self, epoch: int, value: float, better: str) -> None:
        """Keep the weights after `epoch` if their `value` is the best so far; `better` is "higher" or "lower"."""
        sign = 1 if better == "higher" else -1
        if not self.best or sign * value > sign * self.best_value:
            self.best, self.best_epoch, self.best_value = self.last(), epoch, value

    def restore_best(self) -> None:
        """Give the model the weights of the best epoch."""
        self.model.load_state_dict(self.best)

    def result(self) -> dict[str, Tensor]:
        """The model's tensors as trained so far: those of the best epoch where that is kept, else the `last`."""
        return self.best or self.last()

    def last(self) -> dict[str, Tensor]:
        """The model's tensors after the last step: the running average of the parameters if one is kept."""
        return {k: v.detach().cpu().clone() for k, v in (self.model.state_dict() | self.average).items()}


def _optimiser(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    trained = [p for p in model.parameters() if p.requires_grad]
    groups = [{"params": trained, "weight_decay": 0.0}]
    if config.weight_decay:
        groups = [
            {"params": [p for p in trained if p.ndim >= 2], "weight_decay": config.weight_decay},
            {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},  # biases are never decayed
        ]
    if config.optimiser == "adam":
        return torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.999), fused=True)
    return torch.optim.SGD(groups, lr=config.lr, momentum=config.momentum, fused=True)


def _sha256(progress: str, tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256(progress.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
