"""Make docs/models.md: every trained model in the repository with its scores, from its run.json.

    python -m docs.models

The words stand in models.template.md. There, a block of the lines

    ::table mnist-rbm digits-rbm*
    test log p(x) | test log-probability
    estimated by | note: test log-probability
    ::end

is a table: a row for each checkpoint (a trailing * stands for any ending), a column for each line, with its title and
the score that fills it. In the text, {{mnist-rbm: reverse bound}} is a score, and {{mnist-rbm: a - b}} how far one
score lies above another. A checkpoint that no table names comes into a last one.
"""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CHECKPOINTS = HERE.parent / "checkpoints"
TEMPLATE = HERE / "models.template.md"
PAGE = HERE / "models.md"

Run = dict[str, Any]
MARKS = {"lower bound": "≥ ", "estimate": "≈ ", "upper-leaning estimate": "≲ "}
OTHERS = "## Others\n\n::table {names}\nfirst score | first\nwhich | first name\n::end\n"


def read_runs(folder: Path = CHECKPOINTS) -> dict[str, Run]:
    """What run.json says of each checkpoint of the folder, by the name of its preset."""
    found = (json.loads(file.read_text()) for file in sorted(folder.glob("*/run.json")))
    return {run["preset"]["name"]: run for run in found}


def number(value: float, unit: str) -> str:
    """A value in its unit, with a proper minus sign."""
    if unit.startswith("share"):
        text = f"{100 * value:.1f}%"
    elif unit == "dimensions":
        text = f"{value:.0f}"
    else:
        text = f"{value:.{3 if unit in ('bits/dim', 'nats/char', 'bits/char') else 2}f}"
    text = re.sub(r"^-(?=[0.%]*$)", "", text)  # what rounds to nothing has no sign
    return text.replace("-", "−")


def duration(seconds: float) -> str:
    """Seconds, minutes from 100 s on, hours from 100 minutes on."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def find(run: Run, name: str) -> dict[str, Any] | None:
    """The score of this name; None where the checkpoint has none."""
    return next((score for score in run["scores"] if score["name"] == name), None)


def cell(run: Run, what: str) -> str:
    """What stands in a column: a score with its nature and spread, or a score's note."""
    if what in ("first", "first name"):
        score = next(iter(run["scores"]), None)
        if score is not None and what == "first name":
            return score["name"]
    elif what.startswith("note:"):
        score = find(run, what.removeprefix("note:").strip())
        return "" if score is None else score["note"].replace("|", "\\|")
    else:
        score = find(run, what)
    if score is None:
        return ""
    spread = ""
    if score["spread"] is not None:
        error = number(score["spread"], score["unit"])
        least = re.sub(r"0(?=%?$)", "1", error)  # 0.01 for 0.00
        spread = f" ± {error}" if re.search("[1-9]", error) or not score["spread"] else f" ± <{least}"
    return MARKS.get(score["nature"], "") + number(score["value"], score["unit"]) + spread


def trained(run: Run) -> str:
    """How long training took, after which other checkpoint, in which precision and when."""
    origin = f", after `{run['preset']['origin']}`" if run["preset"].get("origin") else ""
    precision = "" if run["precision"] == "float32" else f", {run['precision']}"
    return f"{duration(run['seconds'])}{origin}{precision}; {run.get('finished', '')}"


def table(names: list[str], columns: list[tuple[str, str]], runs: dict[str, Run]) -> str:
    """A table of these checkpoints with these columns, each a title and what fills it."""
    rows = [[cell(runs[name], what) for _, what in columns] for name in names]
    if empty := [columns[i][1] for i in range(len(columns)) if not any(row[i] for row in rows)]:
        raise ValueError(f"none of {', '.join(names)} has the score {', '.join(map(repr, empty))}")
    head = ["checkpoint", "description", *(title for title, _ in columns), "parameters", "training time; date"]
    lines = [head, ["---"] * len(head)]
    for name, row in zip(names, rows, strict=True):
        run = runs[name]
        size = f"{run['parameters']:,}" if "parameters" in run else ""
        lines.append([f"`{name}`", run.get("title") or run["preset"]["title"], *row, size, trained(run)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def chosen(patterns: list[str], runs: dict[str, Run]) -> list[str]:
    """The checkpoints that the patterns name, in their order, each once."""
    names: list[str] = []
    for pattern in patterns:
        fitting = [name for name in runs if fnmatchcase(name, pattern)]
        if not fitting and "*" not in pattern:
            raise ValueError(f"no checkpoint is called {pattern}")
        names += [name for name in fitting if name not in names]
    return names


def page(template: str, runs: dict[str, Run]) -> str:
    """The template with its tables and numbers filled in.

    Raises ValueError where it names a checkpoint or a score that is not there.
    """
    tabled: set[str] = set()

    def fill_table(match: re.Match[str]) -> str:
        names = chosen(match[1].split(), runs)
        tabled.update(names)
        columns = [(title.strip(), what.strip()) for title, what in (c.split("|") for c in match[2].splitlines())]
        return table(names, columns, runs)

    def fill_number(match: re.Match[str]) -> str:
        name, what = match[1].split(": ", 1)
        scores = [find(runs[name], one) if name in runs else None for one in what.split(" - ")]
        if None in scores:
            raise ValueError(f"{match[0]}: there is no such score")
        return number(scores[0]["value"] - sum(s["value"] for s in scores[1:]), scores[0]["unit"])

    block = re.compile(r"^::table (.*)\n((?:.*\n)*?)::end$", re.M)
    text = block.sub(fill_table, template)
    if others := [name for name in runs if name not in tabled]:
        text += "\n" + block.sub(fill_table, OTHERS.format(names=" ".join(others)))
    return re.sub(r"\{\{(.+?)\}\}", fill_number, text, flags=re.S)


def current() -> str:
    """What docs/models.md ought to hold."""
    note = "<!-- Made by `make docs` from checkpoints/*/run.json and models.template.md: edit those. -->\n\n"
    return note + page(TEMPLATE.read_text(), read_runs())


if __name__ == "__main__":
    PAGE.write_text(current())
