"""Give trained models a film of their training: its first epochs once more, and pictures after each of them.

    python -m docs.films mnist-autoencoder-30 mnist-autoencoder-30-random mnist-autoencoder-30-modern --epochs 12

For presets whose checkpoints were trained without pictures. Each is trained again with its seed and its schedule, but
only for so many epochs; the film ends with the checkpoint's own weights, and its curve is printed beside the one here.
Of a preset without a checkpoint the film alone is kept, in `checkpoints/films`. Needs the training images.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import torch

from core import models
from core.config.presets import Preset
from core.jobs.film import picture_file, short_film, write_pictures
from core.jobs.publishing import publish_checkpoint
from core.jobs.training_job import initial_state
from core.jobs.views import load_views
from core.store import checkpoints, tensors
from core.store.naming import checkpoint_name
from core.training import fit, steps_an_epoch

EPOCHS = (0, 1, 2, 3, 4, 6, 8, 10, 12, 15, 20, 30)  # after which pictures are taken
AGAIN = "All but the last from a second training with the same seed, of which only the first epochs were run."
CPU = torch.device("cpu")


def film(preset: Preset, epochs: int, folder: Path) -> None:
    """Train the first epochs, and put their pictures where they belong; `folder` is for what comes before that."""
    views = load_views(preset)
    state = initial_state(preset, models.build(preset.family, preset.model, preset.seed), CPU)
    state.start(views.train)
    known = checkpoints.root() / checkpoint_name(preset)
    checkpoint = checkpoints.load(known) if checkpoints.exists(known.name) else None
    own = {line["epoch"]: line for line in checkpoint.history()} if checkpoint else {}
    write_pictures(picture_file(folder, 0), state.model, CPU, views)
    history = []
    for progress in fit(state, views.train, views.held_out):
        if not progress.epoch_done:
            continue
        epoch = round(progress.epoch)
        line = {"epoch": epoch, "step": progress.step, "loss": progress.loss, "lr": progress.lr, **progress.metrics}
        history.append({k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in line.items()})
        loss = own.get(epoch, {}).get("loss")
        print(f"{preset.name}, epoch {epoch}: loss {progress.loss:.2f}" + (f", there {loss:.2f}" if loss else ""))
        if epoch in EPOCHS or epoch == epochs:
            write_pictures(picture_file(folder, epoch), state.model, CPU, views)
        if epoch == epochs:
            break
    if checkpoint is None:
        begun = replace(
            preset, train=replace(preset.train, stop=epochs * steps_an_epoch(preset.train, len(views.train)))
        )
        known = checkpoints.root() / checkpoints.FILMS / checkpoint_name(begun)
        publish_checkpoint(known, begun, state, views.train, history)
        for name in checkpoints.FILES:
            (known / name).unlink()
        run = json.loads((known / "run.json").read_text()) | {"title": preset.title}
        (known / "run.json").write_text(json.dumps(run, indent=1) + "\n")
    else:
        write_pictures(picture_file(folder, preset.train.epochs), checkpoint.model(), CPU, views)
    shutil.rmtree(known / "pictures", ignore_errors=True)
    (known / "pictures").mkdir(parents=True)
    for name, content in short_film(sorted((folder / "pictures").iterdir())).items():
        (known / "pictures" / name).write_bytes(content if checkpoint is None else said(content, AGAIN))


def said(content: bytes, more: str) -> bytes:
    """A file of pictures that says `more` about each sheet."""
    arrays, about = tensors.load_with_metadata(content)
    sheets = [{**sheet, "about": f"{sheet['about']} {more}"} for sheet in json.loads(about["sheets"])]
    return tensors.save(arrays, {"sheets": json.dumps(sheets)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("presets", nargs="+", choices=models.presets(), metavar="preset")
    parser.add_argument("--epochs", type=int, default=12)
    options = parser.parse_args()
    for name in options.presets:
        with tempfile.TemporaryDirectory() as folder:
            film(models.presets()[name], options.epochs, Path(folder))


if __name__ == "__main__":
    main()
