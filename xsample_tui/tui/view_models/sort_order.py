"""Sorts the rows of the table by a column, or leaves them in the order of the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, get_args

from ...core.run_state.run_events import TrialStatus
from .filter_language import Facts

# Fields where larger is better: the largest comes first.
_LARGEST_FIRST: Final = frozenset({"acc", "train_acc", "gain", "class_gain", "z", "paired", "epoch"})
_STATES: Final = {"running": 0, "paused": 1, "pending": 2, "failed": 3, "skipped": 4, "parked": 5, "done": 6}
assert set(_STATES) == set(get_args(TrialStatus))


@dataclass(frozen=True)
class Order:
    """An order of trials.

    Attributes:
        fact: the field to sort by, a name of the filter language; None for the order of the plan.
        turned: whether the order is reversed.
    """

    fact: str | None = None
    turned: bool = False

    @property
    def falling(self) -> bool:
        """Whether large values come first."""
        return (self.fact in _LARGEST_FIRST) != self.turned

    def after_click(self, fact: str) -> Order:
        """Return the order after a click on a column: sorted, then reversed, then unsorted."""
        if fact != self.fact:
            return Order(fact)
        return Order() if self.turned else Order(fact, turned=True)

    def arrange(self, names: Iterable[str], facts: Callable[[str], Facts]) -> list[str]:
        """Return names in this order; equal ones stay in order, and those without a value come last.

        Args:
            names: in the order of the plan.
            facts: returns a trial's values.
        """
        names = list(names)
        if self.fact is None:
            return names
        if self.fact == "name":
            return names[::-1] if self.turned else names
        values = {name: _value(facts(name), self.fact) for name in names}
        known = [name for name in names if values[name] is not None]
        # Sorting by the negative value keeps equal ones in the order of the plan.
        sign = -1 if self.falling else 1
        known.sort(key=lambda name: sign * (values[name] or 0.0))
        return known + [name for name in names if values[name] is None]


def _value(facts: Facts, fact: str) -> float | None:
    value = facts.get(fact)
    if fact == "state":
        return _STATES[str(value)]
    return value if isinstance(value, float | int) and value == value else None
