"""Every screen in light and without colours, small and large: one program a screen, dressed anew for each picture.

In dark, and with other content, they are in ``test_snapshots.py``, ``test_runs.py``, ``test_replay.py`` and
``test_stack.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]
from syrupy.assertion import SnapshotAssertion
from textual.filter import Monochrome
from textual.pilot import Pilot

from tests.stacking.sample import finished_run
from tests.tui.made import NOW, app_on, beat, commit, link_of, make_run, still, until
from tests.tui.test_replay import half_way, trained
from tests.tui.test_runs import compared, listed, two_runs
from tests.tui.test_snapshots import SIZES, settled, summed_up
from tests.tui.test_stack import at_rest, strength
from tests.tui.test_workers import ONE, THREE, TWO, opened
from tests.tui.test_workers import beat as beat_with
from xsample_tui.store.folder import RunFolder
from xsample_tui.store.owner import Owner
from xsample_tui.store.removal import Holdings
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.delete import DeleteQuestion
from xsample_tui.tui.quit import QuitQuestion

Before = Callable[[Pilot[Any]], Awaitable[object]]


def dress(app: XSampleApp, look: str) -> None:
    """Put a running program into a theme, or take its colours away, as NO_COLOR does at its start."""
    if look == "light":
        app.theme = "xsample-light"
        return
    app.theme = "xsample-dark"
    app.no_color = True
    app._filters.append(Monochrome())
    app._repaint()
    app.refresh_css(animate=False)


async def pictures(app: XSampleApp, snapshot: SnapshotAssertion, before: Before, after: Before | None = None) -> None:
    """Compare a screen in each look and size.

    Args:
        app: the program.
        snapshot: the pictures there are.
        before: brings the screen up.
        after: waits for it to have settled in a new size.
    """
    drawn = snapshot.use_extension(SVGImageExtension)
    other: list[str] = []
    async with app.run_test(size=SIZES[0]) as pilot:
        await before(pilot)
        for look in ("light", "no-colour"):
            dress(app, look)
            for size in SIZES:
                await pilot.resize_terminal(*size)
                await still(pilot)
                if after is not None:
                    await after(pilot)
                await pilot.pause()
                name = f"{size[0]}x{size[1]}-{look}"
                if app.export_screenshot() != drawn(name=name):
                    other.append(name)
    assert not other, f"these look different now: {', '.join(other)}"


async def test_start(runs: Path, snapshot: SnapshotAssertion) -> None:
    for name, trained_trials in (("done", 11), ("half-way-with-a-longer-name", 5), ("new", 0)):
        run = make_run(runs, name)
        for trial in run.document.trials[:trained_trials]:
            commit(run, trial.name, 3)
    beat(RunFolder.open(runs, "half-way-with-a-longer-name"), "running")
    created = RunFolder.open(runs, "done").document.created
    await pictures(XSampleApp(runs, clock=lambda: created + 3 * 3600), snapshot, settled("down"))


async def test_compare(runs: Path, snapshot: SnapshotAssertion) -> None:
    two_runs(runs)
    await pictures(XSampleApp(runs), snapshot, compared)


async def test_delete(runs: Path, snapshot: SnapshotAssertion) -> None:
    created = make_run(runs, "mine").document.created
    app = XSampleApp(runs, clock=lambda: created + 7200)

    async def before(pilot: Pilot[Any]) -> None:
        await listed(pilot, 1)
        app.push_screen(DeleteQuestion(Holdings("mine", 9, 137_200_000, 1, 11, 4800.0, ("mine-seeds",))))

    await pictures(app, snapshot, before)


async def test_replay(runs: Path, snapshot: SnapshotAssertion) -> None:
    await pictures(XSampleApp(runs, trained(runs), work=False, replay=1.0), snapshot, half_way)


async def test_stack(runs: Path, snapshot: SnapshotAssertion) -> None:
    run = finished_run(runs, "q", strength=strength)
    beat(run, "finished")
    app = app_on(run, work=False, clock=lambda: NOW)

    async def before(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: link_of(app).opened)
        await pilot.press("b")
        await at_rest(pilot)
        await pilot.press("3")

    await pictures(app, snapshot, before, at_rest)


@pytest.fixture
def crowded(run: RunFolder) -> Any:
    """A run that three workers train."""
    owner = Owner(run.path)
    beat_with(run, ONE, TWO, THREE)
    yield run
    owner.release()


async def test_workers(crowded: RunFolder, snapshot: SnapshotAssertion) -> None:
    app = app_on(crowded, work=False, clock=lambda: NOW)

    await pictures(app, snapshot, lambda pilot: opened(pilot, 3))


async def test_form(runs: Path, snapshot: SnapshotAssertion) -> None:
    await pictures(XSampleApp(runs), snapshot, settled("n"))


async def test_sweep(mid_run: RunFolder, snapshot: SnapshotAssertion) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    await pictures(app, snapshot, settled("down", "down", "right"), settled())


async def test_help(mid_run: RunFolder, snapshot: SnapshotAssertion) -> None:
    await pictures(app_on(mid_run, clock=lambda: NOW + 0.4), snapshot, settled("question_mark"))


async def test_quit_question(mid_run: RunFolder, snapshot: SnapshotAssertion) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)

    async def before(pilot: Pilot[Any]) -> None:
        await settled()(pilot)
        app.push_screen(QuitQuestion())

    await pictures(app, snapshot, before)


async def test_summary(ended: XSampleApp, snapshot: SnapshotAssertion) -> None:
    await pictures(ended, snapshot, summed_up)
