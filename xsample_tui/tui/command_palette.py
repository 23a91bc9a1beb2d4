"""Lists the commands of the palette: the actions of all keys by name, and commands that have no key."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

from ..core.interface_settings import WAYS
from .app_interface import AppInterface
from .help.help_screen import panels_of, title_of
from .keys import keymap_file
from .sweep.trial_columns import COLUMNS
from .sweep.trial_table import TrialTable
from .textual_private import possible
from .theme.drawing_app import drawing_app
from .theme.ramps import RAMPS
from .view_models.sort_order import Order
from .widgets.base_screen import BaseScreen


def commands(app: App[Any], program: AppInterface, screen: Screen[object]) -> Iterator[SystemCommand]:
    """Yield the commands that a screen offers now: its own, those of its panels and of the application.

    Args:
        app: the application, for its actions.
        program: the same, for what screens ask of it.
        screen: its screen, not the palette.
    """
    drawing = drawing_app(app)
    for node in (screen, *panels_of(screen), app):
        if isinstance(node, Widget) and not node.display:
            continue
        found: dict[str, tuple[Binding, list[str]]] = {}
        for binding in keymap_file.moved(type(node).BINDINGS, drawing.keymap):
            # Keys that only move a cursor have no tooltip.
            if binding.tooltip and binding.action != "command_palette":
                found.setdefault(binding.action, (binding, []))[1].append(keymap_file.shown(binding.key))
        for action, (binding, keys) in found.items():
            if possible(app, node, action):
                where = f", in panel {title_of(node)}" if isinstance(node, Widget) and node is not screen else ""
                words = f"{binding.tooltip} ({' '.join(keys)}{where})"
                yield SystemCommand(binding.description, words, partial(app.run_action, action, node))
        if isinstance(node, TrialTable):
            for key, heading in node.headings.items():
                words = f"sort the trials by {heading}"
                yield SystemCommand(f"Sort by {heading}", words, partial(node.sort_by, Order(COLUMNS[key].fact)))
    if isinstance(screen, BaseScreen):
        yield from screen.commands()
    yield SystemCommand("Change theme", "choose colours, dark or light", app.action_change_theme)
    for ramp in RAMPS:
        words = "colours of metrics that are not compared with the baselines, such as ink removed"
        yield SystemCommand(f"Colours: {ramp}", words, partial(program.use_ramp, ramp))
    for way in WAYS:
        words = "how the terminal notifies when a sweep ends, crashes or stalls"
        yield SystemCommand(f"Notify: {way}", words, partial(program.use_notification, way))
    words = "draw with all characters" if drawing.ascii_only else "draw only with the characters of ASCII"
    yield SystemCommand("ASCII off" if drawing.ascii_only else "ASCII only", words, program.toggle_ascii)
