"""Shows the verdict: the comparison of the arms, and the significance of the windows."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ...services.ensemble_study import Arms, EnsembleStudy
from ...stacking.arms.arm_tables import arms_table, differences_table

_ARMS = ("arm", "title", "errors", "accuracy", "log_loss", "disagreement")
_PLANNED = " *"
_DIFFERENCES = ("pair", "accuracy", "interval", "mcnemar", "verdict")


class VerdictPanel(VerticalScroll):
    """Sentences and tables, with scrolling."""

    BORDER_TITLE = "verdict"
    ALLOW_MAXIMIZE = True

    def __init__(self) -> None:
        super().__init__(id="verdict")
        self._text: Content | None = None
        self._shown: tuple[EnsembleStudy, Arms | None, int, bool] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield Static(id="verdict-text", markup=False)

    def show(self, study: EnsembleStudy, arms: Arms | None, k: int, *, computing: bool) -> None:
        """Show a study's verdict, from its beginning.

        Args:
            study: the study.
            arms: the latest comparison of the arms; None before the first.
            k: the current k.
            computing: whether the arms are being compared at the current k.
        """
        self._shown = study, arms, k, computing
        self._draw()

    def on_resize(self) -> None:
        """Let the tables fit."""
        self._draw()

    def _draw(self) -> None:
        if self._shown is None:
            return
        text = Content("\n").join(verdict_lines(*self._shown, self.scrollable_content_region.width or None))
        if self._text is None or not text.is_same(self._text):
            self._text = text
            self.query_one("#verdict-text", Static).update(text)
            self.scroll_home(animate=False)


def verdict_lines(
    study: EnsembleStudy, arms: Arms | None, k: int, computing: bool, width: int | None
) -> list[Content]:
    """Return the panel's lines: the answer, the comparison of A and B, the arms, and then all that qualifies them.

    Args:
        study, arms, k, computing: as of :meth:`VerdictPanel.show`.
        width: characters of a row of a table at most; None for as many as it takes.
    """
    muted = "$foreground-muted"
    lines: list[Content] = []
    if arms is None or computing:
        if computing or study.controls:
            words = f"… comparing the arms at k = {k}" if computing else "press 5 to compare the arms"
            lines.append(Content.styled(words, muted))
    elif arms.refusal:
        lines.append(_hung(arms.refusal))
    else:
        lines += _table(arms, width)
    if not study.controls:
        lines.append(_hung("The controls are not trained yet. Press T to train them in the background, or run:"))
        lines.append(Content.styled(f"  {study.models.run.shell_command('arms', '--headless')}", "bold $accent"))
    lines += [Content(""), Content.styled("single windows", "bold $primary")]
    lines += [_hung(text) for text in study.judgement[:-1]]
    # The last sentence says whether differences of thousandths can be detected.
    weak = study.verdict is not None and not study.verdict.resolves_thousandths
    lines += [_hung(text, "$warning" if weak else "") for text in study.judgement[-1:]]
    if study.notes:
        lines += [Content(""), Content.styled("notes", "bold $primary"), *(_hung(text) for text in study.notes)]
    return lines


def _hung(text: str, style: str = "") -> Content:
    return Content.styled(f"· {text}", style) if style else Content(f"· {text}")


def _table(arms: Arms, width: int | None) -> list[Content]:
    n = next(iter(arms.results.values())).blend.score.n
    answer, resolving, *rest = arms.answer
    room = None if width is None else width - len(_PLANNED)
    head, *differences = differences_table(arms.comparisons).lines(_DIFFERENCES, room)
    compared = []
    for found, row in zip(arms.comparisons, differences, strict=True):
        style = {"helps": "bold $primary", "hurts": "bold $warning"}.get(found.verdict, "")
        text = f"{row}{_PLANNED}" if found.rank == "primary" else row
        compared.append(Content.styled(text, style) if style else Content(text))
    top, *rows = arms_table(arms.results).lines(_ARMS, width)
    muted = "$foreground-muted"
    lines = [
        Content.styled(answer, "bold"),
        Content(resolving),
        Content(""),
        Content.styled(head, muted),
        compared[0],
        Content(""),
        Content.styled(top, muted),
        *(Content(row) for row in rows),
        Content(""),
        *compared[1:],
    ]
    said = f"mean of k = {arms.k}, cross-fitted, {n:,} selection images"
    if any(found.rank == "primary" for found in arms.comparisons):
        said += ";\n* planned in advance, the others are Holm-corrected"
    lines += [Content.styled(said, muted), Content("")]
    return lines + [_hung(text) for text in (*rest, *arms.missing)]
