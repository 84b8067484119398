"""Rules of the scripts that run in the browser."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted((ROOT / "pages").rglob("*.js"))
DOOR = ROOT / "pages/components/shared/html.js"
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\(|new Function"
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_markup_goes_through_the_escaping_template(script):
    if script == DOOR:
        return
    lines = [f"{script.name}:{i}: {line.strip()}" for i, line in enumerate(script.read_text().splitlines(), 1)]
    assert [line for line in lines if FORBIDDEN.search(line)] == []
