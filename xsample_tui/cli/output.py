"""Output: data to stdout, narration to stderr."""

from __future__ import annotations

import contextlib
import json
import math
import sys
from typing import Any

from ..core.errors import printable


def narrate(line: str) -> None:
    """Print a line for people to stderr; a terminal that is gone is no error."""
    with contextlib.suppress(OSError, ValueError):
        print(printable(line, 2000), file=sys.stderr, flush=True)


def as_json(value: Any) -> str:
    """Return a value as JSON for machines; what is not finite or not known is ``null``."""
    return json.dumps(value, indent=1, allow_nan=False)


def number(value: float, form: str) -> str:
    """Return a number in a column's form, ``9.2g``; blanks of the column's width where it is not known (nan)."""
    return f"{'':>{form.split('.')[0]}}" if math.isnan(value) else f"{value:{form}}"
