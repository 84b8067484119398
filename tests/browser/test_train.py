"""Journeys through the Train page: start, watch, reload, stop, go on, keep, compare, carry away and bring back."""

import json
import re
import shutil
import time
import zipfile

import psutil
import pytest
from playwright.sync_api import Page, expect

from core import jobs
from core.store import checkpoints

from .conftest import SHIPPED, serving
from .player import STAGE

PLOT = '[data-part="plot"]'


@pytest.fixture(scope="module")
def workshop(training_server):
    with serving(training_server, SHIPPED["digits-rbm"], SHIPPED["digits-vae-2"]) as address:
        yield address


class Bench:
    """The Train page as a visitor has it."""

    def __init__(self, page: Page, server: str) -> None:
        self.page, self.server = page, server

    def open(self, query: str = "") -> "Bench":
        self.page.goto(f"{self.server}/train{query}")
        expect(self.page.get_by_role("button", name="Start", exact=True)).to_be_visible()
        expect(self.part("state")).to_be_visible()
        return self

    def part(self, name: str):
        return self.page.locator(f'[data-part="{name}"]').first

    def do(self, name: str):
        return self.page.locator(f'button[data-do="{name}"]').first

    def start(self, epochs: int, hidden: int = 128) -> None:
        for label, value in (("epochs", epochs), ("hidden", hidden)):
            field = self.page.get_by_label(label, exact=True)
            field.fill(str(value))
            field.press("Enter")
        self.quiet()
        before = self.page.url
        self.page.get_by_role("button", name="Start", exact=True).click()
        self.page.wait_for_function("(before) => location.href !== before", arg=before)

    def quiet(self) -> None:
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()

    def is_now(self, state: str) -> None:
        expect(self.part("state")).to_contain_text(state)

    @property
    def epoch(self) -> float:
        return float(re.search(r"epoch ([\d.,]+)", self.part("epoch").inner_text()).group(1).replace(",", ""))

    def beyond(self, epoch: float) -> None:
        deadline = time.monotonic() + 60
        while self.epoch <= epoch:
            assert time.monotonic() < deadline, f"still at epoch {self.epoch}"
            self.page.wait_for_timeout(200)


@pytest.fixture
def bench(tab, workshop) -> Bench:
    return Bench(tab, workshop)


def test_the_page_opens_with_a_finished_training_to_look_at(bench):
    bench.open()
    bench.is_now("finished")
    bench.page.wait_for_function(f"window.digest('{PLOT}') !== 0")


def test_a_run_is_started_watched_reloaded_stopped_resumed_kept_and_opened(bench, workshop):
    bench.open()
    bench.start(epochs=3000, hidden=32)
    bench.is_now("training")
    bench.beyond(1)
    picture = bench.page.evaluate(f"window.digest('{PLOT}')")
    bench.page.wait_for_function(f"window.digest('{PLOT}') !== {picture}")
    (run,) = (r for r in jobs.list_runs() if r.is_alive())

    reached = bench.epoch
    bench.page.reload()
    bench.is_now("training")
    bench.beyond(reached)
    assert [r.id for r in jobs.list_runs() if r.is_alive()] == [run.id]

    bench.do("stop").click()
    bench.is_now("stopped")
    assert not run.is_alive()
    reached = bench.epoch
    bench.do("resume").click()
    bench.is_now("training")
    bench.beyond(reached)

    bench.do("pause").click()
    bench.is_now("paused")
    reached = run.status().step
    bench.page.wait_for_timeout(800)
    assert run.is_alive() and run.status().step == reached
    bench.do("resume").click()
    bench.is_now("training")

    bench.do("finish").click()
    bench.is_now("finished")
    made = run.status().checkpoint
    assert checkpoints.load(made).preset.train.stop > 0
    bench.page.get_by_role("link", name="Run its Gibbs chains").first.click()
    bench.page.wait_for_url(re.compile(rf"/gibbs\?.*checkpoint={made}"))
    bench.page.wait_for_function(f"window.digest('{STAGE}') !== 0 && window.frameNow() >= 0")


