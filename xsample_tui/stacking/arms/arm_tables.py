"""Lays out the tables of the arms and of their differences, once for every front end: columns, values and text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.table_text import TextColumn, drawn
from .arm_blends import ArmResult, arm_facts
from .arm_comparison import MEANINGS, ArmComparison

Row = dict[str, Any]


@dataclass(frozen=True)
class ArmColumn:
    """A column.

    Attributes:
        shown: its heading, and how it gives way where there is little room.
        text: a row's cell as text, empty where the value is not known.
    """

    shown: TextColumn
    text: Callable[[Row], str]


@dataclass(frozen=True)
class ArmTable:
    """A table: all rows in full, and the columns to choose from.

    Attributes:
        columns: by name.
        rows: plain values by name: text, numbers, None where not known.
    """

    columns: dict[str, ArmColumn]
    rows: tuple[Row, ...]

    def heads(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the heads of some columns."""
        return tuple(self.columns[name].shown.heading for name in names)

    def cells(self, names: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the text of some columns, a tuple a row."""
        return [tuple(self.columns[name].text(row) for name in names) for row in self.rows]

    def lines(self, names: Sequence[str], width: int | None = None) -> list[str]:
        """Return some columns as lines of text with aligned columns: the heads, then a line a row.

        Columns are as wide as their widest cell, with two blanks between them.

        Args:
            names: of the columns.
            width: characters of a line at most: columns are left out by their rank, and words shortened, until none
                is longer; None for as long as they are.
        """
        return drawn([self.columns[name].shown for name in names], self.cells(names), width)


def arms_table(results: dict[str, ArmResult]) -> ArmTable:
    """Return the arms, a row each, in their order. Rows have what :func:`.arm_blends.arm_facts` gives."""
    return ArmTable(_ARM_COLUMNS, tuple(arm_facts(result) for result in results.values()))


def differences_table(comparisons: Iterable[ArmComparison]) -> ArmTable:
    """Return the comparisons of arms, a row a pair, the primary one first.

    Differences are in accuracy (above 0: the first arm is better) and in log-loss, in nats (below 0: the first is
    better), each with its 95 % interval.
    """
    return ArmTable(_DIFFERENCE_COLUMNS, tuple(_difference(found) for found in comparisons))


def _difference(found: ArmComparison) -> Row:
    gap, loss = found.difference, found.log_loss
    return {
        "pair": found.name,
        "rank": found.rank,
        "difference": gap.difference,
        "low": gap.low,
        "high": gap.high,
        "over": gap.over,
        "p_holm": found.p_holm,
        "mcnemar_p": found.mcnemar_p,
        "verdict": found.verdict,
        "meaning": MEANINGS[found.name],
        "minimum_detectable": gap.detectable,
        "only_first": found.only_first,
        "only_second": found.only_second,
        "log_loss": loss.difference,
        "log_loss_low": loss.low,
        "log_loss_high": loss.high,
        "log_loss_verdict": found.log_loss_verdict,
    }


def _column(
    heading: str, text: Callable[[Row], str], words: bool = False, rank: int = 0, least: int | None = None
) -> ArmColumn:
    """Return a column; words are aligned to the left, numbers to the right."""
    return ArmColumn(TextColumn(heading, not words, rank, least), text)


def _number(name: str, form: str) -> Callable[[Row], str]:
    def text(row: Row) -> str:
        value = row[name]
        return "" if value is None or math.isnan(value) else f"{value:{form}}"

    return text


def _interval(low: str, high: str, form: str) -> Callable[[Row], str]:
    return lambda row: f"{row[low]:{form}} to {row[high]:{form}}"


def _draws(row: Row) -> str:
    mean, sd = row["mean_errors_over_draws"], row["sd_errors_over_draws"]
    return "" if mean is None else f"{mean:.1f} ± {sd or 0:.1f}"


_ARM_COLUMNS = {
    "arm": _column("arm", lambda row: str(row["arm"]), words=True),
    "title": _column("blend of", lambda row: str(row["title"]), words=True, least=26),
    "rule": _column("members", lambda row: str(row["rule"]), words=True, least=12),
    "pool": _column("pool", _number("pool", ",d"), rank=5),
    "accuracy": _column("accuracy", _number("accuracy", ".4f"), rank=1),
    "errors": _column("errors", _number("errors", ",d")),
    "wilson": _column("Wilson 95 %", _interval("low", "high", ".4f"), rank=2),
    "balanced": _column("balanced accuracy", _number("balanced_accuracy", ".4f"), rank=8),
    "log_loss": _column("log-loss", _number("log_loss", ".5f"), rank=3),
    "weighted_loss": _column("by class", _number("balanced_log_loss", ".5f"), rank=8),
    "brier": _column("Brier", _number("brier", ".5f"), rank=7),
    "ece": _column("ECE", _number("ece", ".5f"), rank=8),
    "cochran": _column("Cochran p", _number("cochran_p", ".2g"), rank=6),
    "disagreement": _column("disagree", _number("disagreement", ".4f"), rank=4),
    "double_fault": _column("two wrong", _number("double_fault", ".4f"), rank=5),
    "oracle_error": _column("all wrong", _number("oracle_error", ".4f"), rank=5),
    "draws": _column("draws: errors", _draws, rank=2),
    "seconds": _column("training, s", _number("seconds", ",.0f"), rank=6),
}
_DIFFERENCE_COLUMNS = {
    "pair": _column("arms", lambda row: str(row["pair"]), words=True),
    "meaning": _column("what it asks", lambda row: str(row["meaning"]), words=True, rank=7),
    "accuracy": _column("accuracy", _number("difference", "+.4f")),
    "interval": _column("95 %", _interval("low", "high", "+.4f"), rank=1),
    "least": _column("least", _number("minimum_detectable", ".4f"), rank=4),
    "alone": _column("alone right", lambda row: f"{row['only_first']:,} / {row['only_second']:,}", rank=6),
    "mcnemar": _column("McNemar p", _number("mcnemar_p", ".2g"), rank=2),
    "holm": _column("Holm p", _number("p_holm", ".2g"), rank=3),
    "log_loss": _column("log-loss", _number("log_loss", "+.5f"), rank=5),
    "log_loss_interval": _column("95 %", _interval("log_loss_low", "log_loss_high", "+.5f"), rank=6),
    "verdict": _column("verdict", lambda row: str(row["verdict"]), words=True),
    "ranked": _column("verdict", lambda row: f"{row['verdict']} ({row['rank']})", words=True),
}
