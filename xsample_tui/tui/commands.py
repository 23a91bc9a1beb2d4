"""The palette's commands: every key's action by name, on the screen and in its panels, and what has no key."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.app import SystemCommand
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

from . import keymap
from .column import FACTS, HEADINGS, SETS
from .help import panels_of, title_of
from .order import Order
from .palette import RAMPS
from .program import Program
from .table import TrialTable
from .viewing import Viewing


def commands(app: Program, screen: Screen[object]) -> Iterator[SystemCommand]:
    """Give the commands that can be used on a screen now: its own, its panels', and the application's.

    Args:
        app: the application.
        screen: its screen; the palette itself does not count as one.
    """
    for node in (screen, *panels_of(screen), app):
        if isinstance(node, Widget) and not node.display:
            continue
        found: dict[str, tuple[Binding, list[str]]] = {}
        for binding in keymap.moved(type(node).BINDINGS, app.keymap):
            # What only moves a cursor about has no tooltip.
            if binding.tooltip and binding.action != "command_palette":
                found.setdefault(binding.action, (binding, []))[1].append(keymap.shown(binding.key))
        for action, (binding, keys) in found.items():
            if _possible(app, node, action):
                where = f", in the panel {title_of(node)}" if isinstance(node, Widget) and node is not screen else ""
                words = f"{binding.tooltip} ({' '.join(keys)}{where})"
                yield SystemCommand(binding.description, words, partial(app.run_action, action, node))
        if isinstance(node, TrialTable):
            for key in SETS[0]:
                order = Order(FACTS[key])
                words = f"sort the trials by {HEADINGS[key]}"
                yield SystemCommand(f"Sort by {HEADINGS[key]}", words, partial(node.sort_by, order))
    if isinstance(screen, Viewing):
        yield from screen.commands()
    yield SystemCommand("Change theme", "colours, dark or light", app.action_change_theme)
    for ramp in RAMPS:
        words = "colours of metrics that are not compared with the baselines"
        yield SystemCommand(f"Colours: {ramp}", words, partial(app.use_ramp, ramp))
    words = "every character again" if app.ascii_only else "no character beyond the 95 that every terminal has"
    yield SystemCommand("ASCII off" if app.ascii_only else "ASCII only", words, app.toggle_ascii)


def _possible(app: Program, node: DOMNode, action: str) -> bool:
    """Return whether an action makes sense now."""
    owner, name, arguments = app._parse_action(action, node)
    return bool(owner.check_action(name, arguments))
