"""The footer."""

from __future__ import annotations

import pytest

from tests.harness.interface import NOW, app_on, opened, sweep_of
from tests.tui.keys.shown_keys import footer
from xsample_tui.store.run.run_folder import RunFolder


@pytest.mark.parametrize("width", [60, 64, 72, 80, 100])
async def test_the_footer_is_never_cut(mid_run: RunFolder, width: int) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=(width, 20)) as pilot:
        app = await opened(pilot)
        for name in ("keep-r02-c15", "keep-r19-c19", "baseline-s00"):
            sweep_of(app).select(name)
            await pilot.pause()
            assert len(footer(app)) <= width - 2
            assert footer(app).endswith("? Help q Quit") or footer(app).endswith("? Help  q Quit")
            assert "space Pause" in footer(app)
