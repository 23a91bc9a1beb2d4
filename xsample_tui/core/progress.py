"""Progress: all that is known of a run, folded from its checkpoints' records and its events."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import fmean

from .checkpoint import TrialRecord
from .event import EpochDone, Event, QueueChanged, RunChanged, RunState, TrialChanged, TrialStatus
from .metrics import EpochMetrics
from .spec import SweepSpec
from .stopping import keeps_best
from .trial import Trial


@dataclass
class TrialProgress:
    """One trial as a viewer sees it.

    Attributes:
        trial: the plan's entry.
        status: pending, running, paused, done, failed or skipped.
        history: an entry an epoch, without gaps.
        seconds: wall time of each epoch in ``history``.
        message: why it failed or is done.
        slot: the worker that has it, while running.
        best_epoch: the epoch whose weights a stopping rule keeps; 0 where none keeps any.
    """

    trial: Trial
    status: TrialStatus = "pending"
    history: list[EpochMetrics] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    message: str = ""
    slot: int | None = None
    best_epoch: int = 0

    @property
    def last(self) -> EpochMetrics | None:
        """The newest epoch's metrics."""
        return self.history[-1] if self.history else None

    @property
    def kept(self) -> EpochMetrics | None:
        """The metrics of the epoch whose weights count: a stopping rule's best once done, else the newest."""
        if self.status == "done" and self.best_epoch:
            return self.history[self.best_epoch - 1]
        return self.last


