"""Pages measured in headless Chromium, one checkpoint after the other: what their benchmarks share."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable
from typing import Any

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.gibbs_page import IN_PAGE, app

Row = dict[str, float]


def measured(
    here: Iterable[Any], measure: Callable[[Page, str, Any, float], Row], seconds: float, script: str = ""
) -> list[Row]:
    """What `measure(page, address, checkpoint, seconds)` finds for each checkpoint, on a page of its own in which
    `script` runs first; the app is started for it and ended."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no chromium on the PATH")
    rows = []
    with app() as (address, _, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for checkpoint in here:
            page = browser.new_page(viewport={"width": 1280, "height": 900}, bypass_csp=True)
            page.add_init_script(IN_PAGE + script)
            rows.append(measure(page, address, checkpoint, seconds))
            page.close()
        browser.close()
    return rows


def figure(value: float) -> str:
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def print_beside(here: Iterable[Any], rows: list[Row]) -> None:
    """A table with a column for each checkpoint."""
    table = Table("", *(c.manifest.preset.name for c in here))
    for what in rows[0]:
        table.add_row(what, *(figure(row[what]) for row in rows))
    Console().print(table)
