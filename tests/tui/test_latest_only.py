"""Errands: only the latest request counts, and it is done whatever became of the one before."""

from __future__ import annotations

import threading
from pathlib import Path

from tests.harness.interface import until
from tests.harness.until import SECONDS
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.latest_only import Latest, LatestOnly


async def test_an_error_does_not_lose_what_was_asked_for_meanwhile(runs: Path) -> None:
    app = XSampleApp(runs)
    begun, go_on = threading.Event(), threading.Event()
    done: list[int] = []

    def do(request: int, latest: Latest) -> None:
        if request == 1:
            begun.set()
            go_on.wait(SECONDS)
            raise OSError("the first fails")
        done.append(request)

    async with app.run_test() as pilot:
        errand: LatestOnly[int] = LatestOnly(app, "test", do)
        errand.ask(1)
        await until(pilot, begun.is_set)
        errand.ask(2)
        errand.ask(3)
        go_on.set()
        await until(pilot, lambda: not errand.busy)
        assert done == [3]
        # And what went wrong is said.
        await until(pilot, lambda: any("the first fails" in n.message for n in app._notifications))
