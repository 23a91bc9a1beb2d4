"""Tables of the report: titles, columns and cells, as text."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.errors import printable
from ..core.results import rows as trial_rows
from ..core.stats.standing import WORDS
from ..stacking.arms import TITLES
from ..stacking.comparison import MEANINGS
from ..stacking.ledger import Ledger
from .findings import Findings


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        anchor: its name in the page.
        title: over it.
        columns: their heads.
        rows: cells, as many as columns.
        words: how many of the first columns are words; the others are numbers, aligned to the right.
        note: under it.
        folded: whether it is closed until somebody opens it.
    """

    anchor: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    words: int = 1
    note: str = ""
    folded: bool = False


def tables(found: Findings) -> list[Table]:
    """Return the tables that the findings give, in their order."""
    made = [
        _claims(found),
        _arms(found),
        _differences(found),
        _blends(found),
        _judgement(found),
        _trials(found),
        _ledger(found),
        _protocol(found),
        _fingerprint(found),
        _hashes(found),
    ]
    return [table for table in made if table is not None]


def _claims(found: Findings) -> Table | None:
    if not found.claims:
        return None
    rows = [(claim.about, claim.article, claim.run) for claim in found.claims]
    return Table("claims", "The article's claims beside this run", ("", "article", "this run"), rows, words=3)


def _arms(found: Findings) -> Table | None:
    if not found.arms:
        return None
    rows = []
    for letter, result in found.arms.items():
        s, d = result.blend.score, result.diversity
        lots = "" if result.mean_errors is None else f"{result.mean_errors:.1f} ± {result.sd_errors or 0:.1f}"
        rows.append(
            (
                f"{letter} {TITLES[letter]}",
                f"{len(result.plan.pool)}",
                f"{s.accuracy:.4f}",
                f"{s.errors:,}",
                f"{s.low:.4f} to {s.high:.4f}",
                f"{s.log_loss:.5f}",
                f"{s.brier:.5f}",
                f"{s.ece:.5f}",
                f"{result.cochran.p:.2g}",
                f"{d.disagreement:.4f}",
                f"{d.double_fault:.4f}",
                f"{d.oracle_error:.4f}",
                lots,
                f"{result.seconds:,.0f}",
            )
        )
    first = found.arms["A"].blend.score
    return Table(
        "arms",
        "The arms",
        (
            "arm",
            "chosen from",
            "accuracy",
            "errors",
            "Wilson 95 %",
            "log-loss",
            "Brier",
            "ECE",
            "Cochran p",
            "disagree",
            "two wrong",
            "all wrong",
            "draws: errors",
            "training, s",
        ),
        rows,
        note=(
            f"{len(found.arms['A'].members)} members each (G: one), on {first.n:,} select pictures. ECE over "
            f"{first.ece_bins} bins of equal mass, n = {first.n:,}. Draws: mean and standard deviation of the errors "
            "over random draws of the members. Cochran: whether the members have equal accuracies."
        ),
    )


def _differences(found: Findings) -> Table | None:
    if not found.comparisons:
        return None
    rows = []
    for c in found.comparisons:
        d, loss = c.difference, c.log_loss
        rows.append(
            (
                c.name,
                MEANINGS[c.name],
                f"{c.verdict} ({c.rank})",
                _signed(d.difference),
                f"{_signed(d.low)} to {_signed(d.high)}",
                f"{c.only_first:,} / {c.only_second:,}",
                "" if c.mcnemar_p is None else f"{c.mcnemar_p:.2g}",
                _signed(loss.difference, 5),
                f"{_signed(loss.low, 5)} to {_signed(loss.high, 5)}",
                f"{d.detectable:.4f}",
            )
        )
    columns = (
        "",
        "what it asks",
        "verdict",
        "accuracy",
        "95 %",
        "alone right",
        "McNemar p",
        "log-loss",
        "95 %",
        "least",
    )
    return Table(
        "differences",
        "Differences between the arms",
        columns,
        rows,
        words=3,
        note=(
            f"Intervals are over {found.comparisons[0].difference.over}, with the windows fixed. The primary "
            "comparison was fixed in advance; the secondary ones are corrected by Holm. Alone right: images that "
            "only the first, or only the second has right. Least: the difference that would be found in 4 of 5 "
            "repetitions."
        ),
    )


def _blends(found: Findings) -> Table | None:
    if not found.blends or found.library is None or found.rule is None:
        return None
    rows = []
    for blend in found.blends:
        s = blend.score
        rows.append(
            (
                blend.blender.title,
                f"{s.accuracy:.4f}",
                f"{s.errors:,}",
                f"{s.low:.4f} to {s.high:.4f}",
                f"{s.log_loss:.5f}",
                f"{s.brier:.5f}",
                f"{s.ece:.5f}",
                f"{blend.whole.temperature:.3f}",
            )
        )
    members = ", ".join(found.library.members[i].name for i in found.blends[0].whole.members)
    return Table(
        "blends",
        "Blends of the best windows",
        ("blend", "accuracy", "errors", "Wilson 95 %", "log-loss", "Brier", "ECE", "temperature"),
        rows,
        note=(
            f"{found.rule.words()}: {members}. The first was fixed in advance; the others are for comparison. "
            "Everything chosen or fitted is cross-fitted over five folds of select."
        ),
    )


