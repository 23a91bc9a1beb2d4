"""Workers that come and go while a sweep trains: no epoch is lost, none is trained twice, no bit changes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import LEASE, digests, make_run, undisturbed
from xsample_tui.core.run_state.requests import Request
from xsample_tui.core.run_state.run_events import EpochDone, Event, Logged, TrialChanged
from xsample_tui.core.run_state.session_limits import SessionLimits
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.controller import Controller


class Changing:
    """Works on a run and changes the number of workers after some epochs.

    Args:
        run: the run.
        changes: how many workers there are to be after so many epochs.
        limits: with how many it begins.
    """

    def __init__(self, run: RunFolder, changes: dict[int, int], limits: SessionLimits | None = None) -> None:
        self.events: list[Event] = []
        self.made: list[int] = []
        self._changes = changes
        self.controller = Controller(run, self._slot, self._tell, lease=LEASE, limits=limits)

    def _slot(self, number: int) -> InlineSlot:
        self.made.append(number)
        return InlineSlot()

    def _tell(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, EpochDone) and (jobs := self._changes.get(len(self.epochs))):
            self.controller.submit(Request(action="workers", jobs=jobs, sender="test"))

    @property
    def epochs(self) -> list[tuple[str, int]]:
        return [(e.trial, e.metrics.epoch) for e in self.events if isinstance(e, EpochDone)]

    @property
    def said(self) -> str:
        return "\n".join(e.text for e in self.events if isinstance(e, Logged))

    def most_at_once(self) -> int:
        """Return how many trials were with workers at once, at most."""
        training: set[str] = set()
        most = 0
        for event in self.events:
            if isinstance(event, TrialChanged):
                (training.add if event.status == "running" else training.discard)(event.trial)
                most = max(most, len(training))
        return most


def test_workers_come_and_go_and_the_bits_stay(tmp_path: Path) -> None:
    # Nothing is committed before a trial's second epoch but at its end, so that who leaves has what is not on disk.
    run = make_run(tmp_path, checkpoint_seconds=1000, training={"epochs": 5})
    work = Changing(run, {3: 3, 12: 1})
    assert work.controller.work() == "finished"
    assert work.made == [0, 1, 2]
    assert work.most_at_once() == 3
    assert max(Counter(work.epochs).values()) == 1, "no epoch is trained twice"
    assert "training with 3 workers from now on (requested by test)" in work.said
    assert "training with 1 worker from now on" in work.said
    left = [e for e in work.events if isinstance(e, TrialChanged) and e.status == "paused"]
    assert left, "their trials went on elsewhere"
    expected = undisturbed(tmp_path, lambda folder: make_run(folder, training={"epochs": 5}))
    assert digests(run) == expected


def test_a_session_begins_with_as_many_workers_as_it_is_given(tmp_path: Path) -> None:
    work = Changing(make_run(tmp_path), {}, SessionLimits(jobs=4))
    assert work.controller.work() == "finished"
    assert work.made == [0, 1, 2, 3]


def test_what_leaks_from_trial_to_trial_has_one_worker(tmp_path: Path) -> None:
    run = make_run(tmp_path, preset_name="article", jobs=4, baselines=1)
    work = Changing(run, {2: 3}, SessionLimits(jobs=3))
    assert work.controller.work() == "finished"
    assert work.made == [0]
    assert "3 workers: the article's stopping rule" in work.said
