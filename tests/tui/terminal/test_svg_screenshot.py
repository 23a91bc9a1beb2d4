"""Screenshots."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.interface import NOW, app_on, opened
from xsample_tui.core.errors import InputError
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.terminal.svg_screenshot import save

SMALL, LARGE = (80, 24), (200, 50)


async def test_a_screenshot_is_saved_beside_the_one_before_and_says_where(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=SMALL) as pilot:
        app = await opened(pilot)
        for number in ("", "-2", "-3"):
            await pilot.press("f2")
            await pilot.pause()
            path = Path(f"keep9-20260921-141320{number}.svg")
            assert path.exists(), list(Path().iterdir())
            assert "<svg" in path.read_text()
            assert "keep-r00-c00" in path.read_text()
            assert [n.message for n in app._notifications if n.message == f"Screenshot saved: {path.resolve()}"]


def test_a_screenshot_that_cannot_be_saved_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        save("<svg/>", tmp_path / "nowhere", "x", NOW)
