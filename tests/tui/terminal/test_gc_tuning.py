"""Python's searches for garbage: short while the interface runs, and as they were when it has ended."""

from __future__ import annotations

import gc
import weakref
from typing import Any

from tests.harness.interface import NOW, app_on, session_of, until
from xsample_tui.tui.terminal.gc_tuning import GcTuning


class _Knot:
    def __init__(self) -> None:
        self.itself = self


def test_what_is_in_use_is_left_out_of_searches_and_what_is_let_go_is_found_by_the_next_full_one() -> None:
    garbage, knot = GcTuning(), _Knot()
    try:
        garbage.settle()
        assert gc.get_freeze_count() > 0
        gone = weakref.ref(knot)
        del knot
        garbage.settle()
        assert gone() is not None
        garbage.renew()
        garbage.settle()
        assert gone() is None
    finally:
        garbage.close()
    assert gc.get_freeze_count() == 0


async def test_the_interface_settles_while_it_runs_and_leaves_python_as_it_was(run: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("xsample_tui.tui.run_screens.FIRST", 0.05)
    app = app_on(run, work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await until(pilot, lambda: gc.get_freeze_count() > 0)
    assert gc.get_freeze_count() == 0
