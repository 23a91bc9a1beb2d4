"""The goals, as ratios from one run, and the tables that show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

Rates = dict[str, dict[str, float]]
Spread = dict[str, dict[str, tuple[float, float]]]
MFLOP_A_IMAGE = 72.2  # a training step of the article's network on the full frame


@dataclass(frozen=True)
class Goal:
    """A ratio to reach.

    Attributes:
        what: in words.
        ratio: of the medians; None where a part of it was not measured.
        goal: the least that meets it.
        fastest: of the fastest repeats, which say more where the machine itself is slower at times.
    """

    what: str
    ratio: float | None
    goal: float
    fastest: float | None = None

    @property
    def verdict(self) -> str:
        """``met``, ``missed``, ``not measured``, or ``not clear`` where medians and fastest repeats disagree."""
        found = {ratio >= self.goal for ratio in (self.ratio, self.fastest) if ratio is not None}
        if len(found) != 1:
            return "not clear" if found else "not measured"
        return "met" if found == {True} else "missed"


def both(rates: Rates, spread: Spread, matmul: float) -> list[Goal]:
    """Return every goal with its ratio of medians and of fastest repeats.

    Args:
        rates: medians, as of :func:`goals`.
        spread: least and most, likewise.
        matmul: as of :func:`goals`.
    """
    most = {what: {name: high for name, (_, high) in ways.items()} for what, ways in spread.items()}
    return [
        replace(goal, fastest=fastest.ratio)
        for goal, fastest in zip(goals(rates, matmul), goals(most, matmul), strict=True)
    ]


def goals(rates: Rates, matmul: float) -> list[Goal]:
    """Return every goal with its ratio.

    Args:
        rates: images a second, by what was measured and the way's name; a way's letter begins its name.
        matmul: the machine's best float32 matrix-product rate, FLOP/s.
    """

    def best(what: str, letters: str, setting: str = "") -> float | None:
        found = [rate for name, rate in rates.get(what, {}).items() if name[0] in letters and setting in name]
        return max(found, default=None)

    def over(one: float | None, other: float | None) -> float | None:
        return one / other if one and other else None

    central, mean = best("keep, centre", "e"), best("keep, mean of all windows", "e")
    peer, plain = best("full frame", "bcd"), best("full frame", "bc")
    equivalent = central * MFLOP_A_IMAGE * 1e6 if central else None
    return [
        Goal("keep, centre, over (a) out of the box", over(central, best("full frame", "a", "oneDNN default")), 8.0),
        Goal("keep, centre, over (a) in its best setting", over(central, best("full frame", "a")), 2.5),
        Goal("keep, centre, over the best peer", over(central, peer), 2.4),
        Goal("keep, mean of all windows, over the best peer", over(mean, peer), 3.0),
        Goal("full frame, over the best of (b) and (c)", over(best("full frame", "d"), plain), 1.3),
        Goal(
            "full frame in bfloat16, over ours in float32",
            over(best("full frame", "f"), best("full frame", "d")),
            1.7,
        ),
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
    lines = ["| goal | medians | fastest repeats | at least | |", "|---|---|---|---|---|"]
    for goal in found:
        median, fastest = ("-" if ratio is None else f"{ratio:.2f}" for ratio in (goal.ratio, goal.fastest))
        lines.append(f"| {goal.what} | {median} | {fastest} | {goal.goal} | {goal.verdict} |")
    return "\n".join(lines)


def rate_table(rates: Rates, spread: Spread) -> str:
    """Return the rates as a table in Markdown: medians, and the least and most of the repeats."""
    lines = ["| measured | way | images/s | least .. most |", "|---|---|---|---|"]
    for what, ways in rates.items():
        for name, rate in ways.items():
            low, high = spread[what][name]
            lines.append(f"| {what} | {name} | {rate:,.0f} | {low:,.0f} .. {high:,.0f} |")
    return "\n".join(lines)


def as_data(found: Iterable[Goal]) -> list[dict[str, Any]]:
    """Return the goals for JSON."""
    return [asdict(goal) | {"verdict": goal.verdict} for goal in found]
