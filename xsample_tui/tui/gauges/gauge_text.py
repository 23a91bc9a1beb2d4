"""Puts the load of the machine into words, figures and small curves."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from ...core.size_text import size
from .load_reading import Reading

# Bytes: less of a disk is nearly full whatever the run still writes.
LEAST_DISK = 1e9
# A run's own estimate of what it still writes is not exact.
_SPARE = 1.1
_LEVELS = "▁▂▃▄▅▆▇█"
_HIGH_MEMORY = 0.95
_GAP = "   "
_NAME = 10
_FIGURE = 26


def disk_warning(left: float, to_write: float | None) -> str:
    """Return what to say of a disk that is nearly full; empty where it is not.

    Args:
        left: bytes free.
        to_write: bytes that the run still writes, about; None where that is not known.

    >>> disk_warning(5e9, 2e9), disk_warning(5e9, 8e9)
    ('', 'disk: 5.0 GB left, the run still writes about 8.0 GB')
    >>> disk_warning(2e8, None)
    'disk: 200 MB left'
    """
    if to_write is not None and left < _SPARE * to_write:
        return f"disk: {size(left)} left, the run still writes about {size(to_write)}"
    return f"disk: {size(left)} left" if left < LEAST_DISK else ""


def curve(shares: Sequence[float]) -> str:
    """Return a small curve, one character for each share of 0..1.

    >>> curve([0.0, 0.5, 1.0])
    '▁▅█'
    """
    return "".join(_LEVELS[min(max(int(share * len(_LEVELS)), 0), len(_LEVELS) - 1)] for share in shares)


def short(reading: Reading, room: int) -> Content:
    """Return as many figures, on one line, as there is room for; the first are the most important.

    Args:
        reading: the newest.
        room: columns.
    """
    load = reading.load
    parts = [_part("cpu", _percent(load.cpu))]
    memory = load.memory_used / load.memory if load.memory else 0.0
    parts.append(_part("memory", _percent(memory), high=memory > _HIGH_MEMORY))
    parts += [_part("gpu", _percent(sum(gpu.busy for gpu in load.gpus) / len(load.gpus)))] if load.gpus else []
    if load.disk_left is not None:
        parts.append(_part("disk", f"{size(load.disk_left)} free", high=load.disk_left < LEAST_DISK))
    if reading.rate:
        parts.append(_part("images/s", f"{reading.rate:,.0f}"))
    shown = Content("")
    for part in parts:
        wider = Content.assemble(shown, _GAP if shown.cell_length else "", part)
        if wider.cell_length > room:
            break
        shown = wider
    return shown


def lines(readings: Sequence[Reading], width: int) -> list[Content]:
    """Return a line for each gauge: its name, its figure now and how it went.

    Args:
        readings: the newest last.
        width: columns.
    """
    if not readings:
        return []
    seen = list(readings)[-max(width - _NAME - _FIGURE, 0) :] if width > _NAME + _FIGURE else []
    load, most = readings[-1].load, max([reading.rate for reading in readings] + [1.0])
    found = [
        _line("cpu", _percent(load.cpu), [reading.load.cpu for reading in seen]),
        _line(
            "memory",
            f"{size(load.memory_used)} of {size(load.memory)}",
            [r.load.memory_used / r.load.memory if r.load.memory else 0.0 for r in seen],
        ),
    ]
    for number, gpu in enumerate(load.gpus):
        figure = f"{_percent(gpu.busy)}, {size(gpu.used)} of {size(gpu.total)}"
        was = [r.load.gpus[number].busy for r in seen if number < len(r.load.gpus)]
        found.append(_line(f"GPU {number}", figure, was))
    if load.disk_left is not None and load.disk:
        found.append(_line("disk", f"{size(load.disk_left)} free of {size(load.disk)}", []))
    found.append(_line("images/s", f"{readings[-1].rate:,.0f}", [reading.rate / most for reading in seen]))
    return found


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _part(name: str, figure: str, *, high: bool = False) -> Content:
    return Content.assemble((f"{name} ", "$foreground-muted"), (figure, "$warning" if high else ""))


def _line(name: str, figure: str, shares: Sequence[float]) -> Content:
    return Content.assemble(
        (f"{name:<{_NAME}}", "$foreground-muted"), f"{figure:<{_FIGURE}}", (curve(shares), "$primary")
    )
