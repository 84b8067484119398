"""What the chains page says of mixing: `pages/gibbs/view/mixing.js`, run in node against numpy and theory."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

MODULE = Path(__file__).parent.parent / "pages/gibbs/view/mixing.js"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="no node here")


def ask(work: str, given: object) -> object:
    """What the JavaScript expression `work` makes of `given`, with the module's functions in scope."""
    script = f"""
import * as mixing from {json.dumps(MODULE.as_uri())};
const given = JSON.parse(await new Promise((done) => {{
  let text = "";
  process.stdin.on("data", (part) => (text += part)).on("end", () => done(text));
}}));
const {{ classChanges, autocorrelation, integratedTime }} = mixing;
console.log(JSON.stringify({work}));
"""
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", script], input=json.dumps(given), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def autocorrelation(states: np.ndarray, restarts: tuple[int, ...] = (), most: int = 150) -> np.ndarray:
    """rho of states (T, chains, units) of 0 and 1, by the page's own code."""
    layers = [np.packbits(frame.astype(bool), axis=-1).reshape(-1).tolist() for frame in states]
    given = {"layers": layers, "restarts": list(restarts), "most": most, "chains": states.shape[1]}
    work = f"""Array.from(autocorrelation(given.layers.map((l) => Uint8Array.from(l)), given.chains, {states.shape[2]},
      (i) => given.restarts.includes(i), given.most) ?? [])"""
    return np.array(ask(work, given | {}))


def persistent(rng, keep: float, frames: int = 400, chains: int = 30, units: int = 19) -> np.ndarray:
    """Units that are drawn anew (with a probability each of their own) with probability 1 - keep: rho(k) = keep^k."""
    on = rng.uniform(0.1, 0.9, units)
    states = [rng.random((chains, units)) < on]
    for _ in range(frames - 1):
        anew = rng.random((chains, units)) >= keep
        states.append(np.where(anew, rng.random((chains, units)) < on, states[-1]))
    return np.stack(states)


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.9])
def test_the_autocorrelation_is_the_one_that_the_chain_has(keep):
    rho = autocorrelation(persistent(np.random.default_rng(1), keep), most=40)
    assert len(rho) == 41 and rho[0] == 1
    assert rho == pytest.approx(keep ** np.arange(41), abs=0.03)


def test_it_is_what_numpy_makes_of_the_same_states():
    states = persistent(np.random.default_rng(2), 0.7, frames=60, chains=9, units=13)
    p = states.mean((0, 1))
    wanted = [1 - (states[k:] != states[:-k]).sum(-1).mean() / (2 * p * (1 - p)).sum() for k in range(1, 31)]
    assert autocorrelation(states)[1:] == pytest.approx(wanted, abs=1e-12)


def test_no_pair_spans_a_restart():
    states = persistent(np.random.default_rng(3), 0.9, frames=60)
    states[30:] = persistent(np.random.default_rng(4), 0.9, frames=30)
    apart, together = autocorrelation(states, restarts=(30,)), autocorrelation(states)
    assert apart[20] > together[20]
    every = autocorrelation(states, restarts=tuple(range(0, 60, 5)))
    assert len(every) == 5, "within five frames no two are five apart"
    assert len(autocorrelation(states, restarts=tuple(range(60)))) == 0


def test_states_that_never_change_have_no_autocorrelation():
    assert len(autocorrelation(np.ones((20, 9, 12)))) == 0
    assert len(autocorrelation(np.ones((1, 9, 12)))) == 0


def test_many_chains_are_thinned_out_and_tell_the_same():
    states = persistent(np.random.default_rng(5), 0.9, frames=120, chains=256, units=200)
    assert autocorrelation(states)[:30] == pytest.approx(0.9 ** np.arange(30), abs=0.02)


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.9])
def test_the_integrated_time_is_that_of_theory(keep):
    """tau = 1 + 2 sum keep^k = (1 + keep) / (1 - keep); the window of five times itself leaves out e^-5 or so."""
    found = ask("integratedTime(Float64Array.from(given))", (keep ** np.arange(200)).tolist())
    assert found["closed"] and found["time"] == pytest.approx((1 + keep) / (1 - keep), rel=0.02)


def test_a_film_that_is_too_short_says_that_the_time_is_longer():
    found = ask("integratedTime(Float64Array.from(given))", (0.99 ** np.arange(50)).tolist())
    assert not found["closed"] and 50 < found["time"] < 199


def changes(classes: list[int], confidences: list[float], restarts: tuple[int, ...] = ()) -> int:
    """Changes of class that one chain has made after the last frame."""
    frames = [{"class": [c], "confidence": [round(255 * p)]} for c, p in zip(classes, confidences, strict=True)]
    work = """given.frames.reduce((before, frame, t) => classChanges(frame, before, given.restarts.includes(t)),
      undefined).changes[0]"""
    return ask(work, {"frames": frames, "restarts": restarts})


def test_only_a_confident_reading_of_another_class_is_a_change():
    assert changes([3, 3, 8, 8], [0.95, 0.92, 0.93, 0.99]) == 1
    assert changes([3, 8, 3, 8, 3], [0.95, 0.6, 0.7, 0.85, 0.95]) == 0, "a flicker below the threshold"
    assert changes([3, 5, 8], [0.95, 0.5, 0.95]) == 1, "the class on the way was never sure"
    assert changes([3, 8, 3, 8], [0.5, 0.6, 0.8, 0.89]) == 0, "noise that is read as anything"
    assert changes([3, 8, 3], [0.95, 0.95, 0.95]) == 2


def test_a_restart_is_no_change():
    assert changes([3, 8, 1], [0.95, 0.95, 0.95], restarts=(1,)) == 1
    assert changes([3, 8], [0.95, 0.95], restarts=(0, 1)) == 0
