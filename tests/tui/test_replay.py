"""The replay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tests.tui.made import NOW, commit, link_of, make_run, still, tell, until
from tests.tui.test_snapshots import Compare, both_sizes
from xsample_tui.core.event import EpochDone, Event, RunChanged, TrialChanged
from xsample_tui.store.folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.replay import ReplayLink, ReplayScreen


def trained(runs: Path) -> RunFolder:
    run = make_run(runs, "past")
    for trial in run.document.trials:
        commit(run, trial.name, 3)
    return run


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {str(p): (p.read_bytes() if p.is_file() else b"", p.stat().st_mtime_ns) for p in sorted(folder.rglob("*"))}


def past(app: XSampleApp) -> ReplayLink:
    link = link_of(app)
    assert isinstance(link, ReplayLink)
    return link


async def test_it_plays_pauses_jumps_and_writes_nothing(runs: Path) -> None:
    run = trained(runs)
    before = content(runs)
    app = XSampleApp(runs, run, work=False, replay=1.0)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen) and link_of(app).opened)
        link = past(app)
        await pilot.press("space")
        await until(pilot, lambda: link.state == "paused")
        assert "REPLAY ×1 of" in link.banner
        for _ in range(3):
            await pilot.press("greater_than_sign")
        assert link.speed == 10
        await pilot.press("less_than_sign")
        assert link.speed == 5
        for _ in range(10):
            await pilot.press("full_stop")
        await until(pilot, lambda: link.position > 0.45 * link.recording.length)
        await until(pilot, lambda: 0 < link.progress.counts()["done"] < 11)
        half = link.progress.counts()["done"]
        for _ in range(6):
            await pilot.press("comma")
        await until(pilot, lambda: link.progress.counts()["done"] < half)
        await pilot.press("s", "x", "r", "f", "b")
        await still(pilot)
        assert isinstance(app.screen, ReplayScreen)
        await pilot.press("space")
        for _ in range(20):
            await pilot.press("full_stop")
        await until(pilot, lambda: link.state == "finished" and link.progress.counts()["done"] == 11)
        stored = run.progress()
        assert {n: e.history for n, e in link.progress.trials.items()} == {
            n: e.history for n, e in stored.trials.items()
        }
    assert content(runs) == before


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
    found = ReplayLink(run).recording
    assert not found.reckoned
    assert found.length == 33 * 2.5 + 5
    tell(run, [])
    (run.path / "events.jsonl").write_text("\n".join((run.path / "events.jsonl").read_text().splitlines()[9:]))
    reckoned = ReplayLink(run).recording
    assert reckoned.reckoned
    assert reckoned.length == 33 * 2.5


async def half_way(pilot: Pilot[Any]) -> None:
    """Pause a replay and go to its middle."""
    app: XSampleApp = pilot.app  # type: ignore[assignment]
    await until(pilot, lambda: isinstance(app.screen, ReplayScreen) and link_of(app).opened)
    await pilot.press("space")
    link = past(app)
    await until(pilot, lambda: link.state == "paused")
    link.move(0.5 - link.position / link.recording.length)
    await until(pilot, lambda: link.progress.counts()["done"] >= 5)
    await still(pilot)


@both_sizes
def test_replay(runs: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = XSampleApp(runs, trained(runs), work=False, replay=1.0)
    assert snap_compare(app, terminal_size=size, run_before=half_way)
