"""Brings arrays of images into one form: channels last, bytes in 0..255 or floats in 0..1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .dataset import Images

_DEEP = (1023, 4095, 16383, 65535)
"""White of images of 10, 12, 14 and 16 bits."""
_SLIP = 0.01
"""Floats that leave 0..1 by less are slips of it."""
_LARGEST = 255.0
_AT_ONCE = 256
"""Images whose transparency is laid over black at once."""
_COMPARED = 64
"""Images that are compared when it is found how flat colours are laid out."""

Order = Literal["rows", "last", "first", "flat", "flat last", "flat first"]
ValueRange = tuple[tuple[float, float], ...]


class NoPixels(ValueError):
    """An array that holds no images.

    Attributes:
        value: what is wrong.
        remedy: what to do.
        part: which of several arrays it is about.
    """

    def __init__(self, value: object, remedy: str, part: int = 0) -> None:
        super().__init__(value, remedy)
        self.value, self.remedy, self.part = value, remedy, part


@dataclass(frozen=True)
class Layout:
    """How an array holds images.

    Attributes:
        order: ``rows``: (n, height, width); ``last`` or ``first``: with 1 or 3 channels there; ``flat``: (n, pixels)
            of one channel; ``flat last``: the channels of a pixel beside one another; ``flat first``: a whole channel
            after the other.
        shape: height, width and channels.
    """

    order: Order
    shape: tuple[int, int, int]

    def apply(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return an array of this layout as (n, height, width, channels); mostly a view."""
        height, width, channels = self.shape
        if self.order in ("first", "flat first"):
            return np.moveaxis(array.reshape(len(array), channels, height, width), 1, 3)
        return array.reshape(len(array), height, width, channels)

    @property
    def note(self) -> str | None:
        """What was converted, in words; None where nothing was."""
        height, width, channels = self.shape
        match self.order:
            case "first":
                return f"channels came first ({channels}), now they come last"
            case "flat":
                return f"{height * width:,} values a row became images of {height}x{width}"
            case "flat last" | "flat first":
                each = "three values a pixel" if self.order == "flat last" else "red, then green, then blue"
                return f"{3 * height * width:,} values a row became images of {height}x{width} ({each})"
        return None


def layout_of(array: NDArray[Any], known: tuple[int, int, int] | None = None) -> Layout:
    """Return how an array holds images.

    Flat colours are read in the way in which neighbours differ less.

    Args:
        array: (n, height, width), with 1 or 3 channels after or before these, 2 or 4 with transparency, or
            (n, values).
        known: height, width and channels, where only those will do.

    Raises:
        NoPixels: the shape is none of these, or the values of a row make no square image.
    """
    shape = array.shape
    if len(shape) == 3:
        return Layout("rows", (shape[1], shape[2], 1))
    if len(shape) == 4:
        last, first = shape[3] in (1, 3), shape[1] in (1, 3)
        if not (last or first):
            # Grey or colours, and how opaque each pixel is.
            last, first = shape[3] in (2, 4), shape[1] in (2, 4)
        if last and first and known is not None:
            last = shape[1:] == known
        if last:
            return Layout("last", (shape[1], shape[2], shape[3]))
        if first:
            return Layout("first", (shape[2], shape[3], shape[1]))
    if len(shape) == 2 and shape[1] > 1:
        if (frame := _frame(shape[1], known)) is not None:
            if frame[2] == 1:
                return Layout("flat", frame)
            return min(
                (Layout("flat last", frame), Layout("flat first", frame)), key=lambda one: _roughness(one, array)
            )
        wanted = (
            "that are square images, grey or in three colours" if known is None else f"of {math.prod(known):,} a row"
        )
        remedy = f"must be (n, height, width), or (n, values) {wanted}"
        raise NoPixels(f"shape {shape}", remedy)
    remedy = (
        "must be (n, height, width), (n, height, width, channels) or (n, channels, height, width), 1 or 3 channels, "
        "2 or 4 with transparency"
    )
    raise NoPixels(f"shape {shape}", remedy)


