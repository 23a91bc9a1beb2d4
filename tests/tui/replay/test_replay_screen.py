"""The replay."""

from __future__ import annotations

from pathlib import Path

from textual.binding import Binding

from tests.harness.interface import NOW, session_of, still, tell, until
from tests.harness.screens import Compare, half_way, one_size, past, trained
from xsample_tui.core.run_state.run_events import EpochDone, Event, RunChanged, TrialChanged
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.replay.replay_screen import ReplayScreen
from xsample_tui.tui.session.replay_session import ReplaySession


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {str(p): (p.read_bytes() if p.is_file() else b"", p.stat().st_mtime_ns) for p in sorted(folder.rglob("*"))}


async def test_it_plays_pauses_jumps_and_writes_nothing(runs: Path) -> None:
    run = trained(runs)
    before = content(runs)
    app = XSampleApp(runs, run, work=False, replay=1.0)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen) and session_of(app).opened)
        run_session = past(app)
        await pilot.press("space")
        await until(pilot, lambda: run_session.state == "paused")
        assert "REPLAY ×1 of" in run_session.banner
        for _ in range(3):
            await pilot.press("greater_than_sign")
        assert run_session.speed == 10
        await pilot.press("less_than_sign")
        assert run_session.speed == 5
        for _ in range(10):
            await pilot.press("full_stop")
        await until(pilot, lambda: run_session.position > 0.45 * run_session.recording.length)
        await until(pilot, lambda: 0 < run_session.progress.counts()["done"] < 11)
        half = run_session.progress.counts()["done"]
        for _ in range(6):
            await pilot.press("comma")
        await until(pilot, lambda: run_session.progress.counts()["done"] < half)
        await pilot.press("s", "x", "r", "f", "b")
        await still(pilot)
        assert isinstance(app.screen, ReplayScreen)
        await pilot.press("space")
        for _ in range(20):
            await pilot.press("full_stop")
        await until(pilot, lambda: run_session.state == "finished" and run_session.progress.counts()["done"] == 11)
        stored = run.progress()
        assert {n: e.history for n, e in run_session.progress.trials.items()} == {
            n: e.history for n, e in stored.trials.items()
        }
    assert content(runs) == before


def test_a_replay_has_no_key_that_asks_something_of_a_run() -> None:
    actions = {binding.action for binding in Binding.make_bindings(ReplayScreen.BINDINGS)}
    assert {"pause", "resume", "pace(1)", "move(-1)", "metric(1)", "filter", "leave"} <= actions
    assert actions.isdisjoint({"stop", "trial('retry')", "trial('skip')", "trial('front')", "stack"})


def test_a_whole_feed_gives_the_times_and_a_night_is_shortened(runs: Path) -> None:
    run = trained(runs)
    events: list[Event] = [RunChanged(at=NOW, state="running")]
    at = NOW
    for name, entry in run.progress().trials.items():
        events.append(TrialChanged(at=at, trial=name, status="running", slot=0))
        for metrics in entry.history:
            at += 2.5
            events.append(EpochDone(at=at, trial=name, metrics=metrics, seconds=2.5))
        events.append(TrialChanged(at=at, trial=name, status="done"))
        at += 36_000 if name == "baseline-s01" else 0
    tell(run, events)
    found = ReplaySession(run).recording
    assert not found.estimated
    assert found.length == 33 * 2.5 + 5
    tell(run, [])
    (run.path / "events.jsonl").write_text("\n".join((run.path / "events.jsonl").read_text().splitlines()[9:]))
    estimated = ReplaySession(run).recording
    assert estimated.estimated
    assert estimated.length == 33 * 2.5


@one_size
def test_replay(runs: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = XSampleApp(runs, trained(runs), work=False, replay=1.0)
    assert snap_compare(app, terminal_size=size, run_before=half_way)
