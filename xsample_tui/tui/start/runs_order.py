"""Sorts the rows of the list of runs; control runs stay below their run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from .run_row import RunRow

RunsField = Literal["run", "state", "done", "best window", "verdict", "tags", "age", "sweep"]
RUNS_FIELDS: Final[tuple[RunsField, ...]] = get_args(RunsField)
_STATES = ("running", "pausing", "stopping", "starting", "paused", "stalled", "crashed", "stopped", "finished")
_VERDICTS = ("helps", "no difference", "not resolved", "no verdict", "hurts")
# Fields whose larger values come first.
_FALLING: Final[frozenset[RunsField]] = frozenset({"done", "best window"})


@dataclass(frozen=True)
class RunsOrder:
    """An order of runs.

    Attributes:
        field: the column to sort by; by age the newest comes first.
        turned: whether the order is reversed.
    """

    field: RunsField = "age"
    turned: bool = False

    @property
    def falling(self) -> bool:
        """Whether values become smaller from the top."""
        return (self.field in _FALLING) != self.turned

    def after_click(self, field: RunsField) -> RunsOrder:
        """Return the order after a click on a heading: sorted by it, then reversed."""
        return RunsOrder(field, not self.turned if field == self.field else False)

    def moved(self, step: int, fields: Sequence[RunsField]) -> RunsOrder:
        """Return the order by the next column that is shown, or by an earlier one.

        Args:
            step: 1 for the next, -1 for the previous.
            fields: the columns that are shown.
        """
        if self.field not in fields:
            return RunsOrder(fields[0])
        return RunsOrder(fields[(fields.index(self.field) + step) % len(fields)])


def arranged(rows: Sequence[RunRow], order: RunsOrder) -> list[RunRow]:
    """Return rows in an order: runs by their values, control runs below their run; what has no value comes last.

    Args:
        rows: newest first, control runs below their run.
        order: the order.
    """
    heads = [row for row in rows if not row.under]
    value = _VALUES[order.field]
    known = [row for row in heads if value(row) is not None]
    # Sorted before it is turned, so that equal ones stay newest first either way.
    known.sort(key=value, reverse=order.turned)
    heads = known + [row for row in heads if value(row) is None]
    below: dict[str, list[RunRow]] = {}
    for row in rows:
        below.setdefault(row.under, []).append(row)
    return [row for head in heads for row in (head, *below.get(head.name, ()))]


def _state(row: RunRow) -> int | None:
    if row.state is None:
        return None
    # A run that ended without all of its trials comes before those that are whole.
    return 2 * _STATES.index(row.state) - (row.state == "finished" and row.failed > 0)


def _best(row: RunRow) -> float | None:
    if row.first is None:
        return None
    _, accuracy, gain = row.first
    return -(accuracy if gain is None else gain)


_VALUES: dict[RunsField, Callable[[RunRow], Any]] = {
    "run": lambda row: row.name.casefold(),
    "state": _state,
    "done": lambda row: None if row.spec is None else -row.share,
    "best window": _best,
    "verdict": lambda row: _VERDICTS.index(row.verdict) if row.verdict in _VERDICTS else None,
    "tags": lambda row: row.notes.tags or None,
    "age": lambda row: -row.created if row.created else None,
    "sweep": lambda row: row.about or None,
}
