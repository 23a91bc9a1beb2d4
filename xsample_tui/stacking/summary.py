"""The summary: what a run amounts to once it is finished, in sentences."""

from __future__ import annotations

from ..store.folder import RunFolder
from .arms import blend_arms, plan_arms
from .blender import blender
from .claims import claims
from .comparison import answer, compare
from .judgement import judge, sentences
from .library import open_pool
from .rule import PRIMARY_K


def summary(run: RunFolder) -> list[str]:
    """Return the judgement of a run's windows, and a first look at stacking across: the arms it has by itself.

    These are blends of the best five windows (A) and of as many of its baselines (B), fewer where it has fewer.

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
    k = min(PRIMARY_K, len(library.pool("windows")), len(library.pool("baselines")))
    if k < 2:
        return [*lines, "stack across: needs two windows and two baselines to compare blends of both"]
    plans = [arm for arm in plan_arms(library, k)[0] if arm.letter in ("A", "B", "A*", "G")]
    results = blend_arms(library, plans, blender("mean"), None)
    errors = ", ".join(
        f"{words} {results[letter].blend.score.errors} errors"
        for letter, words in (
            ("A", f"best {k} windows blended (A)"),
            ("B", f"best {k} baselines blended (B)"),
            ("G", "best single model (G)"),
        )
    )
    lines.append(f"stack across: {errors}, of {results['A'].blend.score.n:,} pictures")
    lines += answer(results, compare(results, run.spec.seed))
    return [*lines, f"for B with as many seeds as windows, and the other controls: xsample-tui arms {run.name}"]
