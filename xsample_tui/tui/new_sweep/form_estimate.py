"""What the form says of a sweep's size and time, and how much of a mistake fits beside its field."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from ...core.duration_text import duration
from ...core.size_text import size
from ...sweep.measuring.cost_estimate import CostEstimate

_BESIDE = 38


def time_words(found: CostEstimate, findings: Sequence[str]) -> Content:
    """Return the estimated time of a sweep, and the differences that it can detect.

    Args:
        found: the estimate.
        findings: the differences, the shortest sentence first.
    """
    seconds, most = found.seconds, "at most " if found.at_most else ""
    busy = ", machine busy" if found.busy else ""
    scout = f", the scout about {duration(found.scout)}" if found.scout else ""
    return Content.assemble(
        f"{most}about ",
        (duration(seconds.middle), "bold $primary"),
        f" ({duration(seconds.low)} to {duration(seconds.high)}){scout}, from a {found.took:.0f} s benchmark{busy}\n",
        (next(iter(findings), ""), "$foreground-muted"),
    )


def disk_words(disk: float | None, trials: int) -> tuple[str | tuple[str, str], ...]:
    """Return the words about the run's size, if it is known."""
    if disk is None:
        return ()
    return (", about ", (size(disk), "bold $primary"), f" on disk ({size(disk / max(trials, 1))} each)")


def brief(problem: str) -> str:
    """Return as much of an error as fits beside its field in 80 columns: if it is longer, its first clause."""
    return problem if len(problem) <= _BESIDE else problem.split(",")[0].split(";")[0]
