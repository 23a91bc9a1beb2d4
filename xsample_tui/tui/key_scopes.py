"""Lists which keys are active together: on each screen, in each of its panels, and in each dialog."""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import App
from textual.dom import DOMNode

from .compare.compare_screen import CompareScreen
from .compare.side_by_side_screen import SideBySideScreen
from .details.class_scores_dialog import ClassScoresDialog
from .details.copy_dialog import CopyDialog
from .details.run_command_dialog import RunCommandDialog
from .details.stored_log_dialog import StoredLogDialog
from .heatmap.heatmap import Heatmap
from .help.help_screen import Help, PanelHelp, Sheet
from .keys import keymap_file
from .new_sweep.new_sweep_screen import NewSweepScreen
from .replay.replay_screen import ReplayScreen
from .start.delete_dialog import DeleteDialog
from .start.notes_dialog import NotesDialog
from .start.runs_table import RunsTable
from .start.start_screen import StartScreen
from .sweep.filter_bar import FilterBar, FilterLine
from .sweep.summary_dialog import SummaryDialog
from .sweep.sweep_screen import PANELS, SweepScreen
from .sweep.trial_table import TrialTable
from .sweep.workers_dialog import WorkersDialog
from .widgets.quit_dialogs import QuitDialog, StopDialog

# Widgets inside a panel that have keys of their own.
_INSIDE: dict[type[DOMNode], tuple[type[DOMNode], ...]] = {FilterBar: (FilterLine,)}


def screens(*, stack: bool = True) -> dict[str, tuple[type[DOMNode], dict[str, type[DOMNode]]]]:
    """Return every screen with its panels, by the group that their key ids begin with.

    Args:
        stack: whether to include the stack screen, whose statistics are slow to import.
    """
    keyed = {panel.word(): panel for panel in PANELS if "BINDINGS" in panel.__dict__}
    found: dict[str, tuple[type[DOMNode], dict[str, type[DOMNode]]]] = {
        "runs": (StartScreen, {"runs": RunsTable}),
        "form": (NewSweepScreen, {}),
        "compare": (CompareScreen, {}),
        "beside": (SideBySideScreen, {}),
        "sweep": (SweepScreen, {"grid": Heatmap, **keyed, "table": TrialTable, "filter": FilterBar}),
        "replay": (ReplayScreen, {}),
    }
    if stack:
        from .stack.member_list import MemberList
        from .stack.stack_screen import StackScreen

        found["stack"] = (StackScreen, {"members": MemberList})
    return found


def dialogs(*, stack: bool = True) -> dict[str, tuple[type[DOMNode], ...]]:
    """Return the classes of every dialog, by the group that their key ids begin with.

    While a dialog is open, only its own keys are active.

    Args:
        stack: whether to include the dialogs of the stack screen.
    """
    found: dict[str, tuple[type[DOMNode], ...]] = {
        "help": (Sheet, Help, PanelHelp),
        "quit": (QuitDialog,),
        "stop": (StopDialog,),
        "delete": (DeleteDialog,),
        "notes": (NotesDialog,),
        "workers": (WorkersDialog,),
        "summary": (SummaryDialog,),
        "copy": (CopyDialog,),
        "classes": (ClassScoresDialog,),
        "logs": (StoredLogDialog,),
        "command": (RunCommandDialog,),
    }
    if stack:
        from .stack.export_dialog import ExportDialog
        from .stack.train_controls_dialog import TrainControlsDialog

        found |= {"train": (TrainControlsDialog,), "export": (ExportDialog,)}
    return found


def user_keymap(app: type[App[None]]) -> keymap_file.Keymap:
    """Return the keys that the user's file sets.

    Raises:
        InputError: it cannot be read, or its keys clash; the message is one line.
    """
    tables = keymap_file.load()
    if not tables:
        return {}
    stack = not {"stack", "members", "train", "export"}.isdisjoint(tables)
    return keymap_file.check(tables, scopes(app, stack=stack))


def scopes(app: type[App[None]], *, stack: bool) -> Iterator[keymap_file.Scope]:
    """Yield the bindings of each panel with those of its screen and of the application."""
    for group, (screen, panels) in screens(stack=stack).items():
        own = {"app": app.BINDINGS, group: screen.BINDINGS}
        yield own
        for name, panel in panels.items():
            inside = {f"{group}/{name}/{one.__name__}": one.BINDINGS for one in _INSIDE.get(panel, ())}
            yield own | {f"{group}/{name}": panel.__dict__.get("BINDINGS", ())} | inside
    for name, (dialog, *_) in dialogs(stack=stack).items():
        yield {name: dialog.BINDINGS}
