"""What a model can do: by its class, as run.json says, and which pages follow."""

import dataclasses
import io
import json
import zipfile

import pytest

from core.config.capabilities import Capability
from core.models.capabilities import PROTOCOLS
from core.store import archive, checkpoints
from core.store.checkpoints import CheckpointError
from core.store.facts import facts_of
from pages.registry import exhibits

SHIPPED = checkpoints.available()[0]
SHOWN = [e for e in exhibits() if e.link]


@pytest.mark.parametrize("checkpoint", SHIPPED, ids=lambda c: c.name)
def test_run_json_says_what_the_model_can_do(checkpoint):
    facts = facts_of(checkpoint.preset)
    assert {name: checkpoint.run[name] for name in facts} == facts
    assert checkpoint.capabilities == set(facts["capabilities"])


@pytest.mark.parametrize("checkpoint", SHIPPED, ids=lambda c: c.name)
def test_the_manifest_is_what_stands_in_run_json(checkpoint):
    stored, manifest = json.loads((checkpoint.folder / "run.json").read_text()), checkpoint.manifest
    names = [f.name for f in dataclasses.fields(manifest) if f.name in stored and f.name not in ("preset", "format")]
    assert {"kind", "class_names", "data_fingerprint", "scores", "sha256", "capabilities"} <= set(names)
    for name in names:
        value = getattr(manifest, name)
        if name == "capabilities":
            assert sorted(value) == sorted(stored[name])
        elif name in ("scores", "unscored"):
            assert [one.to_json() for one in value] == stored[name]
        else:
            assert (list(value) if isinstance(value, tuple) else value) == stored[name], name
    preset = dataclasses.asdict(manifest.preset)
    assert preset == stored["preset"] | {k: preset[k] for k in preset.keys() - stored["preset"].keys()}
    assert manifest.preset.event_shape == checkpoint.preset.model.event_shape


def test_every_capability_has_a_protocol_and_a_model():
    assert PROTOCOLS.keys() == set(Capability)
    assert frozenset().union(*(c.capabilities for c in SHIPPED)) == set(Capability)


def test_every_checkpoint_has_a_page_and_every_page_a_checkpoint():
    assert all(any(e.can_show(c) for c in SHIPPED) for e in SHOWN)
    without = {c.run["preset"]["name"] for c in SHIPPED if not any(e.can_show(c) for e in SHOWN)}
    # chains of word counts are not images; Compare and Labels are pages of data
    assert without == {"topics-rbm", "omniglot-prototypical"}


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
        "deep": "digits-dbm-classes",
        "convolutional": "mnist-crbm",
        "codes": "digits-autoencoder-2",
        "latent": "mnist-vae-2",
        "pixels": "mnist-pixelcnn-classes",
        "tokens": "shakespeare-transformer",
        "sound": "fsdd-wavenet",
    }


@pytest.mark.parametrize(
    "changed", [{"capabilities": ["gibbs-chain"]}, {"code_size": 2_000}, {"family_name": "oracle"}], ids=str
)
def test_what_an_uploaded_checkpoint_says_of_itself_is_compared(changed, tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))
    shipped = next(c for c in SHIPPED if c.run["preset"]["name"] == "digits-vae-2")
    packed, changed_zip = zipfile.ZipFile(io.BytesIO(archive.pack(shipped))), io.BytesIO()
    with zipfile.ZipFile(changed_zip, "w") as rewritten:
        for name in packed.namelist():
            body = packed.read(name)
            if name.endswith("run.json"):
                body = json.dumps(json.loads(body) | changed).encode()
            rewritten.writestr(name, body)
    with pytest.raises(CheckpointError, match="run.json describes another model"):
        archive.unpack(changed_zip.getvalue())
    assert not list(tmp_path.glob("*"))
