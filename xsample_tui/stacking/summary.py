"""The summary: what a run amounts to once it is finished, in sentences."""

from __future__ import annotations

from ..store.folder import RunFolder
from .blender import blender
from .candidates import Candidates
from .claims import claims
from .comparison import PRIMARY_BLEND, compare_arms
from .judgement import judge, sentences
from .library import open_pool
from .rule import PRIMARY_K


def summary(run: RunFolder) -> list[str]:
    """Return the answer on stacking across, what would resolve it, and the judgement of a run's windows.

    The answer compares the best five windows blended with as many whole-picture networks, fewer where there are
    fewer: of the run itself and of the controls that ``arms`` trained for it.

    Raises:
        InputError: no baseline or no window is finished.
    """
    library = open_pool(run)
    judgement = judge(library)
    lines = sentences(judgement)
    if library.article:
        lines.append("article protocol: every figure is of the test set, which also stopped and selected")
        if run.spec.windows.mask != "article":
            return lines
        return lines + [
            f"{claim.about}: article: {claim.article}; run: {claim.run}" for claim in claims(run, judgement)
        ]
    pools = library.pools()
    k = min(PRIMARY_K, len(pools.windows), len(pools.matched or pools.seeds))
    if k < 2:
        return [
            "No verdict on blending windows: it takes two windows and four whole-picture networks, better the "
            "twins of all windows",
            f"What would give one: xsample-tui arms {run.name}",
            *lines,
        ]
    study = compare_arms(Candidates.of(library), k, blender(PRIMARY_BLEND), name=run.name)
    errors = ", ".join(
        f"{words} {study.results[letter].blend.score.errors} errors"
        for letter, words in (
            ("A", f"best {k} windows blended (A)"),
            ("B", f"best {k} whole-picture networks blended (B)"),
            ("G", "best single model (G)"),
        )
    )
    blends = f"stack across: {errors}, of {study.results['A'].blend.score.n:,} images"
    first, second, *rest = study.answer
    controls = [] if study.candidates.pools.matched and study.candidates.pools.random else [
        f"for the windows' twins and the other controls: xsample-tui arms {run.name}"
    ]  # fmt: skip
    return [first, second, blends, *rest, *lines, *controls]
