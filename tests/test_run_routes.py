"""The routes of the runs: how far a run is, its pictures, what it is told; and clear refusals of anything else."""

import errno
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core import jobs
from core.jobs import files, process
from core.store import checkpoints
from pages.shared.codec import unpack
from pages.shared.endpoints import MAX_JSON
from pages.shared.routes import ROUTES
from pages.train.routes import LOG_LINES, MOST_POINTS

REFERENCE = next(c for c in checkpoints.available()[0] if c.run["preset"]["name"] == "digits-rbm")
PRESET = REFERENCE.run["preset"]
ODD_NAMES = ["nothing", "..", ".", "*", "[a]", "~", "\\", "a b", "x" * 3000, ".trash", "runs", "a%2Fb"]
SHEETS = [
    {"name": "samples", "title": "Samples", "signed": False, "about": "What the model draws."},
    {"name": "filters", "title": "Filters", "signed": True, "about": "Weights."},
]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Runs and checkpoints of this test alone; no process is started."""
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))
    monkeypatch.setattr(process, "start_worker", lambda run: None)
    shutil.copytree(REFERENCE.folder, tmp_path / REFERENCE.name)
    return tmp_path


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=ROUTES), raise_server_exceptions=True) as client:
        yield client


def run(state: str, epochs: int = 3, name: str = "digits-rbm-00000001", **status) -> jobs.Run:
    """A run of `epochs` epochs of ten steps in this state; this process is its worker where it needs one."""
    folder = jobs.root() / name
    (folder / "pictures").mkdir(parents=True)
    files.write_json(
        folder / "request.json", {"kind": "train", "device": "cpu", "asked": 1.0, "title": "A run", "preset": PRESET}
    )
    files.write_json(folder / "control.json", {"queued": state == "queued"})
    points = [[step, step / 10, -0.1 * step, 0.05] for step in range(1, 10 * epochs + 1)]
    (folder / "curve.jsonl").write_text("".join(json.dumps(point) + "\n" for point in points))
    lines = [
        {"epoch": e, "step": 10 * e, "loss": -e, "lr": 0.05, "reconstruction": 9.0 - e, "train.reconstruction": 8.0 - e}
        for e in range(1, epochs + 1)
    ]
    (folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = jobs.get_run(name)
    if state != "queued":
        what = {"step": 10 * epochs, "total_steps": 100, "epoch": float(epochs), "total_epochs": 10, **status}
        found.write_status(jobs.Status(state="running" if state == "interrupted" else state, **what))
    if state in jobs.LIVE_STATES:
        process.register_worker(found, os.getpid())
    return found


def paint(of: jobs.Run, epoch: int, level: int = 7) -> None:
    planes = {"samples": np.full((4, 8, 8), level, np.uint8), "filters": np.full((3, 1, 5), 128, np.uint8)}
    (of.folder / "pictures").mkdir(exist_ok=True)
    save_file(planes, of.folder / "pictures" / f"{epoch:05d}.safetensors", {"sheets": json.dumps(SHEETS)})


def look(client, name: str, query: str = "") -> dict:
    answer = client.get(f"/api/runs/{name}{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def tell(client, name: str, word: object, kind: str = "application/json"):
    content = word if isinstance(word, bytes) else json.dumps(word).encode()
    return client.post(f"/api/runs/{name}", content=content, headers={"content-type": kind})


def refused(answer, status: int, named: str = "") -> None:
    assert answer.status_code == status, answer.text
    assert named in answer.json()["error"] and 0 < len(answer.json()["error"]) < 600


# -- looking --------------------------------------------------------------------------------------


def test_a_run_at_work_tells_how_far_it_is(client):
    found = run("running", rate=1234.5, seconds_left=60.0, loss=-3.0, lr=0.05, elapsed=9.0, device="CPU (here)")
    paint(found, 1), paint(found, 3)
    answer = look(client, found.id)
    assert (answer["id"], answer["title"], answer["kind"], answer["state"]) == (found.id, "A run", "train", "running")
    assert (answer["family"], answer["dataset"], answer["preset"]) == ("rbm", "digits", PRESET)
    assert (answer["step"], answer["total_steps"], answer["epoch"], answer["total_epochs"]) == (30, 100, 3.0, 10)
    assert (answer["loss"], answer["lr"], answer["rate"], answer["left"]) == (-3.0, 0.05, 1234.5, 60.0)
    assert (answer["elapsed"], answer["device"], answer["place"], answer["phase"]) == (9.0, "CPU (here)", None, None)
    assert (answer["pictures"], answer["checkpoint"], answer["log"], answer["saved"]) == ([1, 3], "", [], False)
    assert len(answer["curve"]) == 30 and len(answer["history"]) == 3


def test_only_what_is_new_is_sent(client):
    found = run("running")
    answer = look(client, found.id, "?after=25&epochs=2")
    assert [point[0] for point in answer["curve"]] == [26, 27, 28, 29, 30]
    assert [line["epoch"] for line in answer["history"]] == [3]
    nothing = look(client, found.id, "?after=30&epochs=3")
    assert nothing["curve"] == nothing["history"] == [] and len(nothing["metrics"]) == 2


def test_a_long_curve_is_thinned_and_keeps_its_newest_point(client):
    found = run("running", epochs=777)
    points = look(client, found.id)["curve"]
    assert MOST_POINTS / 2 < len(points) <= MOST_POINTS and points[-1][0] == 7770
    gaps = np.diff([point[0] for point in points])
    assert gaps.min() == gaps.max()


def test_curves_say_what_they_mean(client):
    found = run("running")
    line = {"epoch": 4, "step": 40, "loss": -4, "lr": 0.05, "train.novel_thing": 1.0}
    with (found.folder / "history.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    metrics = {metric["name"]: metric for metric in look(client, found.id)["metrics"]}
    assert list(metrics) == ["loss", "reconstruction", "novel_thing"]
    assert metrics["reconstruction"]["better"] == "lower" and metrics["loss"]["about"]
    assert metrics["novel_thing"] == {
        "name": "novel_thing",
        "title": "Novel thing",
        "unit": "",
        "better": "",
        "about": "",
    }


def test_a_family_that_is_not_known_shows_all_the_same(client):
    found = run("stopped")
    request = json.loads((found.folder / "request.json").read_text())
    files.write_json(found.folder / "request.json", request | {"preset": PRESET | {"family": "novel"}})
    assert [m["title"] for m in look(client, found.id)["metrics"]] == ["Loss", "Reconstruction"]


def test_what_went_astray_is_missing_not_infinite(client):
    found = run("failed", loss=float("nan"), message="The loss became nan.")
    with (found.folder / "curve.jsonl").open("a") as file:
        file.write("[31, 3.1, NaN, Infinity]\n[32, 3.2, -1")  # the last line is being written
    (found.folder / "log.txt").write_text("\n".join(f"line {i}" for i in range(50)))
    answer = look(client, found.id)
    assert answer["loss"] is None and answer["curve"][-1] == [31, 3.1, None, None]
    assert answer["message"] == "The loss became nan."
    assert answer["log"] == [f"line {i}" for i in range(50 - LOG_LINES, 50)]


def test_runs_that_wait_know_their_place_and_looking_moves_the_queue(client, monkeypatch):
    first, second = run("queued", name="a-1"), run("queued", name="b-2")
    second.send(order=2.0)
    assert [look(client, r.id)["place"] for r in (first, second)] == [1, 2]
    assert look(client, first.id)["state"] == "queued"
    started = []
    monkeypatch.setattr(process, "start_worker", lambda run: started.append(run.id))
    look(client, second.id)
    assert started == ["a-1"]


def test_a_run_whose_process_is_gone_is_interrupted(client):
    found = run("interrupted")
    (found.folder / "state.safetensors").write_bytes(b"")
    answer = look(client, found.id)
    assert answer["state"] == "interrupted" and answer["saved"]


def test_a_checkpoint_without_a_run_is_a_finished_one(client):
    answer = look(client, REFERENCE.name, "?epochs=290")
    assert (answer["state"], answer["checkpoint"]) == ("finished", REFERENCE.name)
    assert answer["history"] == REFERENCE.history()[290:] and answer["curve"] == []
    assert answer["title"] == REFERENCE.title and answer["epoch"] == answer["total_epochs"]
    assert answer["metrics"][1]["name"] == "pseudo_log_likelihood"
    assert set(answer) == set(look(client, run("running").id))


def test_a_run_that_computes_scores_is_of_its_checkpoint(client):
    folder = jobs.root() / "scores-x"
    folder.mkdir(parents=True)
    request = {"kind": "evaluate", "device": "cpu", "asked": 1.0, "title": "Scores", "checkpoint": REFERENCE.name}
    files.write_json(folder / "request.json", request)
    files.write_json(folder / "control.json", {"queued": False})
    process.register_worker(jobs.get_run("scores-x"), os.getpid())
    jobs.get_run("scores-x").write_status(jobs.Status(state="evaluating", phase=("log Z", 3, 10)))
    answer = look(client, "scores-x")
    assert (answer["kind"], answer["family"], answer["phase"]) == ("evaluate", "rbm", ["log Z", 3, 10])
    assert answer["curve"] == answer["history"] == answer["pictures"] == []


@pytest.mark.parametrize("query", ["after=x", "after=-2", "after=1.5", "epochs=-1", "epochs=", f"after={10**20}"])
def test_a_bad_query_is_refused_by_name(client, query):
    refused(client.get(f"/api/runs/{run('running').id}?{query}"), 400, query.split("=")[0])


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_run_that_is_not_there_is_not_found(client, name):
    run("running")
    quoted = name.replace("\\", "%5C").replace("[", "%5B").replace(" ", "%20").replace(".", "%2E")
    for answer in (
        client.get(f"/api/runs/{quoted}"),
        client.get(f"/api/runs/{quoted}/pictures/1"),
        tell(client, quoted, {"do": "stop"}),
    ):
        assert answer.status_code == 404


# -- pictures -------------------------------------------------------------------------------------


def test_pictures_come_with_what_they_show(client):
    found = run("running")
    paint(found, 2)
    answer = client.get(f"/api/runs/{found.id}/pictures/2")
    header, planes = unpack(answer.content)
    assert header == {"epoch": 2, "sheets": SHEETS}
    assert planes["samples"].shape == (4, 8, 8) and (planes["samples"] == 7).all()
    assert planes["filters"].shape == (3, 1, 5) and (planes["filters"] == 128).all()


def test_pictures_are_kept_until_they_are_taken_anew(client):
    found = run("finished")
    paint(found, 2)
    path = f"/api/runs/{found.id}/pictures/2"
    first = client.get(path)
    assert first.headers["cache-control"] == "no-cache"
    known = {"If-None-Match": first.headers["etag"]}
    again = client.get(path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    file = found.folder / "pictures" / "00002.safetensors"
    paint(found, 2, level=9)
    os.utime(file, ns=(1, file.stat().st_mtime_ns + 1))
    other = client.get(path, headers=known)
    assert other.status_code == 200 and (unpack(other.content)[1]["samples"] == 9).all()


@pytest.mark.parametrize("epoch", ["3", "-1", "x", "%2E%2E%2F1", "2.0", "9" * 40, "%00", "00002%20"])
def test_pictures_that_were_not_taken_are_not_found(client, epoch):
    found = run("running")
    paint(found, 2)
    assert client.get(f"/api/runs/{found.id}/pictures/{epoch}").status_code == 404


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff" * 64])
def test_damaged_pictures_are_refused(client, content):
    found = run("running")
    (found.folder / "pictures" / "00002.safetensors").write_bytes(content)
    refused(client.get(f"/api/runs/{found.id}/pictures/2"), 404, "epoch 2")


def test_a_checkpoint_without_a_run_shows_the_pictures_that_it_took_along(client, folder):
    shutil.rmtree(folder / REFERENCE.name / "pictures", ignore_errors=True)
    refused(client.get(f"/api/runs/{REFERENCE.name}/pictures/1"), 404)
    paint(jobs.Run(folder / REFERENCE.name, {}), 12)
    assert look(client, REFERENCE.name)["pictures"] == [12]
    header, planes = unpack(client.get(f"/api/runs/{REFERENCE.name}/pictures/12").content)
    assert header["epoch"] == 12 and (planes["samples"] == 7).all()


def test_a_training_of_which_only_the_film_was_kept_is_shown_as_far_as_it_went(client, folder):
    film = folder / checkpoints.FILMS / "digits-rbm-0000f11f"
    film.mkdir(parents=True)
    for name in ("run.json", "history.jsonl"):
        shutil.copy(REFERENCE.folder / name, film)
    lines = (film / "history.jsonl").read_text().splitlines()[:3]
    (film / "history.jsonl").write_text("\n".join(lines))
    paint(jobs.Run(film, {}), 2)
    answer = look(client, film.name)
    assert (answer["state"], answer["pictures"], len(answer["history"])) == ("finished", [2], 3)
    assert answer["epoch"] == answer["history"][-1]["epoch"] < answer["total_epochs"] == PRESET["train"]["epochs"]
    assert (unpack(client.get(f"/api/runs/{film.name}/pictures/2").content)[1]["samples"] == 7).all()
    assert film.name not in [c.name for c in checkpoints.available()[0]] and checkpoints.available()[1] == []
    (film / "run.json").write_text("{")
    assert checkpoints.films() == []
    refused(client.get(f"/api/runs/{film.name}"), 404)


# -- telling --------------------------------------------------------------------------------------


def test_a_run_at_work_is_told_what_to_do(client):
    found = run("running")
    for word in ("pause", "finish", "stop"):
        answer = tell(client, found.id, {"do": word})
        assert answer.status_code == 200 and answer.json()["want"] == word == found.control().desired_state
    assert tell(client, found.id, {"do": "resume"}).json()["want"] == "run"
    answer = tell(client, f"{found.id}?after=29&epochs=3", {"do": "lr", "lr": 0.01})
    assert (answer.json()["asked_lr"], found.control().lr, found.control().command_seq) == (0.01, 0.01, 1)
    assert [point[0] for point in answer.json()["curve"]] == [30] and answer.json()["history"] == []
    found.send(ack_seq=found.control().command_seq)
    assert look(client, found.id)["asked_lr"] is None, "the worker has taken it up"


def test_a_stopped_run_goes_on_through_the_queue(client):
    found = run("stopped")
    answer = tell(client, found.id, {"do": "resume"}).json()
    assert (answer["state"], answer["place"]) == ("queued", 1)
    assert tell(client, found.id, {"do": "stop"}).json()["state"] == "stopped"
    (found.folder / "state.safetensors").write_bytes(b"")
    assert tell(client, found.id, {"do": "finish"}).json()["want"] == "finish"


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("finished", {"do": "pause"}),
        ("finished", {"do": "stop"}),
        ("finished", {"do": "finish"}),
        ("finished", {"do": "resume"}),
        ("finished", {"do": "lr", "lr": 0.01}),
        ("stopped", {"do": "stop"}),
        ("stopped", {"do": "finish"}),  # nothing was saved
        ("stopped", {"do": "lr", "lr": 0.01}),
        ("failed", {"do": "pause"}),
        ("interrupted", {"do": "pause"}),
        ("queued", {"do": "resume"}),
        ("queued", {"do": "pause"}),
        ("queued", {"do": "lr", "lr": 0.01}),
        ("evaluating", {"do": "lr", "lr": 0.01}),
    ],
)
def test_what_its_state_forbids_is_refused_and_changes_nothing(client, state, word):
    found = run(state)
    before = found.control(), found.status().state
    refused(tell(client, found.id, word), 409, state)
    assert (found.control(), found.status().state) == before


@pytest.mark.parametrize(
    "word", [{"do": "dance"}, {"do": None}, {"do": ["stop"]}, {"do": {}}, {}, [], None, 3, "stop", {"lr": 0.1}]
)
def test_an_unknown_word_is_refused(client, word):
    refused(tell(client, run("running").id, word), 400, "do")


@pytest.mark.parametrize("content", [b'{"asked":"x"}', b"", b'{"kind": "tr', b"[" * 90_000, b"[1]", None])
def test_one_damaged_run_stops_no_other(client, content):
    hurt, good = run("stopped", name="hurt-1"), run("running", name="good-2")
    if content is None:
        (hurt.folder / "request.json").unlink()
    else:
        (hurt.folder / "request.json").write_bytes(content)
    assert look(client, good.id)["state"] == "running"
    assert tell(client, good.id, {"do": "pause"}).json()["want"] == "pause"
    refused(client.get("/api/runs/hurt-1"), 404, "hurt-1: this run is damaged")
    refused(tell(client, "hurt-1", {"do": "resume"}), 404, "hurt-1: this run is damaged")
    refused(client.get("/api/runs/hurt-1/pictures/1"), 404)
    assert look(client, REFERENCE.name)["state"] == "finished"


@pytest.mark.parametrize("file", ["progress.json", "control.json", "worker.json", "curve.jsonl", "history.jsonl"])
@pytest.mark.parametrize("content", [b"[[]]", b'{"step": {}, "elapsed": "x"}', b'[1, "x", {}, []]\n{"a": []}', b"\xff"])
def test_damage_beside_a_request_shows_as_little_done(client, file, content):
    found = run("stopped")
    (found.folder / file).write_bytes(content)
    assert look(client, found.id)["title"] == "A run"


def test_a_full_disk_is_said_and_all_can_still_be_looked_at(client, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    found, waits = run("stopped"), run("queued", name="b-2")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        patch.setattr(process, "start_worker", lambda run: full())
        for word in ({"do": "resume"}, {"do": "stop"}):
            of = found if word["do"] == "resume" else waits
            refused(tell(client, of.id, word), 507, "Nothing was changed: the disk that holds the")
        assert look(client, found.id)["state"] == "stopped" and look(client, waits.id)["state"] == "queued"
    assert tell(client, found.id, {"do": "resume"}).json()["state"] == "queued"


def test_a_visitor_who_has_enough_waiting_is_told(client, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_WAITING_EACH", "2")
    stopped = [run("stopped", name=f"a-{i}") for i in range(3)]
    assert [tell(client, r.id, {"do": "resume"}).status_code for r in stopped[:2]] == [200, 200]
    refused(tell(client, stopped[2].id, {"do": "resume"}), 429, "You already have 2 runs in the queue")
    assert stopped[2].status().state == "stopped"
    assert tell(client, stopped[0].id, {"do": "stop"}).status_code == 200
    assert tell(client, stopped[2].id, {"do": "resume"}).json()["state"] == "queued"


@pytest.mark.parametrize("lr", [0, -1, 100, 1e300, float("nan"), float("inf"), "0.1", None, True, [0.1], 10**400])
def test_a_bad_learning_rate_is_refused_by_name(client, lr):
    found = run("running")
    refused(tell(client, found.id, {"do": "lr", "lr": lr}), 400, "lr=")
    assert found.control().lr is None


def test_a_missing_learning_rate_is_refused(client):
    refused(tell(client, run("running").id, {"do": "lr"}), 400, "lr")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"do=stop", b"[" * 9000, b'{"do": "stop"'])
def test_what_is_no_json_is_refused(client, content):
    found = run("running")
    refused(tell(client, found.id, content), 400)
    assert found.control().desired_state == "run"


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; x=json"])
def test_only_json_is_taken_so_that_no_other_site_can_post(client, kind):
    found = run("running")
    refused(tell(client, found.id, {"do": "stop"}, kind), 415, "application/json")
    assert found.control().desired_state == "run"
    assert tell(client, found.id, {"do": "stop"}, "Application/JSON; charset=utf-8").status_code == 200


def test_too_long_a_word_is_refused(client):
    refused(tell(client, run("running").id, b" " * (MAX_JSON + 1)), 413, f"{MAX_JSON:,}")


def test_a_reference_checkpoint_takes_no_words(client):
    refused(tell(client, REFERENCE.name, {"do": "stop"}), 404)


def test_the_players_scripts_are_served(client):
    scripts = sorted((Path(__file__).parents[1] / "pages/train/view").glob("*.js"))
    assert len(scripts) > 5
    for script in scripts:
        answer = client.get(f"/ui/train/view/{script.name}")
        assert answer.content == script.read_bytes() and answer.headers["content-type"].startswith("text/javascript")
