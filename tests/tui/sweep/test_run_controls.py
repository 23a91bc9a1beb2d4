"""What is asked for trials of a run that nobody trains: shown, and taken back."""

from pathlib import Path

from tests.harness.interface import app_on, session_of, sweep_of, until
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.sweep.trial_table import TrialTable


def state(app: XSampleApp, trial: str) -> str:
    return str(sweep_of(app).query_one(TrialTable).get_row(trial)[0]).strip()


async def test_what_waits_is_shown_in_the_table_and_can_be_taken_back(run: RunFolder) -> None:
    app = app_on(run, work=False)
    name, other = run.document.trials[-1].name, run.document.trials[-2].name
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        sweep_of(app).select(name)
        await pilot.press("x")
        await until(pilot, lambda: state(app, name) == "→ skip")
        sweep_of(app).select(other)
        await pilot.press("f")
        await until(pilot, lambda: state(app, other) == "→ front")
        # Asked already.
        assert sweep_of(app).check_action("trial", ("front",)) is None
        await pilot.press("r")
        await until(pilot, lambda: state(app, other) == "· pending")
        assert RequestInbox(run.path).about_trials() == {name: "skip"}
    # Whoever opens the run next sees it too, and a resumed run obeys it.
    app = app_on(run, work=False)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: session_of(app).opened and state(app, name) == "→ skip")
        await pilot.press("space")
        await until(pilot, lambda: state(app, name) == "⊘ skipped")
        await until(pilot, lambda: session_of(app).state == "finished")
    assert not list(Path(run.path / "requests").glob("*.json"))


async def test_while_it_trains_what_is_asked_is_shown_and_can_be_taken_back(run: RunFolder, gate: Path) -> None:
    app = app_on(run)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: session_of(app).state == "running" and session_of(app).progress.queue)
        order = session_of(app).progress.queue
        last = order[-1]
        running = next(name for name, entry in session_of(app).progress.trials.items() if entry.status == "running")
        sweep_of(app).select(last)
        await pilot.press("f")
        await until(pilot, lambda: state(app, last) == "→ front")
        assert session_of(app).progress.queue[0] == last
        await pilot.press("r")
        await until(pilot, lambda: state(app, last) == "· pending")
        assert session_of(app).progress.queue == order
        # A trial that trains is skipped once its epoch is over; until then that can be taken back.
        sweep_of(app).select(running)
        await pilot.press("x")
        await until(pilot, lambda: state(app, running) == "→ skip")
        await pilot.press("r")
        await until(pilot, lambda: state(app, running) == "▸ running")
        gate.touch()
        await until(pilot, lambda: session_of(app).state == "finished")
        assert session_of(app).progress.trials[running].status == "done"
        assert session_of(app).progress.trials[last].status == "done"
        await until(pilot, lambda: app.screen.query("#summary-answer"))
