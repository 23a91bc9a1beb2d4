"""Summarises a finished run in sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...core.stats.effect_verdict import Verdict
from ...store.run.run_folder import RunFolder
from ...store.run.stored_answer import StoredAnswer, store_answer
from ..arms.arm_comparison import PRIMARY_BLEND, arms_of
from ..blending.blender_registry import blender
from ..pool.control_runs import control_runs_of
from ..pool.member_selection import PRIMARY_K
from ..pool.model_pool import open_pool
from .article_claims import claims
from .scout_agreement import scout_agreement
from .window_judgement import judge, sentences, too_few


@dataclass(frozen=True)
class Summary:
    """What a finished run found.

    Attributes:
        lines: the answer, what would resolve it, and what else was found, a sentence each.
        verdict: of the answer, on blending windows; None under the article's protocol, which has no such answer.
    """

    lines: tuple[str, ...]
    verdict: Verdict | None


def keep_answer(run: RunFolder, sentence: str, verdict: Verdict | None) -> None:
    """Store a run's answer beside it, for lists of runs.

    Args:
        run: the run.
        sentence: the first of its summary.
        verdict: the summary's.
    """
    folders = [run, *(folder for found in control_runs_of(run).values() for folder in found)]
    done = sum(folder.progress().counts()["done"] for folder in folders)
    store_answer(run.path, StoredAnswer(sentence, done, verdict))


def kept_summary(run: RunFolder) -> Summary:
    """Return a run's :func:`summary`, and keep its answer beside the run.

    Raises:
        InputError: as :func:`summary`.
        OSError: the answer cannot be written.
    """
    found = summary(run)
    keep_answer(run, found.lines[0], found.verdict)
    return found


def summary(run: RunFolder) -> Summary:
    """Return the answer on stacking across, what would resolve it, and the judgement of a run's windows.

    The answer compares the best five windows blended with as many whole-image networks, fewer where there are
    fewer: of the run itself and of the controls that ``arms`` trained for it.

    Raises:
        InputError: no baseline or no window is finished.
    """
    found = _summary(run)
    # Said last, and of no weight: how well the scout ranked what is trained now.
    ranking = scout_agreement(run)
    return found if ranking is None else replace(found, lines=(*found.lines, ranking.sentence()))


def _summary(run: RunFolder) -> Summary:
    models = open_pool(run)
    judgement = judge(models)
    found, resolving, *rest = sentences(judgement)
    if models.article:
        lines = [
            found,
            resolving,
            *rest,
            "article protocol: every figure is of the test set, used for early stopping and selection",
        ]
        if run.spec.windows.mask != "article":
            return Summary(tuple(lines), None)
        lines += [f"{claim.about}: article: {claim.article}; run: {claim.run}" for claim in claims(run, judgement)]
        return Summary(tuple(lines), None)
    windows = [f"single windows: {found}"]
    if words := too_few(judgement):
        windows.append(f"baselines needed: {words}")
    windows += rest
    pools = models.pools(rungs=bool(models.parked))
    k = min(PRIMARY_K, len(pools.windows), len(pools.matched or pools.seeds))
    if k < 2:
        needed = (
            "No verdict on blending windows: two windows and four whole-image networks are needed, or better "
            "the twins of all windows"
        )
        if models.parked:
            needed = (
                "No verdict on blending windows: these came through rungs, and the twins of all windows have not "
                "gone through the same rungs yet"
            )
        return Summary((needed, f"What would give a verdict: {run.shell_command('arms')}", *windows), "no verdict")
    study = arms_of(models, k, blender(PRIMARY_BLEND))
    errors = ", ".join(
        f"{study.results[letter].blend.score.errors} {words}"
        for letter, words in (
            ("A", f"best {k} windows (A)"),
            ("B", f"best {k} whole-image networks (B)"),
            ("G", "best single model (G)"),
        )
    )
    blends = f"errors of blends: {errors}, of {study.results['A'].blend.score.n:,} images"
    first, second, *more = study.answer
    untrained = not ((pools.matched or pools.rungs) and pools.random)
    command = run.shell_command("arms")
    controls = [f"further controls: {command} trains them"] if untrained and command not in second else []
    lines = [first, second, blends, windows[0], *more, *windows[1:], *controls]
    return Summary(tuple(lines), study.primary.verdict)
