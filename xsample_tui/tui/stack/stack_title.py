"""Composes the title of the stack screen: the run, the members, the images, and warnings."""

from __future__ import annotations

from textual.content import Content

from ...core.errors import printable
from ...services.ensemble_study import Choice, EnsembleStudy
from ...store.run.run_folder import RunFolder
from ..view_models.run_notice import ARTICLE_WARNING, notice


def title(run: RunFolder, study: EnsembleStudy | None, choice: Choice) -> list[Content]:
    """Return the title's parts.

    Args:
        run: the run.
        study: its finished trials; None until they are read.
        choice: the members that are blended.
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
        Content.styled(f"on {study.images:,} selection images", "$foreground-muted"),
        Content.styled(_ledger(study), "$foreground-muted"),
    ]
    if study.models.unfinished:
        words = f"{study.models.unfinished} trials unfinished, r reads again"
        parts.append(Content.styled(words, "$foreground-muted"))
    if study.models.problems:
        parts.append(Content.styled(f"{len(study.models.problems)} damaged and left out: see 5", "$error"))
    if words := notice(run.spec, study.images):
        parts.append(Content.styled(words, "bold $error" if words == ARTICLE_WARNING else "$warning"))
    return parts


def _ledger(study: EnsembleStudy) -> str:
    """Return the note that the test set is locked here, and how often it was opened elsewhere."""
    if study.models.article:
        return study.ledger
    return f"test set locked, {study.ledger.removeprefix('test set ')}"
