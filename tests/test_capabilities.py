"""What a model can do: by its class, as run.json says, and which pages follow; a new family is one new file."""

import io
import json
import sys
import textwrap
import zipfile

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from core import models
from core.cli import main
from core.cli.console import console
from core.config.capabilities import Capability
from core.models.capabilities import PROTOCOLS
from core.store import checkpoints
from core.store.checkpoints import CheckpointError
from core.store.facts import facts_of
from pages import registry
from pages.registry import exhibits

SHIPPED = checkpoints.available()[0]
SHOWN = [e for e in exhibits() if e.link]


@pytest.mark.parametrize("checkpoint", SHIPPED, ids=lambda c: c.name)
def test_run_json_says_what_the_model_can_do(checkpoint):
    facts = facts_of(checkpoint.preset)
    assert {name: checkpoint.run[name] for name in facts} == facts
    assert checkpoint.capabilities == set(facts["capabilities"])


def test_every_capability_has_a_protocol_and_a_model():
    assert PROTOCOLS.keys() == set(Capability)
    assert frozenset().union(*(c.capabilities for c in SHIPPED)) == set(Capability)


def test_every_checkpoint_has_a_page_and_every_page_a_checkpoint():
    assert all(any(e.can_show(c) for c in SHIPPED) for e in SHOWN)
    without = {c.run["preset"]["name"] for c in SHIPPED if not any(e.can_show(c) for e in SHOWN)}
    assert without == {"topics-rbm"}  # chains of word counts are no pictures


def test_a_checkpoint_of_an_older_version_can_do_the_same():
    for checkpoint in SHIPPED[::9]:
        run = {k: v for k, v in checkpoint.run.items() if k not in ("capabilities", "code_size", "family_name")}
        older = checkpoints.Checkpoint(checkpoint.folder, run)
        assert older.capabilities == checkpoint.capabilities and older.family_name == checkpoint.family_name
        assert [e.can_show(older) for e in SHOWN] == [e.can_show(checkpoint) for e in SHOWN]


def test_the_best_known_come_first():
    first = {e.name: e.checkpoints()[0][0].run["preset"]["name"] for e in SHOWN if e.name != "autoencoder"}
    assert first == {
        "gibbs": "mnist-rbm",
        "codes": "digits-autoencoder-2",
        "latent": "mnist-vae-2",
        "pixels": "mnist-pixelcnn-classes",
        "tokens": "shakespeare-transformer",
    }


@pytest.mark.parametrize(
    "changed", [{"capabilities": ["gibbs-chain"]}, {"code_size": 2_000}, {"family_name": "oracle"}], ids=str
)
def test_what_an_uploaded_checkpoint_says_of_itself_is_compared(changed, tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))
    shipped = next(c for c in SHIPPED if c.run["preset"]["name"] == "digits-vae-2")
    packed, changed_zip = zipfile.ZipFile(io.BytesIO(checkpoints.pack(shipped))), io.BytesIO()
    with zipfile.ZipFile(changed_zip, "w") as archive:
        for name in packed.namelist():
            body = packed.read(name)
            if name.endswith("run.json"):
                body = json.dumps(json.loads(body) | changed).encode()
            archive.writestr(name, body)
    with pytest.raises(CheckpointError, match="run.json says"):
        checkpoints.unpack(changed_zip.getvalue())
    assert not list(tmp_path.glob("*"))


# -- a new family ----------------------------------------------------------------------------------

TIED = '''
"""A linear autoencoder with tied weights, as somebody might add it."""

from dataclasses import dataclass, replace

import torch
from torch import nn

from core.config.fields import check_settings, require, setting
from core.config.presets import Preset, TrainConfig
from core.models.capabilities import DenseLayer, Metric

FAMILY, NAME = "tied", "tied autoencoder"
LOSS = Metric("Squared error", "", "lower")
METRICS = {}


@dataclass(frozen=True)
class TiedConfig:
    event_shape: tuple[int, ...]
    units: int = setting(2, "Numbers of a code.", low=1)

    accepts = ("grey", "binary", "real")

    def __post_init__(self):
        check_settings(self)


Config = TiedConfig


class Tied(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        places = config.event_shape[0] * config.event_shape[1]
        self.weight = nn.Parameter(torch.randn(places, config.units) * 0.1)
        self.bias = nn.Parameter(torch.zeros(places))

    @property
    def code_size(self):
        return self.config.units

    def encode(self, x):
        return (x.flatten(1) - self.bias) @ self.weight

    def decode(self, z):
        return (z @ self.weight.t() + self.bias).view(len(z), *self.config.event_shape)

    def decoder_layers(self):
        return [DenseLayer(self.weight, self.bias, "linear")]

    def loss(self, x, generator):
        return {"loss": (self.decode(self.encode(x)) - x).square().flatten(1).sum(1).mean()}


def build(config):
    return Tied(config)


def refit(config, kind, event_shape):
    require(kind in TiedConfig.accepts and len(event_shape) == 2, "kind", kind, "grey, binary or real pictures")
    return replace(config, event_shape=event_shape)


PRESETS = (
    Preset("digits-tied", "Small digits: tied weights", FAMILY, "digits", "grey", TiedConfig((8, 8)),
           TrainConfig(epochs=3, lr=0.01, lr_schedule="constant", snapshots=4)),
)
'''


@pytest.fixture
def tied(tmp_path, monkeypatch):
    """The family in a folder of its own, found beside the others; gone afterwards."""

    def forget():
        models.families.cache_clear()
        models.presets.cache_clear()
        sys.modules.pop("core.models.tied", None)

    (tmp_path / "families").mkdir()
    (tmp_path / "families" / "tied.py").write_text(textwrap.dedent(TIED))
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "checkpoints"))
    with monkeypatch.context() as patch:
        patch.setattr(models, "__path__", [*models.__path__, str(tmp_path / "families")])
        forget()
        yield
    forget()


def test_a_new_family_is_one_file_and_appears_everywhere(tied, monkeypatch):
    monkeypatch.setattr(streamlit, "page_link", lambda page, label, **_: streamlit.markdown(f"link: {label}"))
    with console.capture() as captured:
        assert main(["list", "presets"]) == 0
    assert "digits-tied" in captured.get()
    assert main(["train", "digits-tied", "--device", "cpu"]) == 0

    (checkpoint,) = checkpoints.available()[0]
    assert checkpoint.family_name == "tied autoencoder" and checkpoint.code_size == 2
    assert checkpoint.score("reconstruction error") is not None  # scored as every codec is
    assert [e.name for e in SHOWN if e.can_show(checkpoint)] == ["codes"]

    registry._listed.cache_clear()
    page = AppTest.from_file("../pages/codes/page.py", default_timeout=60).run()
    assert not page.exception and checkpoint.title in str(page.selectbox[0].options)
    page = AppTest.from_file("../pages/train/page.py", default_timeout=60)
    page.query_params["data"] = "digits"
    page.run()
    assert not page.exception and any(
        "Small digits: tied weights" in box.options for box in page.selectbox if box.label == "Model"
    )
    registry._listed.cache_clear()
