"""The report's tables as text: titles, columns and cells."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.errors import printable
from ..core.run_state.result_rows import rows as trial_rows
from ..core.stats.significance import WORDS
from ..stacking.arms.arm_tables import arms_table, differences_table
from ..stacking.findings.weighted_scores import add_weighted_scores
from ..stacking.findings.window_classes import COLUMNS as CLASS_COLUMNS
from ..stacking.pool.shared_ledger import SharedLedger
from .report_findings import Findings

_ARMS = (
    "arm", "title", "pool", "accuracy", "errors", "wilson", "balanced", "log_loss", "weighted_loss", "brier", "ece",
    "cochran", "disagreement", "double_fault", "oracle_error", "draws", "seconds",
)  # fmt: skip
_DIFFERENCES = (
    "pair", "meaning", "ranked", "accuracy", "interval", "alone", "mcnemar", "log_loss", "log_loss_interval", "least",
)  # fmt: skip
_MINUS = re.compile(r"(?<!\w)-(?=\d)")


@dataclass(frozen=True)
class ReportTable:
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


def tables(found: Findings) -> list[ReportTable]:
    """Return the tables that the findings give, in their order."""
    made = [
        _claims(found),
        _arms(found),
        _differences(found),
        _blends(found),
        _judgement(found),
        _classes(found),
        _trials(found),
        _ledger(found),
        _protocol(found),
        _fingerprint(found),
        _hashes(found),
    ]
    return [table for table in made if table is not None]


def _claims(found: Findings) -> ReportTable | None:
    if not found.claims:
        return None
    rows = [(claim.about, claim.article, claim.run) for claim in found.claims]
    return ReportTable("claims", "The article's claims beside this run", ("", "article", "this run"), rows, words=3)


def _arms(found: Findings) -> ReportTable | None:
    if not found.arms:
        return None
    table = arms_table(found.arms)
    first = found.arms["A"].blend.score
    return ReportTable(
        "arms",
        "The arms",
        table.heads(_ARMS),
        _typeset(table.cells(_ARMS)),
        words=2,
        note=(
            f"{len(found.arms['A'].members)} members each (G: one), on {first.n:,} select images. Pool: how many "
            f"trials they were chosen from. ECE over {first.ece_bins} bins of equal mass, n = {first.n:,}. Draws: "
            "mean and standard deviation of the errors "
            "over random draws of the members. Cochran: whether the members have equal accuracies."
        ),
    )


def _differences(found: Findings) -> ReportTable | None:
    if not found.comparisons:
        return None
    table = differences_table(found.comparisons)
    return ReportTable(
        "differences",
        "Differences between the arms",
        table.heads(_DIFFERENCES),
        _typeset(table.cells(_DIFFERENCES)),
        words=3,
        note=(
            f"Intervals are over {found.comparisons[0].difference.over}, with the windows fixed. The primary "
            "comparison was fixed in advance; the secondary ones are corrected by Holm. Alone right: images that "
            "only the first, or only the second has right. Least: the difference that would be found in 4 of 5 "
            "repetitions."
        ),
    )


def _blends(found: Findings) -> ReportTable | None:
    if not found.blends or found.models is None or found.rule is None:
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
                f"{s.balanced_accuracy:.4f}",
                f"{s.log_loss:.5f}",
                f"{s.balanced_log_loss:.5f}",
                f"{s.brier:.5f}",
                f"{s.ece:.5f}",
                f"{blend.whole.temperature:.3f}",
            )
        )
    members = ", ".join(found.models.members[i].name for i in found.blends[0].whole.members)
    return ReportTable(
        "blends",
        "Blends of the best windows",
        (
            "blend",
            "accuracy",
            "errors",
            "Wilson 95 %",
            "balanced accuracy",
            "log-loss",
            "by class",
            "Brier",
            "ECE",
            "temperature",
        ),
        rows,
        note=(
            f"{found.rule.words()}: {members}. The first was fixed in advance; the others are for comparison. "
            "Everything chosen or fitted is cross-fitted over five folds of select. Balanced accuracy, and log-loss "
            "by class: means over the classes, however many images each has."
        ),
    )


def _judgement(found: Findings) -> ReportTable | None:
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
    return ReportTable(
        "judgement",
        "Each window against the baselines",
        ("window", "standing", "errors", "gain", "95 %", "p", "gain on its twin", "alone right", "McNemar p", "Holm"),
        rows,
        words=2,
        note=(
            "Gain: images beyond the baselines' mean, with its interval and p over seeds and images. The twin is the "
            "whole-image network of the same stream. McNemar's exact test is against the twin, else against the "
            "first baseline. Standing: after Holm's correction at 5 % of the larger p."
        ),
        folded=len(rows) > 12,
    )


def _classes(found: Findings) -> ReportTable | None:
    if found.classes is None:
        return None
    return ReportTable(
        "classes",
        "The windows by class",
        tuple(column.heading for column in CLASS_COLUMNS),
        _typeset(found.classes.cells()),
        note=(
            f"{' '.join(f'{line[0].upper()}{line[1:]}.' for line in found.classes.sentences())} Gains in images of "
            "the class beyond the baselines' mean; a star marks what is significant. Least found: the difference of "
            "one window that is found in 4 of 5 repetitions after that correction."
        ),
        folded=len(found.classes.classes) > 12,
    )


def _trials(found: Findings) -> ReportTable:
    rows = []
    for row in add_weighted_scores(found.run, trial_rows(found.progress), found.models):
        status = str(row["status"])
        message = printable(row["message"] or "", 120)
        rows.append(
            (
                str(row["trial"]),
                f"{status}: {message}" if status == "failed" and message else status,
                f"{row['epochs']:,}",
                _number(row["val_accuracy"], ".4f"),
                _number(row["val_errors"], ",d"),
                _number(row["balanced_accuracy"], ".4f"),
                _number(row["val_loss"], ".5f"),
                _number(row["balanced_log_loss"], ".5f"),
                "" if row["gain"] is None else _signed(float(row["gain"]), 1),
                f"{row['pixels_zeroed']:,}",
                f"{100 * float(row['ink_removed'] or 0):.4g} %",
                f"{row['images_touched']:,}",
                f"{float(row['seconds'] or 0):,.1f}",
            )
        )
    return ReportTable(
        "trials",
        "Every training",
        (
            "trial",
            "state",
            "epochs",
            "accuracy",
            "errors",
            "balanced accuracy",
            "loss",
            "loss by class",
            "gain",
            "pixels zeroed",
            "ink removed",
            "images touched",
            "seconds",
        ),
        rows,
        words=2,
        note=(
            "Accuracy, errors and loss on the images that trials are judged on, after the epoch whose weights "
            "count; gain against the baselines at the same epoch. Balanced accuracy and loss by class: means over "
            "the classes, however many images each has. Ink and images touched: of the fit images."
        ),
        folded=len(rows) > 12,
    )


def _ledger(found: Findings) -> ReportTable:
    ledger = SharedLedger(found.run) if found.models is None else found.models.ledger
    openings = ledger.openings()
    rows = [(when(opening.at), printable(opening.command), printable(opening.what, 300)) for opening in openings]
    note = "" if rows else "The test set of this run has never been opened."
    if found.article:
        note = "Under the article's protocol the test set was used throughout, whatever this ledger says."
    return ReportTable(
        "ledger", "Openings of the test set", ("when", "command", "what was judged"), rows, words=3, note=note
    )


def _protocol(found: Findings) -> ReportTable:
    spec = found.run.spec
    parts = spec.model_dump(exclude={"version", "windows", "training", "machine"})
    for name, part in (("window", spec.windows), ("training", spec.training), ("machine", spec.machine)):
        parts |= {f"{name}: {key}": value for key, value in part.model_dump().items()}
    rows = [(key.replace("_", " "), _value(value)) for key, value in parts.items()]
    rows += [(f"split: {name}", f"{count:,} images") for name, count in found.run.plan.split.sizes().items()]
    rows.append(("laid out", when(found.run.document.created)))
    return ReportTable("protocol", "Protocol", ("", "value"), rows, words=2, folded=True)


def _fingerprint(found: Findings) -> ReportTable:
    rows = [(key, printable(value, 300)) for key, value in found.run.document.fingerprint.items()]
    drifted = sorted({line for record in _records(found) for line in record})
    note = (
        "" if not drifted else f"Some trainings were resumed with other software or hardware: {'; '.join(drifted)}."
    )
    return ReportTable("fingerprint", "Machine and software", ("", "value"), rows, words=2, note=note, folded=True)


def _records(found: Findings) -> list[tuple[str, ...]]:
    records = (found.run.record(trial.name) for trial in found.run.document.trials)
    return [record.drifted for record in records if record is not None]


def _hashes(found: Findings) -> ReportTable:
    document = found.run.document
    rows = [
        ("images and labels", document.dataset_digest),
        ("split", document.split_digest),
        ("masks", document.masks_digest),
    ]
    note = "SHA-256. Two runs with the same hashes saw the same images, split in the same way."
    return ReportTable("hashes", "Hashes", ("", "SHA-256"), rows, words=2, note=note, folded=True)


def when(at: float) -> str:
    """Return a Unix time in seconds as date and time of day, UTC."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(printable(part) for part in value) or "all"
    return "all" if value is None else printable(value, 200)


def _typeset(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Write the minus of numbers as one; a hyphen stays one."""
    return [tuple(_MINUS.sub("−", cell) for cell in row) for row in rows]


def _number(value: object, form: str) -> str:
    if not isinstance(value, int | float) or math.isnan(value):
        return ""
    text = f"{value:{form}}"
    return f"−{text[1:]}" if text.startswith("-") else text


def _signed(value: float, digits: int = 4) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")
