"""The dialog of logs: the failure of the chosen trial first, searchable, scrollable and copied whole."""

from __future__ import annotations

from typing import Any

from textual.widgets import Static

from tests.harness.interface import NOW, app_on, session_of, still, until
from tests.harness.screens import screen_text
from xsample_tui.store.files.stored_logs import write_failure
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.details.stored_log_dialog import StoredLogDialog
from xsample_tui.tui.heatmap.heatmap import Heatmap

TRACE = 'Traceback (most recent call last):\n  File "trainer.py", line 7\nValueError: bad\x1b[31m weights'


async def opened(pilot: Any, count: int) -> StoredLogDialog:
    app = pilot.app
    await until(pilot, lambda: session_of(app).opened)
    await pilot.press("E")
    await until(pilot, lambda: isinstance(app.screen, StoredLogDialog) and app.screen.logs is not None)
    await until(pilot, lambda: len(app.screen.query(".log-lines")) == count)
    await still(pilot)
    found: StoredLogDialog = app.screen
    return found


async def test_a_failed_trials_traceback_is_shown_searched_and_copied(run: RunFolder) -> None:
    name = run.document.trials[2].name
    run.mark(name, "failed", "ValueError: bad weights")
    write_failure(run.path, name, "worker-1", "ValueError: bad weights", TRACE)
    (run.path / "logs" / "worker-0.log").write_text("other\n")
    (run.path / "logs" / "worker-1.log").write_text("".join(f"step {n}\n" for n in range(300)))
    app = app_on(run, work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        app.screen.select(name)  # type: ignore[attr-defined]
        screen = await opened(pilot, 3)
        shown = screen_text(app)
        assert f"{name} failed: ValueError: bad weights" in shown
        assert 'File "trainer.py", line 7' in shown
        assert "bad\\x1b[31m weights" in shown
        assert [str(part.content).split()[0] for part in screen.query(".help-title").results(Static)] == [
            f"trial-{name}.log", "worker-1.log", "worker-0.log"
        ]  # fmt: skip
        await pilot.press("end")
        await still(pilot)
        assert "other" in screen_text(app)
        await pilot.press("home", "y")
        assert "== worker-1.log\nstep 0\n" in app.clipboard
        assert "ValueError: bad\x1b[31m weights" in app.clipboard
        await pilot.press("slash", *"step 299", "enter")
        await still(pilot)
        found = screen_text(app)
        assert "step 299" in found
        assert "step 298" not in found
        assert "other" not in found
        await pilot.press("escape", "L")
        await until(pilot, lambda: not isinstance(app.screen, StoredLogDialog))


async def test_without_logs_it_says_so_and_reads_again_on_request(run: RunFolder) -> None:
    app = app_on(run, work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, 0)
        await until(pilot, lambda: "No process of this run has written anything" in screen_text(app))
        (run.path / "logs" / "worker-0.log").write_text("at last\n")
        await pilot.press("r")
        await until(pilot, lambda: "at last" in screen_text(app))
        assert app.screen_stack[-2].query_one(Heatmap)
