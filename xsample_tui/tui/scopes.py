"""The scopes: which keys are in force together, on which screen and in which panel of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from textual.dom import DOMNode

from . import keymap
from .contrast import ContrastScreen
from .delete import DeleteQuestion
from .filterbar import FilterBar, FilterLine
from .form import FormScreen
from .grid import Grid
from .help import Help, PanelHelp, Sheet
from .page import Page
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


def name_all(app: type[Program], *, stack: bool) -> None:
    """Name the keys of all screens and panels."""
    keymap.name_keys("app", app)
    found = screens(stack=stack)
    whole = [screen for screen, _ in found.values()]
    for group, (screen, panels) in found.items():
        # The keys that a screen takes over from what it is made of are named with it, for they are bound twice.
        above = takewhile(lambda base: base not in whole, screen.__mro__[1:])
        shared = [base for base in above if issubclass(base, Page) and "BINDINGS" in base.__dict__]
        keymap.name_keys(group, *shared, screen, *(panel for name, panel in panels.items() if name == group))
        for name, panel in panels.items():
            if name != group:
                keymap.name_keys(name, panel, *_INSIDE.get(panel, ()))
    for name, classes in dialogs(stack=stack).items():
        keymap.name_keys(name, *classes)


def user_keymap(app: type[Program]) -> keymap.Keymap:
    """Return the keys that the user's file gives.

    Raises:
        InputError: it cannot be read, or its keys do not go together; the message is one line.
    """
    tables = keymap.load()
    if not tables:
        return {}
    stack = not {"stack", "members", "train", "export"}.isdisjoint(tables)
    name_all(app, stack=stack)
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
