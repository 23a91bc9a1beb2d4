"""Pictures that a real network can be trained on in a moment."""

from tests.cli.conftest import pictures

__all__ = ["pictures"]
