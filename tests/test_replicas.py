"""Two replicas of the app over one shared folder, behind Caddy with deploy/Caddyfile: each visitor stays at one, and
both show the same. And how a replica's container starts."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from pages.shared import operators
from tests.browser.conftest import running_server

ROOT = Path(__file__).parents[1]
TOKEN = "correct horse battery"
COOKIE = "playground_replica"
CADDY = shutil.which("caddy")
behind_caddy = pytest.mark.skipif(
    CADDY is None and "REQUIRE_CADDY" not in os.environ, reason="Caddy is not installed: `.ci/replicas` installs it"
)


@pytest.fixture(scope="module")
def replicas(tmp_path_factory):
    """The proxy's address, and the replicas' processes by their addresses."""
    folder = tmp_path_factory.mktemp("replicas")
    shared = folder / "checkpoints"
    shared.mkdir()
    for model in (ROOT / "checkpoints").glob("digits-rbm-*"):
        shutil.copytree(model, shared / model.name)
    own = {
        "HOST": "127.0.0.1",
        "PLAYGROUND_MODE": "class",
        "PLAYGROUND_TOKEN": TOKEN,
        "PLAYGROUND_HOSTS": "playground.test",
        "PLAYGROUND_CHECKPOINTS": str(shared),
    }
    with (
        running_server(folder, **own) as (first, one),
        running_server(folder, **own) as (second, two),
        socket.socket() as free,
    ):
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        address = f"http://localhost:{port}"
        settings = {
            "SITE": f"http://localhost:{port}, http://playground.test:{port}",
            "REPLICAS": f"{first.removeprefix('http://')} {second.removeprefix('http://')}",
            "CADDY_ADMIN": f"unix/{folder}/admin.socket",
            "XDG_DATA_HOME": str(folder / "caddy"),
            "XDG_CONFIG_HOME": str(folder / "caddy"),
        }
        with (folder / "caddy.log").open("w") as log:
            command = [CADDY, "run", "--config", str(ROOT / "deploy" / "Caddyfile"), "--adapter", "caddyfile"]
            caddy = subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log)
        try:
            until(lambda: answers(address), lambda: (folder / "caddy.log").read_text()[-3000:])
            yield address, {first: one, second: two}
        finally:
            caddy.terminate()
            caddy.wait(60)


def answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).status == 200
    except OSError:
        return False


def until(holds, explain=lambda: "", seconds: float = 300.0):
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited in vain: {explain()}"
        time.sleep(0.1)
    return found


def visitor(address: str) -> httpx.Client:
    """A browser that has opened the page."""
    client = httpx.Client(base_url=address, timeout=120)
    assert client.get("/").status_code == 200
    return client


def at_both(address: str) -> tuple[httpx.Client, httpx.Client]:
    """Two visitors, one at each replica."""
    first = visitor(address)
    for _ in range(50):
        second = visitor(address)
        if second.cookies[COOKIE] != first.cookies[COOKIE]:
            return first, second
    raise AssertionError("all visitors come to one replica")


@behind_caddy
@pytest.mark.worker
def test_every_visitor_stays_at_one_replica(replicas):
    address, processes = replicas
    for client in at_both(address):
        kept = client.cookies[COOKIE]
        for _ in range(10):
            answer = client.get("/api/runs/nothing")
            assert answer.status_code == 404 and "set-cookie" not in answer.headers
            assert client.cookies[COOKIE] == kept
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        headers = {"Cookie": cookies, "Origin": address}
        for _ in range(5):
            with connect(f"{address.replace('http', 'ws')}/_stcore/stream", additional_headers=headers) as session:
                # the proxy names another replica where it takes another one
                assert session.response.status_code == 101 and "set-cookie" not in session.response.headers


@behind_caddy
@pytest.mark.worker
def test_what_begins_at_one_is_seen_at_the_other(replicas):
    address, _ = replicas
    first, second = at_both(address)
    run = first.post("/api/home/digits/autoencoder", json={}).json()["run"]
    seen = second.get(f"/api/runs/{run}").json()
    assert seen["id"] == run and seen["read_only"], "by its link, and not to change"
    until(lambda: second.get(f"/api/runs/{run}").json()["state"] in ("running", "evaluating", "finished"))
    # the same browser at the other replica, as where its own has ended
    moved = httpx.Client(base_url=address, timeout=120, cookies={**dict(first.cookies), COOKIE: second.cookies[COOKIE]})
    assert not moved.get(f"/api/runs/{run}").json()["read_only"], "it is still his"
    stopped = moved.post(f"/api/runs/{run}", json={"do": "stop"})
    assert stopped.status_code in (200, 409), stopped.text
    until(lambda: first.get(f"/api/runs/{run}").json()["state"] in ("stopped", "finished"))


@behind_caddy
@pytest.mark.worker
def test_the_operator_is_known_at_both(replicas):
    address, _ = replicas
    first, second = at_both(address)
    assert first.post("/operator", data={"token": TOKEN}).status_code == 303
    moved = {**dict(first.cookies), COOKIE: second.cookies[COOKIE]}
    assert operators.COOKIE in moved
    assert "Leave" in httpx.get(f"{address}/operator", cookies=moved, timeout=120).text
    assert "Leave" not in second.get("/operator").text


@behind_caddy
@pytest.mark.worker
@pytest.mark.fault("A replica behind the proxy ends", "its visitors go on at the other one")
def test_visitors_of_a_replica_that_ends_go_on_at_the_other(replicas):
    address, processes = replicas
    first, second = at_both(address)
    kept = {client.cookies[COOKIE] for client in (first, second)}
    ended = next(iter(processes.values()))
    ended.kill()
    ended.wait()
    until(lambda: all(client.get("/").status_code == 200 for client in (first, second)))
    moved = {client.cookies[COOKIE] for client in (first, second)}
    assert len(moved) == 1 and moved < kept


# -- the container --------------------------------------------------------------------------------


@pytest.fixture
def image(tmp_path) -> Path:
    """A folder as an image has it, with two models and a stand-in for Python that says how it was started."""
    folder = tmp_path / "app"
    for name in ("a-1", "b-1"):
        (folder / "checkpoints" / name).mkdir(parents=True)
        (folder / "checkpoints" / name / "run.json").write_text(f'{{"name": "{name}"}}')
    (folder / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "start.sh", folder / "deploy")
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\necho "started $@"\n')
    python.chmod(0o755)
    return folder


def start(image: Path) -> subprocess.Popen:
    environment = {
        "PATH": f"{image.parent}/bin:{os.environ['PATH']}",
        "PLAYGROUND_CHECKPOINTS": str(image.parent / "shared" / "checkpoints"),
    }
    command = ["sh", "deploy/start.sh"]
    return subprocess.Popen(command, cwd=image, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_models_of_the_image_come_into_the_shared_folder_once(image):
    shared = image.parent / "shared" / "checkpoints"
    several = [start(image) for _ in range(6)]  # at once
    assert {replica.communicate()[0] for replica in several} == {b"started app.py\n"}
    assert sorted(path.name for path in shared.iterdir()) == ["a-1", "b-1"]
    assert all([p.name for p in model.iterdir()] == ["run.json"] for model in shared.iterdir())
    (shared / "a-1" / "run.json").write_text("mine")
    shutil.rmtree(shared / "b-1")
    assert start(image).communicate()[0] == b"started app.py\n"
    assert (shared / "a-1" / "run.json").read_text() == "mine" and (shared / "b-1" / "run.json").exists()


def test_the_image_holds_what_the_app_needs_and_no_more():
    lines = (ROOT / "Containerfile").read_text().splitlines()
    copied = {name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]}
    allowed = {x[1:] for x in (ROOT / ".dockerignore").read_text().splitlines() if x.startswith("!")}
    assert copied == allowed and all((ROOT / name).exists() for name in copied)
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    imported = {name.partition("/")[0] for name in tracked if name.endswith(".py")}
    assert imported - copied == {"benchmarks", "docs", "tests"}
    assert "USER 1000" in lines and any(line.startswith("HEALTHCHECK") for line in lines)
    command = json.loads(next(line for line in lines if line.startswith("CMD")).removeprefix("CMD "))
    assert command[-1] in copied