class Progress:
    """The state of a whole run. Events may come twice or late: they are keyed by trial and epoch.

    Args:
        spec: the run's spec.
        trials: the plan's trials, in order.

    Attributes:
        state: the controller's state as last heard.
        trials: by name, in the plan's order.
        controls: whole-picture networks that were trained beside the run, by name: the windows' twins. They count as
            baselines and are not among ``trials``.
        queue: names of pending trials, next first.
        doubts: of trials whose files could not be read, why; what else is said of them may be too little.
        version: grows with every change, so that a view knows whether to redraw.
    """

    def __init__(self, spec: SweepSpec, trials: tuple[Trial, ...]) -> None:
        self.spec = spec
        self.state: RunState = "stopped"
        self.trials = {trial.name: TrialProgress(trial) for trial in trials}
        self.controls: dict[str, TrialProgress] = {}
        self._streams: tuple[int, dict[int | None, TrialProgress]] | None = None
        self.queue: tuple[str, ...] = tuple(self.trials)
        self.doubts: dict[str, str] = {}
        self.version = 0

    def restore(self, record: TrialRecord) -> None:
        """Take in a checkpoint's record."""
        entry = self.trials[record.trial]
        entry.history = list(record.history)
        entry.seconds = list(record.seconds)
        entry.status = "done" if record.finished else "paused"
        entry.message = record.stop_reason or ""
        self._note_best(entry)
        self.version += 1

    def mark(self, name: str, status: TrialStatus, message: str = "") -> None:
        """Set a trial's status."""
        entry = self.trials[name]
        entry.status, entry.message = status, message
        self.version += 1

    def doubt(self, name: str, why: str) -> None:
        """Take note that a trial's files could not be read: it may have been trained further than is known."""
        entry = self.trials[name]
        self.doubts[name] = why
        if entry.status in ("pending", "paused"):
            entry.status, entry.message = "paused", f"cannot be read: {why}"
        self.version += 1

    @property
    def doubtful(self) -> str:
        """Which trials' files could not be read, in words; empty where all could."""
        if not self.doubts:
            return ""
        name, why = next(iter(self.doubts.items()))
        count = len(self.doubts)
        return f"{f'{count} trials, as ' if count > 1 else ''}{name} cannot be read: {why}"

    def apply(self, event: Event) -> None:
        """Take in an event; those of unknown trials are ignored."""
        self.version += 1
        match event:
            case RunChanged():
                self.state = event.state
            case QueueChanged():
                self.queue = event.order
            case TrialChanged() if event.trial in self.trials:
                entry = self.trials[event.trial]
                entry.status, entry.message, entry.slot = event.status, event.message, event.slot
            case EpochDone() if event.trial in self.trials:
                entry = self.trials[event.trial]
                # Epochs trained again after a kill, or heard twice, replace what was there.
                keep = event.metrics.epoch - 1
                if keep <= len(entry.history):
                    entry.history[keep:] = [event.metrics]
                    entry.seconds[keep:] = [event.seconds]
                    self._note_best(entry)
            case _:
                pass

    def _note_best(self, entry: TrialProgress) -> None:
        if keeps_best(self.spec.training.stopping):
            losses = [math.inf if m.stop_loss is None else m.stop_loss for m in entry.history]
            entry.best_epoch = losses.index(min(losses)) + 1 if losses else 0

    @property
    def baselines(self) -> list[TrialProgress]:
        """The run's own baseline trials."""
        return [entry for entry in self.trials.values() if entry.trial.is_baseline]

    @property
    def seeds(self) -> list[TrialProgress]:
        """Every whole-picture network that noise is measured from: the run's baselines, then the controls.

        Twins of replicates are left out, as everywhere (:meth:`~xsample_tui.stacking.library.Library.pools`).
        """
        every = (*self.baselines, *(entry for name, entry in self.controls.items() if name not in self.trials))
        return [entry for entry in every if not entry.trial.replicate]

    @property
    def windows(self) -> list[TrialProgress]:
        """The window trials."""
        return [entry for entry in self.trials.values() if not entry.trial.is_baseline]

    def counts(self) -> dict[TrialStatus, int]:
        """Return how many trials have each status."""
        counts: dict[TrialStatus, int] = dict.fromkeys(
            ("pending", "running", "paused", "done", "failed", "skipped"), 0
        )
        for entry in self.trials.values():
            counts[entry.status] += 1
        return counts

    def baseline_errors(self, epoch: int) -> float | None:
        """Return the baselines' mean validation errors after ``epoch`` epochs; None while none got that far.

        A baseline that finished earlier counts with the epoch whose weights it keeps.
        """
        errors = self.baseline_error_counts(epoch)
        return fmean(errors) if errors else None

    def baseline_error_counts(self, epoch: int) -> list[int]:
        """Return each baseline's validation errors after ``epoch`` epochs, of those that got that far."""
        return [metrics.val_errors for metrics in self.baseline_metrics(epoch)]

    def baseline_metrics(self, epoch: int) -> list[EpochMetrics]:
        """Return each baseline's metrics after ``epoch`` epochs, of those that got that far."""
        found = []
        for entry in self.seeds:
            metrics = _after(entry, epoch)
            if metrics is not None:
                found.append(metrics)
        return found

    def gain(self, name: str) -> float | None:
        """Return how many pictures more than the baselines' mean a trial has right, at equal epochs.

        None while either side has no epoch to compare.
        """
        kept = self.trials[name].kept
        base = self.baseline_errors(kept.epoch) if kept else None
        return None if kept is None or base is None else base - kept.val_errors

    def twin(self, name: str) -> TrialProgress | None:
        """Return a window's twin, the whole-picture network of the same stream; None where there is none."""
        trial = self.trials[name].trial
        if trial.is_baseline or trial.stream is None:
            return None
        if self._streams is None or self._streams[0] != len(self.controls):
            # Which trials there are does not change, but for the controls, which are read once.
            every = (*self.controls.values(), *self.baselines)
            self._streams = len(self.controls), {entry.trial.stream: entry for entry in every}
        return self._streams[1].get(trial.stream)

    def paired_gain(self, name: str) -> int | None:
        """Return how many images more than its twin a window has right, at equal epochs.

        None where it has no twin, or either has no epoch to compare.
        """
        kept, twin = self.trials[name].kept, self.twin(name)
        if kept is None or twin is None:
            return None
        metrics = _after(twin, kept.epoch)
        return None if metrics is None else metrics.val_errors - kept.val_errors


def _after(entry: TrialProgress, epoch: int) -> EpochMetrics | None:
    """Return a trial's metrics after so many epochs, of one that finished earlier those it keeps; None before."""
    if entry.status == "done" and entry.kept and (entry.best_epoch or len(entry.history) < epoch):
        return entry.kept
    return entry.history[epoch - 1] if 0 < epoch <= len(entry.history) else None
