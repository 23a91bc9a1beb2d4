"""The sweep controller, with a lease that needs no TensorFlow."""

import errno
import itertools
import os
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from tests.harness import fake_lease
from tests.harness.inline_slot import InlineSlot
from tests.harness.processes import working
from tests.harness.runs import LEASE, digests, make_run, undisturbed, work
from tests.harness.until import until
from xsample_tui.core.run_state.requests import Request
from xsample_tui.core.run_state.run_events import EpochDone, Event, Logged, TrialChanged
from xsample_tui.core.run_state.session_limits import SessionLimits
from xsample_tui.store.control.heartbeat import read_heartbeat
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.control.run_lock import RunBusy, held
from xsample_tui.store.files.stored_logs import read_logs
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run_catalog import summary
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.workers.worker_slot import WorkerDied
from xsample_tui.sweep.workers.worker_supervision import DEATHS_BEFORE_FAILED


def test_baselines_come_first_and_every_trial_ends(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    events: list[Event] = []
    assert Controller(run, lambda number: InlineSlot(), events.append, lease=LEASE).work() == "finished"
    started = [e.trial for e in events if isinstance(e, TrialChanged) and e.status == "running"]
    assert started == list(run.document.training_order)
    assert started[0].startswith("baseline")
    progress = run.progress()
    assert {e.status for e in progress.trials.values()} == {"done"}
    assert all([m.epoch for m in e.history] == [1, 2, 3] for e in progress.trials.values())
    assert summary(run).state == "finished"


def test_a_finished_trial_keeps_weights_and_softmax_but_no_slots(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    work(run)
    state, problems = run.latest("baseline-s00")
    assert state is not None
    assert not problems
    assert state.finished
    assert not state.slots
    assert set(state.softmax) == {"select", "test"}
    assert len(list((run.path / "trials" / "baseline-s00").glob("*.ckpt"))) == 1


def test_a_copy_of_large_images_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was moved to another disk, with a link in its place, has its controls beside the link."""

    def said(run: RunFolder) -> list[str]:
        events: list[Event] = []
        Controller(run, lambda number: InlineSlot(), events.append, lease=LEASE).work()
        return [event.text for event in events if isinstance(event, Logged) and "are a copy of those" in event.text]

    def refuse(*paths: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr("xsample_tui.store.run.stored_inputs.MAPPED_FROM", 1000)
    first = make_run(tmp_path)
    shared = first.beside(first.spec.model_copy(update={"name": "r-seeds"}), first.plan)
    assert said(shared) == []
    monkeypatch.setattr(os, "link", refuse)
    copied = first.beside(first.spec.model_copy(update={"name": "r-seeds-2"}), first.plan)
    (line,) = said(copied)
    assert line.endswith("are a copy of those of r, which lies on another file system, or on one without links")
    assert said(first) == []


def test_no_epoch_completes_while_paused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_SECONDS", "0.03")
    run = make_run(tmp_path, training={"epochs": 40})
    with working(run) as watch:
        until(lambda: len(watch.epochs()) >= 2)
        watch.ask("pause")
        until(lambda: summary(run).state == "paused")
        before = watch.epochs()
        # Something that is done later: the controller continues all but epochs.
        watch.ask("skip", "keep-r00-c00")
        until(lambda: run.progress().trials["keep-r00-c00"].status == "skipped")
        watch.ask("retry", "keep-r00-c00")
        until(lambda: run.progress().trials["keep-r00-c00"].status != "skipped")
        assert watch.epochs() == before
        record = run.record("baseline-s00")
        assert record is not None
        assert record.epoch == before[-1][1], "a paused trial's epochs are on disk"
        assert run.progress().trials["baseline-s00"].status == "paused"
        watch.ask("unpause")
        until(lambda: len(watch.epochs()) >= len(before) + 2)
    assert watch.ended == "stopped"


@pytest.mark.parametrize("checkpoint_seconds", [0.0, 1000.0])
def test_stopped_and_resumed_gives_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkpoint_seconds: float
) -> None:
    def make(folder: Path) -> RunFolder:
        return make_run(folder, training={"epochs": 6}, checkpoint_seconds=checkpoint_seconds)

    expected = undisturbed(tmp_path, make)
    monkeypatch.setenv("FAKE_SECONDS", "0.01")
    run = make(tmp_path / "disturbed")
    sessions, ended = 0, ""
    while ended != "finished" and sessions < 40:
        sessions += 1
        with working(run) as watch:
            until(lambda w=watch: len(w.epochs()) >= 3 or bool(w.ended))  # type: ignore[misc]
        ended = watch.ended
    assert ended == "finished"
    assert sessions > 3
    assert digests(run) == expected


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_results_do_not_depend_on_jobs_or_order(tmp_path: Path, jobs: int) -> None:
    expected = undisturbed(tmp_path, make_run)
    run = make_run(tmp_path / "other", jobs=jobs)
    RequestInbox(run.path).put(Request(action="front", trials=("keep-r04-c04", "keep-r00-c04")))
    events: list[Event] = []
    Controller(run, lambda number: InlineSlot(), events.append, lease=LEASE).work()
    started = [e.trial for e in events if isinstance(e, TrialChanged) and e.status == "running"]
    assert started[:2] == ["keep-r04-c04", "keep-r00-c04"]
    assert digests(run) == expected


def test_a_trial_that_raises_or_is_not_finite_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAIL", "baseline-s01")
    monkeypatch.setenv("FAKE_NAN", "keep-r00-c04")
    run, events = make_run(tmp_path), list[Event]()
    assert work(run, on_event=events.append) == "finished"
    # Said once.
    assert [event.trial for event in events if isinstance(event, TrialChanged) and event.status == "failed"]
    assert not [event for event in events if isinstance(event, Logged) and event.level == "error"]
    trials = run.progress().trials
    assert trials["baseline-s01"].status == "failed"
    assert trials["baseline-s01"].message == "RuntimeError: baseline-s01 was told to\\x1b[31m fail"
    assert trials["keep-r00-c04"].message == "the loss is nan in epoch 1"
    (log,) = read_logs(run.path, "keep-r00-c04")
    assert log.name == "trial-keep-r00-c04.log"
    assert log.text.splitlines()[0].endswith(" keep-r00-c04 failed: the loss is nan in epoch 1")
    assert log.text.splitlines()[1] == "Traceback (most recent call last):"
    assert sum(e.status == "done" for e in trials.values()) == 4


def test_a_failed_trial_can_be_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAIL", "keep-r00-c04")
    run = make_run(tmp_path)
    work(run)
    assert run.progress().trials["keep-r00-c04"].status == "failed"
    assert work(run) == "finished"
    assert run.progress().trials["keep-r00-c04"].status == "failed", "resuming alone does not try again"
    monkeypatch.delenv("FAKE_FAIL")
    RequestInbox(run.path).put(Request(action="retry", trials=("keep-r00-c04",)))
    assert work(run) == "finished"
    assert run.progress().trials["keep-r00-c04"].status == "done"
    assert digests(run) == undisturbed(tmp_path, make_run)


def test_skipping_waiting_and_running_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_SECONDS", "0.02")
    run = make_run(tmp_path, training={"epochs": 12}, checkpoint_seconds=1000)
    with working(run) as watch:
        until(lambda: ("baseline-s00", 2) in watch.epochs())
        watch.ask("skip", "baseline-s00", "keep-r04-c04", "no-such\x1b[2J")
        until(lambda: any(name == "baseline-s01" for name, _ in watch.epochs()))
        trials = run.progress().trials
        assert trials["baseline-s00"].status == "skipped"
        assert 2 <= len(trials["baseline-s00"].history) < 12, "what was trained is kept"
        assert trials["keep-r04-c04"].status == "skipped"
        until(lambda: "there is no trial no-such\\x1b[2J" in watch.logged())


def test_a_dead_worker_is_replaced_and_then_given_up(tmp_path: Path) -> None:
    class Deadly(InlineSlot):
        deaths = 0

        def submit(self, entry: str, *arguments: Any) -> Future[Any]:
            trial, epoch = arguments[0].trial.name, arguments[0].epoch
            kill = trial == "baseline-s01" or (trial == "keep-r00-c00" and epoch == 1 and Deadly.deaths < 2)
            if not kill:
                return super().submit(entry, *arguments)
            Deadly.deaths += trial == "keep-r00-c00"
            future: Future[Any] = Future()
            future.set_exception(WorkerDied("the worker ended: {SIGKILL(-9)}"))
            return future

    run = make_run(tmp_path)
    assert work(run, lambda number: Deadly()) == "finished"
    trials = run.progress().trials
    assert trials["keep-r00-c00"].status == "done"
    assert trials["baseline-s01"].status == "failed"
    assert f"{DEATHS_BEFORE_FAILED} times in a row" in trials["baseline-s01"].message
    assert digests(run)["keep-r00-c00"] == undisturbed(tmp_path, make_run)["keep-r00-c00"]


def test_a_worker_that_forgets_every_state_still_gets_on(tmp_path: Path) -> None:
    class Forgetful(InlineSlot):
        def submit(self, entry: str, *arguments: Any) -> Future[Any]:
            fake_lease.held.clear()
            return super().submit(entry, *arguments)

    run = make_run(tmp_path, checkpoint_seconds=1000)
    assert work(run, lambda number: Forgetful()) == "finished"
    assert digests(run) == undisturbed(tmp_path, make_run)


def test_a_full_disk_pauses_the_trial_and_it_goes_on_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path)
    commit = RunFolder.commit
    full = threading.Event()
    full.set()

    def refuse(self: RunFolder, trial: str, epoch: int, data: bytes, *, finished: bool) -> None:
        if full.is_set() and trial == "baseline-s01":
            raise OSError(errno.ENOSPC, "No space left on device")
        commit(self, trial, epoch, data, finished=finished)

    monkeypatch.setattr(RunFolder, "commit", refuse)
    with working(run) as watch:
        until(lambda: "No space left on device" in watch.logged())
        until(lambda: watch.run.progress().trials["baseline-s00"].status == "done")
        assert not watch.ended
        full.clear()
        until(lambda: watch.ended == "finished")
    assert digests(run) == undisturbed(tmp_path, make_run)


def test_a_second_controller_is_refused_and_told_who(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_SECONDS", "0.05")
    run = make_run(tmp_path, training={"epochs": 50})
    with working(run):
        until(lambda: held(run.path))
        with pytest.raises(RunBusy, match=r"being trained by process \d+ on \S+ since 20\d\d-"):
            work(RunFolder(run.path))
    assert not held(run.path)


def test_the_articles_state_leaks_in_order(tmp_path: Path) -> None:
    run = make_run(tmp_path, preset_name="article", jobs=4, training={"epochs": 60}, baselines=1)
    RequestInbox(run.path).put(Request(action="front", trials=("article-r03-c03",)))
    events: list[Event] = []
    Controller(run, lambda number: InlineSlot(), events.append, lease=LEASE).work()
    started = [e.trial for e in events if isinstance(e, TrialChanged) and e.status == "running"]
    assert started == [t.name for t in run.document.trials], "the order is part of the result"
    records = [run.record(t.name) for t in run.document.trials]
    for before, after in itertools.pairwise(records):
        assert before is not None
        assert after is not None
        assert after.carried == before.stopping


def test_requests_that_cannot_be_read_are_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_SECONDS", "0.02")
    run = make_run(tmp_path)
    with working(run) as watch:
        until(lambda: bool(watch.epochs()))
        (run.path / "requests").mkdir(exist_ok=True)
        (run.path / "requests" / "0-bad.json").write_text('{"action": "rm -rf"}')
        until(lambda: "moved aside" in watch.logged())
    assert (run.path / "requests" / "refused" / "0-bad.json").exists()


def test_a_stop_left_over_from_an_earlier_session_does_not_stop_the_next(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    RequestInbox(run.path).put(Request(action="stop"))
    RequestInbox(run.path).put(Request(action="pause"))
    assert work(run) == "finished"


def test_a_leaked_state_that_cannot_be_read_now_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The article's rule carries a state over from the trial before; another trial's would give other weights."""

    def make(folder: Path) -> RunFolder:
        return make_run(folder, preset_name="article", baselines=1)

    expected = undisturbed(tmp_path, make)
    run = make(tmp_path / "failing")
    record = RunFolder.record
    failed: list[str] = []
    begun: list[Event] = []

    def fail_once(self: RunFolder, trial: str, **options: Any) -> Any:
        insist = options.get("insist")
        if begun and insist is not None and failed.count(trial) < 2:
            failed.append(trial)
            error = OSError(errno.EMFILE, "Too many open files")
            if insist(error):
                raise error
            return None
        return record(self, trial, **options)

    monkeypatch.setattr(RunFolder, "record", fail_once)
    assert work(run, on_event=begun.append) == "finished"
    assert len(failed) > 2
    assert digests(run) == expected


# -- deadlines -------------------------------------------------------------------------------------------------------


def test_at_its_deadline_it_stops_after_the_current_epochs_and_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    run = make_run(tmp_path, checkpoint_seconds=1000)
    later = SessionLimits(time.time() + 3600)
    events: list[Event] = []

    def tell(event: Event) -> None:
        events.append(event)
        if len([e for e in events if isinstance(e, EpochDone)]) == 5:
            # The time has come.
            controller.limits = SessionLimits(time.time())

    controller = Controller(run, lambda number: InlineSlot(), tell, lease=LEASE, limits=later)
    assert controller.work() == "stopped"
    assert controller.overdue
    told = {(e.trial, e.metrics.epoch) for e in events if isinstance(e, EpochDone)}
    kept = {(trial, m.epoch) for trial, entry in run.progress().trials.items() for m in entry.history}
    assert kept == told, "no epoch is lost"
    assert 5 <= len(told) < 3 * len(run.document.trials)
    assert any("the deadline" in e.text for e in events if isinstance(e, Logged))
    heartbeat = read_heartbeat(run.path)
    assert heartbeat is not None
    assert heartbeat.until == later.until
    # The next session has none.
    assert work(run) == "finished"
    assert digests(run) == undisturbed(tmp_path, make_run)


def test_a_deadline_after_the_end_changes_nothing(tmp_path: Path) -> None:
    run = make_run(tmp_path)

    def tell(event: Event) -> None:
        if isinstance(event, TrialChanged) and event.status == "done" and not run.progress().counts()["pending"]:
            controller.limits = SessionLimits(time.time())

    controller = Controller(run, lambda number: InlineSlot(), tell, lease=LEASE)
    assert controller.work() == "finished"
    assert not controller.overdue
