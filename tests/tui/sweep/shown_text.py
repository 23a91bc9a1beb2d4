"""What the sweep screen shows, as text."""

from __future__ import annotations

from typing import Any

from tests.harness.interface import sweep_of
from xsample_tui.tui.heatmap.heatmap_legend import TrialDescription
from xsample_tui.tui.keys.key_bar import KeyBar
from xsample_tui.tui.sweep.log_panel import LogPanel
from xsample_tui.tui.sweep.run_header import RunHeader
from xsample_tui.tui.sweep.trial_table import TrialTable


def header(app: Any) -> str:
    return sweep_of(app).query_one(RunHeader).render().plain


def keys(app: Any) -> str:
    return sweep_of(app).query_one(KeyBar).render().plain


def log(app: Any) -> str:
    return sweep_of(app).query_one(LogPanel).text


def row(app: Any, trial: str) -> list[str]:
    return [str(cell).strip() for cell in sweep_of(app).query_one(TrialTable).get_row(trial)]


def described(app: Any) -> str:
    panel = next(p for p in sweep_of(app).query(TrialDescription) if p.parent is not None)
    return " ".join(part.plain for part in panel.parts())
