"""The order of the table's rows: the plan's, or by a column."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, get_args

from ..core.event import TrialStatus
from ..core.filter import Facts

# Where large is good, large comes first.
_LARGEST_FIRST: Final = frozenset({"acc", "train_acc", "gain", "paired", "epoch"})
_STATES: Final = {"running": 0, "paused": 1, "pending": 2, "failed": 3, "skipped": 4, "done": 5}
assert set(_STATES) == set(get_args(TrialStatus))


@dataclass(frozen=True)
class Order:
    """An order of trials.

    Attributes:
        fact: what they are ordered by, a name of the filter language; None for the plan's order.
        turned: whether the order is the other way round than it is at first.
    """

    fact: str | None = None
    turned: bool = False

    @property
    def falling(self) -> bool:
        """Whether large values come first."""
        return (self.fact in _LARGEST_FIRST) != self.turned

    def after_click(self, fact: str) -> Order:
        """Return the order after a click on a column: its own, then turned round, then the plan's."""
        if fact != self.fact:
            return Order(fact)
        return Order() if self.turned else Order(fact, turned=True)

    def arrange(self, names: Iterable[str], facts: Callable[[str], Facts]) -> list[str]:
        """Return names in this order; equals stay as they were, and those without a value come last.

        Args:
            names: in the plan's order.
            facts: gives a trial's facts.
        """
        names = list(names)
        if self.fact is None:
            return names
        if self.fact == "name":
            return names[::-1] if self.turned else names
        values = {name: _value(facts(name), self.fact) for name in names}
        known = [name for name in names if values[name] is not None]
        # Sorting falling values by their negative keeps equals in the plan's order.
        sign = -1 if self.falling else 1
        known.sort(key=lambda name: sign * (values[name] or 0.0))
        return known + [name for name in names if values[name] is None]


def _value(facts: Facts, fact: str) -> float | None:
    value = facts.get(fact)
    if fact == "state":
        return _STATES[str(value)]
    return value if isinstance(value, float | int) and value == value else None
