"""The goals, as ratios of medians from one run, and the tables that show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

MFLOP_A_PICTURE = 72.2  # a training step of the article's network on the full frame


@dataclass(frozen=True)
class Goal:
    """A ratio to reach.

    Attributes:
        what: in words.
        ratio: what was measured; None where a part of it was not.
        goal: the least that meets it.
    """

    what: str
    ratio: float | None
    goal: float

    @property
    def verdict(self) -> str:
        """``met``, ``missed`` or ``not measured``."""
        if self.ratio is None:
            return "not measured"
        return "met" if self.ratio >= self.goal else "missed"


def goals(rates: dict[str, dict[str, float]], matmul: float) -> list[Goal]:
    """Return every goal with its ratio.

    Args:
        rates: pictures a second, by what was measured and the way's name; a way's letter begins its name.
        matmul: the machine's best float32 matrix-product rate, FLOP/s.
    """

    def best(what: str, letters: str, setting: str = "") -> float | None:
        found = [rate for name, rate in rates.get(what, {}).items() if name[0] in letters and setting in name]
        return max(found, default=None)

    def over(one: float | None, other: float | None) -> float | None:
        return one / other if one and other else None

    central, mean = best("keep, centre", "e"), best("keep, mean of all windows", "e")
    peer, plain = best("full frame", "bcd"), best("full frame", "bc")
    equivalent = central * MFLOP_A_PICTURE * 1e6 if central else None
    return [
        Goal("keep, centre, over (a) out of the box", over(central, best("full frame", "a", "oneDNN default")), 8.0),
        Goal("keep, centre, over (a) in its best setting", over(central, best("full frame", "a")), 2.5),
        Goal("keep, centre, over the best peer", over(central, peer), 2.4),
        Goal("keep, mean of all windows, over the best peer", over(mean, peer), 3.0),
        Goal("full frame, over the best of (b) and (c)", over(best("full frame", "d"), plain), 1.3),
        Goal("article masks, over the best of (b) and (c)", over(best("article, centre", "e"), plain), 1.3),
        Goal("keep, centre: dense-equivalent rate over the matrix product's", over(equivalent, matmul), 2.5),
        Goal(
            "evaluation, keep, centre, over Keras evaluate",
            over(best("evaluation, keep, centre", "e"), best("evaluation", "b")),
            4.0,
        ),
    ]


def goal_table(found: Iterable[Goal]) -> str:
    """Return the goals as a table in Markdown."""
    lines = ["| goal | ratio | at least | |", "|---|---|---|---|"]
    for goal in found:
        ratio = "-" if goal.ratio is None else f"{goal.ratio:.2f}"
        lines.append(f"| {goal.what} | {ratio} | {goal.goal} | {goal.verdict} |")
    return "\n".join(lines)


def rate_table(rates: dict[str, dict[str, float]], spread: dict[str, dict[str, tuple[float, float]]]) -> str:
    """Return the rates as a table in Markdown: medians, and the least and most of the repeats."""
    lines = ["| measured | way | pictures/s | least .. most |", "|---|---|---|---|"]
    for what, ways in rates.items():
        for name, rate in ways.items():
            low, high = spread[what][name]
            lines.append(f"| {what} | {name} | {rate:,.0f} | {low:,.0f} .. {high:,.0f} |")
    return "\n".join(lines)


def as_data(found: Iterable[Goal]) -> list[dict[str, Any]]:
    """Return the goals for JSON."""
    return [asdict(goal) | {"verdict": goal.verdict} for goal in found]
