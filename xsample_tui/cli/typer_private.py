"""What the command line uses of Typer that Typer keeps to itself, for which pyproject.toml has a pin."""

from __future__ import annotations

from typing import Any

import typer

# Typer carries click inside itself and does not export the root of its errors, click.ClickException.
USAGE_ERROR: Any = typer.BadParameter.__mro__[2]