def test_the_chips_are_those_of_the_run_that_is_shown(bench):
    vae, rbm = (SHIPPED[name].name for name in ("digits-vae-2", "digits-rbm"))
    bench.open(f"?runs={vae}")
    expect(bench.part("sheets")).to_contain_text("Manifold")
    bench.page.locator(f".st-key-menu-{rbm} button").first.click()
    bench.page.get_by_role("menuitem", name="Show only this").or_(
        bench.page.get_by_role("option", name="Show only this")
    ).click()
    expect(bench.part("sheets")).to_contain_text("Filters")
    assert "Manifold" not in bench.part("sheets").inner_text()


def test_a_phone_shows_the_training_before_the_form(bench):
    bench.page.set_viewport_size({"width": 390, "height": 844})
    bench.open()
    state, start = bench.part("state"), bench.page.get_by_role("button", name="Start", exact=True)
    assert state.bounding_box()["y"] < 844 < start.bounding_box()["y"]
    assert bench.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_two_tabs_that_ask_for_the_same_share_one_run(context, workshop):
    tabs = [Bench(context.new_page(), workshop).open() for _ in range(2)]
    for tab in tabs:
        tab.start(epochs=2000, hidden=24)
    for tab in tabs:
        tab.is_now("training")
    (run,) = (r for r in jobs.list_runs() if r.is_alive())
    tabs[0].do("stop").click()
    for tab in tabs:
        tab.is_now("stopped")
    assert not run.is_alive()


def test_a_second_recipe_waits_and_both_can_be_compared(bench):
    bench.open()
    bench.start(epochs=2500, hidden=16)
    bench.is_now("training")
    first = next(r for r in jobs.list_runs() if r.is_alive())
    bench.start(epochs=3, hidden=20)
    bench.is_now("waiting")
    jobs.stop(first)
    bench.is_now("finished")
    second = next(r for r in jobs.list_runs() if r.status().checkpoint and r != first)
    bench.open(f"?runs={first.id},{second.id}")
    expect(bench.page.locator('[data-part="state"]')).to_have_count(2)
    expect(bench.page.get_by_text("Settings that differ")).to_be_visible()


def test_a_run_is_renamed_pinned_deleted_and_brought_back(bench, workshop):
    bench.open()
    bench.start(epochs=2, hidden=8)
    bench.is_now("finished")
    run = next(r for r in jobs.list_runs() if r.request.preset["model"]["hidden"] == 8)

    def choose(action: str) -> None:
        bench.page.locator(f".st-key-menu-{run.id} button").first.click()
        bench.page.get_by_role("menuitem", name=action).or_(bench.page.get_by_role("option", name=action)).click()

    choose("Rename")
    bench.page.get_by_label("Name", exact=True).fill("Eight units")
    bench.page.get_by_label("Name", exact=True).press("Enter")
    bench.page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(bench.page.locator(f".st-key-row-{run.id}")).to_contain_text("Eight units")
    choose("Pin")
    bench.quiet()
    expect(bench.page.locator(f".st-key-row-{run.id}")).to_contain_text("push_pin")
    assert run.control().pinned and jobs.list_runs()[0] == run
    choose("Delete")
    expect(bench.page.locator(f".st-key-row-{run.id}")).to_have_count(0)
    with pytest.raises(jobs.JobError):
        jobs.get_run(run.id)
    bench.page.get_by_role("button", name="Undo").click()
    expect(bench.page.locator(f".st-key-row-{run.id}")).to_contain_text("Eight units")
    assert checkpoints.load(run.status().checkpoint)


def test_a_checkpoint_is_carried_away_and_brought_back(bench, tmp_path):
    bench.open()
    name = next(c.name for c in checkpoints.available()[0] if c.run["preset"]["model"]["hidden"] == 128)
    bench.quiet()
    with bench.page.expect_download() as download:
        bench.page.locator(f".st-key-download-{name} button").first.click()
    file = tmp_path / "carried.zip"
    download.value.save_as(file)
    assert {p.split("/")[1] for p in zipfile.ZipFile(file).namelist()} >= {"run.json", "weights.safetensors"}
    broken = tmp_path / "broken.zip"
    broken.write_bytes(file.read_bytes()[:2000])
    bench.page.get_by_text("Upload a checkpoint").click()
    for upload, said in ((broken, "not a zip file that can be read"), (file, None)):
        bench.page.locator(".st-key-checkpoint_upload input[type=file]").set_input_files(upload)
        expect(bench.page.locator(".st-key-checkpoint_upload").get_by_text(upload.name)).to_be_visible()
        bench.quiet()
        bench.page.get_by_role("button", name="Add", exact=True).click()
        if said:
            expect(bench.page.get_by_text(said)).to_be_visible()
    bench.page.wait_for_url(re.compile(f"runs={name}"))


