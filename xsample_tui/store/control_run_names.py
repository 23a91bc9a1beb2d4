"""Names and finds the runs that hold a run's controls, beside it in the runs folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, get_args

from .run.access_rights import is_run

ControlKind = Literal["seeds", "replicates", "random", "placebo"]
CONTROL_KINDS: tuple[ControlKind, ...] = get_args(ControlKind)
# What confirm trains; it takes no part in the arms.
CONFIRM = "confirm"
# Members trained on train and selection images together, which only predict.
REFIT = "refit"
_NAME = re.compile(rf"(?P<run>.+)-(?P<kind>{'|'.join((*CONTROL_KINDS, CONFIRM, REFIT))})(-\d+)?")


def beside(run: str, kind: str, number: int = 1) -> str:
    """Return the name of a run beside a run: the run's and the kind; from the second of a kind on with its number.

    >>> beside("digits", "seeds"), beside("digits", "seeds", 2)
    ('digits-seeds', 'digits-seeds-2')
    """
    return f"{run}-{kind}" + (f"-{number}" if number > 1 else "")


def parts_of(name: str) -> tuple[str, str] | None:
    """Return the run that a run may be beside, and its kind; None where its name is no such one.

    >>> parts_of("digits-seeds-2"), parts_of("digits")
    (('digits', 'seeds'), None)
    """
    match = _NAME.fullmatch(name)
    return None if match is None else (match["run"], match["kind"])


def control_runs_under(runs: Path, name: str) -> list[str]:
    """Return the names of the control runs of a run, theirs included, in alphabetical order.

    Raises:
        OSError: the runs folder cannot be read.
    """
    return sorted(path.name for path in runs.iterdir() if _under(path.name, name) and is_run(path))


def _under(name: str, run: str) -> bool:
    while (parts := parts_of(name)) is not None:
        name = parts[0]
        if name == run:
            return True
    return False
