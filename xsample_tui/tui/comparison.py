"""The blenders side by side on the chosen members, and what they have to beat."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from ..stacking.blender import BLENDERS
from . import figure
from .study import CHEAP, FITTED, Level, Standing, Study

_NAME, _ACCURACY, _LOSS = 11, 7, 9
_LEAST_ERRORS, _LEAST_LOSS = 8, 7
PENDING = "…"


class Comparison(Widget):
    """A line a blender: accuracy, errors and log-loss on select; what is not ready yet is a ``…``."""

    BORDER_TITLE = "blenders"

    class Picked(Message):
        """A blender was clicked."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="blenders")
        self._study: Study | None = None
        self._standings: dict[str, Standing] = {}
        self._blender = "mean"
        self._rows: list[str | None] = []
        self._columns = (_LEAST_ERRORS, _LOSS, "")

    def show(self, study: Study, standings: dict[str, Standing], blender: str) -> None:
        """Show what is known of the present choice.

        Args:
            study: the study.
            standings: by the blender's name; those that are missing are being reckoned.
            blender: the one that the other panels show.
        """
        self._study, self._standings, self._blender = study, standings, blender
        self.refresh()

    @property
    def width(self) -> int:
        """The width with which nothing is cut."""
        return _NAME + _ACCURACY + self._errors_width + _LOSS

    @property
    def _errors_width(self) -> int:
        """The width of ``123/1,000``, or of the baselines' mean where that is longer, and a space."""
        if self._study is None:
            return _LEAST_ERRORS
        n = self._study.pictures
        longest = max(len(f"{_errors(level)}/{n:,}") for level in self._study.levels)
        return max(len("errors/n"), len(f"{n}/{n:,}"), longest) + 1

    def render(self) -> Content:
        """Return the lines."""
        if self._study is None:
            return Content("")
        n = self._study.pictures
        # Where it gets narrow: less space, then no /n, which the title says too.
        errors, loss, of = self._errors_width, _LOSS, f"/{n:,}"
        if self.width > self.size.width:
            loss = _LEAST_LOSS
        if _NAME + _ACCURACY + errors + loss > self.size.width:
            errors, of = _LEAST_ERRORS, ""
        self._columns = (errors, loss, of)
        names = ("errors/n" if of else "errors", "log-loss" if loss == _LOSS else "loss")
        heads = f"{'':<{_NAME}}{'acc':>{_ACCURACY}}{names[0]:>{errors}}{names[1]:>{loss}}"
        lines = [Content.styled(heads, "$foreground-muted")]
        self._rows = [None]
        for blender in CHEAP:
            lines.append(self._line(blender.name))
            self._rows.append(blender.name)
        lines.append(Content.styled("  cross-fitted over 5 folds", "$foreground-muted"))
        self._rows.append(None)
        for blender in FITTED:
            lines.append(self._line(blender.name))
            self._rows.append(blender.name)
        lines.append(Content.styled("  to beat", "$foreground-muted"))
        self._rows.append(None)
        lines += [self._level(level) for level in self._study.levels]
        return Content("\n").join(lines)

    def _line(self, name: str) -> Content:
        chosen = name == self._blender
        head = f"{'▸' if chosen else ' '} {name:<{_NAME - 2}}"
        style = "bold $primary" if chosen else "$foreground"
        standing = self._standings.get(name)
        if standing is None:
            errors, loss, _ = self._columns
            figures = f"{PENDING:>{_ACCURACY}}{PENDING:>{errors}}{PENDING:>{loss}}"
            return Content.assemble((head, style), (figures, "$foreground-muted"))
        if standing.blend is None:
            return Content.assemble((head, style), (f"  {standing.refusal}", "$foreground-muted"))
        score = standing.blend.score
        return Content.styled(head + self._figures(score.accuracy, f"{score.errors}", score.log_loss), style)

    def _level(self, level: Level) -> Content:
        head = f"  {level.title:<{_NAME - 2}}"
        return Content.styled(head + self._figures(level.accuracy, _errors(level), level.log_loss), "$accent")

    def _figures(self, accuracy: float, errors: str, log_loss: float) -> str:
        wide, loss, of = self._columns
        return f"{figure.accuracy(accuracy):>{_ACCURACY}}{errors + of:>{wide}}{figure.accuracy(log_loss):>{loss}}"

    def on_click(self, event: events.Click) -> None:
        """Choose the blender that is clicked."""
        at = event.get_content_offset(self)
        if at is not None and at.y < len(self._rows) and (name := self._rows[at.y]) in BLENDERS:
            self.post_message(self.Picked(str(name)))


def _errors(level: Level) -> str:
    return f"{level.errors:.0f}" if float(level.errors).is_integer() else f"{level.errors:.1f}"
