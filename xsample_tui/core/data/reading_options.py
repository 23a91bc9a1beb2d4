"""How files of images are to be read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadingOptions:
    """What a user may ask for where a source is files of images.

    Attributes:
        size: height and width to which every image is resized; None where all have one size already.
        skip_bad: whether files that cannot be read are left out.
    """

    size: tuple[int, int] | None = None
    skip_bad: bool = False


AS_THEY_ARE = ReadingOptions()
