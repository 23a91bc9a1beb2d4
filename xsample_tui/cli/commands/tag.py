"""The commands ``tag``, ``note``, ``archive`` and ``rename``: keep a folder of runs in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ...core.errors import InputError, XSampleError, printable
from ...store.run.access_rights import is_run
from ...store.run.run_folder import RunFolder
from ...store.run.run_notes import RunNotes, change_notes
from ...store.run_renaming import rename_run
from ..command_options import RUNS, RunName, RunsDir
from ..command_registry import command, takes_dashes
from ..console_output import narrate


@takes_dashes
@command("Manage runs")
def tag(
    name: RunName,
    words: Annotated[
        list[str] | None, typer.Argument(help="+WORD to add a tag, -WORD to remove it.", metavar="[+WORD|-WORD]...")
    ] = None,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Add tags to a run, or remove them; without words, print them."""
    changes = tuple(words or ())
    if options := [word for word in changes if word.startswith("--")]:
        raise InputError("tag", options[0], "no such option; write +WORD to add a tag, -WORD to remove it")
    found = _change(runs_dir, name, lambda notes: notes.retagged(changes))
    print(f"{name}: {' '.join(found.tags) or 'no tags'}")


@command("Manage runs")
def note(
    name: RunName,
    text: Annotated[
        str | None, typer.Argument(help='The note, in one line; "" removes it.', metavar="TEXT", show_default=False)
    ] = None,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Set a run's note; without a text, print it."""
    found = _change(runs_dir, name, lambda notes: notes if text is None else notes.noted(text))
    print(f"{name}: {found.note or 'no note'}")


@command("Manage runs")
def archive(
    name: RunName,
    undo: Annotated[bool, typer.Option("--undo", help="List it again.")] = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Hide a run and its control runs from lists; nothing is deleted."""
    _change(runs_dir, name, lambda notes: replace(notes, archived=not undo))
    narrate(f"{name} is {'listed again' if undo else 'archived'}")


@command("Manage runs")
def rename(
    old: RunName,
    new: Annotated[str, typer.Argument(help="Its new name.", metavar="NEW")],
    runs_dir: RunsDir = RUNS,
) -> None:
    """Rename a run and its control runs; refuses while one of them is being trained."""
    for before, after in rename_run(runs_dir, old, new):
        narrate(f"{before} is now {after}")


def _change(runs: Path, name: str, change: Callable[[RunNotes], RunNotes]) -> RunNotes:
    """Change a run's notes; those of a run whose spec is damaged too."""
    try:
        path = RunFolder.open(runs, name).path
    except InputError:
        raise
    except XSampleError as error:
        path = runs / name
        if not is_run(path):
            raise
        narrate(f"warning: {printable(error, 300)}")
    return change_notes(path, change)
