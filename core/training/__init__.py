"""One training loop for every model: `fit` yields `Progress`; the caller decides what to keep.

May import `core.config`, `core.numerics`, `core.data` and `core.models`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.config.fields import require
from core.config.presets import TrainConfig
from core.data.augmentation import random_affine
from core.data.errors import DataError
from core.data.preprocessing import PreprocessedSplit
from core.models.capabilities import (
    ClassConditional,
    LearnsClasses,
    Monitored,
    SpeakerConditional,
    Staged,
    StartsFromData,
    StartsFromModel,
    StartsFromText,
)
from core.models.renamed_tensors import current_name
from core.numerics.device import bfloat16_is_fast


@dataclass(frozen=True)
class Progress:
    """Where a training stands. `metrics` are filled at the end of each epoch.

    loss      mean of the loss since the last report; at an epoch's end over the whole epoch
    metrics   the model's curves on up to 1,000 held-out examples, and with "train." before the name on training ones
    rate      examples a second since the last report
    elapsed   seconds of training so far, earlier sessions included
    """

    step: int
    total_steps: int
    epoch: float
    total_epochs: int
    loss: float
    lr: float
    rate: float
    elapsed: float
    epoch_done: bool = False
    metrics: dict[str, float] = field(default_factory=dict)


LARGEST = 1e6  # real value that is trained on; squares of larger ones drown everything else in float32
_CARRIED = ("step", "elapsed", "seed", "epoch_loss")
_BEST = ("best_epoch", "best_value")  # carried where there is a best epoch


class TrainState:
    """Everything that a training carries from step to step; saved and loaded whole.

    Resuming from a saved state gives the weights of an uninterrupted run, bit for bit on the same machine.
    """

    def __init__(self, model: nn.Module, config: TrainConfig, seed: int, device: torch.device) -> None:
        self.model = model.to(device)
        self.config = config
        self.seed = seed
        self.device = device
        self.step = 0
        self.elapsed = 0.0
        self.generator = torch.Generator(device=device).manual_seed(seed)
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


def fit(
    state: TrainState, train: PreprocessedSplit, held_out: PreprocessedSplit | None = None, report_every: float = 0.25
) -> Iterator[Progress]:
    """Train `state.model` on `train`, yielding every `report_every` seconds and at each epoch's end.

    Stop by no longer iterating; go on by calling again with the same state (or one that was loaded).
    The state is consistent at every yield. Raises `DataError` if the model does not take this kind of data.
    """
    config, model, device = state.config, state.model, state.device
    check(model, train, config)
    train = train.to(device)
    if held_out is not None:
        probe_generator = torch.Generator(device=device).manual_seed(1)
        few = slice(0, 1000)
        probes = [
            (prefix, shown.batch(few, probe_generator), class_labels(model, shown, few))
            for prefix, shown in (("", held_out.to(device)), ("train.", train))
        ]
    n = len(train)
    in_epoch = steps_an_epoch(config, n)
    total = in_epoch * config.epochs
    last = min(config.stop or total, total)
    state.start(train)
    if config.average and not state.average:
        state.average = {k: p.detach().clone() for k, p in model.named_parameters()}

    losses, since, seen = [], time.perf_counter(), 0
    order: Tensor | None = None
    autocast = _autocast(config, device)
    staged = isinstance(model, Staged)
    model.train()
    while state.step < last:
        epoch, position = divmod(state.step, in_epoch)
        if order is None or position == 0:
            shuffle = torch.Generator().manual_seed(state.seed * 1_000_003 + epoch)
            order = torch.randperm(n, generator=shuffle).to(device)
        done, factor = state.step / total, 1.0
        if staged:
            stage = model.stage(done)
            done, factor = stage.done, stage.lr
            if int(model.at) != stage.index:
                model.enter(
                    stage, train.batch(slice(0, 20_000), torch.Generator(device=device).manual_seed(state.seed))
                )
        lr = factor * learning_rate(state.config, done, state.step)
        for group in state.optimiser.param_groups:
            group["lr"] = lr
        rows = order[position * config.batch_size : (position + 1) * config.batch_size]
        x = train.batch(rows, state.generator)
        if config.warp:
            x = random_affine(x, config.warp, state.generator)
        state.optimiser.zero_grad(set_to_none=True)  # before the loss, which can then use the same memory again
        with autocast:
            loss = model.loss(x, state.generator, **class_labels(model, train, rows))["loss"]
        loss.backward()
        if config.clip:
            nn.utils.clip_grad_norm_(model.parameters(), config.clip)
        state.optimiser.step()
        state.step += 1
        if state.average:
            _update_average(state)
        losses.append(loss.detach())
        seen += len(x)

        now = time.perf_counter()
        epoch_done = state.step % in_epoch == 0
        if epoch_done or now - since >= report_every:
            summed = float(torch.stack(losses).double().sum())
            if not math.isfinite(summed):
                raise FloatingPointError(
                    f"the loss became {summed} at step {state.step} (lr={lr:.3g}); try a smaller lr"
                )
            mean_loss = summed / len(losses)
            state.epoch_loss += summed
            if epoch_done:
                mean_loss, state.epoch_loss = state.epoch_loss / in_epoch, 0.0
            state.elapsed += now - since
            metrics: dict[str, float] = {}
            if epoch_done and held_out is not None and isinstance(model, Monitored):
                with torch.no_grad():
                    model.eval()
                    for prefix, batch, labels in probes:
                        generator = torch.Generator(device=device).manual_seed(1)  # the same draws every time
                        metrics |= {prefix + k: v for k, v in model.metrics(batch, generator, **labels).items()}
                    model.train()
            yield Progress(
                state.step,
                total,
                state.step / in_epoch,
                config.epochs,
                mean_loss,
                lr,
                seen / (now - since),
                state.elapsed,
                epoch_done,
                metrics,
            )
            losses, since, seen = [], time.perf_counter(), 0


def steps_an_epoch(config: TrainConfig, examples: int) -> int:
    """Updates an epoch; the rest of an uneven epoch comes in another one's order."""
    return max(1, examples // config.batch_size)


def precision(config: TrainConfig, device: torch.device) -> str:
    """The precision of the products on this device: "bfloat16" only where it is not emulated, at a crawl."""
    return config.precision if bfloat16_is_fast(device) else "float32"


def learning_rate(config: TrainConfig, done: float, step: int = 0) -> float:
    """The learning rate after the share `done` (0 to 1) of the run, at `step` of it."""
    base = next((lr for first, lr in reversed(config.lr_changes) if first <= step), config.lr)
    left = 1.0 if done < config.lr_hold else (1 - done) / max(1e-12, 1 - config.lr_hold)
    return base * {"constant": 1.0, "linear": left, "cosine": 0.5 - 0.5 * math.cos(math.pi * left)}[config.lr_schedule]


def check(model: nn.Module, data: PreprocessedSplit, config: TrainConfig) -> None:
    """Raises `DataError` where the model or the training does not take this kind or shape of data, `SettingError` where
    an epoch cannot be chosen."""
    wanted, shape = model.config.accepts, tuple(data.values.shape[1:])
    if data.kind not in wanted:
        raise DataError(
            f"{type(model).__name__} takes {' or '.join(wanted)} data, but view {data.name!r} is {data.kind}; "
            "choose another view (dynamic, static and threshold give binary, standardised gives real)"
        )
    if data.vocabulary is not None and data.vocabulary.size != model.config.tokens:
        size = data.vocabulary.size
        raise DataError(
            f"view {data.name!r} has {size} tokens, but the model has a vocabulary of {model.config.tokens} (tokens)"
        )
    if data.kind == "audio" and data.levels != model.config.levels:
        raise DataError(
            f"view {data.name!r} has {data.levels} levels, but the model has {model.config.levels} (levels)"
        )
    if data.kind not in ("tokens", "audio") and shape != tuple(model.config.event_shape):
        raise DataError(f"examples of shape {shape}, but the model's event_shape is {model.config.event_shape}")
    if data.kind == "real" and (largest := float(data.values.abs().max())) > LARGEST:
        raise DataError(
            f"view {data.name!r} has values up to {largest:.3g}; models take values up to {LARGEST:,.0f}: "
            "choose the view 'standardised'"
        )
    classes = model.classes if isinstance(model, ClassConditional) else 0
    if classes and (data.labels is None or int(data.labels.max()) >= classes):
        found = "has none" if data.labels is None else f"has {int(data.labels.max()) + 1}"
        raise DataError(f"classes={classes}, but the data {found}; 0 makes the model unconditional")
    speakers = model.speakers if isinstance(model, SpeakerConditional) else 0
    if speakers and (data.speakers is None or int(data.speakers.max()) >= speakers):
        found = "have none" if data.speakers is None else f"have {int(data.speakers.max()) + 1}"
        raise DataError(f"speakers={speakers}, but the data {found}; 0 makes the model unconditional")
    can_choose = config.validation > 0 or not config.keep_best
    require(can_choose, "keep_best", config.keep_best, "needs validation above 0 to choose by")
    if config.keep_best and (isinstance(model, Staged) or not isinstance(model, Monitored)):
        why = "is trained layer by layer" if isinstance(model, Staged) else "has no curves to choose by"
        raise DataError(f"keep_best={config.keep_best}: {type(model).__name__} {why}")
    if config.warp and (len(shape) != 2 or data.kind not in ("grey", "real")):
        raise DataError(
            f"warp={config.warp:g} augments grey or real-valued images, "
            f"but view {data.name!r} has {data.kind} examples of shape {shape}"
        )


def class_labels(model: nn.Module, shown: PreprocessedSplit, rows: Tensor | slice) -> dict[str, Tensor]:
    """The classes of these rows, for a model that is conditioned on them or learns them, and the speakers."""
    found = {}
    takes = isinstance(model, LearnsClasses) or (isinstance(model, ClassConditional) and model.classes)
    if takes and shown.labels is not None:
        found["labels"] = shown.labels[rows]
    if isinstance(model, SpeakerConditional) and model.speakers and shown.speakers is not None:
        found["speakers"] = shown.speakers[rows]
    return found


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


def _autocast(config: TrainConfig, device: torch.device) -> contextlib.AbstractContextManager:
    if precision(config, device) == "float32":
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)


@torch.no_grad()
def _update_average(state: TrainState) -> None:
    # early on the average must not remember the random start: shorter memory, as in Polyak averaging
    decay = min(state.config.average, state.step / (state.step + 10))
    parameters = dict(state.model.named_parameters())
    torch._foreach_lerp_([state.average[k] for k in parameters], list(parameters.values()), 1 - decay)


def _sha256(progress: str, tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256(progress.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
