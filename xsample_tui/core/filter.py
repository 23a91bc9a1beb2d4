"""The filter: a condition on a trial's facts, and what it can be about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final, Literal, get_args

from .event import TrialStatus
from .mask import MASK_KINDS

Facts = Mapping[str, float | str | None]
Operator = Literal["<", "<=", ">", ">=", "=", "!="]

NUMBERS: Final[dict[str, str]] = {
    "acc": "validation accuracy, 0..1",
    "loss": "validation loss",
    "train_acc": "training accuracy, 0..1",
    "train_loss": "training loss",
    "errors": "select pictures wrong",
    "gain": "pictures right beyond the baselines' mean",
    "paired": "images right beyond its twin, the whole-picture network of the same stream",
    "ink": "share of the ink that the mask removes, 0..1",
    "epoch": "epochs trained",
    "seconds": "time trained",
    "row": "the window's first row",
    "col": "the window's first column",
}
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "state": get_args(TrialStatus),
    "kind": ("baseline", *MASK_KINDS),
    "verdict": ("better", "worse", "uncorrected", "noise", "unknown"),
}
WORDS: Final[dict[str, tuple[str, str]]] = {
    **{state: ("state", state) for state in CHOICES["state"]},
    **{verdict: ("verdict", verdict) for verdict in ("better", "worse", "noise")},
    "marked": ("marked", "yes"),
}
SHARES: Final = frozenset({"acc", "train_acc", "ink"})


@dataclass(frozen=True)
class Filter:
    """A condition that a trial's facts meet or not."""

    def matches(self, facts: Facts) -> bool:
        """Return whether a trial is to be shown.

        Args:
            facts: a value for each of :data:`NUMBERS`, each of :data:`CHOICES`, ``name``, and ``yes`` for
                ``marked``; None, or nothing, where there is none yet.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Compare(Filter):
    """A number field against a number.

    Attributes:
        field: one of :data:`NUMBERS`.
        operator: how.
        written: the number as it was written; a ``%`` at its end divides by 100.
    """

    field: str
    operator: Operator
    written: str

    def __str__(self) -> str:
        return f"{self.field}{self.operator}{self.written}"

    @cached_property
    def _number(self) -> tuple[float, int]:
        """The number, and how many digits after its point count."""
        number = Decimal(self.written.rstrip("%"))
        digits = max(0, -int(number.as_tuple().exponent))
        if self.written.endswith("%"):
            return float(number / 100), digits + 2
        return float(number), digits

    def matches(self, facts: Facts) -> bool:
        """Compare."""
        value = facts.get(self.field)
        # A loss that is not a number is no value either.
        if not isinstance(value, float | int) or value != value:
            return False
        number, digits = self._number
        match self.operator:
            case "<":
                return value < number
            case "<=":
                return value <= number
            case ">":
                return value > number
            case ">=":
                return value >= number
            case "=":
                return round(value, digits) == round(number, digits)
            case "!=":
                return round(value, digits) != round(number, digits)


@dataclass(frozen=True)
class Is(Filter):
    """A field that has one of few values.

    Attributes:
        field: one of :data:`CHOICES`, or ``marked``.
        value: which value it must have.
    """

    field: str
    value: str

    def __str__(self) -> str:
        return self.field if self.field == "marked" else f"{self.field}:{self.value}"

    def matches(self, facts: Facts) -> bool:
        """Compare."""
        return facts.get(self.field) == self.value


@dataclass(frozen=True)
class Named(Filter):
    """Part of a name, whatever its case.

    Attributes:
        part: the part.
    """

    part: str

    def __str__(self) -> str:
        escaped = self.part.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    def matches(self, facts: Facts) -> bool:
        """Look for the part."""
        return self.part.casefold() in str(facts.get("name") or "").casefold()


@dataclass(frozen=True)
class Not(Filter):
    """What must not hold."""

    part: Filter

    def __str__(self) -> str:
        return f"!{_bracketed(self.part)}"

    def matches(self, facts: Facts) -> bool:
        """Turn round."""
        return not self.part.matches(facts)


@dataclass(frozen=True)
class Both(Filter):
    """Parts that must all hold; with none, everything is shown."""

    parts: tuple[Filter, ...] = ()

    def __str__(self) -> str:
        return " ".join(map(_bracketed, self.parts))

    def matches(self, facts: Facts) -> bool:
        """Ask all."""
        return all(part.matches(facts) for part in self.parts)


@dataclass(frozen=True)
class Either(Filter):
    """Parts of which one must hold."""

    parts: tuple[Filter, ...]

    def __str__(self) -> str:
        return " or ".join(map(_bracketed, self.parts))

    def matches(self, facts: Facts) -> bool:
        """Ask until one holds."""
        return any(part.matches(facts) for part in self.parts)


EVERYTHING: Final = Both()


def _bracketed(part: Filter) -> str:
    return f"({part})" if isinstance(part, Both | Either) else str(part)
