"""What images cost a model of images: bits of every pixel, and -log p of an image under models of any kind.

bits_i = -log2 p(x_i | places before i)        their sum is -log2 p(x)
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.config.capabilities import Capability
from core.config.fields import require
from core.data.preprocessing import levels_of
from core.models.autoregressive.base import AutoregressiveModel, class_log_probs, log_prob, log_probs
from core.models.capabilities import GibbsModel, HasPosterior
from core.store.checkpoints import Checkpoint, CheckpointError

DRAWS = 1_000  # codes for a variational autoencoder's bound


@torch.no_grad()
def bits_per_pixel(
    model: AutoregressiveModel, x: Tensor, labels: Tensor | None = None, order: Tensor | None = None
) -> Tensor:
    """-log2 p of every place of x (N, D) given those before it: (N, D), by flat index."""
    return log_probs(model, x, labels, order) / -math.log(2)


def bits_share_of_hardest(bits: Tensor, share: float = 0.1) -> float:
    """The share of all bits (D,) that the hardest `share` of the places carries."""
    most = bits.sort(descending=True).values
    return float(most[: max(1, round(share * len(bits)))].sum() / most.sum().clamp_min(1e-12))


@torch.no_grad()
def label_of(model: AutoregressiveModel, x: Tensor, label: int | None = None) -> Tensor | None:
    """The class (1,) by which x (D,) is read: the one given, else the likeliest; None where the model knows none."""
    if not model.classes:
        return None
    if label is not None:
        require(0 <= label < model.classes, "class", label, f"0 to {model.classes - 1}")
        return torch.tensor([label])
    return class_log_probs(model, x[None]).argmax(1)


@dataclass(frozen=True)
class NegativeLogLikelihood:
    """What an image costs one model.

    nats      -log p(x), or what is known of it
    nature    "exact", "upper bound" (of the cost; by an importance-weighted lower bound on log p), "estimate" (log Z by
              annealed importance sampling), or "no likelihood" (masks that let a pixel see itself)
    spread    one standard error, where it is an estimate
    usual     what test images cost it on average, as its scores have it
    """

    checkpoint: Checkpoint
    nats: float
    nature: str
    note: str = ""
    spread: float | None = None
    usual: float | None = None


def comparable_models(checkpoint: Checkpoint, among: Iterable[Checkpoint]) -> list[Checkpoint]:
    """Those of `among` that give the same images a probability: of the same data, in the same levels. A density of
    real values is none."""
    levels = checkpoint.manifest.preset.model["levels"]

    def fits(c: Checkpoint) -> bool:
        preset, same = c.manifest.preset, c.manifest.data_fingerprint == checkpoint.manifest.data_fingerprint
        if not same or preset.event_shape != checkpoint.manifest.preset.event_shape:
            return False
        if Capability.HAS_GIBBS_CHAIN in c.capabilities:
            return levels == 2 and preset.model["visible"] == "bernoulli" and c.score("log Z") is not None
        if Capability.HAS_POSTERIOR in c.capabilities:
            of = {"bernoulli": 2, "levels": levels_of(preset.view)}.get(preset.model["likelihood"], 0)
            return of == levels
        return Capability.STEPS_PIXELS in c.capabilities and preset.model["levels"] == levels

    return [c for c in among if fits(c)]


@torch.no_grad()
def negative_log_likelihood(
    checkpoint: Checkpoint, model: nn.Module, x: Tensor, draws: int = DRAWS, seed: int = 0
) -> NegativeLogLikelihood:
    """-log p(x) of levels x (D,) under the checkpoint's model; classes are summed out, each as likely as any other."""
    test = checkpoint.score("test log-probability")
    usual = None if test is None else -float(test.value)
    image = x.view(1, *checkpoint.manifest.preset.event_shape)
    if isinstance(model, AutoregressiveModel):
        if model.classes:
            nats = math.log(model.classes) - float(class_log_probs(model, image).double().logsumexp(1))
            note = f"summed over {model.classes} classes"
        else:
            nats, note = -float(log_prob(model, image)), ""
        if not model.is_normalized:
            return NegativeLogLikelihood(checkpoint, nats, "no likelihood", "each pixel sees itself", usual=usual)
        return NegativeLogLikelihood(checkpoint, nats, "exact", note, usual=usual)
    if isinstance(model, HasPosterior):
        generator = torch.Generator().manual_seed(seed)
        bound, effective = model.log_mean_weight(image.float(), draws, generator)
        spread = math.sqrt(max(0.0, 1 / float(effective) - 1 / draws))
        note = f"{draws:,} codes sampled (effective sample size {float(effective):,.0f})"
        return NegativeLogLikelihood(checkpoint, -float(bound), "upper bound", note, spread, usual)
    if isinstance(model, GibbsModel):
        log_z = checkpoint.score("log Z")
        nats = float(model.free_energy(x[None].float())) + log_z.value
        exact = log_z.nature == "exact"
        note = "log Z: sum over all states" if exact else "log Z by AIS, which tends to be too low; so does this cost"
        return NegativeLogLikelihood(checkpoint, nats, "exact" if exact else "estimate", note, log_z.spread, usual)
    raise CheckpointError(f"{checkpoint.name}: {type(model).__name__} assigns no probability to images")


def mask_counterpart(checkpoint: Checkpoint, among: Iterable[Checkpoint]) -> Checkpoint | None:
    """The same net on the same data but with the other kind of masks, where there is one."""

    def masks(c: Checkpoint) -> str | None:
        return c.manifest.preset.model.get("masks")

    def but_masks(c: Checkpoint) -> tuple[object, ...]:
        preset = c.manifest.preset
        model = {k: v for k, v in preset.model.items() if k != "masks"}
        return preset.family, preset.view, model, c.manifest.data_fingerprint

    same = (c for c in among if masks(c) not in (None, masks(checkpoint)) and but_masks(c) == but_masks(checkpoint))
    return None if masks(checkpoint) is None else next(same, None)
