"""Defines the metrics that the grid can show: each with its unit and its values."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal

from ...core.errors import printable
from ...core.run_state.run_progress import TrialProgress
from ..session.run_session import RunSession
from ..view_models import number_format
from ..view_models.trial_significance import Measure

# The trials whose results are compared with the baselines'.
COMPARED = ("done", "running", "paused", "parked")


@dataclass(frozen=True)
class Metric:
    """A number that each trial has.

    Attributes:
        name: the metric's name.
        unit: its unit; empty if the name says it.
        compared: whether it is compared with the baselines.
        absolute: whether its values have a meaning of their own, also where it is compared.
        better: 1 if more is better, -1 if less is, 0 if neither.
        measure: what decides whether a difference is noise.
        value: gives a trial's number; None while it has none.
        effect: gives its difference from the baselines' mean, in the metric's unit; else its value.
        words: gives a value as text: the longest form first, then shorter ones for narrow cells.
        difference: gives an effect as text, with its sign.
        least: the smallest end of a scale that is centred on the baselines.
        meaning: for the help.
    """

    name: str
    unit: str
    compared: bool
    absolute: bool
    better: Literal[-1, 0, 1]
    measure: Measure
    value: Callable[[RunSession, TrialProgress], float | None]
    effect: Callable[[RunSession, TrialProgress], float | None]
    words: Callable[[float], tuple[str, ...]]
    difference: Callable[[float], str]
    least: float
    meaning: str

    def about(self, class_name: str) -> Metric:
        """Return the metric of one class, which its title names."""
        return replace(self, unit=f"{self.unit} of {printable(class_name, 20)}")

    @property
    def title(self) -> str:
        """The name with its unit."""
        return f"{self.name}, {self.unit}" if self.unit else self.name


# -- values ----------------------------------------------------------------------------------------------------------


def _accuracy_gain(run_session: RunSession, entry: TrialProgress) -> float | None:
    kept, level = entry.kept, run_session.baseline_test.level_of(entry)
    return None if kept is None or level is None else kept.val_accuracy - level.accuracy


def _paired(run_session: RunSession, entry: TrialProgress) -> float | None:
    found = run_session.progress.paired_gain(entry.trial.name)
    return None if found is None else float(found)


def _in_sds(run_session: RunSession, entry: TrialProgress) -> float | None:
    gain, level = run_session.baseline_test.gain(entry), run_session.baseline_test.level_of(entry)
    if gain is None or level is None or not level.sd:
        return None
    return gain / level.sd


def _ink(run_session: RunSession, entry: TrialProgress) -> float | None:
    return None if entry.trial.is_baseline else entry.trial.ink_removed


def _weighted(run_session: RunSession, entry: TrialProgress, name: Literal["accuracy", "log_loss"]) -> float | None:
    score = run_session.baseline_test.weighted.get(entry.trial.name)
    return None if score is None else (score.accuracy if name == "accuracy" else score.log_loss)


def _epochs(run_session: RunSession, entry: TrialProgress) -> float | None:
    return float(len(entry.history)) if entry.history else None


def _seconds(run_session: RunSession, entry: TrialProgress) -> float | None:
    return fmean(entry.seconds) if entry.seconds else None


# -- text ------------------------------------------------------------------------------------------------------------


def _fraction(value: float) -> tuple[str, ...]:
    texts = [f"{value:.4f}", f"{value:.3f}", f"{value:.2f}", f"{value:.1f}"]
    return tuple(short for text in texts for short in ((text, text[1:]) if text.startswith("0.") else (text,)))


def _small(value: float) -> str:
    return number_format.signed(value, max(0, 1 - math.floor(math.log10(abs(value)))) if value else 0)


def _sds(value: float) -> tuple[str, ...]:
    return number_format.signed(value, 1), number_format.signed(value, 0)


def _plain(value: float) -> tuple[str, ...]:
    return (f"{value:.1f}", f"{value:.0f}") if value < 100 else (f"{value:,.0f}", f"{value:.0f}")


_ALL = (
    Metric(
        "gain",
        "images",
        True,
        False,
        1,
        "errors",
        lambda run_session, entry: run_session.baseline_test.gain(entry),
        lambda run_session, entry: run_session.baseline_test.gain(entry),
        lambda value: (number_format.gain(value),),
        number_format.gain,
        5,
        "correct images minus the baselines' mean after the same number of epochs",
    ),
    Metric(
        "accuracy",
        "",
        True,
        True,
        1,
        "errors",
        lambda run_session, entry: entry.kept.val_accuracy if entry.kept else None,
        _accuracy_gain,
        _fraction,
        _small,
        0.0001,
        "accuracy on the selection images",
    ),
    Metric(
        "log-loss",
        "nats",
        True,
        True,
        -1,
        "loss",
        lambda run_session, entry: entry.kept.val_loss if entry.kept else None,
        lambda run_session, entry: run_session.baseline_test.gain(entry, "loss"),
        _fraction,
        # A gain in log-loss is a loss below the baselines' mean.
        lambda value: _small(-value),
        0.0001,
        "loss on the selection images; lower is better",
    ),
    Metric(
        "z",
        "SDs between seeds",
        True,
        False,
        1,
        "errors",
        _in_sds,
        _in_sds,
        _sds,
        lambda value: number_format.signed(value, 0),
        5,
        "the gain divided by the standard deviation between the baselines' seeds",
    ),
    Metric(
        "smoothed gain",
        "images",
        True,
        False,
        1,
        "smoothed",
        lambda run_session, entry: run_session.baseline_test.gain(entry, "smoothed"),
        lambda run_session, entry: run_session.baseline_test.gain(entry, "smoothed"),
        lambda value: _sds(value)[abs(value) >= 3 :],
        lambda value: number_format.signed(value, 0),
        5,
        "mean gain of a window and its neighbours; coloured where its simultaneous 95 % band (over seeds) excludes 0",
    ),
    Metric(
        "ink removed",
        "",
        False,
        True,
        0,
        "errors",
        _ink,
        _ink,
        lambda value: (number_format.percent(value), f"{100 * value:.1f}", f"{100 * value:.0f}"),
        number_format.percent,
        0,
        "mean share of an image's pixel mass that the mask sets to zero",
    ),
    Metric(
        "epochs",
        "",
        False,
        True,
        0,
        "errors",
        _epochs,
        _epochs,
        lambda value: (f"{value:.0f}",),
        lambda value: f"{value:.0f}",
        0,
        "epochs trained",
    ),
    Metric(
        "seconds",
        "per epoch",
        False,
        True,
        -1,
        "errors",
        _seconds,
        _seconds,
        _plain,
        lambda value: _plain(value)[0],
        0,
        "mean seconds per epoch",
    ),
    Metric(
        "class gain",
        "images",
        True,
        False,
        1,
        "class",
        lambda run_session, entry: run_session.baseline_test.gain(entry, "class"),
        lambda run_session, entry: run_session.baseline_test.gain(entry, "class"),
        lambda value: (number_format.gain(value),),
        number_format.gain,
        5,
        "correct images of one class minus the baselines' mean, from stored outputs; { and } choose the class; grey "
        "if not significant after correction for all windows and classes",
    ),
    Metric(
        "balanced accuracy",
        "",
        False,
        True,
        1,
        "weighted",
        lambda run_session, entry: _weighted(run_session, entry, "accuracy"),
        lambda run_session, entry: _weighted(run_session, entry, "accuracy"),
        _fraction,
        lambda value: _fraction(value)[0],
        0,
        "mean over the classes of the share of their images that are right, however many each has; stored outputs",
    ),
    Metric(
        "class-weighted loss",
        "nats",
        False,
        True,
        -1,
        "weighted",
        lambda run_session, entry: _weighted(run_session, entry, "log_loss"),
        lambda run_session, entry: _weighted(run_session, entry, "log_loss"),
        _fraction,
        lambda value: _fraction(value)[0],
        0,
        "mean over the classes of their images' log-loss, however many each has; from stored outputs",
    ),
    Metric(
        "gain on twin",
        "images",
        True,
        False,
        1,
        "errors",
        lambda run_session, entry: _paired(run_session, entry),
        lambda run_session, entry: _paired(run_session, entry),
        lambda value: (number_format.gain(value),),
        number_format.gain,
        5,
        "correct images minus those of its twin, the whole-image network with the same initial weights, shuffles "
        "and dropout; grey if the gain over the baselines' mean is noise",
    ),
)
METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
FIRST = _ALL[0]
