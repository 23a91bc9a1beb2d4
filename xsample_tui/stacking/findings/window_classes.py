"""Each window's errors by class, against the baselines': which window does digit 8 need?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...core.count_text import counted
from ...core.errors import InputError, printable
from ...core.maps.pixel_importance import shows
from ...core.stats.multiple_testing import holm
from ...core.stats.paired_tests import least_net_gain, mcnemar
from ...core.stats.significance import Standing
from ...core.stats.two_way_variance import ALPHA
from ...core.stats.window_tests import detectable_gain, seed_variance, window_tests
from ...core.table_text import TextColumn
from ..pool.model_pool import ModelPool

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
# Characters of a class's name at most: the data may call it anything.
_NAME = 40
COLUMNS = (
    TextColumn("class", least=8),
    TextColumn("images", right=True, rank=2),
    TextColumn("baselines wrong", right=True, rank=3),
    TextColumn("loses most", least=12, rank=1),
    TextColumn("loses least, or gains", least=12, rank=1),
    TextColumn("found", right=True),
    TextColumn("least found", right=True, rank=4),
)


@dataclass(frozen=True, eq=False)
class WindowClasses:
    """What each window gains or loses on the selection images of each class.

    A gain is the baselines' mean of wrong images of the class minus the window's. A difference is found where the
    test over streams and images (:func:`~xsample_tui.core.stats.window_tests.window_tests`) and McNemar's exact test
    against its twin, else the first baseline, both say so after Holm's correction for all windows and all classes.

    Attributes:
        run: the run's name.
        windows: (W,) names, in the plan's order.
        classes: (C,) what the classes are called, by label.
        images: (C,) selection images of each.
        baselines: how many whole-image networks there are.
        base_errors: (C,) their mean wrong images.
        least: (C,) the gain or loss of one window, in images, that is found in 4 of 5 repetitions; nan with one
            baseline.
        errors: (W, C) each window's wrong images.
        gain, p, p_holm: (W, C); p is the larger of both tests', nan with one baseline or without images.
        removes: whether the windows' masks remove the window, so that the one that loses most is needed.
    """

    run: str
    windows: tuple[str, ...]
    classes: tuple[str, ...]
    images: Counts
    baselines: int
    base_errors: Floats
    least: Floats
    errors: Counts
    gain: Floats
    p: Floats
    p_holm: Floats
    removes: bool

    @cached_property
    def found(self) -> NDArray[np.bool_]:
        """(W, C) bool: which differences are found."""
        return np.asarray(np.nan_to_num(self.p_holm, nan=1.0) < ALPHA)

    def standing(self, window: int, label: int) -> Standing:
        """Return the significance of a window's gain on a class."""
        p, adjusted = float(self.p[window, label]), float(self.p_holm[window, label])
        if math.isnan(adjusted):
            return "unknown"
        if adjusted >= ALPHA:
            return "uncorrected" if p < ALPHA else "noise"
        return "better" if self.gain[window, label] > 0 else "worse"

    def can_lose(self, label: int) -> bool:
        """Whether a class has images enough that the loss of a window could be found."""
        return bool(self.least[label] <= self.images[label] - self.base_errors[label])

    def can_gain(self, label: int) -> bool:
        """Whether the baselines make errors enough on a class that the gain of a window could be found."""
        return bool(self.least[label] <= self.base_errors[label])

    def needed_by(self, label: int) -> int | None:
        """Return the window that a class needs; None where no difference is found on it, or it has no images.

        Of masks that remove the window the one that loses most, if that is found; of masks that keep it the one that
        loses least, if any other window's loss is found.
        """
        if not self.found[:, label].any():
            return None
        gains = self.gain[:, label]
        if self.removes:
            worst = int(gains.argmin())
            return worst if gains[worst] < 0 and self.found[worst, label] else None
        return int(gains.argmax())

    def limits(self, label: int) -> str:
        """Say in a few words what can be found on a class."""
        head = f"baselines {self.base_errors[label]:.1f} of {self.images[label]:,} wrong"
        least = self.least[label]
        if math.isnan(least):
            return f"{head}; noise unknown"
        if not self.can_lose(label):
            return f"{head}; no difference can be found"
        gains = f"gains and losses from {least:.0f}" if self.can_gain(label) else f"losses from {least:.0f}, no gains"
        return f"{head}; can be found: {gains}"

    def sentences(self) -> list[str]:
        """Say what is found, and what cannot be."""
        tests, found = self.gain.size, int(self.found.sum())
        lines = [
            f"by class: {found:,} of {tests:,} differences ({counted(len(self.windows), 'window')} x "
            f"{len(self.classes):,} classes) are significant after correction (Holm, 5 %)"
        ]
        if self.baselines < 2:
            return [*lines, "by class: with one baseline the noise is unknown; train more of them"]
        hopeless = [self._name(label) for label in range(len(self.classes)) if not self.can_lose(label)]
        closed = [self._name(label) for label in range(len(self.classes)) if not self.can_gain(label)]
        if hopeless:
            lines.append(
                f"too few images or baselines for any difference to be found: {_some(hopeless, len(self.classes))}"
            )
        if closed:
            lines.append(
                f"too few errors of the baselines for a gain to be found: {_some(closed, len(self.classes))}"
            )
        return lines

    def cells(self) -> list[tuple[str, ...]]:
        """Return a row a class under :data:`COLUMNS`."""
        rows = []
        for label in range(len(self.classes)):
            gains = self.gain[:, label]
            ends = [self._window(int(at), label) for at in (gains.argmin(), gains.argmax())]
            least = self.least[label]
            rows.append(
                (
                    self._name(label),
                    f"{self.images[label]:,}",
                    f"{self.base_errors[label]:.1f}",
                    *(ends if self.images[label] else ("", "")),
                    f"{int(self.found[:, label].sum()):,}",
                    "" if math.isnan(least) else f"{least:.1f}" if least <= self.images[label] else "none",
                )
            )
        return rows

    def facts(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON; what is not known is None."""
        return {
            "baselines": self.baselines,
            "classes": [
                {
                    "label": label,
                    "name": name,
                    "images": int(self.images[label]),
                    "baselines_errors": _known(self.base_errors[label]),
                    "least_found": _known(self.least[label]),
                    "a_loss_can_be_found": self.can_lose(label),
                    "a_gain_can_be_found": self.can_gain(label),
                    "needs": None if (at := self.needed_by(label)) is None else self.windows[at],
                }
                for label, name in enumerate(self.classes)
            ],
            "windows": [
                {
                    "name": name,
                    "errors": self.errors[at].tolist(),
                    "gain": [_known(value) for value in self.gain[at]],
                    "p_holm": [_known(value) for value in self.p_holm[at]],
                    "standing": [self.standing(at, label) for label in range(len(self.classes))],
                }
                for at, name in enumerate(self.windows)
            ],
        }

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each window and class: its errors, the baselines', the gain, p-values and standing."""
        import pandas as pd

        rows = [
            {
                "trial": name,
                "label": label,
                "class": called,
                "images": int(self.images[label]),
                "errors": int(self.errors[at, label]),
                "baselines_errors": float(self.base_errors[label]),
                "gain": float(self.gain[at, label]),
                "p": float(self.p[at, label]),
                "p_holm": float(self.p_holm[at, label]),
                "standing": self.standing(at, label),
            }
            for at, name in enumerate(self.windows)
            for label, called in enumerate(self.classes)
        ]
        return pd.DataFrame(rows)

    def _name(self, label: int) -> str:
        return printable(self.classes[label], _NAME)

    def _window(self, at: int, label: int) -> str:
        return f"{self.windows[at]} {self.gain[at, label]:+.1f}{'*' if self.found[at, label] else ''}"


def window_classes(models: ModelPool) -> WindowClasses:
    """Count the errors of a run's finished windows by class, and test them against the finished baselines.

    Twins that ``arms`` trained are among the baselines, as in
    :func:`~xsample_tui.stacking.findings.window_judgement.judge`.

    Raises:
        InputError: no baseline or no window is finished.
    """
    pools, select = models.pools(), models.select
    baselines, windows = (np.array(pool, np.intp) for pool in (pools.seeds, pools.windows))
    for kind, pool in {"baseline": baselines, "window": windows}.items():
        if not len(pool):
            raise InputError("run", models.run.name, f"no {kind} is finished, so there is nothing to compare")
    beside = np.array([pools.twins.get(int(window), int(baselines[0])) for window in windows], np.intp)
    names = models.run.document.names_of_classes
    shape = (len(windows), len(names))
    errors, gain, p = np.zeros(shape, np.int64), np.zeros(shape), np.full(shape, np.nan)
    images, base, least = np.zeros(len(names), np.int64), np.zeros(len(names)), np.full(len(names), np.nan)
    parked = len(models.parked) * len(names)
    exact_least = least_net_gain(ALPHA / max(p.size + parked, 1))
    for label in range(len(names)):
        of_class = np.flatnonzero(select.labels == label)
        images[label] = len(of_class)
        if not len(of_class):
            continue
        right = select.correct[:, of_class]
        wrong = (~right).sum(axis=1)
        errors[:, label], base[label] = wrong[windows], wrong[baselines].mean()
        again = {i: right[list(pools.replicates[w])] for i, w in enumerate(pools.windows) if w in pools.replicates}
        tests = window_tests(right[windows], right[baselines], again)
        gain[:, label] = tests.gain
        only = (right[windows] & ~right[beside]).sum(axis=1)
        other = (right[beside] & ~right[windows]).sum(axis=1)
        p[:, label] = np.maximum(tests.p, mcnemar(only, other))
        if len(baselines) > 1:
            noise = detectable_gain(seed_variance(wrong[baselines]), len(baselines), p.size + parked)
            least[label] = max(noise, exact_least)
    return WindowClasses(
        run=models.run.name,
        windows=tuple(models.members[index].name for index in windows),
        classes=names,
        images=images,
        baselines=len(baselines),
        base_errors=base,
        least=least,
        errors=errors,
        gain=gain,
        p=p,
        p_holm=_corrected(p, len(models.parked) * int((images > 0).sum())),
        removes=not shows(models.run.spec.windows.mask),
    )


def _corrected(p: Floats, more: int) -> Floats:
    """Return p-values after Holm's correction for all that are known, and for so many of windows that are parked."""
    known = ~np.isnan(p)
    corrected = np.full(p.shape, np.nan)
    if known.any():
        corrected[known] = holm(p[known], more)
    return corrected


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _some(names: list[str], count: int, most: int = 8) -> str:
    if len(names) == count:
        return "every class"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
