"""The pages run, whatever the link says and whatever lies in the folder of checkpoints."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import page, player
from streamlit.testing.v1 import AppTest

from core import jobs
from core.jobs import files, process
from core.store import checkpoints
from pages.registry import exhibits

REPOSITORY = Path(__file__).parent.parent
PAGES = REPOSITORY / "pages"
DIGITS = next(c.folder for c in checkpoints.available()[0] if c.run["preset"]["name"] == "digits-rbm")

pytestmark = pytest.mark.usefixtures("links")
WITH_CHAINS = [
    c.name
    for c in checkpoints.available()[0]
    if c.run["preset"]["family"] == "rbm" and len(c.run["preset"]["model"]["event_shape"]) == 2
]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty folder of checkpoints, which the pages look into."""
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path))
    return tmp_path


def copy(folder: Path, name: str, **changes) -> Path:
    """The digits checkpoint under another name, with parts of its run.json replaced."""
    made = folder / name
    shutil.copytree(DIGITS, made)
    run = json.loads((made / "run.json").read_text())
    run["preset"] |= changes.pop("preset", {})
    (made / "run.json").write_text(json.dumps(run | changes))
    return made


def test_the_first_page_has_a_pad_and_a_tile_for_each_page_that_takes_a_drawing():
    app = page("home", drawing="AAH_-9")
    assert app.title[0].value == "Representation Playground"
    told = player(app)
    assert told["checkpoint"] == "mnist" and told["state"] == {"drawing": "AAH_-9", "data": ""}
    assert [tile["page"] for tile in told["tiles"]] == ["gibbs", "compare", "latent", "codes", "pixels"]


@pytest.mark.parametrize("name", sorted(p.parent.name for p in PAGES.glob("*/page.py")))
def test_every_page_opens_without_a_link(name):
    app = page(name)
    assert not app.warning and not app.error


@pytest.mark.parametrize("name", WITH_CHAINS)
def test_a_link_opens_every_machine(name):
    app = page(checkpoint=name)
    assert player(app)["checkpoint"] == name and not app.warning
    assert len(app.get("vega_lite_chart")) == 2


@pytest.mark.parametrize("name", ["shared/frame", "gibbs/page", "compare/page"])
def test_a_page_is_sent_without_waiting_for_torch(name):
    """Importing torch takes a second or more, pandas half of one; a thread does it while the browser loads scripts."""
    file = str(PAGES / f"{name}.py")
    script = f"""
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({file!r}, default_timeout=300).run()
assert app.get("bidi_component") and not app.exception
sys.exit(any(late in sys.modules for late in ("torch", "pandas")))
"""
    assert subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True).returncode == 0


@pytest.mark.parametrize("late", ["torch", "pandas", "scipy", "sklearn"])
def test_the_server_listens_without_waiting_for_what_answers_need(late):
    script = f"import sys, pages.shared.routes; sys.exit({late!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True).returncode == 0


def test_what_stands_below_waits_for_the_first_picture():
    app = AppTest.from_file(str(PAGES / "gibbs" / "page.py"), default_timeout=300).run()
    assert player(app) and not app.get("vega_lite_chart")


def test_another_machine_is_a_choice_away():
    app = page()
    options = len(app.selectbox[0].options)
    for index in range(options):
        app.selectbox[0].select_index(index).run()
        assert not app.exception
    assert len(WITH_CHAINS) == options


def test_the_settings_of_a_link_reach_the_player():
    app = page(start="noise", chains="9", seed="7", sampler="pt", off="1.5", frame="12")
    state = player(app)["state"]
    assert {
        "start": "noise",
        "chains": 9,
        "seed": 7,
        "sampler": "pt",
        "off": [1, 5],
        "frame": 12,
    }.items() <= state.items()
    assert not app.warning


def test_nonsense_in_a_link_is_said_and_the_page_works():
    nonsense = {
        "chains": "0",
        "temperature": "nan",
        "sampler": "[x](http://x)",
        "seed": "-",
        "off": "a.b",
        "frame": "1e9",
    }
    app = page(checkpoint="../../etc", **nonsense)
    said = " ".join(w.value for w in app.warning)
    assert len(app.warning) == len(nonsense) + 1
    assert all(name in said for name in ("checkpoint", *nonsense))
    assert player(app)["state"]["chains"] == 64


