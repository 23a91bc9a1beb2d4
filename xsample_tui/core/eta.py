"""The time a sweep still needs, estimated from the epochs already trained."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, pstdev

from .progress import Progress, TrialProgress

_RECENT = 200


@dataclass(frozen=True)
class Estimate:
    """Seconds left: the middle estimate, and a low and a high one between which the end should fall."""

    low: float
    middle: float
    high: float


def fraction_done(progress: Progress) -> float:
    """Return the share of the sweep's epochs that are behind it, 0..1; failed and skipped trials count as done."""
    expected = _expected_epochs(progress)
    done = sum(_done_share(entry, expected) for entry in progress.trials.values())
    return done / max(len(progress.trials), 1)


def estimate(progress: Progress, workers: int | None = None) -> Estimate | None:
    """Return the time left, or None before the first epoch of a kind that is still to come.

    Epochs left times the mean seconds of an epoch (of baselines and windows apart, since masked training may be
    faster), over the workers. The spread is that of the mean and of the unknown number of epochs, two standard
    deviations to each side, and never under 5 %.

    Args:
        progress: of the run.
        workers: how many there are, where they are seen; the spec's jobs otherwise.
    """
    expected = _expected_epochs(progress)
    middle = variance = doubt = 0.0
    left = 0
    for group in (progress.baselines, progress.windows):
        epochs = sum(_epochs_left(entry, expected) for entry in group)
        if epochs == 0:
            continue
        seconds = _steady(group) or _steady(list(progress.trials.values()))
        if not seconds:
            return None
        typical = fmean(seconds)
        middle += epochs * typical
        variance += epochs * pstdev(seconds) ** 2
        doubt += epochs * pstdev(seconds) / len(seconds) ** 0.5
        left += sum(1 for entry in group if _epochs_left(entry, expected))
    workers = max(1, min(workers or progress.spec.machine.jobs, left))
    if progress.spec.leaks:
        workers = 1
    # The groups' means may rest on the same epochs, so their doubts add up.
    spread = max(2 * (variance + doubt**2) ** 0.5, 0.05 * middle)
    return Estimate(max(middle - spread, 0) / workers, middle / workers, (middle + spread) / workers)


def _steady(group: list[TrialProgress]) -> list[float]:
    """Return the seconds of recent epochs, first epochs left out: those may hold TensorFlow's start and tracing."""
    later = [s for entry in group for s in entry.seconds[1:][-_RECENT:]]
    return later or [s for entry in group for s in entry.seconds]


def _expected_epochs(progress: Progress) -> float:
    """Return the epochs a trial takes: the spec's, or under a stopping rule the mean of those finished."""
    if progress.spec.training.stopping == "epochs":
        return progress.spec.training.epochs
    finished = [len(entry.history) for entry in progress.trials.values() if entry.status == "done"]
    return fmean(finished) if finished else progress.spec.training.epochs


def _epochs_left(entry: TrialProgress, expected: float) -> float:
    if entry.status in ("done", "failed", "skipped"):
        return 0
    return max(expected - len(entry.history), 1)


def _done_share(entry: TrialProgress, expected: float) -> float:
    if entry.status in ("done", "failed", "skipped"):
        return 1
    return min(len(entry.history) / (expected + 1), 1)
