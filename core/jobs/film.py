"""The film of a training: pictures of what the model could do after some epochs, and its codes of the same examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.data.preprocessing import PreprocessedSplit
from core.jobs.views import TrainingViews
from core.models.capabilities import Codec, ImageGrid, ShowsProgress
from core.store import tensors

MAX_PICTURES = 60  # most epochs of a run after which pictures are taken
FILM_PICTURES, FILM_BYTES = 6, 2**16  # that a checkpoint takes along, at most; the whole film stays with the run
FEWEST = 5  # pictures of a film worth watching: below that each of them is made smaller
TILES = 12  # that are left of the first sheet then
EXAMPLES = 32  # held-out examples that the pictures are of
CODES = 2_000  # test examples whose codes the film follows
MAX_CODE_SIZE = 3  # few enough numbers to be drawn as points


def is_picture_epoch(epoch: int, epochs: int) -> bool:
    """Whether pictures are taken after this epoch: densely at first, where most happens; MAX_PICTURES times at most."""
    if epochs <= MAX_PICTURES:
        return True
    shots = {round(epochs * (i / MAX_PICTURES) ** 2) for i in range(MAX_PICTURES + 1)}
    return epoch in shots


def picture_file(folder: Path, epoch: int) -> Path:
    """Where a run's, or a checkpoint's, pictures after this epoch are."""
    return folder / "pictures" / f"{epoch:05d}.safetensors"


@torch.no_grad()
def write_pictures(file: Path, model: torch.nn.Module, device: torch.device, views: TrainingViews) -> None:
    """Let the model (`ShowsProgress`) show what it has learned by now, in grey levels of the data."""
    generator = torch.Generator(device=device).manual_seed(0)
    model.eval()
    sheets = model.progress_images(views.held_out.batch(slice(0, EXAMPLES), generator).to(device), generator)
    model.train()
    planes: dict[str, Tensor] = {}
    about: list[dict[str, Any]] = []
    if isinstance(model, Codec):
        codes = model.encode(views.test.batch(slice(0, CODES), generator).to(device))
        if codes.shape[1] <= MAX_CODE_SIZE:
            planes["codes"] = codes
    for sheet in sheets:
        planes[sheet.name] = to_grey(sheet, views.train)
        about.append({k: getattr(sheet, k) for k in ("name", "title", "signed", "about")})
    file.parent.mkdir(exist_ok=True)
    tensors.write_tensors(file, planes, {"sheets": json.dumps(about)})


def can_show(model: torch.nn.Module) -> bool:
    """Whether the model has pictures of what it has learned."""
    return isinstance(model, ShowsProgress)


def to_grey(sheet: ImageGrid, data: PreprocessedSplit) -> Tensor:
    """A sheet's images (n, h, w) as bytes; signed ones with zero at 128."""
    images = sheet.images.float().cpu()
    if sheet.signed:
        sizes = images.abs().flatten()
        largest = float(sizes[:: -(-len(sizes) // 2**20)].quantile(0.995))  # a lone giant must not dim the rest
        grey = 128 + images / max(largest, 1e-9) * 127
    else:
        grey = (data.shift.cpu() + data.scale.cpu() * images) * 255
    grey = grey.round().clamp(0, 255).to(torch.uint8)
    return grey if grey.ndim == 3 else grey.flatten(1)[:, None]  # (n, 1, D) for vectors


def short_film(files: list[Path], max_bytes: int = FILM_BYTES) -> dict[str, bytes]:
    """The film of these files that goes with a checkpoint, by their names: as many of them as fit into `max_bytes`,
    `FILM_PICTURES` at most; of pictures so large that fewer than `FEWEST` do, each file's first sheet alone, and of
    that `TILES` images."""
    whole = {file.name: file.read_bytes() for file in files}
    kept = _fitting(whole, max_bytes)
    if len(kept) < min(FEWEST, len(whole)):
        return _fitting({name: _reduced(content) for name, content in whole.items()}, max_bytes)
    return kept


def _fitting(files: dict[str, bytes], max_bytes: int) -> dict[str, bytes]:
    """Files evenly taken, the first and the last among them; none where not even those two fit."""
    names = list(files)
    for count in range(min(len(names), FILM_PICTURES), 1, -1):
        chosen = [names[round(i * (len(names) - 1) / (count - 1))] for i in range(count)]
        if sum(len(files[name]) for name in chosen) <= max_bytes:
            return {name: files[name] for name in chosen}
    return {}


def _reduced(content: bytes) -> bytes:
    arrays, about = tensors.load_with_metadata(content)
    sheets = json.loads(about["sheets"])[:1]
    return tensors.save({s["name"]: arrays[s["name"]][:TILES] for s in sheets}, {"sheets": json.dumps(sheets)})


def code_trajectory(files: list[Path]) -> dict[str, Tensor]:
    """epochs (T,) and codes (T, N, 2 or 3) of the same test examples after each of them, `in_steps`; empty where there
    are none."""
    codes = {}
    for file in files:
        planes = tensors.load(file.read_bytes())
        if "codes" in planes:
            codes[int(file.stem)] = torch.from_numpy(planes["codes"])
    return {"epochs": torch.tensor(list(codes)), **in_steps(torch.stack(list(codes.values())))} if codes else {}


def in_steps(codes: Tensor) -> dict[str, Tensor]:
    """Codes (T, N, d) as whole numbers and, for each frame, what these are multiplied by: as fine as half precision has
    the largest number of the frame, and each is near to what it was a frame before (`core.store.prediction`). As they
    are where half precision does not hold them."""
    largest = codes.float().abs().amax((1, 2), keepdim=True)
    step = torch.exp2(torch.frexp(largest).exponent - 11.0).clamp_min(2.0**-24).half()
    if not (codes.isfinite().all() and step.isfinite().all()):
        return {"codes": codes}
    return {"codes": (codes.float() / step.float()).round().to(torch.int16), f"codes{tensors.SCALE}": step}