def test_nonsense_in_the_form_and_the_link_is_said(bench):
    bench.open("?runs=../../etc,nothing&data=nothing")
    for said in ("../../etc", "'nothing' in the link was not found", "The data set 'nothing' was not found"):
        expect(bench.page.get_by_text(said)).to_be_visible()
    field = bench.page.get_by_label("learning rate", exact=True)
    field.fill("-3")
    field.press("Enter")
    expect(bench.page.get_by_text(re.compile("lr=-3.0: above 0 and below 100"))).to_be_visible()
    expect(bench.page.get_by_role("button", name="Start", exact=True)).to_have_count(0)
    field.fill("fast")
    field.press("Enter")
    expect(bench.page.get_by_text(re.compile("lr='fast'"))).to_be_visible()
    expect(bench.page.get_by_role("button", name="Start", exact=True)).to_have_count(0)


def test_what_is_trained_already_can_be_watched_again_and_scored(bench):
    """A run of name a trained model, and a run of its scores, are rows beside it like any other."""
    name = next(c.name for c in checkpoints.available()[0] if c.run["preset"]["model"]["hidden"] == 128)
    bench.open()
    bench.page.get_by_role("button", name="Start", exact=True).click()
    bench.is_now("training")
    expect(bench.page.locator(f".st-key-row-{name}")).to_have_count(1)
    jobs.stop(jobs.get_run(name))
    bench.is_now("stopped")
    run = jobs.submit_evaluation(checkpoints.load(name))
    bench.open(f"?runs={run.id}")
    bench.is_now("scores")
    expect(bench.page.locator(f".st-key-row-{run.id}")).to_have_count(1)
    jobs.stop(run)


def test_training_on_from_a_checkpoint_fills_the_form(bench):
    name = next(c.name for c in checkpoints.available()[0] if c.run["preset"]["model"]["hidden"] == 128)
    bench.open()
    bench.page.get_by_label("hidden", exact=True).fill("9")
    bench.page.get_by_label("hidden", exact=True).press("Enter")
    bench.quiet()
    bench.page.locator(f".st-key-menu-{name} button").first.click()
    item = "Continue training from here"
    bench.page.get_by_role("menuitem", name=item).or_(bench.page.get_by_role("option", name=item)).click()
    expect(bench.page.get_by_label("hidden", exact=True)).to_have_value("128")
    bench.page.get_by_text("Training settings").click()
    expect(bench.page.get_by_label("initialise from").or_(bench.page.get_by_text(name)).first).to_be_visible()


def test_every_end_of_a_run_says_what_happened_and_how_to_go_on(bench):
    """A worker that is killed, a disk without room, a damaged folder beside: each in words, and the page goes on."""
    bench.open()
    bench.start(epochs=100_000, hidden=7)
    bench.is_now("training")
    (run,) = (r for r in jobs.list_runs() if r.is_alive())
    psutil.Process(json.loads((run.folder / "worker.json").read_text())["pid"]).kill()
    bench.is_now("interrupted")
    expect(bench.part("note")).to_contain_text(re.compile("(killed|ended unexpectedly) at epoch .* of 100,000"))

    said = "Nothing was changed: the disk that holds the trained models is full."
    full = {"status": 507, "json": {"error": said}}
    bench.page.route("**/api/runs/*", lambda r: r.fulfill(**full) if r.request.method == "POST" else r.continue_())
    bench.do("resume").click()
    expect(bench.page.get_by_text(said)).to_be_visible()
    bench.page.unroute("**/api/runs/*")
    complaints = bench.page.context.complaints
    complaints[:] = [told for told in complaints if "507" not in told]

    (jobs.root() / "odd-1").mkdir()
    (jobs.root() / "odd-1" / "request.json").write_text('{"asked":"x"}')
    bench.open(f"?runs={run.id}")
    bench.page.get_by_text("Damaged, not listed: 1").click()
    expect(bench.page.get_by_text("odd-1: this run is damaged")).to_be_visible()
    bench.do("resume").click()
    bench.is_now("training")
    jobs.stop(run)
    bench.is_now("stopped")
    shutil.rmtree(jobs.root() / "odd-1")
