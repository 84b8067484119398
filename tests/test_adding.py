"""The recipes of docs/adding.md, followed to the letter in a copy of the project: one new file or folder each."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.worker

ROOT = Path(__file__).parents[1]
RECIPES = (ROOT / "docs" / "adding.md").read_text()
FILES = dict(re.findall(r"```python\n# (\S+\.py)\n(.*?)```", RECIPES, re.S))
COMMANDS = re.findall(r"```sh\n(python -m core .*?)\n```", RECIPES)

# what a new page's frame shows; a page alone does not know the others
VISIT = """
import json, sys
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest
from core.store import checkpoints
from pages.registry import exhibits
from pages.shared.codec import unpack
from pages.shared.routes import ROUTES

app = AppTest.from_file("pages/shared/frame.py", default_timeout=120).run()
assert not app.exception, app.exception[0].message
page = AppTest.from_file("pages/codebook/page.py", default_timeout=120)
import streamlit
streamlit.page_link = lambda page, label, **_: streamlit.markdown(f"link: {label}")
page.run()
assert not page.exception, page.exception[0].message
tied = checkpoints.load("digits-tied").name
with TestClient(Starlette(routes=ROUTES)) as client:
    answer = client.get(f"/api/codebook/{tied}/images")
print(json.dumps({
    "home": str(app.main), "models": list(page.selectbox[0].options), "links": [m.value for m in page.markdown],
    "shape": unpack(answer.content)[1]["images"].shape, "status": answer.status_code,
    "pages": {e.name: [c.run["preset"]["name"] for c in e.checkpoints()[0]] for e in exhibits()},
}))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with the recipes' files in it and what runs a command there."""
    copy = tmp_path_factory.mktemp("project")
    for part in ("core", "pages"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    before = {path for path in copy.rglob("*") if path.is_file()}
    for name, text in FILES.items():
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_text(text)
    assert {path.relative_to(copy).as_posix() for path in copy.rglob("*.py")} - {
        path.relative_to(copy).as_posix() for path in before
    } == FILES.keys(), "a recipe adds files, it changes none"

    def run(*arguments: str) -> str:
        folders = {"PLAYGROUND_CHECKPOINTS": str(copy / "checkpoints"), "PYTHONPATH": str(copy)}
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=copy, env={**os.environ, **folders}, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    for command in COMMANDS:
        run(*command.split()[1:], "--device", "cpu")
    return run


@pytest.fixture(scope="module")
def visited(project) -> dict:
    return json.loads(project("-c", VISIT).splitlines()[-1])


def test_there_is_a_recipe_for_each_kind():
    kinds = {name.split("/")[0] + "/" + name.split("/")[1] for name in FILES}
    assert kinds == {"core/models", "core/data", "pages/codebook"} and len(COMMANDS) == 2


def test_a_new_family_is_listed_trained_scored_and_shown(project, visited):
    assert "digits-tied" in project("-m", "core", "list", "presets")
    listed = project("-m", "core", "evaluate", "digits-tied", "--quick", "--json")
    names = {score["name"] for score in json.loads(listed)["scores"]}
    assert {"reconstruction error", "10-NN accuracy of codes"} <= names
    shows = {page for page, found in visited["pages"].items() if "digits-tied" in found}
    assert shows == {"codes", "codebook"}


def test_a_new_data_set_is_listed_and_learned(project, visited):
    assert "checkerboards" in project("-m", "core", "list", "datasets")
    assert visited["pages"]["gibbs"] == ["digits-rbm"]


def test_a_new_page_is_found_with_its_routes_and_its_models(visited):
    assert list(visited["pages"])[-1] == "codebook"
    assert visited["models"] == ["Digits 8×8 · Tied autoencoder, 2-D"]
    assert "link: See its codes" in visited["links"]
    assert visited["status"] == 200 and visited["shape"] == [2, 8, 8]
