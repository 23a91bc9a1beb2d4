"""The error for data that cannot be understood; whoever reads it knows where it came from, and says so."""

from __future__ import annotations


class NotUnderstood(ValueError):
    """Data that cannot be understood.

    Attributes:
        value: what is wrong.
        remedy: what to do.
    """

    def __init__(self, value: str, remedy: str) -> None:
        super().__init__(value, remedy)
        self.value, self.remedy = value, remedy
