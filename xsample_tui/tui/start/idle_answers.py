"""Has the answers of finished runs computed that have none, so that the list shows a verdict nobody has asked for."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from textual.dom import DOMNode

from ...stacking.findings.answer_process import start_answer
from ..latest_only import Latest, LatestOnly
from .run_row import RunRow

Start = Callable[[Path, str], "subprocess.Popen[bytes]"]


def lacks_answer(row: RunRow) -> bool:
    """Return whether a run is finished and has no answer, or one that is out of date."""
    return (
        row.spec is not None
        and bool(row.begun)
        and not (row.left or row.held or row.under or row.answer or row.problem or row.denied or row.notes.archived)
    )


class IdleAnswers:
    """Computes answers one at a time, each in a process of the lowest priority; the answer is kept beside the run.

    Args:
        owner: the node whose workers wait for the thread.
        runs: the runs folder.
        start: starts the process for a run.
    """

    def __init__(self, owner: DOMNode, runs: Path, start: Start = start_answer) -> None:
        self._runs = runs
        self._start = start
        # Runs with so many finished trials: what has no answer is not tried again until there are more.
        self._tried: set[tuple[str, str]] = set()
        self._process: subprocess.Popen[bytes] | None = None
        self._work: LatestOnly[tuple[str, str]] = LatestOnly(owner, "answers", self._compute)

    def ask(self, rows: Sequence[RunRow]) -> None:
        """Compute what is missing in a list of runs, unless something is being computed."""
        lacking = ((row.name, row.done) for row in rows if lacks_answer(row))
        wanted = next((one for one in lacking if one not in self._tried), None)
        if wanted is not None and not self._work.busy:
            self._work.ask(wanted)

    def close(self) -> None:
        """Compute no more."""
        self._work.close()
        if (process := self._process) is not None:
            process.terminate()

    def _compute(self, wanted: tuple[str, str], latest: Latest) -> None:
        self._tried.add(wanted)
        try:
            self._process = self._start(self._runs, wanted[0])
        except OSError:
            return
        self._process.wait()
        self._process = None
