"""Metrics: what the grid's colours can stand for, each with its unit, its values and its scale."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean

from ..core.progress import TrialProgress
from . import figure
from .link import Link
from .noise import Measure
from .palette import Tone, level_of, round_end, step_of

_COMPARED = ("done", "running")


@dataclass(frozen=True)
class Metric:
    """A number that each trial has.

    Attributes:
        name: the metric's.
        unit: what it counts; empty where the name says it.
        tone: ``gain`` where it is compared with the baselines and centred on them, else ``level``.
        measure: what decides whether a difference is noise.
        value: gives a trial's number; None while it has none.
        effect: gives how much better than the baselines' mean it is, in the metric's own unit; for ``level`` the
            value again.
        words: gives a value as text, the longest form first, then shorter ones for narrow cells.
        difference: gives an effect as text, with its sign.
        least: where the scale ends at least.
        meaning: for the help.
    """

    name: str
    unit: str
    tone: Tone
    measure: Measure
    value: Callable[[Link, TrialProgress], float | None]
    effect: Callable[[Link, TrialProgress], float | None]
    words: Callable[[float], tuple[str, ...]]
    difference: Callable[[float], str]
    least: float
    meaning: str

    @property
    def title(self) -> str:
        """The name with its unit."""
        return f"{self.name}, {self.unit}" if self.unit else self.name


@dataclass(frozen=True)
class Scale:
    """Where a metric's colours begin and end.

    Attributes:
        metric: the metric.
        low, high: the ends, in its unit; for ``gain`` they are the effects -limit and limit.
        centre: the baselines' mean in the metric's unit where it has one to show, as text; else empty.
    """

    metric: Metric
    low: float
    high: float
    centre: str = ""

    @property
    def ends(self) -> tuple[str, str]:
        """Both ends as text."""
        if self.metric.tone == "gain":
            return self.metric.difference(self.low), self.metric.difference(self.high)
        return self.metric.words(self.low)[0], self.metric.words(self.high)[0]

    def step(self, link: Link, entry: TrialProgress) -> int | None:
        """Return the step of a trial's colour; None where it has none."""
        metric = self.metric
        effect = metric.effect(link, entry)
        if effect is None:
            return None
        if metric.tone == "level":
            return level_of(effect, self.low, self.high)
        if entry.status not in _COMPARED:
            return None
        if effect == 0 or link.yardstick.verdict(entry, metric.measure) in ("noise", "uncorrected"):
            return 0
        # A gain that is shown as 0 must not have a colour.
        if metric.measure == "errors" and round(link.yardstick.gain(entry) or 0.0) == 0:
            return 0
        return step_of(effect, self.high)


def scale_for(link: Link, metric: Metric) -> Scale:
    """Return a metric's scale over all windows of a run: round and symmetric for gains, else from least to most."""
    gains = metric.tone == "gain"
    effects = [
        effect
        for entry in link.progress.windows
        if (not gains or entry.status in _COMPARED)
        and (effect := metric.effect(link, entry)) is not None
        and math.isfinite(effect)
    ]
    if not gains:
        return Scale(metric, min(effects, default=0.0), max(effects, default=0.0))
    limit = round_end(max(map(abs, effects), default=0.0), metric.least)
    return Scale(metric, -limit, limit, _centre(link, metric))


def _centre(link: Link, metric: Metric) -> str:
    """Return the baselines' mean after the most epochs that any of them has."""
    epochs = max((len(entry.history) for entry in link.progress.baselines), default=0)
    level = link.yardstick.level(epochs) if epochs else None
    if level is None:
        return ""
    match metric.name:
        case "accuracy":
            return f"baselines {figure.accuracy(level.accuracy)}"
        case "log-loss":
            return f"baselines {figure.accuracy(level.loss)}"
        case "seed SDs" if level.sd is not None:
            return f"1 SD = {level.sd:.1f} images"
        case _:
            return ""


# -- values ----------------------------------------------------------------------------------------------------------


def _accuracy_gain(link: Link, entry: TrialProgress) -> float | None:
    kept, level = entry.kept, link.yardstick.level_of(entry)
    return None if kept is None or level is None else kept.val_accuracy - level.accuracy


def _paired(link: Link, entry: TrialProgress) -> float | None:
    found = link.progress.paired_gain(entry.trial.name)
    return None if found is None else float(found)


