"""A mask kind: only the disc that the window holds is seen."""

from __future__ import annotations

import numpy as np

from xsample_tui.extension import Canvas, Mask, Window


def disc(window: Window, canvas: Canvas) -> Mask:
    """Keep the pixels whose centres lie in the largest ellipse within the window."""
    rows, cols = np.indices(canvas.share.shape) + 0.5
    down = (rows - window.row - window.height / 2) / (window.height / 2)
    across = (cols - window.col - window.width / 2) / (window.width / 2)
    mask: Mask = down**2 + across**2 <= 1
    return mask
