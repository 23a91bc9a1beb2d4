"""A sweep by successive halving: trained rung by rung, the same after any kill, and trained on to its end later."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.harness import fake_lease
from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import LEASE, digests, make_run, undisturbed, work
from xsample_tui.core.errors import InputError
from xsample_tui.core.run_state.eta import fraction_done
from xsample_tui.core.run_state.requests import Request
from xsample_tui.core.run_state.run_events import EpochDone, Event, Logged, TrialChanged, WindowsJoined
from xsample_tui.core.training.lease import AfterEpoch, DataSource, LeaseOrder, LeaseResult
from xsample_tui.stacking.pool.run_extension import extend_run
from xsample_tui.store.run import stored_inputs
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run_catalog import summary
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.halving import rung_step
from xsample_tui.sweep.run_setup import new_spec

WINDOWS = 9
SPLIT = {"search": "halving", "halving_factor": 3, "halving_least": 2}


def halving(folder: Path, name: str = "r", **changes: Any) -> RunFolder:
    """Make a run of 2 baselines and 9 windows, rungs after epochs 1 and 2 of 6: 3 and then 2 windows go on."""
    given: dict[str, Any] = {"windows": {"stride": 2}, "training": {"epochs": 6}, "checkpoint_seconds": 1000}
    return make_run(folder, name, **(given | SPLIT | changes))


def refining(folder: Path, name: str = "r", **changes: Any) -> RunFolder:
    """Make a run of 2 baselines and 4 windows, rungs after epochs 1 and 2 of 6: 2 go on, others join at stride 2."""
    return halving(folder, name, **({"windows": {"stride": 4}, "search": "refine"} | changes))


def kinds(run: RunFolder) -> dict[str, int]:
    return {status: count for status, count in run.progress().counts().items() if count}


def parked(run: RunFolder) -> dict[str, int]:
    """Return the epochs of each parked window."""
    entries = run.progress().trials.items()
    return {name: len(entry.history) for name, entry in entries if entry.status == "parked"}


def stop_losses(run: RunFolder, epoch: int) -> dict[str, float]:
    found = {e.trial.name: e.history[epoch - 1].stop_loss for e in run.progress().windows if len(e.history) >= epoch}
    return {name: loss for name, loss in found.items() if loss is not None}


def test_those_with_the_least_loss_on_the_stop_images_go_on(tmp_path: Path) -> None:
    run = halving(tmp_path)
    assert len(run.plan.split.stop)
    events: list[Event] = []
    assert work(run, on_event=events.append) == "finished"
    assert kinds(run) == {"done": 4, "parked": 7}
    first, second = stop_losses(run, 1), stop_losses(run, 2)
    assert len(first) == WINDOWS
    assert set(second) == set(sorted(first, key=lambda name: first[name])[:3])
    (last,) = sorted(second, key=lambda name: second[name])[2:]
    assert parked(run) == {last: 2} | dict.fromkeys(first.keys() - second.keys(), 1)
    lines = [event.text for event in events if isinstance(event, Logged)]
    assert lines == [
        "rung of epoch 1: 3 of 9 trials go on, 6 parked",
        "rung of epoch 2: 2 of 3 trials go on, 1 parked",
    ]
    progress = run.progress()
    assert progress.queue == ()
    assert fraction_done(progress) == 1
    assert progress.trials[last].message == "behind at the rung of epoch 2"
    assert summary(run).state == "finished"
    # A checkpoint as of a pause: nothing is lost by parking.
    state, problems = run.latest(last)
    assert state is not None
    assert state.slots
    assert (state.epoch, state.finished, problems) == (2, False, [])
    seen = [(e.trial, e.status) for e in events if isinstance(e, TrialChanged)]
    assert seen.count((last, "parked")) == 1


@pytest.mark.parametrize(("stop", "epoch", "count"), [("stop", 1, 5), ("stop-now", 2, 2), ("stop-now", 3, 1)])
def test_stopped_in_the_middle_of_a_rung_it_promotes_the_same(
    tmp_path: Path, stop: Any, epoch: int, count: int
) -> None:
    run = halving(tmp_path)
    expected = undisturbed(tmp_path, halving)
    heard: list[Event] = []

    def listen(event: Event) -> None:
        if isinstance(event, EpochDone) and event.trial.startswith("keep") and event.metrics.epoch == epoch:
            heard.append(event)
            if len(heard) == count:
                controller.submit(Request(action=stop))

    controller = Controller(run, lambda number: InlineSlot(), listen, lease=LEASE)
    assert controller.work() == "stopped"
    assert digests(run) != expected
    assert work(RunFolder(run.path)) == "finished"
    assert digests(run) == expected


@pytest.mark.slow
def test_a_kill_at_any_point_of_any_write_promotes_the_same(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.sweep.crash_driver", str(tmp_path), json.dumps(SPLIT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert report["wrong"] == []
    assert report["killed"] == report["points"] > 60


def test_parked_windows_are_trained_on_with_the_bits_of_a_sweep_that_parks_none(tmp_path: Path) -> None:
    run = halving(tmp_path)
    assert work(run) == "finished"
    before = parked(run)
    found = extend_run(run, parked=True)
    assert found.line == "r: 7 parked windows trained on to the end, none is parked from now on"
    run = RunFolder(run.path)
    assert kinds(run) == {"done": 4, "paused": 7}
    assert set(run.progress().queue) == set(before)
    assert work(run) == "finished"
    assert kinds(run) == {"done": 11}
    # None is ever parked where as many windows go on as there are.
    whole = halving(tmp_path, "whole", halving_least=WINDOWS)
    assert work(whole) == "finished"
    assert kinds(whole) == {"done": 11}
    assert digests(run) == digests(whole)
    assert extend_run(run, parked=True).line == "r: nothing to add, it has all of that"


def test_more_windows_go_through_the_same_rungs(tmp_path: Path) -> None:
    run = halving(tmp_path, windows={"stride": 4})
    assert work(run) == "finished"
    assert kinds(run) == {"done": 4, "parked": 2}
    run = extend_run(run, stride=2).folder
    assert work(run) == "finished"
    whole = halving(tmp_path, "whole")
    assert work(whole) == "finished"
    on = {entry.trial.name for entry in whole.progress().windows if entry.status == "done"}
    assert on <= {entry.trial.name for entry in run.progress().windows if entry.status == "done"}


def test_epochs_are_not_added_while_rungs_follow_from_them(tmp_path: Path) -> None:
    run = halving(tmp_path, training={"epochs": 6, "keep_optimizer": True})
    with pytest.raises(InputError, match="epochs: 9: rungs follow from the epochs"):
        extend_run(run, epochs=9)


def test_a_window_that_fails_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = halving(tmp_path)
    failing = run.document.trials[-1].name
    monkeypatch.setenv(fake_lease.FAILING, failing)
    assert work(run) == "finished"
    assert kinds(run) == {"done": 4, "parked": 6, "failed": 1}
    # Tried again later, it goes through the rungs that the others are through.
    monkeypatch.delenv(fake_lease.FAILING)
    events: list[Event] = []
    controller = Controller(run, lambda number: InlineSlot(), events.append, lease=LEASE)
    controller.submit(Request(action="retry", trials=(failing,)))
    assert controller.work() == "finished"
    assert len(run.progress().trials[failing].history) >= 1
    assert set(kinds(run)) == {"done", "parked"}


def test_what_cannot_be_read_at_first_is_counted_once_it_can(tmp_path: Path) -> None:
    run = halving(tmp_path)
    expected = undisturbed(tmp_path, halving)
    assert work(run) == "finished"
    # As after a kill: the last checkpoint of a window is damaged, so that its rung is open again.
    name = next(iter(parked(run)))
    (newest, *_) = run.generations(name)
    newest.write_bytes(newest.read_bytes()[:-7])
    again = RunFolder(run.path)
    assert again.progress().trials[name].status == "paused"
    assert work(again) == "finished"
    assert digests(run) == expected
    assert kinds(run) == {"done": 4, "parked": 7}


def test_rungs_need_trials_that_end_by_their_epochs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="search: halving: the rule patience ends trials by itself"):
        new_spec(tmp_path, "quick", search="halving", training={"stopping": "patience"})
    with pytest.raises(InputError, match="search: halving: the article's protocol has no early-stopping images"):
        new_spec(tmp_path, "quick", search="halving", article_protocol=True)


def test_every_epoch_is_measured_on_the_images_that_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ordered: list[LeaseOrder] = []
    real = fake_lease.run

    def spy(order: LeaseOrder, source: DataSource, after: AfterEpoch | None = None) -> LeaseResult:
        ordered.append(order)
        return real(order, source, after)

    monkeypatch.setattr(fake_lease, "run", spy)
    run = halving(tmp_path)
    assert work(run) == work(extend_run(run, parked=True).folder) == "finished"
    assert all(order.measure_stop for order in ordered)
    ordered.clear()
    assert work(make_run(tmp_path, "plain")) == "finished"
    assert not any(order.measure_stop for order in ordered)


def test_without_halving_nothing_is_set_aside(tmp_path: Path) -> None:
    run, other = make_run(tmp_path, "plain"), halving(tmp_path, "halving")
    assert run.plan.split.sizes() == {"fit": 72, "stop": 0, "select": 24, "test": 24}
    assert other.plan.split.sizes() == {"fit": 65, "stop": 7, "select": 24, "test": 24}


def test_neighbours_of_those_that_go_on_join_the_next_rung(tmp_path: Path) -> None:
    run = refining(tmp_path)
    events: list[Event] = []
    assert work(run, on_event=events.append) == "finished"
    first = stop_losses(run, 1)
    laid = {f"keep-r{row:02d}-c{col:02d}" for row in (0, 4) for col in (0, 4)}
    on = sorted(laid, key=lambda name: (first[name], name))[:2]
    at = {name: (int(name[6:8]), int(name[10:12])) for name in first}
    wanted = {
        f"keep-r{row:02d}-c{col:02d}"
        for row in (0, 2, 4)
        for col in (0, 2, 4)
        if any(abs(row - at[name][0]) <= 2 and abs(col - at[name][1]) <= 2 for name in on)
    }
    new = {trial.name for trial in run.document.trials if trial.joined}
    assert new == wanted - laid
    assert {trial.joined for trial in run.document.trials if trial.name in new} == {1}
    # At the second rung they are among the others.
    second = stop_losses(run, 2)
    assert set(second) == {*on, *new}
    count = -(-len(second) // 3)
    assert kinds(run) == {"done": 2 + count, "parked": len(laid | new) - count}
    assert {name for name, entry in run.progress().trials.items() if entry.status == "done"} >= set(
        sorted(second, key=lambda name: (second[name], name))[:count]
    )
    (joined,) = [event for event in events if isinstance(event, WindowsJoined)]
    assert {trial.name for trial in joined.trials} == new
    assert [event.text for event in events if isinstance(event, Logged)] == [
        "rung of epoch 1: 2 of 4 trials go on, 2 parked",
        f"{len(new)} windows join: neighbours of those that go on",
        f"rung of epoch 2: {count} of {len(second)} trials go on, {len(second) - count} parked",
    ]
    # What the spec says is what was asked for.
    assert (run.spec.windows.stride, run.document.laid_out) == (4, None)
    assert RunFolder(run.path).plan.masks.shape[0] == 2 + len(laid | new)


def test_windows_that_join_have_the_bits_of_a_run_that_is_extended_by_them(tmp_path: Path) -> None:
    run = refining(tmp_path)
    assert work(run) == "finished"
    # To the whole of the finer grid, and every window to its end.
    assert work(extend_run(run, stride=2, parked=True).folder) == "finished"
    other = halving(tmp_path, "other", windows={"stride": 4})
    other = extend_run(other, stride=2).folder
    assert work(extend_run(other, parked=True).folder) == "finished"
    run = RunFolder(run.path)
    plain = {trial.name: trial.model_copy(update={"joined": 0}) for trial in run.document.trials}
    assert plain == {trial.name: trial for trial in RunFolder(other.path).document.trials}
    assert digests(run) == digests(other)


@pytest.mark.parametrize(("stop", "epoch", "count"), [("stop", 1, 4), ("stop-now", 2, 1), ("stop-now", 3, 1)])
def test_stopped_while_windows_join_it_is_the_same(tmp_path: Path, stop: Any, epoch: int, count: int) -> None:
    run = refining(tmp_path)
    before = RunFolder(run.path)
    expected = undisturbed(tmp_path, refining)
    heard: list[Event] = []

    def listen(event: Event) -> None:
        if isinstance(event, EpochDone) and event.trial.startswith("keep") and event.metrics.epoch == epoch:
            heard.append(event)
            if len(heard) == count:
                controller.submit(Request(action=stop))

    controller = Controller(run, lambda number: InlineSlot(), listen, lease=LEASE)
    assert controller.work() == "stopped"
    assert digests(run) != expected
    # Who read it before windows joined trains what there is now.
    assert work(before) == "finished"
    again = RunFolder(run.path)
    assert digests(again) == expected
    assert again.document.masks_digest == RunFolder(tmp_path / "undisturbed" / "r").document.masks_digest


def test_a_disk_that_is_full_lets_nobody_pass_before_windows_have_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = refining(tmp_path)
    expected = undisturbed(tmp_path, refining)
    real, refusals = stored_inputs.extend_stored, [3]

    def full(*given: Any) -> None:
        if refusals[0]:
            refusals[0] -= 1
            assert max(len(entry.history) for entry in RunFolder(run.path).progress().windows) == 1
            raise OSError(28, "No space left on device")
        real(*given)

    monkeypatch.setattr(rung_step, "extend_stored", full)
    assert work(run) == "finished"
    assert refusals == [0]
    assert digests(run) == expected


@pytest.mark.slow
def test_a_kill_at_any_point_of_any_write_has_the_same_windows_join(tmp_path: Path) -> None:
    fields = json.dumps(SPLIT | {"search": "refine", "training": {"epochs": 6}})
    done = subprocess.run(
        [sys.executable, "-m", "tests.sweep.crash_driver", str(tmp_path), fields],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert report["wrong"] == []
    # A slow machine writes more heartbeats in one session than in another.
    assert report["killed"] > 100


def test_more_windows_of_a_refining_run_go_through_the_rungs(tmp_path: Path) -> None:
    run = refining(tmp_path)
    assert work(run) == "finished"
    before = digests(run)
    run = extend_run(run, stride=2).folder
    assert work(run) == "finished"
    assert len(run.progress().windows) == WINDOWS
    assert before.items() <= digests(run).items() or set(before) < set(digests(run))
    assert set(kinds(run)) == {"done", "parked"}


def test_a_grid_that_has_every_window_has_none_to_join(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="search: refine: at a stride of 1 no window is left to join"):
        new_spec(tmp_path, "standard", search="refine")
    assert new_spec(tmp_path, "standard", search="refine", windows={"stride": 2}).has_rungs
