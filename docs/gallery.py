"""Make the moving pictures of Home's gallery, `recording.webp` beside each page, from the trained models.

    python -m docs.gallery             # all of them, in about a minute
    python -m docs.gallery gibbs codes

Frames are computed by the functions that the pages use, with their seeds, and the link of each opens the page in that
state. Needs nothing but what is in the repository.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from sklearn.semi_supervised import LabelSpreading

from core import data, representations
from core.analysis import checkpoint_codec, gibbs_chains, pixel_sampling, text_generation
from core.analysis.codec_comparison import compare_codecs, examples, reconstruct
from core.analysis.training_trajectory import training_trajectory
from core.data.greys import grey_images
from core.numerics import mulaw
from core.numerics.projections import project
from core.numerics.sampling import SamplingConfig
from core.representations.alignment import align
from core.store import checkpoints
from pages.home.addresses import MODEL
from pages.home.recordings import PICTURE, Recording
from pages.shared.model_store import open_model
from pages.shared.theme import CLASS_COLOURS, DARK

PAGES = Path(__file__).parents[1] / "pages"
LARGEST, LARGEST_SUM = 150_000, 600_000  # bytes
SIZE = (150, 90)  # of a frame of digits, each pixel one of the model's
LARGE = (300, 180)  # of a frame of dots, lines or text
GROUND = tuple(int(DARK[i : i + 2], 16) for i in (1, 3, 5))
INK = (222, 228, 236)
GREYS = 24
COLOURS = [tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in CLASS_COLOURS]

Film = tuple[list[Image.Image], Recording]
Box = tuple[np.ndarray, np.ndarray]  # lowest and highest place


def digits(images: np.ndarray, columns: int = 5) -> Image.Image:
    """Pictures (n, h, w), greys from 0 to 1, in rows; small ones as large as 28 pixels allow."""
    greys = np.clip(np.rint(images * 255), 0, 255).astype(np.uint8)
    greys = greys.repeat(28 // greys.shape[1], 1).repeat(28 // greys.shape[2], 2)
    canvas = Image.new("L", SIZE, 0)
    for i, grey in enumerate(greys):
        canvas.paste(Image.fromarray(grey), (1 + 30 * (i % columns), 1 + 30 * (i // columns)))
    return canvas


def chosen_digits() -> np.ndarray:
    """Rows of the test images that recordings show: one of each of five classes, the first ones."""
    labels = data.load_test("mnist").test_labels
    return np.array([np.flatnonzero(labels == c)[0] for c in (2, 3, 5, 8, 9)])


def eased(frames: int) -> np.ndarray:
    """From 0 to 1, slow at both ends."""
    t = np.linspace(0, 1, frames)
    return t * t * (3 - 2 * t)


def dots(
    places: np.ndarray, labels: np.ndarray, box: tuple[np.ndarray, np.ndarray], radius: float = 1.9
) -> Image.Image:
    """Points (n, 2) in the colours of their classes, drawn large and made smaller, for soft edges."""
    scale = 3
    canvas = Image.new("RGB", (LARGE[0] * scale, LARGE[1] * scale), GROUND)
    draw = ImageDraw.Draw(canvas)
    low, high = box
    k = 0.92 * min(LARGE[0] / (high - low)[0], LARGE[1] / (high - low)[1])
    middle = (low + high) / 2
    at = (places - middle) * (k, -k) + np.array(LARGE) / 2
    for (x, y), label in zip(at * scale, labels, strict=True):
        r = radius * scale
        draw.ellipse((x - r, y - r, x + r, y + r), fill=COLOURS[int(label)])
    return canvas.resize(LARGE, Image.Resampling.LANCZOS)


def box_of(places: np.ndarray) -> Box:
    """What nearly all places lie in."""
    return np.quantile(places, 0.01, axis=0), np.quantile(places, 0.99, axis=0)


# -- the films --------------------------------------------------------------------------------------


def gibbs() -> Film:
    """Chains of an RBM from noise."""
    from pages.gibbs.chains import start_visibles

    opened = open_model("mnist-rbm")
    chains, sweeps = 15, 20
    start = start_visibles(opened, {"start": "noise"}, None, chains, 0)
    settings = gibbs_chains.ChainSettings(sweeps=sweeps, seed=0)
    made = gibbs_chains.run(opened.model, settings, start, 0, 26)
    frames = [digits(v.numpy().reshape(chains, 28, 28)) for v in made.mean]
    query = {"checkpoint": MODEL, "start": "noise", "chains": str(chains), "sweeps": str(sweeps)}
    return frames, Recording(len(frames), 6, "mnist-rbm", query)


def deep() -> Film:
    """Digits whose lower halves are hidden, as a deep machine's layers agree on them; below, what was hidden."""
    name, passes = "digits-dbm-classes", 18
    opened = open_model(name)
    dataset = data.load_test(opened.checkpoint.manifest.preset.dataset)
    rows = [np.flatnonzero(dataset.test_labels == c)[0] for c in (0, 3, 6, 7, 9)]
    greys = [
        checkpoint_codec.image_input(opened.checkpoint, image) for image in grey_images(dataset, dataset.test[rows])
    ]
    x = torch.from_numpy(np.stack(greys))
    hidden = torch.zeros(x.shape[1:], dtype=torch.bool)
    hidden[x.shape[1] // 2 :] = True
    model, known = opened.model, ~hidden.flatten()
    layers = [torch.where(known, x.flatten(1), 0.5), *(torch.full((len(x), n), 0.5) for n in model.sizes[1:])]
    frames = []
    for _ in range(passes):
        frames.append(digits(np.concatenate([np.where(hidden, 0.3, x), layers[0].view(x.shape), x])))
        with torch.no_grad():
            for layer in range(1, len(layers)):
                layers[layer] = model.layer_mean(layers, layer)
            layers[0] = torch.where(known, layers[0], model.layer_mean(layers, 0))
    lower = packed_mask(hidden.numpy())
    return frames, Recording(passes, 5, name, {"checkpoint": MODEL, "pick": str(rows[1]), "hidden": lower})


def packed_mask(mask: np.ndarray) -> str:
    """Pixels as a link carries them, one bit each (pages/shared/view/packed_image.js)."""
    return base64.urlsafe_b64encode(np.packbits(mask).tobytes()).decode().rstrip("=")


def convolutional() -> Film:
    """One large image, sampled from noise by filters that were learned from images of 8×8."""
    name, sweeps = "digits-crbm", 12
    model, generator = open_model(name).model, torch.Generator().manual_seed(0)
    v, frames = model.base_sample(1, generator, (44, 74)), []
    for _ in range(sweeps):
        v, h = model.gibbs_step(v, generator)
        grey = (255 * model.visible_probs(h)[0].detach()).round().byte().numpy()
        canvas = Image.new("L", SIZE, 0)
        canvas.paste(Image.fromarray(grey.repeat(2, 0).repeat(2, 1)), (1, 1))
        frames.append(canvas)
    return frames, Recording(sweeps, 4, name, {"checkpoint": MODEL, "mode": "samples", "size": "4"})


def autoencoder() -> Film:
    """Test images, PCA with more and more numbers, and the deep code of thirty."""
    name = "mnist-autoencoder-30"
    checkpoint = checkpoints.load(name)
    x = examples(checkpoint)[0][chosen_digits()]
    results = {result.name: result for result in compare_codecs(checkpoint)}
    deep = reconstruct(checkpoint.model(), x)
    pca = results["PCA"].codec
    frames = []
    for k in (1, 2, 3, 4, 6, 8, 10, 12, 15, 18, 21, 24, 27, 30):
        code = pca.encode(x)
        code[:, k:] = 0
        frames.append(digits(torch.cat([x, pca.decode(code).view(x.shape), deep]).numpy()))
    return frames, Recording(len(frames), 5, name, {"checkpoint": MODEL})


def codes() -> Film:
    """The code of a deep autoencoder while it is trained."""
    name = "mnist-autoencoder-2"
    checkpoint = checkpoints.load(name)
    found = training_trajectory(checkpoint)
    labels = checkpoint.arrays("portrait.safetensors")["codes.labels"]
    shown = np.arange(min(420, found.codes.shape[1], len(labels)))
    rows = np.unique(np.linspace(0, len(found.codes) - 1, 16).round().astype(int))
    box = box_of(found.codes[-1])
    frames = [dots(found.codes[t][shown], labels[shown], box) for t in rows]
    return frames, Recording(len(frames), 5, name, {"checkpoint": MODEL, "maps": "code"}, smooth=True)


def latent() -> Film:
    """Fifteen places of a latent plane, going round in it."""
    name, count = "mnist-vae-2", 24
    checkpoint = checkpoints.load(name)
    knots = np.array([(0.5 * (i - 2), 0.5 * (1 - j)) for j in range(3) for i in range(5)], np.float32)
    frames = []
    for t in range(count):
        turn = 2 * np.pi * t / count
        z = knots + 0.9 * np.array([np.cos(turn), np.sin(turn)], np.float32)
        frames.append(digits(checkpoint_codec.to_grey(checkpoint, checkpoint_codec.decode(checkpoint, z)) / 255))
    query = {"checkpoint": MODEL, "z": "0.9_0", "mode": "dimensions"}  # the middle of the first frame
    return frames, Recording(count, 5, name, query)


def pixels() -> Film:
    """Images while they are sampled, row by row."""
    name, images = "mnist-pixelcnn", 15
    model = open_model(name).model
    noise = pixel_sampling.noise(0, range(images), 784)
    values, frames = np.zeros((images, 784)), []
    order = np.asarray(model.order)
    for step in pixel_sampling.sample_pixels(model, noise, at_once=28):
        values[:, order[step.first : step.first + step.values.shape[1]]] = step.values.numpy()
        frames.append(digits(values.reshape(-1, 28, 28) / (model.levels - 1)))
    return frames, Recording(len(frames), 6, name, {"checkpoint": MODEL, "images": str(images)})


def tokens() -> Film:
    """A text as it is written."""
    name, prompt, count = "shakespeare-transformer", "JULIET:\n", 150
    opened = open_model(name)
    context = opened.model.prefill(torch.from_numpy(opened.vocabulary.encode(prompt))[None])
    noise, how = text_generation.noise(0, 0, count), SamplingConfig(temperature=0.8)
    drawn = text_generation.generate(opened.model, context, noise, [how])
    written = [int(token[0]) for _, token in drawn]
    font = ImageFont.load_default(15)
    frames = []
    for n in range(0, count + 1, 6):
        canvas = Image.new("L", LARGE, 20)
        text = prompt + opened.vocabulary.decode(np.array(written[:n], np.int64))
        ImageDraw.Draw(canvas).multiline_text((14, 12), wrapped(text), fill=222, font=font, spacing=6)
        frames.append(canvas)
    query = {"checkpoint": MODEL, "prompt": prompt, "temperature": "0.8"}
    return frames, Recording(len(frames), 7, name, query, smooth=True)


def wrapped(text: str, width: int = 36) -> str:
    """Lines of at most so many characters, broken at spaces."""
    lines: list[str] = []
    for line in text.split("\n"):
        while len(line) > width:
            cut = line.rfind(" ", 0, width) + 1 or width
            lines.append(line[:cut])
            line = line[cut:]
        lines.append(line)
    return "\n".join(lines[:8])


def sound() -> Film:
    """A recording as it is read: its waveform, and below it the bits that its samples cost."""
    name, row, count = "fsdd-wavenet", 0, 24
    opened, width = open_model(name), LARGE[0] - 20
    dataset = data.load_test(opened.checkpoint.manifest.preset.dataset)
    levels = dataset.test[row, : dataset.test_lengths[row]]
    x, labels = torch.from_numpy(levels.astype(np.int64))[None], torch.tensor([int(dataset.test_labels[row])])
    speakers = torch.tensor([int(dataset.test_factors["speaker"][row])]) if dataset.speakers else None
    bits = -opened.model.log_probs(x, labels, speakers)[0].numpy() / np.log(2)
    amplitudes, columns = mulaw.decode(levels), np.array_split(np.arange(len(levels)), width)
    loudest, frames = np.abs(amplitudes).max(), []
    for t in range(1, count + 1):
        canvas = Image.new("L", LARGE, 20)
        draw = ImageDraw.Draw(canvas)
        for x, part in enumerate(columns[: width * t // count], start=10):
            low, high = (58 - 50 * f(amplitudes[part]) / loudest for f in (np.max, np.min))
            draw.line((x, low, x, high + 1), fill=222)
            draw.line((x, 170 - 6 * bits[part].mean(), x, 170), fill=130)
        frames.append(canvas)
    query = {"checkpoint": MODEL, "mode": "hear", "clip": str(row)}
    return frames, Recording(count, 5, name, query, smooth=True)


def compare() -> Film:
    """The map of the pixels becomes that of a model, and goes back."""
    dataset, name = "digits", "digits-vae-2"
    checkpoint = checkpoints.load(name)
    keys = ("pixels", f"{checkpoint.name}~posterior-mean")
    both = [representations.compute(key, dataset, "test") for key in keys]
    first, second = (project("pca", one.vectors).coordinates for one in both)
    second = align(first, second)
    box = box_of(np.concatenate([first, second]))
    labels = both[0].labels
    there = [dots(first + t * (second - first), labels, box, 2.4) for t in eased(11)]
    frames = [*there, *there[-2:0:-1]]
    query = {"dataset": dataset, "reps": f"pixels,{MODEL}~posterior-mean", "morph": "0.5"}
    return frames, Recording(len(frames), 6, name, query, smooth=True)


def labels() -> Film:
    """One label after the other, and how it spreads over all the digits that have none."""
    from pages.labels import loading

    dataset, name = "digits", "digits-autoencoder-16"
    key = f"{checkpoints.load(name).name}~code"
    pool, view = loading.pool(dataset), loading.view(dataset, key)
    n, places = len(pool.labels), loading.map_of(dataset, key, "umap")
    joined = np.zeros((n, n))
    joined[np.arange(n)[:, None], view.neighbours] = 1
    joined = np.maximum(joined, joined.T)
    given, frames = np.full(n, -1), []
    for c in range(len(pool.classes)):
        given[np.flatnonzero(pool.labels == c)[0]] = c
        spreading = LabelSpreading(kernel=lambda a, b: joined, alpha=0.9, max_iter=100).fit(view.vectors, given)
        frames.append(dots(places, spreading.transduction_, box_of(places), 2.4))
    rows = np.flatnonzero(given >= 0)
    asked = ".".join(f"{row}.{given[row]}" for row in rows)
    query = {"dataset": dataset, "of": f"{MODEL}~code", "labels": asked}
    return frames, Recording(len(frames), 5, name, query, smooth=True)


def train() -> Film:
    """The reconstruction error of one net trained in two ways."""
    names = ("mnist-autoencoder-30", "mnist-autoencoder-30-random")
    curves = []
    for one in names:
        lines = (checkpoints.load(one).folder / "history.jsonl").read_text().splitlines()
        curves.append([e["reconstruction"] for e in map(json.loads, lines) if "reconstruction" in e])
    n = min(map(len, curves))
    values = np.log(np.array([curve[:n] for curve in curves]))
    low, high = values.min(), np.quantile(values, 0.98)
    steps = np.unique(np.geomspace(2, n, 20).astype(int))
    frames = []
    scale = 3
    for last in steps:
        canvas = Image.new("RGB", (LARGE[0] * scale, LARGE[1] * scale), GROUND)
        draw = ImageDraw.Draw(canvas)
        for curve, colour in zip(values, (COLOURS[0], COLOURS[7]), strict=True):
            x = (16 + (LARGE[0] - 32) * np.log(np.arange(1, last + 1)) / np.log(n)) * scale
            y = (16 + (LARGE[1] - 32) * (high - curve[:last]) / (high - low)) * scale
            draw.line([*zip(x, y, strict=True)], fill=colour, width=3 * scale, joint="curve")
        frames.append(canvas.resize(LARGE, Image.Resampling.LANCZOS))
    return frames, Recording(len(frames), 5, names[0], {}, smooth=True)


MADE = (gibbs, deep, convolutional, autoencoder, codes, latent, pixels, tokens, sound, compare, labels, train)
FILMS: dict[str, Callable[[], Film]] = {made.__name__: made for made in MADE}


def save(frames: list[Image.Image], recording: Recording, folder: Path) -> int:
    """Write both files; bytes of the picture."""
    width, height = frames[0].size
    sheet = Image.new(frames[0].mode, (width, height * len(frames)))
    for i, frame in enumerate(frames):
        sheet.paste(frame, (0, i * height))
    if sheet.mode == "L":
        sheet = sheet.point(lambda x: round(x / 255 * (GREYS - 1)) * 255 // (GREYS - 1))
        sheet.save(folder / PICTURE, lossless=True, quality=100, method=6)
    else:
        sheet.save(folder / PICTURE, quality=60, method=6)
    recording.write(folder)
    return (folder / PICTURE).stat().st_size


def main() -> None:
    for name in sys.argv[1:] or FILMS:
        frames, recording = FILMS[name]()
        size = save(frames, recording, PAGES / name)
        print(f"{name}: {size / 1000:.0f} kB, {len(frames)} frames")
    sizes = [file.stat().st_size for file in PAGES.glob(f"*/{PICTURE}")]
    if max(sizes) > LARGEST or sum(sizes) > LARGEST_SUM:
        sys.exit(f"larger than {LARGEST / 1000:.0f} kB each or {LARGEST_SUM / 1000:.0f} kB in all: {sum(sizes)} bytes")


if __name__ == "__main__":
    main()
