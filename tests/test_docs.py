"""What the documents say: links lead somewhere, commands are known, scores are those of the checkpoints."""

import argparse
import json
import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest
from test_layers import ROOMS

from core import models as families
from core.cli import parser
from docs import models

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
README = (ROOT / "README.md").read_text()


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def anchors(text: str) -> set[str]:
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def code(text: str) -> list[str]:
    """The code of a document: lines of its blocks, without comments, and what stands between single backticks."""
    blocks = re.findall(r"^```.*?\n(.*?)^```", text, re.M | re.S)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    rest = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    return lines + [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", rest)]


def float_list(text: str) -> list[float]:
    """The numbers in what a tensor prints."""
    return [float(each) for each in re.findall(r"-?\d+\.\d*", text)]


def commands(start: str) -> list[tuple[str, str]]:
    """Every command in a document that begins so: the document's name, and what follows."""
    known = [file for file in DOCUMENTS if file.name != "adding.md"]  # whose commands test_adding.py runs
    found = [(name(file), line) for file in known for line in code(file.read_text())]
    return [(file, line.removeprefix(start).strip()) for file, line in found if line.startswith(f"{start} ")]


@pytest.mark.parametrize("file", DOCUMENTS, ids=name)
def test_every_relative_link_leads_somewhere(file):
    for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", file.read_text()):
        link = "".join(target)
        if re.match(r"[a-z]+:", link):
            continue
        path, _, heading = link.partition("#")
        there = (file.parent / path).resolve() if path else file
        assert there.exists(), f"{link} leads nowhere"
        if heading:
            assert heading in anchors(there.read_text()), f"{link}: no such heading"


def test_every_document_is_linked_from_the_readme():
    linked = {(ROOT / target).resolve() for target in re.findall(r"\]\(([^)\s#]+)", README) if ":" not in target}
    assert {file for file in DOCUMENTS if file.name not in ("README.md", "models.template.md")} <= linked


@pytest.mark.parametrize(("file", "arguments"), commands("python -m core"))
def test_every_command_is_known(file, arguments, capsys):
    words = shlex.split(arguments)
    try:
        options = parser().parse_args(words)
    except SystemExit as stop:
        assert stop.code == 0, f"{file}: python -m core {arguments}\n{capsys.readouterr().err}"  # 0 after --help
        return
    preset = getattr(options, "preset", None)
    if preset and not preset.isupper():
        families.preset(preset).override(dict(pair.split("=", 1) for pair in getattr(options, "set", [])))


def test_the_known_commands_are_all_named_in_the_readme():
    subparsers = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    named = {words.split()[0] for file, words in commands("python -m core") if file == "README.md"}
    assert named == {command.prog.split()[-1] for command in subparsers.choices.values()}  # an alias has its command's


@pytest.mark.parametrize(("file", "arguments"), commands("python -m"))
def test_every_module_that_is_run_exists(file, arguments):
    assert find_spec(arguments.split()[0]), file


@pytest.mark.parametrize(("file", "arguments"), commands("make"))
def test_every_target_of_make_exists(file, arguments):
    targets = [word for word in arguments.split() if "=" not in word]
    assert all(re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M) for target in targets)


def test_the_picture_of_the_rooms_is_the_rule():
    """Arrows of the diagram, and all that can be reached along them, are what the layers allow."""
    (diagram,) = re.findall(r"```mermaid\n(.*?)```", (ROOT / "docs" / "architecture.md").read_text(), re.S)
    below: dict[str, set[str]] = {}
    for above, targets in re.findall(r"^  (\w+) --> (.+)$", diagram, re.M):
        below.setdefault(above, set()).update(targets.split(" & "))

    def reached(room: str) -> set[str]:
        return {deeper for one in below.get(room, ()) for deeper in {one} | reached(one)}

    for room, allowed in ROOMS.items():
        if room != "core":
            short = room.removeprefix("core.")
            assert reached(short) == set(allowed.split()), room
            assert f"| `{short}` |" in (ROOT / "docs" / "architecture.md").read_text()


def test_pictures_are_shown():
    text = "".join(file.read_text() for file in DOCUMENTS)
    pictures = [f for f in (ROOT / "docs").iterdir() if f.suffix in (".png", ".gif", ".svg", ".jpg", ".webp")]
    assert pictures and all(picture.name in text for picture in pictures)
    assert all(picture.stat().st_size < 1_000_000 for picture in pictures)


def test_the_notebook_of_the_readme_runs(capsys):
    (lines,) = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(lines.splitlines()) == 10
    exec(compile(lines, "README.md", "exec"), {})
    error, energies = map(float_list, capsys.readouterr().out.split("tensor")[1:])
    (expected,) = (s for s in models.read_runs()["digits-vae-2"]["scores"] if s["name"] == "reconstruction error")
    assert error == [pytest.approx(expected["value"], abs=1e-3)]
    assert len(energies) == 16 and all(energy < 0 for energy in energies)


def test_the_readme_is_short():
    assert len(README.encode()) <= 7_000


def test_models_are_current():
    assert models.PAGE.read_text() == models.current(), "run `make docs`"


def test_models_has_every_checkpoint_once():
    rows = re.findall(r"^\| `([\w.-]+)` \|", models.PAGE.read_text(), re.M)
    assert sorted(rows) == sorted(models.read_runs())


RUN = {
    "preset": {"name": "one", "title": "One", "origin": "stack"},
    "precision": "bfloat16",
    "seconds": 120.0,
    "finished": "2026-01-02",
    "parameters": 1234,
    "scores": [
        {
            "name": "bound",
            "value": -1.2345,
            "unit": "nats/image",
            "nature": "lower bound",
            "spread": 0.004,
            "note": "|",
        },
        {"name": "right", "value": 0.975, "unit": "share right", "nature": "measured", "spread": None, "note": ""},
    ],
}


def test_a_table_is_filled_from_run_json(tmp_path):
    for folder in ("one-1", "two-2"):
        (tmp_path / folder).mkdir()
        run = RUN | {"preset": RUN["preset"] | {"name": folder[:3], "origin": ""}} if folder == "two-2" else RUN
        (tmp_path / folder / "run.json").write_text(json.dumps(run))
    template = "::table on*\nthe bound | bound\nhow | note: bound\n::end\n{{one: right}}, {{one: bound -\nbound}}"
    with pytest.raises(ValueError, match="no such score"):
        models.page(template, models.read_runs(tmp_path))
    text = models.page(template.replace("-\n", "- "), models.read_runs(tmp_path))
    row = "| `one` | One | ≥ −1.23 ± <0.01 | \\| | 1,234 | 2 min, after `stack`, bfloat16; 2026-01-02 |"
    assert row in text and "97.5%, 0.00" in text
    assert "## Others" in text and "| `two` | One | ≥ −1.23 ± <0.01 | bound |" in text


@pytest.mark.parametrize("template", ["::table three\na | bound\n::end\n", "::table one\na | absent\n::end\n"])
def test_what_is_not_there_is_named(template):
    with pytest.raises(ValueError, match="three|absent"):
        models.page(template, {"one": RUN})
