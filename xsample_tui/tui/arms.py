"""The question before the arms' controls are trained: what there is to train, and about how long it takes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ..stacking.companion import Missing

_KINDS = {"seeds": "baselines with further seeds", "random": "random masks", "placebo": "placebo masks"}


class ArmsQuestion(ModalScreen[bool]):
    """Asks whether to train the controls in the background; True for yes.

    Args:
        run: the run's name.
        missing: what is to be trained.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t,y", "answer(True)", "Train"),
        Binding("escape,c,q", "answer(False)", "Cancel"),
    ]

    def __init__(self, run: str, missing: Missing) -> None:
        super().__init__()
        self._run = run
        self._missing = missing

    def compose(self) -> ComposeResult:
        """Show what would be trained, and the two answers."""
        lines = [f"  {count:>4} {_KINDS[kind]}" for kind, count in self._missing.trials.items() if count]
        seconds = self._missing.seconds
        if seconds is not None:
            lines.append(f"about {_about(seconds)}, if each takes as long as a baseline")
        lines.append(f"as runs of their own ({self._run}-seeds, ..): attach to them, pause, resume")
        with Vertical(classes="dialog"):
            yield Static("Train the arms' controls in the background?", classes="dialog-title", markup=False)
            yield Static("\n".join(lines), markup=False)
            yield OptionList(
                Option(Content.assemble(("  t", "bold $accent"), "  train them"), id="train"),
                Option(Content.assemble(("esc", "bold $accent"), "  cancel"), id="cancel"),
                compact=True,
            )

    def on_mount(self) -> None:
        """Let Enter and the arrows work at once."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the answer that is picked from the list."""
        event.stop()
        self.dismiss(event.option_id == "train")

    def action_answer(self, yes: bool) -> None:
        """Close with an answer."""
        self.dismiss(yes)


def _about(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 5400 else f"{max(1, round(seconds / 60))} min"
