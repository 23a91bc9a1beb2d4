"""Decides the range of the grid's colours: from the worst to the best shown, or centred on the baselines."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...core.run_state.run_progress import TrialProgress
from ..session.run_session import RunSession
from ..theme.colors import Tone, level_of, round_end, step_of
from ..view_models import number_format
from ..view_models.trial_significance import BaselineLevel
from .heatmap_metrics import COMPARED, Metric

# The windows nearest to the baselines decide whether any is within noise: noise grows slower than a loss.
_NEAREST = 8


@dataclass(frozen=True)
class Scale:
    """The range of a metric's colours.

    Attributes:
        metric: the metric.
        tone: ``level`` from the worst to the best that is shown, ``gain`` centred on the baselines.
        low, high: the ends: of levels the values of the worst and of the best, else the effects -limit and limit.
        remark: where the baselines are, as text; empty if there are none to show.
        agreement: what all finished windows have in common, as text; empty if they differ.
        shared: whether all finished windows have the same sign, which cells need not repeat.
        known: whether any window has a value.
        labels: both ends as text; None for what the ends give.
    """

    metric: Metric
    tone: Tone
    low: float
    high: float
    remark: str = ""
    agreement: str = ""
    shared: bool = False
    known: bool = True
    labels: tuple[str, str] | None = None

    @property
    def ends(self) -> tuple[str, str]:
        """Both ends as text, in the metric's own values."""
        if not self.known:
            return "no value yet", ""
        if self.labels is not None:
            return self.labels
        if self.tone == "level":
            low, high = (self.metric.words(end)[0] for end in (self.low, self.high))
            return (low, high) if self.metric.better == 0 else (f"{low} (worst)", f"{high} (best)")
        return self.metric.difference(self.low), self.metric.difference(self.high)

    def step(self, run_session: RunSession, entry: TrialProgress) -> int | None:
        """Return the step of a trial's colour; None if it has none."""
        metric = self.metric
        if metric.compared and entry.status not in COMPARED:
            return None
        effect = metric.effect(run_session, entry)
        if effect is None:
            return None
        if self.tone == "level":
            value = metric.value(run_session, entry)
            return None if value is None else level_of(value, self.low, self.high)
        if effect == 0 or run_session.baseline_test.verdict(entry, metric.measure) in ("noise", "uncorrected"):
            return 0
        # A gain that rounds to 0 has no colour.
        if metric.measure == "errors" and round(run_session.baseline_test.gain(entry) or 0.0) == 0:
            return 0
        return step_of(effect, self.high)


def scale_for(run_session: RunSession, metric: Metric, *, switched: bool = False) -> Scale:
    """Return a metric's scale over the windows of a run.

    From the worst to the best finished window if all lie on one side of the baselines beyond noise, or if the metric
    has a meaning of its own; else centred on the baselines, symmetric and round.

    Args:
        run_session: the run's session.
        metric: the metric.
        switched: whether the user wants the other kind.
    """
    if not metric.compared:
        values = [
            value
            for entry in run_session.progress.windows
            if (value := metric.value(run_session, entry)) is not None and math.isfinite(value)
        ]
        return _levels(metric, values)
    found = [
        (effect, entry)
        for entry in run_session.progress.windows
        if entry.status in COMPARED
        and (effect := metric.effect(run_session, entry)) is not None
        and math.isfinite(effect)
    ]
    # A window that has just begun is far from what it will be: it has a colour, but does not stretch the scale.
    done = [(effect, entry) for effect, entry in found if entry.status == "done"]
    sided = _one_sided(run_session, metric, done)
    agreement = _agreement(run_session, metric, done) if sided else ""
    if (metric.absolute or sided) != switched:
        values = [value for _, entry in done or found if (value := metric.value(run_session, entry)) is not None]
        remark = _baselines(run_session, metric)
        if remark and sided:
            remark += " off the scale"
        return _levels(metric, values, remark=remark, agreement=agreement, shared=sided)
    largest = max((abs(effect) for effect, _ in found), default=0.0)
    limit = max(largest, metric.least) if metric.absolute else round_end(largest, metric.least)
    remark = _baselines(run_session, metric)
    labels = _values_at(run_session, metric, limit) if metric.absolute else None
    remark = f"{remark} in the middle" if remark else ""
    return Scale(metric, "gain", -limit, limit, remark, agreement, sided, labels=labels)


def _levels(
    metric: Metric, values: Sequence[float], *, remark: str = "", agreement: str = "", shared: bool = False
) -> Scale:
    if not values:
        return Scale(metric, "level", 0.0, 0.0, known=False)
    low, high = min(values), max(values)
    if metric.better < 0:
        low, high = high, low
    return Scale(metric, "level", low, high, remark, agreement, shared)


def _one_sided(run_session: RunSession, metric: Metric, done: Sequence[tuple[float, TrialProgress]]) -> bool:
    """Whether finished windows are all better or all worse than the baselines, beyond noise."""
    if not done or len({effect > 0 for effect, _ in done}) > 1:
        return False
    nearest = heapq.nsmallest(_NEAREST, done, key=lambda pair: abs(pair[0]))
    verdicts = {run_session.baseline_test.verdict(entry, metric.measure) for _, entry in nearest}
    return "noise" not in verdicts and nearest[0][0] != 0


def _agreement(run_session: RunSession, metric: Metric, done: Sequence[tuple[float, TrialProgress]]) -> str:
    """Return what the finished windows have in common: their side of the baselines, and how many are significant."""
    count = len(done)
    if count < 2:
        return ""
    words = f"all {count} {'better' if done[0][0] > 0 else 'worse'}"
    if metric.measure == "smoothed" or run_session.baseline_test.baselines < 2:
        return words
    sure = len(run_session.baseline_test.survivors(metric.measure))
    return f"{words}, {'all' if sure == count else sure} significant (Holm)"


def _level(run_session: RunSession) -> BaselineLevel | None:
    """Return the baselines after the last epoch that any of them has."""
    epochs = max((len(entry.history) for entry in run_session.progress.baselines), default=0)
    return run_session.baseline_test.level(epochs) if epochs else None


def _values_at(run_session: RunSession, metric: Metric, limit: float) -> tuple[str, str] | None:
    """Return the values at both ends of a scale that is centred on the baselines: of what can be, not below 0."""
    if (level := _level(run_session)) is None:
        return None
    if metric.measure == "loss":
        low, high = level.loss + limit, max(level.loss - limit, 0.0)
    else:
        low, high = max(level.accuracy - limit, 0.0), min(level.accuracy + limit, 1.0)
    return number_format.accuracy(low), number_format.accuracy(high)


def _baselines(run_session: RunSession, metric: Metric) -> str:
    """Return where the baselines' mean lies on a metric's scale."""
    if (level := _level(run_session)) is None:
        return ""
    match metric.name:
        case "accuracy":
            return f"baselines {number_format.accuracy(level.accuracy)}"
        case "log-loss":
            return f"baselines {number_format.accuracy(level.loss)}"
        case "z" if level.sd is not None:
            return f"1 SD = {level.sd:.1f} images; baselines 0"
        case "gain on twin":
            return "twin 0"
        case _:
            return "baselines 0"


def shortened(words: tuple[str, ...], scale: Scale) -> tuple[str, ...]:
    """Return a cell's value, and without its sign if all cells have the same.

    Args:
        words: the value as text, the longest form first.
        scale: the scale.
    """
    if not scale.shared or scale.tone != "level" or scale.metric.absolute:
        return words
    return (*words, *dict.fromkeys(text.lstrip("+−") for text in words))
