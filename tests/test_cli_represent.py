"""`python -m core represent`: the list, one representation, several."""

import numpy as np
import pytest

from core import representations
from core.cli import main
from core.cli.console import console
from core.representations import cache


@pytest.fixture(autouse=True)
def wide(monkeypatch, tmp_path):
    monkeypatch.setattr(console, "width", 200)
    monkeypatch.setattr(cache, "root", lambda: tmp_path / "kept")


def test_without_a_layer_it_lists(capsys):
    assert main(["represent", "--data", "digits"]) == 0
    every = capsys.readouterr().out
    assert "pixels" in every and "Digits 8×8 · VAE, 2-D: posterior mean" in every
    assert main(["represent", "digits-rbm-exact"]) == 0
    own = capsys.readouterr().out
    assert "digits-rbm-exact-7c1c7590~hidden" in own and "vae" not in own


def test_one_is_saved(capsys, tmp_path):
    out = tmp_path / "hidden.npy"
    assert main(["represent", "digits-rbm-exact", "--layer", "hidden", "--out", str(out), "--limit", "50"]) == 0
    assert "50 test examples, 20 numbers each" in capsys.readouterr().out
    found = representations.compute("digits-rbm-exact-7c1c7590~hidden", "digits", limit=50)
    assert np.array_equal(np.load(out), found.vectors)


def test_several_are_compared(capsys):
    names = ["pixels", "pca-30", "digits-vae-2~posterior-mean", "digits-rbm-exact"]
    assert main(["represent", *names, "--data", "digits", "--layer", "hidden", "--limit", "100"]) == 0
    out = capsys.readouterr().out
    assert "linear CKA, debiased" in out and out.count("1.000") >= 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--data is missing"),
        (["digits-rbm-exact", "--layer", "code"], "none of digits's"),
        (["pixels", "pca-2", "--data", "digits", "--out", "a.npy"], "for one representation; 2 are named"),
        (["pixels", "pca-2", "--data", "digits", "--measure", "cos"], "measure='cos': one of cka"),
        (["pixels", "--data", "digit"], "unknown data set 'digit'"),
    ],
    ids=str,
)
def test_what_is_refused(arguments, message, capsys):
    assert main(["represent", *arguments]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
