"""Comparisons of arms, and the answer that they give together."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..core.bootstrap import DRAWS, PairedDifference, paired_bootstrap
from ..core.metrics import EPSILON
from ..core.paired import mcnemar
from ..core.seed import generator
from ..core.verdict import Verdict, verdict
from .arms import TITLES, ArmResult
from .blend import Blend
from .redraw import redraw

PAIRS: dict[str, tuple[str, str]] = {
    "A - B": ("A", "B"),
    "A* - B": ("A*", "B"),
    "A - C": ("A", "C"),
    "B - D": ("B", "D"),
    "A - E": ("A", "E"),
    "A - F": ("A", "F"),
    "A - G": ("A", "G"),
}
MEANINGS = {
    "A - B": "do windows help beyond what any ensemble of seeds does?",
    "A* - B": "the same, with as many windows to choose from as B had seeds",
    "A - C": "what choosing the windows adds",
    "B - D": "what choosing the seeds adds",
    "A - E": "is it the window, or any random subspace?",
    "A - F": "against masks that change next to nothing",
    "A - G": "ensembling at all, against the best single model",
}


@dataclass(frozen=True)
class Comparison:
    """Two arms on the same pictures.

    Attributes:
        name: as in ``PAIRS``.
        difference: in accuracy, with its bootstrap interval over pictures and members.
        over_pictures: the same over pictures alone: for these very members, not for others trained likewise.
        only_first, only_second: pictures that one of them alone has right.
        mcnemar_p: McNemar's exact test of these.
        log_loss: difference in log-loss (below 0: the first is better) and its bootstrap interval over pictures.
        verdict: on the difference in accuracy.
    """

    name: str
    difference: PairedDifference
    over_pictures: PairedDifference
    only_first: int
    only_second: int
    mcnemar_p: float
    log_loss: tuple[float, float, float]
    verdict: Verdict

    def facts(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self) | {
            "meaning": MEANINGS[self.name],
            "minimum_detectable": self.difference.detectable,
        }


def compare(results: dict[str, ArmResult], seed: int, draws: int = DRAWS) -> list[Comparison]:
    """Compare the arms that there are, A - B first.

    Args:
        results: the arms by letter.
        seed: the run's.
        draws: of each bootstrap.
    """
    return [
        _compare(name, results[first].blend, results[second].blend, seed, draws)
        for name, (first, second) in PAIRS.items()
        if first in results and second in results
    ]


def _compare(name: str, first: Blend, second: Blend, seed: int, draws: int) -> Comparison:
    chance = generator(seed, "bootstrap", name)
    difference = paired_bootstrap(first.correct, second.correct, chance, redraw(first, second, chance), draws=draws)
    only_first = int((first.correct & ~second.correct).sum())
    only_second = int((second.correct & ~first.correct).sum())
    return Comparison(
        name=name,
        difference=difference,
        over_pictures=paired_bootstrap(first.correct, second.correct, chance, draws=draws),
        only_first=only_first,
        only_second=only_second,
        mcnemar_p=float(mcnemar(only_first, only_second)),
        log_loss=_log_loss_gap(first, second, chance, draws),
        verdict=verdict(difference),
    )


def _log_loss_gap(first: Blend, second: Blend, chance: np.random.Generator, draws: int) -> tuple[float, float, float]:
    """Return the mean difference in log-loss with its percentile bootstrap interval over pictures."""
    from scipy.stats import bootstrap

    gap = _losses(first) - _losses(second)
    if not np.ptp(gap):
        return float(gap[0]), float(gap[0]), float(gap[0])
    # Blocks of about 8 MB, which the processor's cache takes better than scipy's default of all at once.
    found = bootstrap(
        (gap,), np.mean, n_resamples=draws, method="percentile", batch=max(1, 2**20 // len(gap)), rng=chance
    )
    return float(gap.mean()), float(found.confidence_interval.low), float(found.confidence_interval.high)


def _losses(blend: Blend) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    labels = blend.outputs.labels
    true = blend.probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return np.asarray(-np.log(np.clip(true, EPSILON, 1 - EPSILON)))


def arm_facts(result: ArmResult) -> dict[str, Any]:
    """Return an arm as plain values."""
    return {
        "arm": result.plan.letter,
        "title": TITLES[result.plan.letter],
        "rule": result.plan.rule.words(),
        "k": len(result.members),
        "pool": len(result.plan.pool),
        "members": list(result.members),
        **result.blend.score.facts(),
        "temperature": result.blend.whole.temperature,
        "mean_errors_over_lots": result.mean_errors,
        "sd_errors_over_lots": result.sd_errors,
        "cochran_q": result.cochran.statistic,
        "cochran_p": result.cochran.p,
        **asdict(result.diversity),
        "seconds": result.seconds,
        "pool_seconds": result.pool_seconds,
    }


def answer(results: dict[str, ArmResult], comparisons: list[Comparison]) -> list[str]:
    """Return the answer in sentences: the verdict on A - B, what it can detect, and what qualifies it."""
    lines = []
    n = results["A"].blend.score.n
    for name in ("A - B", "A* - B"):
        for found in comparisons:
            if found.name == name:
                lines.append(_sentence(found, n))
    windows, seeds = len(results["A"].plan.pool), len(results["B"].plan.pool)
    if seeds < windows:
        lines.append(
            f"B was chosen from {seeds} seeds, A from {windows} windows: A - B favours A; "
            f"A* - B gives both {seeds} to choose from"
        )
    elif seeds > windows:
        lines.append(f"B was chosen from {seeds} seeds, A from {windows} windows: A - B favours B")
    detectable = comparisons[0].difference.detectable
    lines.append(
        f"minimum detectable difference of A - B: {detectable:.4f} ({detectable * n:.1f} of {n:,} pictures), "
        "found in 4 of 5 repetitions"
    )
    if detectable > 0.001:
        lines.append(f"{n:,} pictures cannot resolve thousandths here")
    return lines


def _sentence(found: Comparison, n: int) -> str:
    d = found.difference
    over = "pictures and members" if d.members else "pictures"
    word = {"helps": "windows help", "hurts": "windows hurt", "not resolved": "not resolved"}[found.verdict]
    return (
        f"{found.name}: {word}: {d.difference:+.4f} ({d.difference * n:+.0f} pictures), 95 % {d.low:+.4f} to "
        f"{d.high:+.4f} over {over}, McNemar p {found.mcnemar_p:.2g} ({found.only_first} against {found.only_second})"
    )
