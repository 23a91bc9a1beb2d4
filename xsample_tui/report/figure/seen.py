"""What the networks see: a few real pictures, whole and under a window's mask."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ...core.dataset import Pictures
from ..findings import Findings
from .look import WIDTH, Look, sheet
from .picture import Picture

COUNT = 5


def picture(found: Findings) -> Picture | None:
    """Return the picture; None where the run has no window."""
    name = _shown(found)
    if name is None:
        return None
    run = found.run
    chosen = _one_a_class(found)
    whole = run.dataset.pictures[chosen]
    mask = run.plan.mask(name)
    masked = whole.copy()
    masked[:, ~mask] = 0
    return Picture(
        stem="seen",
        title="What a network sees",
        caption=f"Pictures of the data, as a baseline sees them and as {name} does: what its mask takes away is "
        "zero.",
        alt=(
            f"{len(chosen)} pictures of the data in two rows: above whole, below as {name} leaves them, with "
            f"{int(mask.sum())} of {mask.size} pixels."
        ),
        draw=lambda look: _draw(whole, masked, name, look),
    )


def _shown(found: Findings) -> str | None:
    if found.judgement is not None:
        return found.judgement.windows[0].name
    windows = found.progress.windows
    return windows[len(windows) // 2].trial.name if windows else None


def _one_a_class(found: Findings) -> list[int]:
    pictures = found.run.plan.split.fit
    labels = found.run.dataset.labels[pictures]
    return [int(pictures[np.flatnonzero(labels == label)[0]]) for label in np.unique(labels)[:COUNT]]


def _draw(whole: Pictures, masked: Pictures, name: str, look: Look) -> Figure:
    count = len(whole)
    height, width, channels = whole.shape[1:]
    side = WIDTH / max(count, 3)
    figure = sheet(min(2 * side * height / width + 0.7, 6.0))
    top = 255 if whole.dtype == np.uint8 else 1
    for row, (pictures, title) in enumerate(((whole, "whole"), (masked, name))):
        for col in range(count):
            axes = figure.add_subplot(2, count, row * count + col + 1)
            picture = pictures[col] if channels == 3 else pictures[col, :, :, 0]
            axes.imshow(picture, cmap="gray", vmin=0, vmax=top, interpolation="nearest")
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set(visible=True, color=look.muted)
            if not col:
                axes.set_title(title)
    return figure
