"""Selects runs by their tags, and leaves out archived ones; a control run has the tags of its run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from ..core.errors import ArgumentError, InputError
from ..stacking.findings.runs_beside import MOST_RUNS
from ..store.control_run_names import parts_of
from ..store.run.run_notes import RunNotes
from ..store.run_catalog import RunCatalog


class Noted(Protocol):
    """A run with its notes."""

    @property
    def name(self) -> str:
        """The run's name."""
        ...

    @property
    def notes(self) -> RunNotes:
        """Its tags, note and whether it is archived."""
        ...


Run = TypeVar("Run", bound=Noted)


def selected_runs(runs: Sequence[Run], tags: Sequence[str] = (), *, archived: bool = False) -> list[Run]:
    """Return the runs that have all of some tags, in their order.

    Args:
        runs: the runs of a folder.
        tags: what each must have; none for all.
        archived: whether archived runs, and the control runs of such, are wanted too.
    """
    notes = {run.name: run.notes for run in runs}
    return [
        run
        for run in runs
        if set(tags) <= {tag for note in _of(run.name, notes) for tag in note.tags}
        and (archived or not any(note.archived for note in _of(run.name, notes)))
    ]


def tagged_runs(runs: Path, tags: Sequence[str]) -> list[str]:
    """Return the names of a folder's runs that have all of some tags, the newest first, without their control runs.

    Raises:
        ArgumentError: no run has them.
    """
    every = RunCatalog(runs).newest_first()
    names = {run.name for run in every}
    found = [run.name for run in selected_runs(every, tags)]
    found = [name for name in found if (parts := parts_of(name)) is None or parts[0] not in names]
    if not found:
        known = ", ".join(tags_of(every)) or "none"
        raise ArgumentError("tag", ", ".join(tags), f"no run has it; known tags: {known}")
    return found


def runs_to_compare(runs: Path, names: Sequence[str], tags: Sequence[str]) -> list[str]:
    """Return the names of the runs to compare: those that are named, then those with the tags, the oldest first.

    Raises:
        InputError: there are fewer than two, or more are tagged than are compared at once.
    """
    tagged = [name for name in reversed(tagged_runs(runs, tags)) if name not in names] if tags else []
    chosen = [*names, *tagged]
    if len(chosen) < 2:
        found = ", ".join(chosen) or "none"
        if not tags:
            raise InputError("runs", found, "name two or more, or choose them by a tag")
        raise ArgumentError(
            "tag", ", ".join(tags), f"only one run has it, {found}; name another, or choose another tag"
        )
    if len(chosen) > MOST_RUNS and tags:
        words = f"{', '.join(tags)}: {len(chosen)} runs"
        raise ArgumentError("tag", words, f"up to {MOST_RUNS} are compared; name them, or add a tag that fewer have")
    return chosen


def tags_of(runs: Iterable[Noted]) -> list[str]:
    """Return every tag that any of the runs has, in alphabetical order."""
    return sorted({tag for run in runs for tag in run.notes.tags})


def _of(name: str, notes: Mapping[str, RunNotes]) -> list[RunNotes]:
    """Return a run's notes, and those of the run that it is a control run of."""
    found = [notes[name]]
    while (parts := parts_of(name)) is not None and parts[0] in notes:
        name = parts[0]
        found.append(notes[name])
    return found