def test_with_no_checkpoint_at_all_a_page_says_what_to_do(folder):
    app = page()
    assert not app.get("bidi_component")
    assert "python -m core train" in app.info[0].value


def test_with_no_checkpoint_at_all_home_still_leads_everywhere(folder):
    told = player(page("home"))
    assert told["tiles"] == [] and len(told["gallery"]) == len(exhibits())
    assert all(entry["href"] == f"./{entry['name']}" for entry in told["gallery"] if entry["name"] != "compare")


def test_a_missing_folder_of_checkpoints_is_an_empty_one(monkeypatch, tmp_path):
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "none"))
    assert page("home") and page().info


def truncate(made: Path) -> None:
    (made / "run.json").write_text((made / "run.json").read_text()[:300])


def empty(made: Path) -> None:
    shutil.rmtree(made)
    made.mkdir()


def without_weights(made: Path) -> None:
    (made / "weights.safetensors").unlink()


def of_the_future(made: Path) -> None:
    copy_of = json.loads((made / "run.json").read_text())
    (made / "run.json").write_text(json.dumps(copy_of | {"format": 99}))


def without_a_family(made: Path) -> None:
    copy_of = json.loads((made / "run.json").read_text())
    copy_of["preset"] = {"title": "x"}
    (made / "run.json").write_text(json.dumps(copy_of))


def a_list(made: Path) -> None:
    (made / "run.json").write_text("[1, 2]")


def with_other_weights(made: Path) -> None:
    content = bytearray((made / "weights.safetensors").read_bytes())
    content[-1] ^= 1
    (made / "weights.safetensors").write_bytes(content)


