"""The verdict: noise floor and judgement of the windows, and the arms with what they say together."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ..stacking.arms import TITLES
from . import figure
from .study import Arms, Study

_TITLE = max(len(title) for title in TITLES.values()) + 1


class VerdictPanel(VerticalScroll):
    """Sentences and tables, to scroll through where they do not fit."""

    BORDER_TITLE = "verdict"

    def __init__(self) -> None:
        super().__init__(id="verdict")
        self._text: Content | None = None

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield Static(id="verdict-text", markup=False)

    def show(self, study: Study, arms: Arms | None, k: int, *, reckoning: bool) -> None:
        """Show a study's verdict.

        Args:
            study: the study.
            arms: the arms as compared last; None before.
            k: the present k.
            reckoning: whether the arms are being compared at the present k.
        """
        muted = "$foreground-muted"
        lines: list[Content] = [Content.styled("stacking across against its controls", "bold $primary")]
        if not study.companions:
            name = study.library.run.name
            lines.append(_hung("its controls are not trained yet; T trains them in the background, or in a shell:"))
            lines.append(Content.styled(f"    xsample-tui arms {name} --headless", "bold $accent"))
        if arms is None:
            if reckoning or study.companions:
                words = f"… comparing the arms at k = {k}" if reckoning else "press 5 to compare the arms"
                lines.append(Content.styled(words, muted))
        elif reckoning:
            lines.append(Content.styled(f"… comparing the arms at k = {k}", muted))
        elif arms.refusal:
            lines.append(_hung(arms.refusal))
        else:
            lines += _table(arms)
        lines += [Content(""), Content.styled("windows against noise and luck", "bold $primary")]
        lines += [_hung(text) for text in study.judgement]
        if study.notes:
            lines += [Content(""), Content.styled("notes", "bold $primary"), *(_hung(text) for text in study.notes)]
        text = Content("\n").join(lines)
        if self._text is None or not text.is_same(self._text):
            self._text = text
            self.query_one("#verdict-text", Static).update(text)


_ANSWERS = ("Blending windows", "No difference", "Not resolved", "No verdict")


def _hung(text: str) -> Content:
    style = "bold" if text.startswith(("verdict", *_ANSWERS)) else "$warning" if "cannot resolve" in text else ""
    return Content.styled(f"· {text}", style) if style else Content(f"· {text}")


def _table(arms: Arms) -> list[Content]:
    n = next(iter(arms.results.values())).blend.score.n
    lines = [_hung(text) for text in arms.answer]
    head = f"{'arm':<4}{'':<{_TITLE}}{'acc':>7}{'errors':>7}{'log-loss':>10}{'disagree':>9}"
    lines += [
        Content(""),
        Content.styled(f"mean of k = {arms.k}, cross-fitted, {n:,} select pictures", "$foreground-muted"),
        Content.styled(head, "$foreground-muted"),
    ]
    for letter, result in arms.results.items():
        score = result.blend.score
        lines.append(
            Content(
                f"{letter:<4}{TITLES[letter]:<{_TITLE}}{figure.accuracy(score.accuracy):>7}{score.errors:>7}"
                f"{figure.accuracy(score.log_loss):>10}{result.diversity.disagreement:>9.4f}"
            )
        )
    lines += [
        Content(""),
        Content.styled(f"{'':<8}{'accuracy':>9}  {'95 %':<20}{'McNemar p':>9}  verdict", "$foreground-muted"),
    ]
    for found in arms.comparisons:
        gap = found.difference
        band = f"{gap.low:+.4f} .. {gap.high:+.4f}"
        style = {"helps": "bold $primary", "hurts": "bold $warning"}.get(found.verdict, "")
        mcnemar = "" if found.mcnemar_p is None else f"{found.mcnemar_p:.2g}"
        mark = " *" if found.rank == "primary" else ""
        text = f"{found.name:<8}{gap.difference:>+9.4f}  {band:<20}{mcnemar:>9}  {found.verdict}{mark}"
        lines.append(Content.styled(text, style) if style else Content(text))
    if any(found.rank == "primary" for found in arms.comparisons):
        lines.append(Content.styled("* fixed in advance; the others are corrected by Holm", "$foreground-muted"))
    return lines + [_hung(text) for text in arms.missing]
