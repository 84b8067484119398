"""Rules of the scripts that run in the browser."""

import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted((ROOT / "pages").rglob("*.js"))
DOOR = ROOT / "pages/shared/view/html.js"
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\(|new Function"
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
@pytest.mark.hostile("HTML and script in names, labels and texts", "escaped: no other way leads into the page")
def test_markup_goes_through_the_escaping_template(script):
    if script == DOOR:
        return
    lines = [f"{script.name}:{i}: {line.strip()}" for i, line in enumerate(script.read_text().splitlines(), 1)]
    assert [line for line in lines if FORBIDDEN.search(line)] == []


IMPORTS = re.compile(r"""^\s*(?:import|export)\b[^;]*?from\s+"([^"]+)"|^\s*import\s+"([^"]+)\"""", re.M)


def imported(script: Path) -> list[Path]:
    """The scripts that a script imports at its top."""
    found = [first or second for first, second in IMPORTS.findall(script.read_text())]
    return [(script.parent / path).resolve() for path in found]


def test_every_import_is_there_and_none_leads_back():
    arrows = {script.resolve(): imported(script) for script in SCRIPTS}
    missing = [(script.name, path.name) for script, paths in arrows.items() for path in paths if path not in arrows]
    assert not missing and sum(map(len, arrows.values())) > 100

    order = TopologicalSorter(arrows)
    order.prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_type_checker_looks_into_every_script(script):
    assert "@ts-nocheck" not in script.read_text()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_script_can_be_read_at_a_sitting(script):
    assert len(script.read_text().splitlines()) <= 420