def with_half_a_portrait(made: Path) -> None:
    content = (made / "portrait.safetensors").read_bytes()
    (made / "portrait.safetensors").write_bytes(content[: len(content) // 2])


SPOILT = [truncate, empty, without_weights, of_the_future, without_a_family, a_list]
SPOILT += [with_other_weights, with_half_a_portrait]


@pytest.mark.parametrize("spoil", SPOILT)
@pytest.mark.parametrize("name", ["home", "gibbs"])
def test_a_spoilt_checkpoint_is_named_and_the_others_work(folder, spoil, name):
    copy(folder, "digits-rbm-aaaaaaaa")
    spoil(copy(folder, "broken-rbm-bbbbbbbb"))
    app = page(name)
    told = player(app)
    assert (told if name == "gibbs" else told["tiles"][0])["checkpoint"] == "digits-rbm-aaaaaaaa"
    if name == "gibbs":
        assert "broken-rbm-bbbbbbbb" in app.warning[0].value


def test_partly_trained_runs_and_hidden_folders_are_no_checkpoints(folder):
    copy(folder, "digits-rbm-aaaaaaaa")
    for name in (f"{checkpoints.RUNS}/digits-rbm-bbbbbbbb", ".digits-rbm-aaaaaaaa.17"):
        (folder / name).mkdir(parents=True)
    app = page()
    assert not app.warning and len(app.selectbox[0].options) == 1


def test_a_run_whose_first_weights_failed_says_so_in_its_row(folder, monkeypatch):
    monkeypatch.setattr(process, "start_worker", lambda run: None)
    preset = json.loads((DIGITS / "run.json").read_text())["preset"]
    for name, after in (("first_one", None), ("second", "first_one")):
        request = {"kind": "train", "device": "cpu", "asked": 1.0, "title": name, "preset": preset, "after": after}
        (jobs.root() / name).mkdir(parents=True)
        files.write_json(jobs.root() / name / "request.json", request)
    assert not any("failed" in caption.value for caption in page("train").caption)
    first = jobs.get_run("first_one")
    first.send(queued=False)
    first.write_status(jobs.Status(state="failed"))
    said = " ".join(caption.value for caption in page("train").caption)
    assert "Waiting for the weights of “first\\_one”, which failed." in said


def asked_for(folder: Path, name: str) -> jobs.Run:
    """A run of the digits checkpoint's preset."""
    preset = json.loads((DIGITS / "run.json").read_text())["preset"]
    request = {"kind": "train", "device": "cpu", "asked": 1.0, "title": name, "preset": preset}
    (jobs.root() / name).mkdir(parents=True)
    files.write_json(jobs.root() / name / "request.json", request)
    return jobs.get_run(name)


@pytest.mark.parametrize("content", [b'{"asked":"x"}', b"", b'{"kind": "tr', b"[" * 90_000, b"[1]"])
def test_train_stays_usable_beside_damaged_runs_and_checkpoints(folder, monkeypatch, content):
    monkeypatch.setattr(process, "start_worker", lambda run: None)
    copy(folder, "digits-rbm-aaaaaaaa")
    copy(folder, "hurt-rbm-bbbbbbbb", scores=[{"name": 3}], class_names=None, seconds="x")
    asked_for(folder, "good-1"), asked_for(folder, "hurt-2")
    (jobs.root() / "hurt-2" / "request.json").write_bytes(content)
    app = page("train", runs="good-1,hurt-2,digits-rbm-aaaaaaaa,hurt-rbm-bbbbbbbb")
    aside = [text.value for text in app.text]
    assert [text.split(" ")[0] for text in aside] == ["hurt-2:", "hurt-rbm-bbbbbbbb:"]
    assert not any(str(folder) in text for text in aside)
    assert "Damaged, not listed: 2" in [e.label for e in app.expander]
    asked = [warning.value for warning in app.warning]
    assert len(asked) == 2 and "hurt-2" in asked[0] and "hurt-rbm-bbbbbbbb" in asked[1]


def test_a_full_queue_is_said_where_a_run_is_started(folder, monkeypatch):
    monkeypatch.setattr(process, "start_worker", lambda run: None)
    monkeypatch.setenv("PLAYGROUND_WAITING_EACH", "1")
    waits = asked_for(folder, "first")
    waits.send(queued=True, visitor=jobs.visitor_id("127.0.0.1"))
    app = page("train")
    (start,) = (button for button in app.button if button.label == "Start")
    start.click().run()
    assert not app.exception and "You already have 1 run in the queue" in " ".join(error.value for error in app.error)
    assert jobs.queued_runs() == jobs.list_runs() == [waits]


def test_a_data_set_that_is_not_here_is_offered(folder, monkeypatch):
    from core import data

    copy(folder, "digits-rbm-aaaaaaaa")
    monkeypatch.setattr(data.DatasetInfo, "is_here", lambda self: False)
    monkeypatch.setattr(data.DatasetInfo, "download_mb", 3.0)
    app = page(start="test")
    assert "Download" in app.button[0].label and not player(app)["dataHere"]


def test_a_download_that_fails_says_so(folder, monkeypatch):
    from core import data

    def fail(name, progress=None):
        raise data.DataError("no network here")

    copy(folder, "digits-rbm-aaaaaaaa")
    monkeypatch.setattr(data.DatasetInfo, "is_here", lambda self: False)
    monkeypatch.setattr(data.DatasetInfo, "download_mb", 3.0)
    monkeypatch.setattr(data, "fetch", fail)
    app = page()
    app.button[0].click().run()
    assert not app.exception and "no network here" in app.error[0].value


def test_a_data_set_unknown_here_does_not_stop_the_page(folder):
    copy(folder, "other-rbm-aaaaaaaa", preset={"dataset": "somebody-elses"})
    assert not player(page())["dataHere"]


def without_downloads(monkeypatch) -> None:
    """A server on which nothing was downloaded and no download works."""
    from core import data
    from core.data.base import DatasetInfo

    def fail(name, progress=None):
        raise data.DataError(
            "no file in /srv/secret, https://mirror.example/x failed", public="It could not be had now."
        )

    here = DatasetInfo.is_here
    monkeypatch.setattr(DatasetInfo, "is_here", lambda self: self.name != "face-patches" and here(self))
    monkeypatch.setattr(data, "fetch", fail)


@pytest.mark.parametrize("name", ["autoencoder", "codes"])
def test_without_its_data_a_page_offers_what_is_here(monkeypatch, name):
    without_downloads(monkeypatch)
    families = ("autoencoder",) if name == "autoencoder" else ("autoencoder", "vae")
    absent = next(
        c.name
        for c in checkpoints.available()[0]
        if c.run["preset"]["dataset"] == "face-patches" and c.run["preset"]["family"] in families
    )
    app = page(name, checkpoint=absent)
    download, *instead = app.button
    assert "Download" in download.label and instead
    download.click().run()
    assert app.error[0].value == "It could not be had now." and not app.exception
    app.button[1].click().run()
    assert not app.exception and not any("Download" in button.label for button in app.button)
    assert app.selectbox[0].value != absent
