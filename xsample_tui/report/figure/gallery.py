"""The gallery: which pictures a run's report has, in their order."""

from __future__ import annotations

from ..findings import Findings
from . import arms, heatmap, learning, members, pixels, seen
from .picture import Picture

_MAKERS = (
    seen.picture,
    heatmap.picture,
    heatmap.smoothed_picture,
    pixels.picture,
    learning.picture,
    members.picture,
    arms.picture,
)


def gallery(found: Findings) -> list[Picture]:
    """Return the pictures that can be drawn."""
    made = (make(found) for make in _MAKERS)
    return [picture for picture in made if picture is not None]
