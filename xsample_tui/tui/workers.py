"""The workers' panel: who trains what, where and how fast; on one machine and on a cluster."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.coordinate import Coordinate
from textual.screen import ModalScreen
from textual.widgets import DataTable, Static

from ..core.duration import duration
from ..core.errors import printable
from ..store.pulse import Pulse, WorkerSight, WorkerState
from . import figure
from .link import Link

_EVERY = 0.5
_WIDTHS = {"worker": 15, "host": 12, "state": 12, "trial": 15, "pictures/s": 10}
_STYLE: dict[WorkerState, tuple[str, str]] = {
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
        Binding("escape,w,q", "dismiss", "Close"),
    ]

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link
        self._shown: list[tuple[Content, ...]] = []

    def compose(self) -> ComposeResult:
        """Lay out the title, the table and the line below it."""
        with Vertical(classes="dialog workers"):
            yield Static("Workers  (esc closes)", classes="dialog-title", markup=False)
            yield DataTable(cursor_type="row", zebra_stripes=False)
            yield Static(id="workers-note", markup=False)

    def on_mount(self) -> None:
        """Follow the pulse."""
        table = self.query_one(DataTable)
        for title, width in _WIDTHS.items():
            table.add_column(title, width=width)
        self.show()
        self.set_interval(_EVERY, self.show)

    def show(self) -> None:
        """Show what the pulse says now."""
        pulse = self._link.pulse if self._link.working or self._link.alive else None
        rows = [_row(worker) for worker in pulse.workers] if pulse else []
        table: DataTable[Content] = self.query_one(DataTable)
        if len(rows) != len(self._shown):
            table.clear()
            for row in rows:
                table.add_row(*row)
        else:
            for index, (row, before) in enumerate(zip(rows, self._shown, strict=True)):
                for column, (cell, old) in enumerate(zip(row, before, strict=True)):
                    if cell != old:
                        table.update_cell_at(Coordinate(index, column), cell)
        self._shown = rows
        self.query_one("#workers-note", Static).update(_note(pulse))


def _row(worker: WorkerSight) -> tuple[Content, ...]:
    sign, style = _STYLE[worker.state]
    words = f"{sign} {worker.state}"
    if worker.state == "silent":
        words += f" {duration(worker.silence)}"
    rate = figure.MISSING if worker.rate is None else f"{worker.rate:,.0f}"
    trial = printable(worker.trial, _WIDTHS["trial"]) if worker.trial else figure.MISSING
    return (
        Content(printable(worker.name, _WIDTHS["worker"])),
        Content(printable(worker.host, _WIDTHS["host"])),
        Content.styled(words, style),
        Content(trial),
        Content(f"{rate:>{_WIDTHS['pictures/s']}}"),
    )


def _note(pulse: Pulse | None) -> Content:
    """Return the sum of the rates, and where the cluster's own page is."""
    if pulse is None:
        return Content.styled("nobody trains this run now", "$foreground-muted")
    rates = [worker.rate for worker in pulse.workers if worker.rate is not None and worker.state == "training"]
    busy = sum(worker.state == "training" for worker in pulse.workers)
    words = f"{busy} of {len(pulse.workers)} train, {sum(rates):,.0f} pictures/s"
    if pulse.dashboard:
        words += f"\nDask's dashboard: {printable(pulse.dashboard, 200)}"
    return Content.styled(words, "$foreground-muted")
