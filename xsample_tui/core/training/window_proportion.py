"""Sizes windows in proportion to the images, where a sweep leaves their size open."""

from __future__ import annotations

from .sweep_spec import SweepSpec, Windows

# The images that the presets' windows are made for.
_SIDE = 28


def times_larger(height: int, width: int) -> int:
    """Return by what whole factor windows and strides for 28x28 grow for images of a size; 1 for smaller ones."""
    return max(1, min(height, width) // _SIDE)


def opened(windows: Windows, given: frozenset[str]) -> Windows:
    """Return windows of which only the fields that are named count as given; the others follow the images.

    Args:
        windows: the windows.
        given: names of their fields.
    """
    return Windows.model_construct(set(given), **dict(windows))


def window_and_stride(height: int, width: int) -> tuple[int, int]:
    """Return the side of a window and the stride for images of a size: 9 and 1 for 28x28."""
    factor = times_larger(height, width)
    return Windows().height * factor, Windows().stride * factor


def in_proportion(spec: SweepSpec, height: int, width: int) -> SweepSpec:
    """Return a spec whose windows and stride, where they were not given, are as much larger as the images are.

    Args:
        spec: the drafted sweep; what is read from a run's folder is given.
        height, width: the images' size.
    """
    return enlarged(spec, times_larger(height, width))


def enlarged(spec: SweepSpec, factor: int) -> SweepSpec:
    """Return a spec whose windows and stride, where they were not given, are ``factor`` times as large."""
    windows = spec.windows
    grown = {name: getattr(windows, name) * factor for name in ("height", "width", "stride")}
    changed = {name: value for name, value in grown.items() if name not in windows.model_fields_set}
    if factor == 1 or not changed:
        return spec
    return spec.model_copy(update={"windows": windows.model_copy(update=changed)})