def _in_sds(link: Link, entry: TrialProgress) -> float | None:
    gain, level = link.yardstick.gain(entry), link.yardstick.level_of(entry)
    if gain is None or level is None or not level.sd:
        return None
    return gain / level.sd


def _ink(link: Link, entry: TrialProgress) -> float | None:
    return None if entry.trial.is_baseline else entry.trial.ink_removed


def _epochs(link: Link, entry: TrialProgress) -> float | None:
    return float(len(entry.history)) if entry.history else None


def _seconds(link: Link, entry: TrialProgress) -> float | None:
    return fmean(entry.seconds) if entry.seconds else None


# -- text ------------------------------------------------------------------------------------------------------------


def _fraction(value: float) -> tuple[str, ...]:
    texts = [f"{value:.4f}", f"{value:.3f}", f"{value:.2f}"]
    return tuple(short for text in texts for short in ((text, text[1:]) if text.startswith("0.") else (text,)))


def _small(value: float) -> str:
    return figure.signed(value, max(0, 1 - math.floor(math.log10(abs(value)))) if value else 0)


def _sds(value: float) -> tuple[str, ...]:
    return figure.signed(value, 1), figure.signed(value, 0)


def _plain(value: float) -> tuple[str, ...]:
    return (f"{value:.1f}", f"{value:.0f}") if value < 100 else (f"{value:,.0f}", f"{value:.0f}")


_ALL = (
    Metric(
        "gain",
        "images",
        "gain",
        "errors",
        lambda link, entry: link.yardstick.gain(entry),
        lambda link, entry: link.yardstick.gain(entry),
        lambda value: (figure.gain(value),),
        figure.gain,
        5,
        "pictures right beyond the baselines' mean after as many epochs; below 0 is fewer",
    ),
    Metric(
        "accuracy",
        "",
        "gain",
        "errors",
        lambda link, entry: entry.kept.val_accuracy if entry.kept else None,
        _accuracy_gain,
        _fraction,
        _small,
        0.0001,
        "validation accuracy; coloured by its difference to the baselines' mean after as many epochs",
    ),
    Metric(
        "log-loss",
        "nats",
        "gain",
        "loss",
        lambda link, entry: entry.kept.val_loss if entry.kept else None,
        lambda link, entry: link.yardstick.gain(entry, "loss"),
        _fraction,
        # A gain in log-loss is a loss below the baselines'.
        lambda value: _small(-value),
        0.0001,
        "validation loss; coloured by its difference to the baselines' mean, blue is less; judged by the losses' SD",
    ),
    Metric(
        "seed SDs",
        "",
        "gain",
        "errors",
        _in_sds,
        _in_sds,
        _sds,
        lambda value: figure.signed(value, 0),
        5,
        "the gain in standard deviations of the baselines, which differ by their seeds alone",
    ),
    Metric(
        "smoothed gain",
        "images",
        "gain",
        "smoothed",
        lambda link, entry: link.yardstick.gain(entry, "smoothed"),
        lambda link, entry: link.yardstick.gain(entry, "smoothed"),
        lambda value: _sds(value)[abs(value) >= 3 :],
        lambda value: figure.signed(value, 0),
        5,
        "mean gain of a finished window and those round it; coloured where its band, 95 % for all at once over other "
        "seeds, excludes 0",
    ),
    Metric(
        "ink removed",
        "",
        "level",
        "errors",
        _ink,
        _ink,
        lambda value: (figure.percent(value), f"{100 * value:.1f}", f"{100 * value:.0f}"),
        figure.percent,
        0,
        "mean share of a picture's pixel mass that the mask sets to zero",
    ),
    Metric(
        "epochs",
        "",
        "level",
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
        "an epoch",
        "level",
        "errors",
        _seconds,
        _seconds,
        _plain,
        lambda value: _plain(value)[0],
        0,
        "mean seconds an epoch took",
    ),
    Metric(
        "gain on twin",
        "images",
        "gain",
        "errors",
        lambda link, entry: _paired(link, entry),
        lambda link, entry: _paired(link, entry),
        lambda value: (figure.gain(value),),
        figure.gain,
        5,
        "images right beyond its twin: the whole-picture network with the same initial weights, shuffles and "
        "dropout; grey where the gain on the baselines' mean is noise",
    ),
)
METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
FIRST = _ALL[0]
