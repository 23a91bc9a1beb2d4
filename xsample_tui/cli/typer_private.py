"""What the command line uses of Typer that Typer keeps to itself, for which pyproject.toml has a pin."""

from __future__ import annotations

from typing import Any

import typer

# Typer carries click inside itself and does not export the root of its errors, click.ClickException.
USAGE_ERROR: Any = typer.BadParameter.__mro__[2]


def usage_line(error: Any) -> str:
    """Return an error of usage as one line; what may have been meant is asked for, as everywhere.

    Args:
        error: one of ``USAGE_ERROR``.
    """
    possible = getattr(error, "possibilities", None)
    if not possible:
        return str(error.format_message())
    return f"{error.message}. Did you mean {' or '.join(sorted(possible))}?"
