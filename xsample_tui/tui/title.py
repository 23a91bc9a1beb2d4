"""The stack screen's title: which run, what is blended, on what, and what to know before it is believed."""

from __future__ import annotations

from textual.content import Content

from ..core.errors import printable
from ..store.folder import RunFolder
from .header import ARTICLE_WARNING, notice
from .study import Choice, Study


def title(run: RunFolder, study: Study | None, choice: Choice) -> list[Content]:
    """Return the title's parts.

    Args:
        run: the run.
        study: what is finished of it; None until it is read.
        choice: which members are blended.
    """
    parts = [
        Content.assemble(
            ("stack across", "bold $primary"),
            (" · ", "$foreground-muted"),
            (printable(run.name, 40), "bold"),
        )
    ]
    if study is None:
        return parts
    parts += [
        Content.styled(study.words(choice), "$accent"),
        Content.styled(f"on select, {study.pictures:,} pictures", "$foreground-muted"),
        Content.styled(_ledger(study), "$foreground-muted"),
    ]
    if study.library.unfinished:
        words = f"{study.library.unfinished} trials not finished, r reads again"
        parts.append(Content.styled(words, "$foreground-muted"))
    if study.library.problems:
        parts.append(Content.styled(f"{len(study.library.problems)} damaged and left out: see 5", "$error"))
    if words := notice(run.spec, study.pictures):
        parts.append(Content.styled(words, "bold $error" if words == ARTICLE_WARNING else "$warning"))
    return parts


def _ledger(study: Study) -> str:
    """Say that the test set stays locked here, and how often it has been opened elsewhere."""
    if study.library.article:
        return study.ledger
    return f"test set locked, {study.ledger.removeprefix('test set ')}"
