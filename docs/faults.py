"""Make docs/faults.md: what goes wrong or is hostile, and what then happens, each line kept by a test.

    python -m docs.faults

A test says its line itself, `@pytest.mark.fault("what goes wrong", "what happens")`, or `hostile` in the place of
`fault`. All of these tests are run; the table is written where none fails.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parent / "tests"
FILE = HERE / "faults.md"
TITLES = {"fault": "What fails", "hostile": "What is sent"}


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    kind: str
    what: str
    result: str
    test: str


def listed() -> list[Line]:
    """The lines that tests say, file by file in the order of the code."""
    found = []
    for file in sorted(TESTS.rglob("test_*.py")):
        for node in ast.parse(file.read_text()).body:
            for mark in getattr(node, "decorator_list", ()):
                name = ast.unparse(mark.func) if isinstance(mark, ast.Call) else ""
                if (kind := name.removeprefix("pytest.mark.")) in TITLES and name != kind:
                    what, result = (ast.literal_eval(argument) for argument in mark.args)
                    found.append(Line(kind, what, result, f"{file.relative_to(TESTS.parent)}::{node.name}"))
    return found


def table(lines: list[Line]) -> str:
    """The page."""
    parts = ["# Faults and hostile input", ""]
    parts += ["Made by `python -m docs.faults` from the tests, all of which passed: nothing finished is lost, nothing"]
    parts += ["half-written or damaged is loaded, and what happened is said.", ""]
    for kind, title in TITLES.items():
        parts += [f"| {title} | What happens | Test |", "| --- | --- | --- |"]
        parts += [f"| {line.what} | {line.result} | `{line.test}` |" for line in lines if line.kind == kind]
        parts += [""]
    return "\n".join(parts)


def main() -> int:
    """Run the tests, then write the table; pytest's exit status."""
    tests = list(dict.fromkeys(line.test for line in listed()))
    status = subprocess.run([sys.executable, "-m", "pytest", "-q", *tests], cwd=TESTS.parent).returncode
    if not status:
        FILE.write_text(table(listed()))
    return status


if __name__ == "__main__":
    sys.exit(main())
