"""A halfway sweep, and what the grid and its legend show."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.interface import sweep_of
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.heatmap.heatmap_legend import HeatmapLegend
from xsample_tui.tui.session.file_session import FileSession
from xsample_tui.tui.session.run_session import RunSession


def words(app: Any) -> str:
    return "\n".join(
        "".join(part.plain for part in legend.parts())
        for legend in sweep_of(app).query(HeatmapLegend)
        if legend.display
    )


def drawn(widget: Any) -> list[str]:
    return [widget.render_line(line).text for line in range(widget.size.height)]


@pytest.fixture
def run_session(mid_run: RunFolder) -> RunSession:
    """A link on the halfway sweep, as read from its folder."""
    run_session = FileSession(mid_run)
    run_session._look()
    run_session.connect(run_session.take)
    return run_session
