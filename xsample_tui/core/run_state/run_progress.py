"""The progress of a run: its trials' states, built from checkpoints and events."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from statistics import fmean
from typing import get_args

from ..halving.rung_decisions import Decisions
from ..scout.scout_estimate import ScoutEstimate
from ..training.checkpoint_format import TrialRecord
from ..training.early_stopping import keeps_best
from ..training.epoch_metrics import EpochMetrics
from ..training.sweep_spec import SweepSpec
from ..training.trial_plan import Trial
from .run_events import (
    EpochDone,
    Event,
    QueueChanged,
    RunChanged,
    RunState,
    ScoutEnded,
    TrialChanged,
    TrialStatus,
    WindowsJoined,
)

# A trial of these needs no training any more, unless somebody asks for it.
ENDED: tuple[TrialStatus, ...] = ("done", "parked", "failed", "skipped")


@dataclass(frozen=True)
class TrialProgress:
    """One trial as a viewer sees it, at one moment: what happens later makes another one.

    So a thread may read what another brings up to date.

    Attributes:
        trial: the plan's entry.
        status: pending, running, paused, parked (at a rung of successive halving), done, failed or skipped.
        history: an entry an epoch, without gaps.
        seconds: wall time of each epoch in ``history``.
        message: why it failed or is done.
        slot: the worker that has it, while running.
        best_epoch: the epoch whose weights a stopping rule keeps; 0 where none keeps any.
    """

    trial: Trial
    status: TrialStatus = "pending"
    history: tuple[EpochMetrics, ...] = ()
    seconds: tuple[float, ...] = ()
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

    One thread changes it; others may read its trials meanwhile, each of which is replaced as a whole.

    Args:
        spec: the run's spec.
        trials: the plan's trials, in order.

    Attributes:
        state: the controller's state as last heard.
        trials: by name, in the plan's order.
        controls: whole-image networks that were trained beside the run, by name: the windows' twins. They count as
            baselines and are not among ``trials``.
        queue: names of pending trials, next first.
        estimate: the scout's estimate of the windows; None without a scout.
        doubts: of trials whose files could not be read, why; what else is said of them may be too little.
        damages: of trials whose newest checkpoint is damaged, which that is, and what counts instead.
        version: grows with every change, so that a view knows whether to redraw.
        rungs: what the histories decided at a version
            (:func:`~xsample_tui.core.run_state.rung_standings.decisions`).
    """

    def __init__(self, spec: SweepSpec, trials: tuple[Trial, ...]) -> None:
        self.spec = spec
        self.state: RunState = "stopped"
        self.trials = {trial.name: TrialProgress(trial) for trial in trials}
        self.controls: dict[str, TrialProgress] = {}
        self._baselines = tuple(trial.name for trial in trials if trial.is_baseline)
        self._windows = tuple(trial.name for trial in trials if not trial.is_baseline)
        self._own_twins = {self.trials[name].trial.stream: name for name in self._baselines}
        self._control_twins: tuple[int, dict[int | None, str]] = 0, {}
        self.queue: tuple[str, ...] = tuple(self.trials)
        self.estimate: ScoutEstimate | None = None
        self.doubts: dict[str, str] = {}
        self.damages: dict[str, str] = {}
        self.version = 0
        self.rungs: tuple[int, Decisions] | None = None

    def restore(self, record: TrialRecord) -> None:
        """Take in a checkpoint's record."""
        self.trials[record.trial] = self._trained(
            replace(
                self.trials[record.trial],
                status="done" if record.finished else "paused",
                message=record.stop_reason or "",
            ),
            tuple(record.history),
            tuple(record.seconds),
        )
        self.version += 1

    def found(self, name: str, history: tuple[EpochMetrics, ...], seconds: tuple[float, ...]) -> None:
        """Take in what a trial's files hold, where they could not be read before."""
        self.trials[name] = self._trained(self.trials[name], history, seconds)
        self.version += 1

    def mark(self, name: str, status: TrialStatus, message: str = "") -> None:
        """Set a trial's status."""
        self.trials[name] = replace(self.trials[name], status=status, message=message)
        self.version += 1

    def doubt(self, name: str, why: str) -> None:
        """Take note that a trial's files could not be read: it may have been trained further than is known."""
        entry = self.trials[name]
        self.doubts[name] = why
        if entry.status in ("pending", "paused"):
            self.trials[name] = replace(entry, status="paused", message=f"cannot be read: {why}")
        self.version += 1

    @property
    def doubtful(self) -> str:
        """Which trials' files could not be read, in words; empty where all could."""
        if not self.doubts:
            return ""
        name, why = next(iter(self.doubts.items()))
        count = len(self.doubts)
        return f"{f'{count} trials cannot be read, such as {name}' if count > 1 else f'{name} cannot be read'}: {why}"

    def damage(self, name: str, checkpoint: str, epoch: int) -> None:
        """Take note that a trial's newest checkpoint is damaged, and after which epoch the one is that counts."""
        entry = self.trials[name]
        instead = f"epoch {epoch} is used instead" if epoch else "the trial starts over"
        self.damages[name] = f"checkpoint {checkpoint} is damaged; {instead}"
        if entry.status in ("pending", "paused") and name not in self.doubts:
            self.trials[name] = replace(entry, status="paused", message=self.damages[name])
        self.version += 1

    @property
    def damaged(self) -> str:
        """Which trials' newest checkpoints are damaged, in words; empty where all are whole."""
        if not self.damages:
            return ""
        name, what = next(iter(self.damages.items()))
        count = len(self.damages)
        return f"{f'{count} trials have damaged checkpoints, such as ' if count > 1 else ''}{name}: {what}"

    def apply(self, event: Event) -> None:
        """Take in an event; those of unknown trials are ignored."""
        self.follow(event)
        match event:
            case WindowsJoined():
                self._join([trial for trial in event.trials if trial.name not in self.trials])
            case TrialChanged() if event.trial in self.trials:
                self.trials[event.trial] = replace(
                    self.trials[event.trial], status=event.status, message=event.message, slot=event.slot
                )
            case EpochDone() if event.trial in self.trials:
                entry = self.trials[event.trial]
                # Epochs trained again after a kill, or heard twice, replace what was there.
                keep = event.metrics.epoch - 1
                if keep <= len(entry.history):
                    history = (*entry.history[:keep], event.metrics)
                    self.trials[event.trial] = self._trained(entry, history, (*entry.seconds[:keep], event.seconds))
            case _:
                pass

    def _join(self, trials: Sequence[Trial]) -> None:
        """Take in further windows, in the plan's order; who reads the trials has those before as long as it reads."""
        every = self.trials | {trial.name: TrialProgress(trial) for trial in trials}
        names = [*self._windows, *(trial.name for trial in trials)]
        names.sort(key=lambda name: (every[name].trial.row or 0, every[name].trial.col or 0))
        self.trials = {name: every[name] for name in (*self._baselines, *names)}
        self._windows = tuple(names)

    def follow(self, event: Event) -> None:
        """Take in of an event what is not about a trial: where the trials are another's, who takes in the rest."""
        self.version += 1
        match event:
            case RunChanged():
                self.state = event.state
            case QueueChanged():
                self.queue = event.order
            case ScoutEnded():
                self.estimate = event.estimate
            case _:
                pass

    def beside(self, controls: dict[str, TrialProgress]) -> Progress:
        """Return a progress that reads this one's trials as they are from now on; all else is its own.

        Args:
            controls: the controls that it has.
        """
        other = copy(self)
        other.controls, other._control_twins = controls, (0, {})
        return other

    def _trained(
        self, entry: TrialProgress, history: tuple[EpochMetrics, ...], seconds: tuple[float, ...]
    ) -> TrialProgress:
        """Return a trial with a history."""
        best = entry.best_epoch
        if keeps_best(self.spec.training.stopping):
            losses = [math.inf if m.stop_loss is None else m.stop_loss for m in history]
            best = losses.index(min(losses)) + 1 if losses else 0
        return replace(entry, history=history, seconds=seconds, best_epoch=best)

    @property
    def baselines(self) -> list[TrialProgress]:
        """The run's own baseline trials."""
        return [self.trials[name] for name in self._baselines]

    @property
    def seeds(self) -> list[TrialProgress]:
        """Every whole-image network that noise is measured from: the run's baselines, then the controls.

        Twins of replicates are left out, as everywhere: see
        :meth:`~xsample_tui.stacking.pool.model_pool.ModelPool.pools`.
        """
        every = (*self.baselines, *(entry for name, entry in self.controls.items() if name not in self.trials))
        return [entry for entry in every if not entry.trial.replicate]

    @property
    def windows(self) -> list[TrialProgress]:
        """The window trials."""
        return [self.trials[name] for name in self._windows]

    @property
    def left(self) -> int:
        """How many trials are still to be trained, those that are being trained left out."""
        return sum(entry.status in ("pending", "paused") for entry in self.trials.values())

    def counts(self) -> dict[TrialStatus, int]:
        """Return how many trials have each status."""
        counts: dict[TrialStatus, int] = dict.fromkeys(get_args(TrialStatus), 0)
        for entry in self.trials.values():
            counts[entry.status] += 1
        return counts

    def baseline_errors(self, epoch: int) -> float | None:
        """Return the baselines' mean selection errors after ``epoch`` epochs; None while none got that far.

        A baseline that finished earlier counts with the epoch whose weights it keeps.
        """
        errors = self.baseline_error_counts(epoch)
        return fmean(errors) if errors else None

    def baseline_error_counts(self, epoch: int) -> list[int]:
        """Return each baseline's selection errors after ``epoch`` epochs, of those that got that far."""
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
        """Return how many images more than the baselines' mean a trial has right, at equal epochs.

        None while either side has no epoch to compare.
        """
        kept = self.trials[name].kept
        base = self.baseline_errors(kept.epoch) if kept else None
        return None if kept is None or base is None else base - kept.val_errors

    def twin(self, name: str) -> TrialProgress | None:
        """Return a window's twin, the whole-image network of the same stream; None where there is none."""
        trial = self.trials[name].trial
        if trial.is_baseline or trial.stream is None:
            return None
        if (own := self._own_twins.get(trial.stream)) is not None:
            return self.trials[own]
        if self._control_twins[0] != len(self.controls):
            # The controls are read once.
            found = {entry.trial.stream: name for name, entry in self.controls.items()}
            self._control_twins = len(self.controls), found
        control = self._control_twins[1].get(trial.stream)
        return None if control is None else self.controls[control]

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
