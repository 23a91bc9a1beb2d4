"""``keys``: the interface's keys, as a file in which they can be changed."""

from __future__ import annotations

from .command import command
from .output import narrate


@command("Runs and files")
def keys() -> None:
    """Print all keys by their actions' names, as a keys.toml to change."""
    # Imported late: the command line works where Textual is not wanted.
    from ..tui import keymap, scopes
    from ..tui.app import XSampleApp

    print(keymap.listing(scopes.scopes(XSampleApp, stack=True)), end="")
    path = keymap.file()
    if path is None:
        narrate(f"no file of keys is read; {keymap.VARIABLE} names one")
    else:
        narrate(f"keys that differ belong into {path}; {keymap.VARIABLE} names another file")