def _judgement(found: Findings) -> Table | None:
    judgement = found.judgement
    if judgement is None:
        return None
    rows = [
        (
            window.name,
            WORDS[window.standing],
            f"{window.errors:,}",
            _signed(window.gain, 1),
            "" if math.isnan(window.low) else f"{_signed(window.low, 1)} to {_signed(window.high, 1)}",
            _number(window.p, ".2g"),
            "" if window.twin is None else f"{window.twin}: {_signed(window.paired_gain or 0, 0)}",
            f"{window.only_window:,} / {window.only_baseline:,}",
            _number(window.mcnemar_p, ".2g"),
            _number(window.p_holm, ".2g"),
        )
        for window in judgement.windows
    ]
    return Table(
        "judgement",
        "Each window against the baselines",
        ("window", "standing", "errors", "gain", "95 %", "p", "gain on its twin", "alone right", "McNemar p", "Holm"),
        rows,
        words=2,
        note=(
            "Gain: images beyond the baselines' mean, with its interval and p over seeds and images. The twin is the "
            "whole-picture network of the same stream. McNemar's exact test is against the twin, else against the "
            "first baseline. Standing: after Holm's correction at 5 % of the larger p."
        ),
        folded=len(rows) > 12,
    )


def _trials(found: Findings) -> Table:
    rows = []
    for row in trial_rows(found.progress):
        status = str(row["status"])
        message = printable(row["message"] or "", 120)
        rows.append(
            (
                str(row["trial"]),
                f"{status}: {message}" if status == "failed" and message else status,
                f"{row['epochs']:,}",
                _number(row["val_accuracy"], ".4f"),
                _number(row["val_errors"], ",d"),
                _number(row["val_loss"], ".5f"),
                "" if row["gain"] is None else _signed(float(row["gain"]), 1),
                f"{row['pixels_zeroed']:,}",
                f"{100 * float(row['ink_removed'] or 0):.4g} %",
                f"{row['images_touched']:,}",
                f"{float(row['seconds'] or 0):,.1f}",
            )
        )
    return Table(
        "trials",
        "Every training",
        (
            "trial",
            "state",
            "epochs",
            "accuracy",
            "errors",
            "loss",
            "gain",
            "pixels zeroed",
            "ink removed",
            "pictures touched",
            "seconds",
        ),
        rows,
        words=2,
        note=(
            "Accuracy, errors and loss on the pictures that trials are judged on, after the epoch whose weights "
            "count; gain against the baselines at the same epoch. Ink and pictures touched: of the fit pictures."
        ),
        folded=len(rows) > 12,
    )


def _ledger(found: Findings) -> Table:
    ledger = Ledger(found.run) if found.library is None else found.library.ledger
    openings = ledger.openings()
    rows = [(when(opening.at), printable(opening.command), printable(opening.what, 300)) for opening in openings]
    note = "" if rows else "The test set of this run has never been opened."
    if found.article:
        note = "Under the article's protocol the test set was used throughout, whatever this ledger says."
    return Table(
        "ledger", "Openings of the test set", ("when", "command", "what was judged"), rows, words=3, note=note
    )


def _protocol(found: Findings) -> Table:
    spec = found.run.spec
    parts = spec.model_dump(exclude={"version", "windows", "training", "machine"})
    for name, part in (("window", spec.windows), ("training", spec.training), ("machine", spec.machine)):
        parts |= {f"{name}: {key}": value for key, value in part.model_dump().items()}
    rows = [(key.replace("_", " "), _value(value)) for key, value in parts.items()]
    rows += [(f"split: {name}", f"{count:,} pictures") for name, count in found.run.plan.split.sizes().items()]
    rows.append(("laid out", when(found.run.document.created)))
    return Table("protocol", "Protocol", ("", "value"), rows, words=2, folded=True)


def _fingerprint(found: Findings) -> Table:
    rows = [(key, printable(value, 300)) for key, value in found.run.document.fingerprint.items()]
    drifted = sorted({line for record in _records(found) for line in record})
    note = "" if not drifted else f"Some trainings went on with other software or hardware: {'; '.join(drifted)}."
    return Table("fingerprint", "Machine and software", ("", "value"), rows, words=2, note=note, folded=True)


def _records(found: Findings) -> list[tuple[str, ...]]:
    records = (found.run.record(trial.name) for trial in found.run.document.trials)
    return [record.drifted for record in records if record is not None]


def _hashes(found: Findings) -> Table:
    document = found.run.document
    rows = [
        ("pictures and labels", document.dataset_digest),
        ("split", document.split_digest),
        ("masks", document.masks_digest),
    ]
    note = "SHA-256. Two runs with the same hashes saw the same pictures, split in the same way."
    return Table("hashes", "Hashes", ("", "SHA-256"), rows, words=2, note=note, folded=True)


def when(at: float) -> str:
    """Return a Unix time in seconds as date and time of day, UTC."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(printable(part) for part in value) or "all"
    return "all" if value is None else printable(value, 200)


def _number(value: object, form: str) -> str:
    if not isinstance(value, int | float) or math.isnan(value):
        return ""
    text = f"{value:{form}}"
    return f"−{text[1:]}" if text.startswith("-") else text


def _signed(value: float, digits: int = 4) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")
