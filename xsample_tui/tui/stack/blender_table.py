"""Shows the scores of all blenders on the chosen members, and the scores to beat."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from ...services.ensemble_study import CHEAP, FITTED, ComparisonLevel, EnsembleStudy, MemberStanding
from ...stacking.blending.blender_registry import BLENDERS
from ..view_models import number_format

_NAME, _ACCURACY, _LOSS = 11, 7, 9
# What does not fit the narrow column of names, as it is called there.
_SHORT = {"best single model": "best (G)"}
_LONG_NAME = max(map(len, _SHORT)) + 3
_LEAST_ERRORS, _LEAST_LOSS = 8, 7
PENDING = "…"


class BlenderTable(Widget):
    """One line per blender: accuracy, errors and log-loss on the selection images; ``…`` while computing."""

    BORDER_TITLE = "blenders"

    class Picked(Message):
        """A blender was clicked."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="blenders")
        self._study: EnsembleStudy | None = None
        self._standings: dict[str, MemberStanding] = {}
        self._blender = "mean"
        self._rows: list[str | None] = []
        self._columns = (_LEAST_ERRORS, _LOSS, "")
        self._name_width = _NAME

    def show(self, study: EnsembleStudy, standings: dict[str, MemberStanding], blender: str) -> None:
        """Show the known results of the current choice.

        Args:
            study: the study.
            standings: by the blender's name; missing ones are being computed.
            blender: the blender that the other panels show.
        """
        self._study, self._standings, self._blender = study, standings, blender
        self.refresh()

    @property
    def width(self) -> int:
        """The width at which nothing is cut."""
        return _NAME + _ACCURACY + self._errors_width + _LOSS

    @property
    def _errors_width(self) -> int:
        """The width of ``123/1,000`` or of the baselines' mean, whichever is longer, and a space."""
        if self._study is None:
            return _LEAST_ERRORS
        n = self._study.images
        longest = max(len(f"{_errors(level)}/{n:,}") for level in self._study.levels)
        return max(len("errors/n"), len(f"{n}/{n:,}"), longest) + 1

    def render(self) -> Content:
        """Return the lines."""
        if self._study is None:
            return Content("")
        wide, of = self._errors_width, f"/{self._study.images:,}"
        # If it gets narrow: less space, then no /n, which the title shows too, then no errors, which accuracy shows.
        forms = (
            (_LONG_NAME, wide, _LOSS, of),
            (_NAME, wide, _LOSS, of),
            (_NAME, wide, _LEAST_LOSS, of),
            (_NAME, _LEAST_ERRORS, _LEAST_LOSS, ""),
            (_NAME, 0, _LEAST_LOSS, ""),
        )
        fitting = (form for form in forms if sum(form[:3]) + _ACCURACY <= self.size.width)
        self._name_width, errors, loss, of = next(fitting, forms[-1])
        self._columns = (errors, loss, of)
        names = ("errors/n" if of else "errors" if errors else "", "log-loss" if loss == _LOSS else "loss")
        heads = f"{self._temperature():<{self._name_width}}{'acc':>{_ACCURACY}}{names[0]:>{errors}}{names[1]:>{loss}}"
        lines = [Content.styled(heads, "$foreground-muted")]
        self._rows = [None]
        for blender in CHEAP:
            lines.append(self._line(blender.name))
            self._rows.append(blender.name)
        fitted = "  cross-fitted over 5 folds"
        lines.append(
            Content.styled(fitted if len(fitted) <= self.size.width else "  cross-fitted", "$foreground-muted")
        )
        self._rows.append(None)
        for blender in FITTED:
            lines.append(self._line(blender.name))
            self._rows.append(blender.name)
        lines.append(Content.styled("  to beat", "$foreground-muted"))
        self._rows.append(None)
        lines += [self._level(level) for level in self._study.levels]
        return Content("\n").join(lines)

    def _temperature(self) -> str:
        """Return the temperature by which the chosen blender's log-loss is calibrated; empty while not known."""
        standing = self._standings.get(self._blender)
        if standing is None or standing.blend is None:
            return ""
        words = f"T = {standing.blend.whole.temperature:.2f}"
        long = f"calibrated, {words}"
        return long if len(long) <= self._name_width else words

    def _line(self, name: str) -> Content:
        chosen = name == self._blender
        head = f"{'▸' if chosen else ' '} {name:<{self._name_width - 2}}"
        style = "bold $primary" if chosen else "$foreground"
        standing = self._standings.get(name)
        if standing is None:
            errors, loss, _ = self._columns
            figures = f"{PENDING:>{_ACCURACY}}{PENDING if errors else '':>{errors}}{PENDING:>{loss}}"
            return Content.assemble((head, style), (figures, "$foreground-muted"))
        if standing.blend is None:
            return Content.assemble((head, style), (f"  {standing.refusal}", "$foreground-muted"))
        score = standing.blend.score
        return Content.styled(head + self._figures(score.accuracy, f"{score.errors}", score.log_loss), style)

    def _level(self, level: ComparisonLevel) -> Content:
        title = level.title if self._name_width > _NAME else _SHORT.get(level.title, level.title)
        head = f"  {title:<{self._name_width - 2}}"
        return Content.styled(head + self._figures(level.accuracy, _errors(level), level.log_loss), "$accent")

    def _figures(self, accuracy: float, errors: str, log_loss: float) -> str:
        wide, loss, of = self._columns
        shown, lost = number_format.accuracy(accuracy), number_format.accuracy(log_loss)
        return f"{shown:>{_ACCURACY}}{errors + of if wide else '':>{wide}}{lost:>{loss}}"

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked blender."""
        at = event.get_content_offset(self)
        if at is not None and at.y < len(self._rows) and (name := self._rows[at.y]) in BLENDERS:
            self.post_message(self.Picked(str(name)))


def _errors(level: ComparisonLevel) -> str:
    return f"{level.errors:.0f}" if float(level.errors).is_integer() else f"{level.errors:.1f}"
