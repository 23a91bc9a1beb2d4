"""The table of trials, as text."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static

from tests.harness.interface import (
    sweep_of,
)
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.sweep.trial_table import TrialTable


def table_of(app: XSampleApp) -> TrialTable:
    return sweep_of(app).query_one(TrialTable)


def column(app: XSampleApp, key: str) -> list[str]:
    """What the column says, from the top."""
    table = table_of(app)
    return [str(table.get_cell(name, key)).strip(" ●") for name in table.names]


def rows(app: XSampleApp) -> list[str]:
    """The names in the rows, from the top, as they are drawn."""
    table = table_of(app)
    return [str(table.get_row_at(row)[1]).strip() for row in range(table.row_count)]


def message(app: XSampleApp) -> str:
    return str(app.screen.query_one("#filter-message", Static).render())


def title(app: XSampleApp) -> str:
    return str(table_of(app).border_title)


async def type_filter(pilot: Pilot[Any], text: str) -> None:
    await pilot.press("slash")
    await pilot.press("ctrl+u", *(_KEYS.get(letter, letter) for letter in text))


_KEYS = {" ": "space"}
