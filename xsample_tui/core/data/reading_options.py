"""How files of images are to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..errors import ArgumentError

MOST_SIDE: Final = 8192
"""Pixels that an image may be resized to in either direction."""


@dataclass(frozen=True)
class ReadingOptions:
    """What a user may ask for where a source is files of images.

    Attributes:
        size: height and width to which every image is resized; None where all have one size already.
        skip_bad: whether files that cannot be read are left out.

    Raises:
        InputError: a height or width that no image has.
    """

    size: tuple[int, int] | None = None
    skip_bad: bool = False

    def __post_init__(self) -> None:
        if self.size is not None and not all(1 <= side <= MOST_SIDE for side in self.size):
            remedy = f"choose a height and a width of 1 to {MOST_SIDE}"
            raise ArgumentError("size", "x".join(map(str, self.size)), remedy)


AS_THEY_ARE = ReadingOptions()
