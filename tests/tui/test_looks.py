"""Every screen in light and without colours: one program a screen, which changes its look for each image.

In dark, and with other content, they are in ``test_snapshots.py``, and with the tests of the runs' table, of the
replay, of the comparison and of the stack screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]
from syrupy.assertion import SnapshotAssertion
from textual.filter import Monochrome
from textual.pilot import Pilot

from tests.harness.finished_runs import finished_run
from tests.harness.interface import NOW, app_on, beat, commit, make_shown_run, session_of, still, two_runs, until
from tests.harness.screens import (
    LARGE,
    ONE,
    SMALL,
    THREE,
    TWO,
    Before,
    at_rest,
    beat_workers,
    compared,
    half_way,
    listed,
    screen_colours,
    screen_text,
    settled,
    strength,
    summed_up,
    trained,
    workers_opened,
)
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run_removal import Holdings
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.start.delete_dialog import DeleteDialog
from xsample_tui.tui.widgets.quit_dialogs import QuitDialog


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


async def images(
    app: XSampleApp,
    snapshot: SnapshotAssertion,
    before: Before,
    after: Before | None = None,
    *,
    large: Sequence[str],
) -> None:
    """Compare a screen in each look with the images there are, and read it in a large terminal.

    Args:
        app: the program.
        snapshot: the images, of a small terminal.
        before: brings the screen up.
        after: waits for it to have settled in a new size.
        large: words that a large terminal shows.
    """
    drawn = snapshot.use_extension(SVGImageExtension)
    other: list[str] = []
    async with app.run_test(size=SMALL) as pilot:
        await before(pilot)
        for look in ("light", "no-colour"):
            dress(app, look)
            await still(pilot)
            if after is not None:
                await after(pilot)
            await pilot.pause()
            name = f"{SMALL[0]}x{SMALL[1]}-{look}"
            if app.export_screenshot() != drawn(name=name):
                other.append(name)
        coloured = {colour for colour in screen_colours(app) if len(set(colour)) > 1}
        await pilot.resize_terminal(*LARGE)
        await still(pilot)
        text = screen_text(app)
    assert coloured == set(), "colours where there are to be none"
    assert [word for word in large if word not in text] == []
    assert not other, f"these look different now: {', '.join(other)}"


async def test_start(runs: Path, snapshot: SnapshotAssertion) -> None:
    for name, trained_trials in (("done", 11), ("half-way-with-a-longer-name", 5), ("new", 0)):
        run = make_shown_run(runs, name)
        for trial in run.document.trials[:trained_trials]:
            commit(run, trial.name, 3)
    beat(RunFolder.open(runs, "half-way-with-a-longer-name"), "running")
    created = RunFolder.open(runs, "done").document.created
    await images(
        XSampleApp(runs, clock=lambda: created + 3 * 3600),
        snapshot,
        settled("down"),
        large=["half-way-with-a-longer-name", "5/11"],
    )


async def test_compare(runs: Path, snapshot: SnapshotAssertion) -> None:
    two_runs(runs)
    await images(
        XSampleApp(runs),
        snapshot,
        compared,
        large=["long", "short", "keep-r00-c00", "training.epochs"],
    )


async def test_delete(runs: Path, snapshot: SnapshotAssertion) -> None:
    created = make_shown_run(runs, "mine").document.created
    app = XSampleApp(runs, clock=lambda: created + 7200)

    async def before(pilot: Pilot[Any]) -> None:
        await listed(pilot, 1)
        app.push_screen(DeleteDialog(Holdings("mine", 9, 137_200_000, 1, 11, 4800.0, ("mine-seeds",))))

    await images(
        app,
        snapshot,
        before,
        large=["mine", "mine-seeds", "137"],
    )


async def test_replay(runs: Path, snapshot: SnapshotAssertion) -> None:
    await images(
        XSampleApp(runs, trained(runs), work=False, replay=1.0),
        snapshot,
        half_way,
        large=["REPLAY", "paused"],
    )


async def test_stack(runs: Path, snapshot: SnapshotAssertion) -> None:
    run = finished_run(runs, "q", strength=strength)
    beat(run, "finished")
    app = app_on(run, work=False, clock=lambda: NOW)

    async def before(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("b")
        await at_rest(pilot)
        await pilot.press("3")

    await images(
        app,
        snapshot,
        before,
        at_rest,
        large=["caruana", "disagreement"],
    )


@pytest.fixture
def crowded(run: RunFolder) -> Any:
    """A run that three workers train."""
    owner = RunLock(run.path)
    beat_workers(run, ONE, TWO, THREE)
    yield run
    owner.release()


async def test_workers(crowded: RunFolder, snapshot: SnapshotAssertion) -> None:
    app = app_on(crowded, work=False, clock=lambda: NOW)

    await images(
        app,
        snapshot,
        lambda pilot: workers_opened(pilot, 3),
        large=["node-a", "keep-r00-c00", "1,234"],
    )


async def test_form(runs: Path, snapshot: SnapshotAssertion) -> None:
    await images(
        XSampleApp(runs),
        snapshot,
        settled("n"),
        large=["quick", "window", "Start"],
    )


async def test_sweep(mid_run: RunFolder, snapshot: SnapshotAssertion) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    await images(
        app,
        snapshot,
        settled("down", "down", "right"),
        settled(),
        large=["keep9", "a checkpoint"],
    )


async def test_help(mid_run: RunFolder, snapshot: SnapshotAssertion) -> None:
    await images(
        app_on(mid_run, clock=lambda: NOW + 0.4),
        snapshot,
        settled("question_mark"),
        large=["pause", "filter"],
    )


async def test_quit_question(mid_run: RunFolder, snapshot: SnapshotAssertion) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)

    async def before(pilot: Pilot[Any]) -> None:
        await settled()(pilot)
        app.push_screen(QuitDialog())

    await images(app, snapshot, before, large=["Quit?"])


async def test_summary(ended: XSampleApp, snapshot: SnapshotAssertion) -> None:
    await images(
        ended,
        snapshot,
        summed_up,
        large=["noise floor", "11 of 11 done"],
    )
