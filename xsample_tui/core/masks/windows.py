"""Windows: rectangles of an image, and the grid of positions that a sweep visits."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ArgumentError

# The images that windows are usually made for.
_SIDE = 28


@dataclass(frozen=True, order=True)
class Window:
    """A rectangle of the image: rows ``row`` to ``row + height - 1``, columns likewise, in pixels."""

    row: int
    col: int
    height: int
    width: int


def times_larger(height: int, width: int) -> int:
    """Return by what whole factor windows and strides for 28x28 grow for images of a size; 1 for smaller ones.

    >>> times_larger(96, 96), times_larger(32, 224)
    (3, 1)
    """
    return max(1, min(height, width) // _SIDE)


def positions(length: int, size: int, stride: int) -> list[int]:
    """Return the offsets 0, stride, 2*stride, ... at which ``size`` fits in ``length``; the last one always.

    >>> positions(28, 9, 4)
    [0, 4, 8, 12, 16, 19]
    """
    last = length - size
    steps = list(range(0, last + 1, stride))
    return steps if steps[-1] == last else [*steps, last]


def grid(height: int, width: int, window_height: int, window_width: int, stride: int) -> list[Window]:
    """Return the windows of an image in reading order; the last row and column are always included.

    Args:
        height, width: the image's size in pixels.
        window_height, window_width: the window's size, 1 to the image's size.
        stride: pixels from one window to the next, at least 1.

    Raises:
        InputError: the window does not fit or a size is below 1.
    """
    _check(height, width, window_height, window_width, stride)
    rows, cols = positions(height, window_height, stride), positions(width, window_width, stride)
    return _crossings(rows, cols, window_height, window_width)


def article_grid(height: int, width: int, window_height: int, window_width: int, stride: int) -> list[Window]:
    """Return the positions of the article's loop, ``range(height - window_height)`` and so on, in its order.

    The article's ``range`` leaves out the last row and column: 19 x 19 = 361 windows for 9x9 on 28x28, where
    400 fit. With a stride above 1, the loop's own last position (not the image's) is always included.

    Raises:
        InputError: as :func:`grid`, and when the window is as large as the image, which leaves no position.
    """
    _check(height, width, window_height, window_width, stride)
    if window_height == height or window_width == width:
        raise ArgumentError(
            "window",
            f"{window_height}x{window_width}",
            "the article's loop has no position for a window as large as the image; choose a smaller one",
        )
    rows, cols = positions(height - 1, window_height, stride), positions(width - 1, window_width, stride)
    return _crossings(rows, cols, window_height, window_width)


def _crossings(rows: list[int], cols: list[int], window_height: int, window_width: int) -> list[Window]:
    return [Window(r, c, window_height, window_width) for r in rows for c in cols]


def _check(height: int, width: int, window_height: int, window_width: int, stride: int) -> None:
    if not (1 <= window_height <= height and 1 <= window_width <= width):
        raise ArgumentError(
            "window",
            f"{window_height}x{window_width}",
            f"choose from 1x1 to {height}x{width}, the image's size",
        )
    if stride < 1:
        raise ArgumentError("stride", stride, "choose a whole number of pixels, at least 1")
