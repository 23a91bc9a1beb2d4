"""Lists the workers of a run and this machine's load; on one machine, adds workers and removes some."""

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

from ...core.errors import printable
from ...core.run_state.session_limits import MOST_JOBS
from ...store.control.heartbeat import Heartbeat, WorkerState, WorkerStatus
from ..gauges.gauge_text import lines
from ..gauges.load_watch import LoadWatch
from ..keys.keymap_file import key_of
from ..session.run_session import RunSession
from ..theme.drawing_app import drawing_app
from ..view_models import number_format
from .run_controls import RunControls

_EVERY = 0.5
_WIDTHS = {"worker": 15, "host": 9, "state": 15, "trial": 15, "images/s": 10}
_WIDE = {"worker": 30, "host": 30, "state": 15, "trial": 30, "images/s": 10}
# The columns that the edges of the table and of the dialog take.
_EDGES = 16
_STYLE: dict[WorkerState, tuple[str, str]] = {
    "starting": ("▷", "$foreground-muted"),
    "idle": ("·", "$foreground-muted"),
    "training": ("▸", "$success"),
    "silent": ("!", "$warning"),
    "leaving": ("■", "$foreground-muted"),
}


class WorkersDialog(ModalScreen[None]):
    """The workers of the run's controller, in this or another process, as its heartbeat shows them.

    Args:
        run_session: the run's session.
        load: the load of this machine.
        controls: what adds and removes workers; None where the run is only shown.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,w,q", "dismiss", "Close", tooltip="close the dialog", id="workers.close"),
        Binding("plus,equals_sign", "change(1)", "Add", tooltip="train with one worker more", id="workers.add"),
        Binding(
            "minus",
            "change(-1)",
            "Remove",
            tooltip="train with one worker less, once its epoch is committed",
            id="workers.remove",
        ),
    ]

    def __init__(self, run_session: RunSession, load: LoadWatch, controls: RunControls | None = None) -> None:
        super().__init__()
        self._load = load
        self._run_session = run_session
        self._controls = controls
        # How many were asked for last, until there are so many.
        self._wanted: int | None = None
        self._shown: list[tuple[Content, ...]] = []
        self._widths = _WIDTHS

    def compose(self) -> ComposeResult:
        """Lay out the title, the table and the line below it."""
        with Vertical(classes="dialog workers"):
            close = key_of(self.BINDINGS, "dismiss", drawing_app(self).keymap)
            yield Static(f"Workers  ({close} closes)", classes="dialog-title", markup=False)
            yield DataTable(cursor_type="row", zebra_stripes=False)
            yield Static(id="workers-note", markup=False)
            yield Static(id="workers-load", markup=False)

    def on_mount(self) -> None:
        """Follow the heartbeat."""
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
        """Show the latest heartbeat."""
        heartbeat = self._run_session.heartbeat if self._run_session.working or self._run_session.alive else None
        workers = sorted(heartbeat.workers, key=lambda worker: _by_number(worker.name)) if heartbeat else []
        rows = [_row(worker, self._widths) for worker in workers]
        table: DataTable[Content] = self.query_one(DataTable)
        # Rows are added and removed at the end, so that the scroll position stays.
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
        if heartbeat is None or self._wanted == _staying(heartbeat):
            self._wanted = None
        note = _note(heartbeat)
        if heartbeat is not None and (hint := self._hint()):
            note = Content.assemble(note, "\n", (hint, "$foreground-muted"))
        self.query_one("#workers-note", Static).update(note)
        gauges = self.query_one("#workers-load", Static)
        gauges.update(Content("\n").join(lines(self._load.readings, sum(self._widths.values()))))
        gauges.display = bool(self._load.readings)

    def action_change(self, by: int) -> None:
        """Ask for a worker more or less."""
        heartbeat = self._run_session.heartbeat
        if self._controls is None or heartbeat is None:
            return
        if why := self._controls.workers_fixed:
            self.notify(f"Workers cannot be added or removed: {why}.", severity="warning", markup=False)
            return
        count = (self._wanted or _staying(heartbeat)) + by
        if 1 <= count <= MOST_JOBS:
            self._wanted = count
            self._controls.use_workers(count)
            self.show()

    def _hint(self) -> str:
        """Return how many workers are asked for, or which keys change their number."""
        if self._wanted is not None:
            return f"{self._wanted} requested"
        if self._controls is None or self._controls.workers_fixed:
            return ""
        keymap = drawing_app(self).keymap
        more, less = (key_of(self.BINDINGS, f"change({by})", keymap) for by in (1, -1))
        return f"{more} adds a worker, {less} removes one"


def _row(worker: WorkerStatus, widths: dict[str, int]) -> tuple[Content, ...]:
    sign, style = _STYLE[worker.state]
    words = f"{sign} {_doing(worker)}"
    if worker.state == "silent":
        words += f" {worker.silence // 60:.0f} min" if worker.silence >= 100 else f" {worker.silence:.0f} s"
    rate = number_format.MISSING if worker.rate_now is None else f"{worker.rate_now:,.0f}"
    trial = printable(worker.trial, widths["trial"]) if worker.trial else number_format.MISSING
    return (
        Content(_name(worker.name, widths["worker"])),
        Content(printable(worker.host, widths["host"])),
        Content.styled(words, style),
        Content(trial),
        Content(f"{rate:>{widths['images/s']}}"),
    )


def _doing(worker: WorkerStatus) -> str:
    """Return what a worker does, in a word or two; of an epoch how much of it is trained."""
    if worker.state != "training" or not worker.stage:
        return worker.state
    return f"epoch {100 * worker.share:>3.0f} %" if worker.stage == "training" else worker.stage


def _by_number(name: str) -> list[tuple[int, str]]:
    """Return a sort key that orders names as people do: ``worker-2`` before ``worker-10``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _name(name: str, width: int) -> str:
    """Return a worker's name; Dask uses its address, whose end distinguishes it from others."""
    _, address, rest = printable(name).partition("://")
    if not address:
        return printable(name, width)
    return rest if len(rest) <= width else f"…{rest[1 - width :]}"


def _staying(heartbeat: Heartbeat) -> int:
    return sum(worker.state != "leaving" for worker in heartbeat.workers)


def _note(heartbeat: Heartbeat | None) -> Content:
    """Return the total rate, and the address of the cluster's dashboard."""
    if heartbeat is None:
        return Content.styled("No process is training this run.", "$foreground-muted")
    states = [worker.state for worker in heartbeat.workers]
    words = f"{len(heartbeat.training)} of {len(states)} training, {heartbeat.rate:,.0f} images/s"
    if silent := states.count("silent"):
        words = f"{words}; {silent} silent"
    if not states:
        words = "Waiting for workers"
    if heartbeat.dashboard:
        words += f"\nDask dashboard: {printable(heartbeat.dashboard, 200)}"
    return Content.styled(words, "$foreground-muted")
