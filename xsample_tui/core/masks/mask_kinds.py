"""The kinds of masks: which pixels of the image a trial's network sees.

To add a kind, write a function under ``@mask_kind``: its name is what ``--mask`` takes.

A mask is a (height, width) bool array, True where the pixel stays and False where it is set to zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, printable
from ..plugin_registry import GROUPS, Registry, called
from ..seeding import generator
from .windows import Window, article_grid, grid

Mask = NDArray[np.bool_]
# A kind's name, as DRAWERS knows it.
MaskKind = str
PLACEBO_INK = 0.001


@dataclass(frozen=True)
class Canvas:
    """What a mask is drawn on.

    Attributes:
        share: (height, width) float64, each pixel's share of the ink
            (:class:`~xsample_tui.core.data.pixel_mass.InkMap`).
        seed: the run's seed, for the masks that are chosen randomly.
    """

    share: NDArray[np.float64]
    seed: int

    def blank(self, value: bool) -> Mask:
        """Return a mask that keeps everything (True) or nothing (False)."""
        return np.full(self.share.shape, value, np.bool_)

    def shuffled(self, window: Window, what: str) -> NDArray[np.int64]:
        """Return every pixel's flat index in an order drawn for this window alone."""
        order = generator(self.seed, "mask", what, window.row, window.col, window.height, window.width)
        return order.permutation(self.share.size)


Drawer = Callable[[Window, Canvas], Mask]
DRAWERS: Registry[Drawer] = Registry(GROUPS["mask"], "mask", called)


def mask_kind(draw: Drawer) -> Drawer:
    """Build a function in as the mask kind of its name."""
    return DRAWERS.add(draw.__name__, draw)


@mask_kind
def keep(window: Window, canvas: Canvas) -> Mask:
    """Zero everything outside the window: what the article's text describes."""
    mask = canvas.blank(False)
    mask[window.row : window.row + window.height, window.col : window.col + window.width] = True
    return mask


@mask_kind
def occlude(window: Window, canvas: Canvas) -> Mask:
    """Zero the inside of the window: occlusion sensitivity (Zeiler and Fergus 2013), retrained (Hooker 2019)."""
    return ~keep(window, canvas)


@mask_kind
def article(window: Window, canvas: Canvas) -> Mask:
    """Zero the two corner rectangles that the article's code zeroes: above-left and below-right of the window.

    ``x[:, :i, :j] = 0; x[:, i+h:, j+w:] = 0``: i*j + (H-h-i)*(W-w-j) pixels, never "all except the square".
    """
    mask = canvas.blank(True)
    mask[: window.row, : window.col] = False
    mask[window.row + window.height :, window.col + window.width :] = False
    return mask


@mask_kind
def random(window: Window, canvas: Canvas) -> Mask:
    """Keep randomly drawn pixels until as much ink is left as ``keep`` leaves at the same window.

    The control for "is it the window, or any random subspace?" (Ho 1998).
    """
    return random_like(keep(window, canvas), window, canvas)


def random_like(mask: Mask, window: Window, canvas: Canvas) -> Mask:
    """Return random pixels that remove as much ink as another mask does: that mask's control.

    Pixels are kept in a seeded order; their number is the one whose kept ink is nearest to the mask's, at least one.

    Args:
        mask: (height, width) bool, the mask to match.
        window: whose order of pixels is taken.
        canvas: what both are drawn on.
    """
    target = float(canvas.share[mask].sum())
    order = canvas.shuffled(window, "random")
    kept = np.cumsum(canvas.share.ravel()[order])
    count = int(np.argmin(np.abs(kept - target))) + 1
    drawn = canvas.blank(False)
    drawn.ravel()[order[:count]] = True
    return drawn


@mask_kind
def placebo(window: Window, canvas: Canvas) -> Mask:
    """Zero randomly chosen pixels while the ink they remove stays under 0.1 %: an effect of it is noise."""
    # Many pixels hold too much ink to fit; those that fit are taken in the random order.
    taken, total = [], 0.0
    for pixel in canvas.shuffled(window, "placebo"):
        ink = float(canvas.share.flat[pixel])
        if total + ink < PLACEBO_INK:
            taken.append(pixel)
            total += ink
    mask = canvas.blank(True)
    mask.ravel()[np.asarray(taken, np.int64)] = False
    return mask


MASK_KINDS = DRAWERS.builtin


def draw(kind: MaskKind, windows: Sequence[Window], canvas: Canvas) -> list[Mask]:
    """Return the masks of a kind at some windows.

    Raises:
        InputError: there is no such kind, or the package that brings it fails at one of the windows.
    """
    drawer = DRAWERS.find(kind)
    if kind in MASK_KINDS:
        return [drawer(window, canvas) for window in windows]
    return [_checked(kind, drawer, window, canvas) for window in windows]


def _checked(kind: MaskKind, drawer: Drawer, window: Window, canvas: Canvas) -> Mask:
    """Draw a mask by what a package brings, which may do anything."""
    blank = canvas.blank(True)
    try:
        mask = np.asarray(drawer(window, canvas))
    except Exception as error:
        problem = f"{type(error).__name__}: {printable(error, 200)}"
    else:
        if mask.shape == blank.shape and mask.dtype == np.bool_:
            return mask
        problem = f"a mask of shape {mask.shape} and dtype {mask.dtype}, where {blank.shape} bool is wanted"
    raise ArgumentError("mask", kind, f"the extension {DRAWERS.origin(kind)} returned at {window}: {problem}")


def windows_for(kind: MaskKind, shape: tuple[int, int], size: tuple[int, int], stride: int) -> list[Window]:
    """Return the windows a sweep of ``kind`` visits: the article's own loop for its masks, else the whole grid.

    Raises:
        InputError: the window does not fit the image, or the stride is below 1.
    """
    lay = article_grid if kind == "article" else grid
    return lay(*shape, *size, stride)
