"""One server and one browser for all journeys; a page fails its test on any error in its console."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sounds

from core import jobs
from core.store import checkpoints
from core.store.checkpoints import Checkpoint

from .player import HELPERS, Player
from .studio import Studio

REPOSITORY = Path(__file__).parents[2]
# the headless build draws the same with a fifth less work
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in BROWSERS if (path := shutil.which(name))), None)
PATIENCE = 180_000  # ms: a busy machine is slow, which is no fault
VIEWPORT = {"width": 1280, "height": 900}
SHIPPED = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}
SHOWN = ("digits-rbm", "digits-rbm-exact", "faces-rbm")  # in this order on the page

# Streamlit looks for its server at <page>/_stcore first, then at the root
EXPECTED = ("/_stcore/health", "/_stcore/host-config")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """What the page showed when a journey failed stands in its report."""
    report = yield
    page = getattr(item, "funcargs", {}).get("tab")
    if report.when == "call" and report.failed and page is not None:
        with suppress(Exception):  # it may be gone
            report.sections.append(("The page", f"{page.url}\n{page.inner_text('body', timeout=5_000)[:3_000]}"))
    return report


@contextmanager
def running_server(folder: Path, **environment: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """The app as a process of its own on a free port: its address, and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"PORT": str(port), "PLAYGROUND_DATA": str(folder / "no-data"), "OMP_NUM_THREADS": "1"}
    log = (folder / f"server-{port}.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=REPOSITORY,
        env={**os.environ, **settings, **environment},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + PATIENCE / 1000
        while True:
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    pytest.fail(f"the server did not start:\n{log.read()}")
                time.sleep(0.05)
        yield address, process
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.seek(0)
        said = log.read()
        log.close()
    assert "Traceback" not in said, said


def renamed(folder: Path, checkpoint: Checkpoint, classes: str, title: str | None = None) -> Checkpoint:
    """A copy in `folder` whose classes are called `classes` and a number."""
    made = Path(shutil.copytree(checkpoint.folder, folder / f"{checkpoint.name}-renamed"))
    run = json.loads((made / "run.json").read_text())
    run["class_names"] = [f"{classes}{i}" for i in range(len(run["class_names"]))]
    run["title"] = title or run.get("title", "")
    (made / "run.json").write_text(json.dumps(run))
    return checkpoints.load(made)


@pytest.fixture(scope="session")
def everything(tmp_path_factory) -> Iterator[str]:
    """The address of a server with all committed checkpoints."""
    with running_server(tmp_path_factory.mktemp("everything")) as (address, _):
        yield address


@pytest.fixture(scope="session")
def training_server(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """A server that trains in a folder of its own, one for all tests: its address, and that folder."""
    folder = tmp_path_factory.mktemp("training")
    shelf = folder / "checkpoints"
    shelf.mkdir()
    with running_server(folder, PLAYGROUND_CHECKPOINTS=str(shelf)) as (address, _):
        yield address, shelf


@contextmanager
def serving(server: tuple[str, Path], *shown: Checkpoint) -> Iterator[str]:
    """The training server with copies of these checkpoints, without the maps that they bring along, until it is over;
    this process looks there too."""
    address, shelf = server
    before = set(shelf.iterdir())
    for checkpoint in shown:
        shutil.copytree(checkpoint.folder, shelf / checkpoint.name, ignore=shutil.ignore_patterns("layouts"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CHECKPOINTS", str(shelf))
        yield address
        for run in jobs.list_runs():
            if run.is_alive():
                jobs.stop(run)
    for path in set(shelf.iterdir()) - before:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def machines(tmp_path_factory) -> dict[str, str]:
    """Copies of the small reference checkpoints in a folder of their own: folder name by preset."""
    folder = tmp_path_factory.mktemp("checkpoints")
    for name in SHOWN:
        shutil.copytree(SHIPPED[name].folder, folder / SHIPPED[name].name)
    return {"folder": str(folder)} | {name: SHIPPED[name].name for name in SHOWN}


@pytest.fixture(scope="session")
def server(machines, tmp_path_factory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("server"), PLAYGROUND_CHECKPOINTS=machines["folder"]) as (address, _):
        yield address


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        message = "no chromium here (apt install chromium)"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def profile(browser):
    """One browser profile: Streamlit's scripts are read once and stay in its cache."""
    # the app's policy forbids the evaluation of strings, by which Playwright waits: test_every_page.py goes without
    profile = browser.new_context(viewport=VIEWPORT, accept_downloads=True, bypass_csp=True)
    profile.add_init_script(HELPERS)
    profile.set_default_timeout(PATIENCE)
    profile.complaints = []

    def thrown(event) -> None:
        profile.complaints.append(f"page error: {getattr(event.error, 'stack', None) or event.error}")

    def heard(message) -> None:
        url = message.location.get("url", "")
        # when a page runs again, Streamlit drops pictures that a slow browser may only now be asking for
        replaced = "/media/" in url or "/media/" in message.text
        busy = "status of 503" in message.text  # the player says so, and asks again
        if message.type == "error" and not url.endswith(EXPECTED) and not replaced and not busy:
            profile.complaints.append(f"{message.text} ({url})")

    profile.on("weberror", thrown)
    profile.on("console", heard)
    yield profile
    profile.close()


@pytest.fixture
def context(profile):
    """The profile with one tab, on an empty page; whatever its pages complain about fails the test."""
    profile.complaints.clear()
    if not profile.pages:
        profile.new_page()
    yield profile
    first, *others = profile.pages
    for page in others:
        page.close()
    # a new tab is a new process that compiles every script anew: the first one goes on
    first.unroute_all(behavior="ignoreErrors")
    first.goto("about:blank")
    first.set_viewport_size(VIEWPORT)
    first.emulate_media(color_scheme="light", reduced_motion="no-preference")
    assert not profile.complaints, "\n".join(profile.complaints)


@pytest.fixture
def tab(context):
    """The tab that all tests share, on an empty page; a second one is `context.new_page()`."""
    return context.pages[0]


@pytest.fixture
def player(tab, server) -> Player:
    """A tab, not yet on any page: `player.open(...)` goes to the chains."""
    return Player(tab, server)


@pytest.fixture(scope="module")
def sound_models(tmp_path_factory) -> dict[str, Checkpoint]:
    return sounds.shelf(tmp_path_factory.mktemp("sounds"))


@pytest.fixture(scope="module")
def sound_server(sound_models, training_server) -> Iterator[str]:
    with serving(training_server, *sound_models.values()) as address:
        yield address


@pytest.fixture
def studio(tab, sound_server, sound_models) -> Studio:
    """A tab, not yet on any page: `studio.open(...)` goes to Sound."""
    return Studio(tab, sound_server, sound_models)
