"""Asks what of a run to copy: its name, the chosen trial's row, a command, or its summary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from ...store.run.run_folder import RunFolder
from ..widgets.choice_dialog import ChoiceDialog


class CopyDialog(ChoiceDialog[str | None]):
    """Asks what to copy; returns the text, None for nothing.

    Args:
        texts: what can be copied, by the name of the answer.
    """

    title_text = "Copy to the clipboard"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "answer('name')", "Name", id="copy.name"),
        Binding("r", "answer('row')", "Row", id="copy.row"),
        Binding("c", "answer('command')", "Command", id="copy.command"),
        Binding("s", "answer('summary')", "Summary", id="copy.summary"),
        Binding("escape,q", "answer('cancel')", "Cancel", id="copy.cancel"),
    ]
    _WORDS: ClassVar[dict[str, str]] = {
        "name": "the run's name",
        "row": "the chosen trial's row",
        "command": "the command that opens the run",
        "summary": "the summary",
    }

    def __init__(self, texts: dict[str, str]) -> None:
        super().__init__()
        self._texts = texts

    def answers(self) -> tuple[tuple[str, str], ...]:
        """Return what there is to copy."""
        there = [(name, words) for name, words in self._WORDS.items() if self._texts.get(name)]
        return (*there, ("cancel", "cancel"))

    def meaning(self, name: str) -> str | None:
        """Return the text."""
        return self._texts.get(name) or None


def texts_of(run: RunFolder, row: Sequence[tuple[str, str]], summary: Sequence[str]) -> dict[str, str]:
    """Return what of a run can be copied, by the answers of the dialog.

    Args:
        run: the run.
        row: heading and text of each column of the chosen trial; none where none is chosen.
        summary: the sentences of the summary; none where it is not computed.
    """
    lines = [] if not row else ["\t".join(cell.strip() for cell in line) for line in zip(*row, strict=True)]
    return {
        "name": run.name,
        "row": "\n".join(lines),
        "command": run.shell_command("attach"),
        "summary": "\n".join(summary),
    }
