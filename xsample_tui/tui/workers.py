"""The workers' panel: who trains what, where and how fast; on one machine and on a cluster."""

from __future__ import annotations

import re
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.coordinate import Coordinate
from textual.screen import ModalScreen
from textual.widgets import DataTable, Static

from ..core.errors import printable
from ..store.pulse import Pulse, WorkerSight, WorkerState
from . import figure
from .keymap import key_of
from .link import Link

_EVERY = 0.5
_WIDTHS = {"worker": 15, "host": 9, "state": 15, "trial": 15, "pictures/s": 10}
_WIDE = {"worker": 30, "host": 30, "state": 15, "trial": 30, "pictures/s": 10}
# What the columns' and the dialog's edges take beside the widths.
_EDGES = 16
_STYLE: dict[WorkerState, tuple[str, str]] = {
    "starting": ("▷", "$foreground-muted"),
    "idle": ("·", "$foreground-muted"),
    "training": ("▶", "$success"),
    "silent": ("!", "$warning"),
}


class Workers(ModalScreen[None]):
    """The workers of the run's controller, whoever's it is, as its pulse shows them.

    Args:
        link: the run's link.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,w,q", "dismiss", "Close", tooltip="close the dialog", id="workers.close"),
    ]

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link
        self._shown: list[tuple[Content, ...]] = []
        self._widths = _WIDTHS

    def compose(self) -> ComposeResult:
        """Lay out the title, the table and the line below it."""
        with Vertical(classes="dialog workers"):
            close = key_of(self.BINDINGS, "dismiss", getattr(self.app, "keymap", {}))
            yield Static(f"Workers  ({close} closes)", classes="dialog-title", markup=False)
            yield DataTable(cursor_type="row", zebra_stripes=False)
            yield Static(id="workers-note", markup=False)

    def on_mount(self) -> None:
        """Follow the pulse."""
        table = self.query_one(DataTable)
        wide = sum(_WIDE.values()) + _EDGES
        if self.app.size.width >= wide:
            self._widths = _WIDE
            self.query_one(".workers").styles.width = wide
        for title, width in self._widths.items():
            table.add_column(title, width=width)
        self.show()
        self.set_interval(_EVERY, self.show)

    def show(self) -> None:
        """Show what the pulse says now."""
        pulse = self._link.pulse if self._link.working or self._link.alive else None
        workers = sorted(pulse.workers, key=lambda worker: _by_number(worker.name)) if pulse else []
        rows = [_row(worker, self._widths) for worker in workers]
        table: DataTable[Content] = self.query_one(DataTable)
        # Rows come and go at the end, so that whoever has scrolled stays where they are.
        for index in range(len(rows), len(self._shown)):
            table.remove_row(str(index))
        for index, row in enumerate(rows):
            if index >= len(self._shown):
                table.add_row(*row, key=str(index))
                continue
            for column, (cell, old) in enumerate(zip(row, self._shown[index], strict=True)):
                if cell != old:
                    table.update_cell_at(Coordinate(index, column), cell)
        self._shown = rows
        self.query_one("#workers-note", Static).update(_note(pulse))


def _row(worker: WorkerSight, widths: dict[str, int]) -> tuple[Content, ...]:
    sign, style = _STYLE[worker.state]
    words = f"{sign} {worker.state}"
    if worker.state == "silent":
        words += f" {worker.silence // 60:.0f} min" if worker.silence >= 100 else f" {worker.silence:.0f} s"
    # What a silent worker trained at before says nothing of what it does now.
    lacks = worker.rate is None or worker.state == "silent"
    rate = figure.MISSING if lacks else f"{worker.rate:,.0f}"
    trial = printable(worker.trial, widths["trial"]) if worker.trial else figure.MISSING
    return (
        Content(_name(worker.name, widths["worker"])),
        Content(printable(worker.host, widths["host"])),
        Content.styled(words, style),
        Content(trial),
        Content(f"{rate:>{widths['pictures/s']}}"),
    )


def _by_number(name: str) -> list[tuple[int, str]]:
    """Return what orders names as people do: ``worker-2`` before ``worker-10``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _name(name: str, width: int) -> str:
    """Return a worker's name; Dask names one after its address, of which the end tells it from others."""
    _, address, rest = printable(name).partition("://")
    if not address:
        return printable(name, width)
    return rest if len(rest) <= width else f"…{rest[1 - width :]}"


def _note(pulse: Pulse | None) -> Content:
    """Return the sum of the rates, and where the cluster's own page is."""
    if pulse is None:
        return Content.styled("nobody trains this run now", "$foreground-muted")
    rates = [worker.rate for worker in pulse.workers if worker.rate is not None and worker.state == "training"]
    states = [worker.state for worker in pulse.workers]
    words = f"{states.count('training')} of {len(states)} train, {sum(rates):,.0f} pictures/s"
    if silent := states.count("silent"):
        words = f"{words}; {silent} silent"
    if not states:
        words = "no worker is there: trials wait for one"
    if pulse.dashboard:
        words += f"\nDask's dashboard: {printable(pulse.dashboard, 200)}"
    return Content.styled(words, "$foreground-muted")
