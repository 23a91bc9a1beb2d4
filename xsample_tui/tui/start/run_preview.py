"""The preview of the run under the cursor: its verdict, its best window, its map, settings and note."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from ...core.count_text import counted
from ...core.errors import printable
from ..theme.colors import theme_color
from ..theme.drawing_app import colors_of, is_plain
from ..view_models import number_format
from ..widgets.small_map import level_paint, small_map
from .run_row import RunRow

_COMPACT, _ROOMY = (21, 5), (70, 14)


class RunPreview(Horizontal):
    """Shows what is known of a run without opening it."""

    def __init__(self) -> None:
        super().__init__(id="run-preview")
        self._shown: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """Lay out the map beside the text."""
        yield Static(id="run-map", markup=False)
        yield Static(id="run-text", markup=False)

    def show(self, row: RunRow | None, controls: Sequence[RunRow], *, roomy: bool) -> None:
        """Show a run.

        Args:
            row: the run; None for none.
            controls: its control runs.
            roomy: whether there is room for a large map.
        """
        variables = self.app.theme_variables
        shown = (row, tuple(controls), roomy, variables["foreground"], variables["background"], is_plain(self.app))
        if shown == self._shown:
            return
        self._shown = shown
        drawing = self.query_one("#run-map", Static)
        words = self.query_one("#run-text", Static)
        lines = [] if row is None else self._map(row, _ROOMY if roomy else _COMPACT)
        drawing.display = bool(lines)
        drawing.update(Content("\n").join(Content.from_rich_text(line) for line in lines))
        words.update(Content("\n").join([] if row is None else preview_lines(row, controls)))

    def _map(self, row: RunRow, room: tuple[int, int]) -> list[Text]:
        values = {(at, column): accuracy for at, column, accuracy in row.windows}
        below = theme_color(self.app.theme_variables, "background")
        colors = colors_of(self.app)
        return small_map(values, level_paint(values.values(), colors), below, room, plain=is_plain(self.app))


def preview_lines(row: RunRow, controls: Sequence[RunRow]) -> list[Content]:
    """Return what the preview says of a run, the answer first.

    Args:
        row: the run.
        controls: its control runs.
    """
    tags = "".join(f"  #{tag}" for tag in row.notes.tags)
    head = Content.assemble(
        (printable(row.name, 64), "bold $primary"),
        ("  archived" if row.notes.archived else "", "$warning"),
        (tags, "$accent"),
    )
    if row.problem:
        return [head, *_note(row)]
    if row.answer:
        answer = Content(printable(row.answer, 300))
    elif row.under:
        answer = Content.styled(f"a control run of {printable(row.under, 64)}", "$foreground-muted")
    elif row.begun:
        answer = Content.styled("no verdict since the last trial: press enter, then e", "$foreground-muted")
    else:
        answer = Content.styled("no trial is finished", "$foreground-muted")
    lines = [head, answer]
    if row.first is not None:
        lines.append(_best(row))
    if row.failed:
        lines.append(Content.styled(f"{counted(row.failed, 'trial')} failed; open it to see why", "$error"))
    lines.append(Content.styled(f"{row.about}; age {row.age}", "$foreground-muted"))
    if controls:
        names = ", ".join(control.name.removeprefix(f"{row.name}-") for control in controls)
        lines.append(Content.styled(f"control runs: {printable(names, 200)}", "$foreground-muted"))
    lines += _note(row)
    if len(row.windows) > 1:
        ends = [end(accuracy for _, _, accuracy in row.windows) for end in (min, max)]
        low, high = map(number_format.accuracy, ends)
        lines.append(Content.styled(f"map: accuracy {low} (worst) to {high} (best)", "$foreground-muted"))
    return lines


def _best(row: RunRow) -> Content:
    assert row.first is not None
    name, accuracy, gain = row.first
    known = f", accuracy {number_format.accuracy(accuracy)}"
    if gain is not None:
        known += f", {number_format.gain(gain)} images against the baselines' mean"
    return Content.assemble(("best window ", "$foreground-muted"), (name, "bold"), known)


def _note(row: RunRow) -> list[Content]:
    return [Content.assemble(("note  ", "$foreground-muted"), row.notes.note)] if row.notes.note else []
