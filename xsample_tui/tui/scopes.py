"""The scopes: which keys are in force together, on which screen and in which panel of it."""

from __future__ import annotations

from collections.abc import Iterator

from textual.dom import DOMNode

from . import keymap
from .contrast import ContrastScreen
from .delete import DeleteQuestion
from .filterbar import FilterBar, FilterLine
from .form import FormScreen
from .grid import Grid
from .help import Help, PanelHelp, Sheet
from .program import Program
from .quit import QuitQuestion, StopQuestion
from .replay import ReplayScreen
from .runs import RunTable
from .start import StartScreen
from .summary import SummarySheet
from .sweep import PANELS, SweepScreen
from .table import TrialTable
from .workers import Workers

# What has keys of its own inside a panel.
_INSIDE: dict[type[DOMNode], tuple[type[DOMNode], ...]] = {FilterBar: (FilterLine,)}


def screens(*, stack: bool = True) -> dict[str, tuple[type[DOMNode], dict[str, type[DOMNode]]]]:
    """Return every screen with its panels, by the names that their actions begin with.

    Args:
        stack: whether with the stack screen, whose statistics take their time to import.
    """
    keyed = {panel.word(): panel for panel in PANELS if "BINDINGS" in panel.__dict__}
    found: dict[str, tuple[type[DOMNode], dict[str, type[DOMNode]]]] = {
        "runs": (StartScreen, {"runs": RunTable}),
        "form": (FormScreen, {}),
        "compare": (ContrastScreen, {}),
        "sweep": (SweepScreen, {"grid": Grid, **keyed, "table": TrialTable, "filter": FilterBar}),
        "replay": (ReplayScreen, {}),
    }
    if stack:
        from .member import MemberList
        from .stack import StackScreen

        found["stack"] = (StackScreen, {"members": MemberList})
    return found


def dialogs(*, stack: bool = True) -> dict[str, tuple[type[DOMNode], ...]]:
    """Return the classes of every dialog, by the name that its actions begin with; its keys alone are in force.

    Args:
        stack: whether with those of the stack screen.
    """
    found: dict[str, tuple[type[DOMNode], ...]] = {
        "help": (Sheet, Help, PanelHelp),
        "quit": (QuitQuestion,),
        "stop": (StopQuestion,),
        "delete": (DeleteQuestion,),
        "workers": (Workers,),
        "summary": (SummarySheet,),
    }
    if stack:
        from .arms import ArmsQuestion
        from .prompt import PathPrompt

        found |= {"train": (ArmsQuestion,), "export": (PathPrompt,)}
    return found


def user_keymap(app: type[Program]) -> keymap.Keymap:
    """Return the keys that the user's file gives.

    Raises:
        InputError: it cannot be read, or its keys do not go together; the message is one line.
    """
    tables = keymap.load()
    if not tables:
        return {}
    stack = not {"stack", "members", "train", "export"}.isdisjoint(tables)
    return keymap.check(tables, scopes(app, stack=stack))


def scopes(app: type[Program], *, stack: bool) -> Iterator[keymap.Scope]:
    """Give the bindings of each panel with those of its screen and of the application."""
    for group, (screen, panels) in screens(stack=stack).items():
        own = {"app": app.BINDINGS, group: screen.BINDINGS}
        yield own
        for name, panel in panels.items():
            inside = {f"{group}/{name}/{one.__name__}": one.BINDINGS for one in _INSIDE.get(panel, ())}
            yield own | {f"{group}/{name}": panel.__dict__.get("BINDINGS", ())} | inside
    for name, (dialog, *_) in dialogs(stack=stack).items():
        yield {name: dialog.BINDINGS}