def over_black(array: NDArray[Any], part: int = 0) -> NDArray[Any]:
    """Return images with transparency laid over black, of the same dtype, without their last channel.

    Args:
        array: (n, height, width, 2 or 4), the last channel from 0, clear, to opaque: 255, of uint16 above that 65535,
            of floats up to 1 1.
        part: which of several arrays it is, for errors.

    Raises:
        NoPixels: booleans; negative values, which are no transparency.
    """
    low, high = _bounds(array, part)
    if array.dtype.kind == "b" or low < 0:
        value = "dtype bool" if array.dtype.kind == "b" else low
        raise NoPixels(value, "2 or 4 channels must hold transparency from 0 on; pass 1 or 3 channels", part)
    found = np.empty((*array.shape[:3], array.shape[3] - 1), array.dtype)
    for start in range(0, len(array), _AT_ONCE):
        some = array[start : start + _AT_ONCE]
        if array.dtype.kind == "f":
            laid: NDArray[Any] = some[..., :-1] * (some[..., -1:] / (1 if high <= 1 else 255))
        else:
            opaque = 255 if high <= 255 else 65535
            laid = (some[..., :-1].astype(np.uint64) * some[..., -1:].astype(np.uint64) + opaque // 2) // opaque
        found[start : start + _AT_ONCE] = laid
    return found


def standard_values(
    stacks: Sequence[NDArray[Any]], known: ValueRange | None = None
) -> tuple[Images, ValueRange, str | None]:
    """Return the images of all parts joined, bytes in 0..255 or float32 in 0..1.

    Integers of 0..255 become bytes, True 255, uint16 above 255 is divided by the least white of 10, 12, 14 or 16 bits
    that is above all. Floats of 0..1 stay, of 0..255 are divided by 255, of -1..1 are halved and raised; any others
    that have negative values, as standardised ones, are stretched from the least to the greatest value of each
    channel. All parts are converted alike.

    Args:
        stacks: (n, height, width, channels) each.
        known: black and white of the images that a run was laid out with, which then hold here: of each channel, or
            one pair for all; empty where nothing was converted; None where there is no run.

    Returns:
        The images; what black and white were, empty where they were usual; and what was converted in words, None
        for nothing.

    Raises:
        NoPixels: another dtype; NaN or infinity; integers outside 0..255; floats that fit none of these ranges.
    """
    for part, stack in enumerate(stacks):
        if stack.dtype.kind not in "uifb":
            raise NoPixels(f"dtype {stack.dtype}", "pixels must be integers or floats", part)
        pair = {stack.dtype.kind, stacks[0].dtype.kind}
        if len(pair) > 1 and pair & {"f", "b"}:
            raise NoPixels(
                f"dtype {stack.dtype}", f"all parts must be of one kind, and another is {stacks[0].dtype}", part
            )
    kinds = {stack.dtype.kind for stack in stacks}
    if kinds == {"b"}:
        joined = np.concatenate(stacks).astype(np.uint8)
        joined *= 255
        return np.ascontiguousarray(joined), (), "True and False became 255 and 0"
    bounds = [_bounds(stack, part) for part, stack in enumerate(stacks)]
    if kinds != {"f"}:
        return _bytes(stacks, bounds, known)
    return _floats(stacks, bounds, known)


def _frame(values: int, known: tuple[int, int, int] | None) -> tuple[int, int, int] | None:
    if known is not None:
        return known if math.prod(known) == values else None
    for channels in (1, 3):
        side = math.isqrt(values // channels)
        if side * side * channels == values:
            return side, side, channels
    return None


def _roughness(layout: Layout, array: NDArray[Any]) -> float:
    """Return how much neighbours of one channel differ."""
    images = layout.apply(array[:_COMPARED]).astype(np.float64)
    return float(sum(np.abs(np.diff(images, axis=axis)).mean() for axis in (1, 2) if images.shape[axis] > 1))


def _bounds(stack: NDArray[Any], part: int) -> tuple[float, float]:
    with np.errstate(invalid="ignore"):
        low, high = stack.min(), stack.max()  # NaN comes through both
    if not (np.isfinite(low) and np.isfinite(high)):
        raise NoPixels("NaN or infinity", "pixels must be finite; replace NaN and infinity", part)
    return low, high


def _bytes(
    stacks: Sequence[NDArray[Any]], bounds: Sequence[tuple[float, float]], known: ValueRange | None
) -> tuple[Images, ValueRange, str | None]:
    top = max(int(high) for _, high in bounds)
    deep = all(stack.dtype.kind == "u" and stack.dtype.itemsize == 2 for stack in stacks)
    for part, (low, high) in enumerate(bounds):
        if low < 0 or (high > 255 and not deep):
            remedy = "integers must lie within 0..255, or be uint16 of up to 65535; convert them"
            raise NoPixels(int(low if low < 0 else high), remedy, part)
    stored = int(known[0][1]) if known and not _signed(known) and deep else 0
    if top <= 255 and not stored:
        plain = [stack.astype(np.uint8, copy=False) for stack in stacks]
        # One part alone is not copied: it may be most of the memory that there is.
        return np.ascontiguousarray(plain[0] if len(plain) == 1 else np.concatenate(plain)), (), None
    white = stored or next(most for most in _DEEP if top <= most)
    if top > white:
        raise NoPixels(top, f"the run's images reached {white:,} at most; convert these alike")
    scaled = [((stack.astype(np.uint32) * 255 + white // 2) // white).astype(np.uint8) for stack in stacks]
    found = ((0.0, float(white)),)
    return np.ascontiguousarray(np.concatenate(scaled)), found, f"uint16 images: 0..{white:,} became 0..255"


def _floats(
    stacks: Sequence[NDArray[Any]], bounds: Sequence[tuple[float, float]], known: ValueRange | None
) -> tuple[Images, ValueRange, str | None]:
    low, high = (float(f(found)) for f, found in zip((min, max), zip(*bounds, strict=True), strict=True))
    lowest = next(part for part, found in enumerate(bounds) if found[0] == low)
    highest = next(part for part, found in enumerate(bounds) if found[1] == high)
    if known and _signed(known):
        least, most = min(low for low, _ in known), max(high for _, high in known)
        if low < least - (most - least) / 2 or high > most + (most - least) / 2:
            remedy = f"the run's images had values of {_words(known)}; pass such"
            raise NoPixels(low if low < least - (most - least) / 2 else high, remedy)
        return _stretched(_joined(stacks), known), known, f"floats: {_words(known)} became 0..1, as in the run"
    remedy = "floats must lie within 0..1, 0..255 or -1..1, or be standardised; convert them"
    if low < 0:
        if low > -_SLIP:
            raise NoPixels(low, "float pixels reach just below 0; clip them to 0..1", lowest)
        if known is not None:
            raise NoPixels(low, "the run's images had no negative values; pass values of 0..1, or of 0..255", lowest)
        if max(-low, high) > _LARGEST:
            raise NoPixels(low, remedy, lowest) if -low > high else NoPixels(high, remedy, highest)
        joined = _joined(stacks)
        found = _value_range(joined) if max(-low, high) > 1 else ((-1.0, 1.0),)
        what = "standardised floats" if max(-low, high) > 1 else "floats"
        return _stretched(joined, found), found, f"{what}: {_words(found)} became 0..1"
    if high > _LARGEST:
        raise NoPixels(high, remedy, highest)
    # Dividing these by 255 would follow the rule and leave every image black.
    if 1 < high < 1 + _SLIP:
        raise NoPixels(high, "float pixels reach just above 1; clip them to 0..1", highest)
    joined = _joined(stacks)
    if high > 1:
        joined /= np.float32(255)
        return joined, (), "floats: 0..255 became 0..1"
    return joined, (), None


def _joined(stacks: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    """Return all parts as float32, a copy; only once they are known to fit."""
    return np.ascontiguousarray(np.concatenate([stack.astype(np.float32, copy=False) for stack in stacks]))


def _signed(known: ValueRange) -> bool:
    """Return whether floats with negative values were stretched, not integers divided."""
    return any(low < 0 for low, _ in known)


def _value_range(images: NDArray[np.float32]) -> ValueRange:
    """Return the least and the greatest value of each channel: where they were black and white."""
    low, high = images.min(axis=(0, 1, 2)), images.max(axis=(0, 1, 2))
    return tuple(zip(low.tolist(), high.tolist(), strict=True))


def _stretched(images: NDArray[np.float32], found: ValueRange) -> NDArray[np.float32]:
    low, high = (np.array(bounds, np.float32) for bounds in zip(*found, strict=True))
    images -= low
    images /= np.where(high > low, high - low, np.float32(1))
    return np.clip(images, 0, 1, out=images)


def _words(found: ValueRange) -> str:
    low, high = min(low for low, _ in found), max(high for _, high in found)
    each = ", each channel for itself" if len(found) > 1 else ""
    return f"{low:.4g}..{high:.4g}{each}"
