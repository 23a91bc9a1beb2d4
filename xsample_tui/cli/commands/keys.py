"""The command ``keys``: prints the interface's keys as a file that can be changed."""

from __future__ import annotations

from ..command_registry import command
from ..console_output import narrate


@command("Manage runs")
def keys() -> None:
    """Print all keys as a keys.toml that can be changed."""
    # Imported late: the command line works where Textual is not wanted.
    from ...tui import key_scopes
    from ...tui.app import XSampleApp
    from ...tui.keys import keymap_file

    print(keymap_file.listing(key_scopes.scopes(XSampleApp, stack=True)), end="")
    path = keymap_file.file()
    if path is None:
        narrate(f"no key file is read; set {keymap_file.VARIABLE} to use one")
    else:
        narrate(f"write changed keys to {path}, or set {keymap_file.VARIABLE} to another file")
