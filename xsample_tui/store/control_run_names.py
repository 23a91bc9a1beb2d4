"""Names the runs that hold a run's controls, beside it in the runs folder."""

from __future__ import annotations

import re
from typing import Literal, get_args

ControlKind = Literal["seeds", "replicates", "random", "placebo"]
CONTROL_KINDS: tuple[ControlKind, ...] = get_args(ControlKind)
# What confirm trains; it takes no part in the arms.
CONFIRM = "confirm"
_NAME = re.compile(rf"(?P<run>.+)-(?P<kind>{'|'.join((*CONTROL_KINDS, CONFIRM))})(-\d+)?")


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
