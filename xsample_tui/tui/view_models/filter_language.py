"""Defines filters, the conditions that a trial's values meet or not, and the fields they can use."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final, Literal, get_args

from ...core.masks.mask_kinds import MASK_KINDS
from ...core.run_state.run_events import TrialStatus

Facts = Mapping[str, float | str | None]
Operator = Literal["<", "<=", ">", ">=", "=", "!="]

NUMBERS: Final[dict[str, str]] = {
    "acc": "accuracy on selection images, 0..1",
    "loss": "loss on selection images",
    "train_acc": "training accuracy, 0..1",
    "train_loss": "training loss",
    "errors": "misclassified selection images",
    "gain": "correct images minus the baselines' mean",
    "class_gain": "the same of the class that { and } choose",
    "z": "gain in SDs between the baselines' seeds",
    "rank": "place among the windows by errors, 1 for the best; once the run is finished, as p and p_holm",
    "p": "p-value over seeds and images, as judge has it",
    "p_holm": "the larger of p and McNemar's, after Holm's correction for all windows",
    "paired": "correct images minus those of its twin, the whole-image network of the same stream",
    "ink": "share of the pixel mass that the mask removes, 0..1",
    "epoch": "epochs trained",
    "seconds": "training time",
    "row": "first row of the window",
    "col": "first column of the window",
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
class Filter(ABC):
    """A condition that a trial's values meet or not."""

    @abstractmethod
    def matches(self, facts: Facts) -> bool:
        """Return whether to show a trial.

        Args:
            facts: a value for each of :data:`NUMBERS`, each of :data:`CHOICES`, ``name``, and ``yes`` for
                ``marked``; None or missing if there is no value yet.
        """


@dataclass(frozen=True)
class Compare(Filter):
    """Compares a number field with a number.

    Attributes:
        field: one of :data:`NUMBERS`.
        operator: the comparison.
        written: the number as typed; a ``%`` at its end divides by 100.
    """

    field: str
    operator: Operator
    written: str

    def __str__(self) -> str:
        return f"{self.field}{self.operator}{self.written}"

    @cached_property
    def _number(self) -> tuple[float, int]:
        """The number, and how many of its decimals count."""
        number = Decimal(self.written.rstrip("%"))
        digits = max(0, -int(number.as_tuple().exponent))
        if self.written.endswith("%"):
            return float(number / 100), digits + 2
        return float(number), digits

    def matches(self, facts: Facts) -> bool:
        """Compare."""
        value = facts.get(self.field)
        # A nan loss is no value either.
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
    """Tests whether a field has a value.

    Attributes:
        field: one of :data:`CHOICES`, or ``marked``.
        value: the required value.
    """

    field: str
    value: str

    def __str__(self) -> str:
        return self.field if self.field == "marked" else f"{self.field}:{self.value}"

    def matches(self, facts: Facts) -> bool:
        """Compare."""
        return facts.get(self.field) == self.value


@dataclass(frozen=True)
class NameMatches(Filter):
    """Tests whether a name contains a text, ignoring case.

    Attributes:
        part: the text.
    """

    part: str

    def __str__(self) -> str:
        escaped = self.part.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    def matches(self, facts: Facts) -> bool:
        """Search for the text."""
        return self.part.casefold() in str(facts.get("name") or "").casefold()


@dataclass(frozen=True)
class Not(Filter):
    """Negates a condition."""

    part: Filter

    def __str__(self) -> str:
        return f"!{_bracketed(self.part)}"

    def matches(self, facts: Facts) -> bool:
        """Negate."""
        return not self.part.matches(facts)


@dataclass(frozen=True)
class Both(Filter):
    """Requires all conditions; without conditions, everything matches."""

    parts: tuple[Filter, ...] = ()

    def __str__(self) -> str:
        return " ".join(map(_bracketed, self.parts))

    def matches(self, facts: Facts) -> bool:
        """Check all conditions."""
        return all(part.matches(facts) for part in self.parts)


@dataclass(frozen=True)
class Either(Filter):
    """Requires one of the conditions."""

    parts: tuple[Filter, ...]

    def __str__(self) -> str:
        return " or ".join(map(_bracketed, self.parts))

    def matches(self, facts: Facts) -> bool:
        """Check the conditions until one holds."""
        return any(part.matches(facts) for part in self.parts)


EVERYTHING: Final = Both()


def _bracketed(part: Filter) -> str:
    return f"({part})" if isinstance(part, Both | Either) else str(part)
