"""What the tests in node compare the page Sound with: the same computed here."""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np
import torch
from scipy import signal

from core.models.audio.base import AudioModel
from core.models.audio.gru import SampleGRU, SampleGRUConfig
from core.models.audio.lpc import LinearPredictor, LinearPredictorConfig
from core.models.audio.wavenet import WaveNet, WaveNetConfig
from core.numerics import mulaw

RATE = 8_000


def values() -> dict[str, Any]:
    amplitudes = np.concatenate([np.linspace(-1.2, 1.2, 97), np.random.default_rng(4).normal(0, 0.1, 100)])
    return {
        "muLaw": [
            {
                "levels": levels,
                "amplitudes": amplitudes.tolist(),
                "encoded": mulaw.encode(amplitudes, levels).tolist(),
                "decoded": mulaw.decode(np.arange(levels), levels).tolist(),
            }
            for levels in (256, 16)
        ],
        "wavenets": [
            wavenet(WaveNetConfig(layers=6, stacks=2, channels=8, skip=12, classes=3, speakers=2), 0),
            wavenet(WaveNetConfig(layers=4, stacks=1, channels=5, skip=6, levels=16), 1),
        ],
        "baselines": [
            baseline(SampleGRU(SampleGRUConfig(width=7, embedding=5, hidden=6, classes=3, speakers=2)), "recurrent", 2),
            baseline(LinearPredictor(LinearPredictorConfig(order=3, levels=16)), "linear", 3),
            baseline(LinearPredictor(LinearPredictorConfig(order=5, components=3)), "linear", 4),
        ],
        "spectrogram": spectrogram(),
        "wav": wav(),
    }


def noisy(model: AudioModel, seed: int) -> Any:
    """The network with weights that are all of some size."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=generator) * 0.4)
    return model.eval().requires_grad_(False)


def wavenet(config: WaveNetConfig, seed: int) -> dict[str, Any]:
    """A network, a recording, and its log-probabilities in bits: as it is, of the mean class and speaker, and without
    the layers of one dilation."""
    model, levels = noisy(WaveNet(config), seed), np.random.default_rng(seed).integers(0, config.levels, 60)
    x, dilation = torch.from_numpy(levels)[None], 2
    label, speaker = (torch.tensor([1]) if n else None for n in (config.classes, config.speakers))
    silenced = noisy(WaveNet(config), seed)
    for layer in silenced.layers:
        if layer.dilation == dilation:
            for p in (*layer.skip.parameters(), *(layer.residual.parameters() if layer.residual else ())):
                p.zero_()
    return {
        "structure": "dilated",
        "dilations": list(config.dilations),
        "planes": planes(model),
        "levels": levels.tolist(),
        "receptiveField": model.receptive_field,
        "muted": dilation,
        "bits": bits(model, x, label, speaker),
        "meanBits": bits(model, x, None, None),
        "mutedBits": bits(silenced, x, label, speaker),
    }


def planes(model: AudioModel) -> dict[str, Any]:
    """Its weights."""
    stacked = model.stacked_weights()
    return {k: {"shape": list(v.shape), "values": v.flatten().tolist()} for k, v in stacked.items()}


def baseline(model: AudioModel, structure: str, seed: int) -> dict[str, Any]:
    """A model, a recording, and its log-probabilities in bits: as it is, and of the mean class and speaker."""
    model = noisy(model, seed)
    if isinstance(model, LinearPredictor):
        with torch.no_grad():
            model.coefficients.copy_(torch.linspace(0.9, -0.3, model.config.order))
            model.log_least.fill_(-3)
    levels = np.random.default_rng(seed).integers(0, model.levels, 60)
    x = torch.from_numpy(levels)[None]
    label, speaker = (torch.tensor([1]) if n else None for n in (model.classes, model.speakers))
    return {
        "structure": structure,
        "dilations": [],
        "planes": planes(model),
        "levels": levels.tolist(),
        "bits": bits(model, x, label, speaker),
        "meanBits": bits(model, x, None, None),
    }


def bits(model: AudioModel, x: torch.Tensor, label: torch.Tensor | None, speaker: torch.Tensor | None) -> list:
    """(T, L) log-probabilities of every level for each sample of x (1, T), in bits; naive: all samples at once."""
    logits = model.forward_cached(model.with_beginning(x)[:, :-1], model.init_cache(1, label, speaker), 0)
    return (logits[0].log_softmax(-1) / np.log(2)).tolist()


def spectrogram() -> dict[str, Any]:
    """Two sine waves and noise; decibels by scipy, against a sine wave of amplitude 1."""
    size, hop, n = 64, 16, 400
    t = np.arange(n) / RATE
    x = 0.5 * np.sin(2 * np.pi * 1_000 * t) + 0.1 * np.sin(2 * np.pi * 2_700 * t + 1)
    x += np.random.default_rng(5).normal(0, 0.01, n)
    window = signal.get_window("hann", size)
    padded = np.concatenate([np.zeros(size // 2), x, np.zeros(size)])
    frames = np.stack([padded[at : at + size] * window for at in range(0, n, hop)])
    power = (np.abs(np.fft.rfft(frames)[:, : size // 2]) / (window.sum() / 2)) ** 2
    return {"size": size, "hop": hop, "x": x.tolist(), "decibels": (10 * np.log10(power)).tolist()}


def wav() -> dict[str, Any]:
    """A file as Python's own module writes it."""
    x, file = np.array([0, 0.5, -1, 1, 2, -0.25]), io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.floor(32_767 * np.clip(x, -1, 1) + 0.5).astype("<i2").tobytes())
    return {"amplitudes": x.tolist(), "rate": RATE, "bytes": list(file.getvalue())}
