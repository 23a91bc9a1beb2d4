"""The clock that counts only the time in which the controller looked on."""

from __future__ import annotations

import time

import pytest

from xsample_tui.sweep.workers.worker_supervision import AttendedClock, WorkerWatch


def test_time_in_which_nobody_looked_is_counted_up_to_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    clock = AttendedClock()
    watch = WorkerWatch(clock)
    watch.order()
    watch.look(1)
    for passed, counted in ((0.1, 0.1), (4.9, 5.0), (3600.0, 10.0), (-3600.0, 10.0), (1.0, 11.0)):
        now[0] += passed
        clock.tick()
        assert clock.now == pytest.approx(counted)
    assert not watch.ends(slowest=0.0), "an hour of sleep is no silence of a worker"
