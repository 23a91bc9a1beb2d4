"""How files of images are to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..errors import ArgumentError

MOST_SIDE: Final = 8192
"""Pixels that an image may be resized to in either direction."""


@dataclass(frozen=True)
class ReadingOptions:
    """What a user may ask for where a source is files of images, a table, or IDX files.

    Attributes:
        size: height and width to which every image is resized; None where all have one size already.
        skip_bad: whether files that cannot be read are left out.
        label_column: the column of a table that holds the labels; None for the one whose name says so.
        transpose: whether rows and columns of images are exchanged, as EMNIST needs it; None where the files' names
            decide.

    Raises:
        InputError: a height or width that no image has.
    """

    size: tuple[int, int] | None = None
    skip_bad: bool = False
    label_column: str | None = None
    transpose: bool | None = None

    def __post_init__(self) -> None:
        if self.size is not None and not all(1 <= side <= MOST_SIDE for side in self.size):
            remedy = f"choose a height and a width of 1 to {MOST_SIDE}"
            raise ArgumentError("size", "x".join(map(str, self.size)), remedy)

    def transposed(self, name: str) -> bool:
        """Return whether images of a file of that name are to be transposed: EMNIST's are stored by columns."""
        return "emnist" in name.lower() if self.transpose is None else self.transpose


AS_THEY_ARE = ReadingOptions()
