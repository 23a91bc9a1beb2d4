"""Events of four small trials, and the progress that they amount to."""

from __future__ import annotations

from xsample_tui.core.run_state.run_events import EpochDone, Event, TrialChanged
from xsample_tui.core.run_state.run_progress import Progress
from xsample_tui.core.training.epoch_metrics import EpochMetrics
from xsample_tui.core.training.presets import preset
from xsample_tui.core.training.sweep_spec import Machine, SweepSpec
from xsample_tui.core.training.trial_plan import Trial

NAMES = ("baseline-s00", "baseline-s01", "keep-r00-c00", "keep-r00-c01")


def spec(jobs: int = 1, epochs: int = 4, **training: object) -> SweepSpec:
    return preset("quick", "p", Machine(jobs=jobs), training={"epochs": epochs} | training)


def trials() -> tuple[Trial, ...]:
    return tuple(Trial(name=n, kind="baseline" if n.startswith("b") else "keep", init_seed=1) for n in NAMES)


def epoch(name: str, number: int, errors: int = 10, seconds: float = 2.0, stop: float | None = None) -> EpochDone:
    metrics = EpochMetrics(
        epoch=number, loss=1, accuracy=0.5, val_loss=1, val_accuracy=0.5, val_errors=errors, stop_loss=stop
    )
    return EpochDone(at=0, trial=name, metrics=metrics, seconds=seconds)


def done(name: str) -> TrialChanged:
    return TrialChanged(at=0, trial=name, status="done")


def fold(events: list[Event], **options: int) -> Progress:
    progress = Progress(spec(**options), trials())
    for event in events:
        progress.apply(event)
    return progress
