"""Answers the article's question: which controls it needs, what to train for them, and the comparison of the arms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..core.errors import ArgumentError, InputError, check_choice
from ..core.stats.effect_verdict import MARGIN
from ..stacking.arms.arm_blends import arm_facts
from ..stacking.arms.arm_comparison import ArmStudy, arms_of
from ..stacking.blending.blender_registry import blender
from ..stacking.blending.pooling import Blender
from ..stacking.blending.prediction_export import ledger_facts
from ..stacking.findings.confirmation import Confirmation, check_protocol, lay_out_confirmation
from ..stacking.findings.run_summary import keep_answer
from ..stacking.pool.control_runs import REPLICATES, lay_out_control_runs, seconds_needed, window_count
from ..stacking.pool.member_selection import best_windows
from ..stacking.pool.model_pool import ModelPool, open_pool
from ..store.control_run_names import CONTROL_KINDS, ControlKind
from ..store.run.run_folder import RunFolder

Say = Callable[[str], None]


def arm_blender(blend: str, k: int, margin: float = MARGIN) -> Blender:
    """Return the blender of every arm.

    Raises:
        InputError: there is none of that name, it takes no ``k`` members, or the margin is not above 0.
    """
    kind = blender(blend)
    kind.check(k)
    if not margin > 0:
        raise ArgumentError("margin", margin, "choose a share of images above 0, as 0.001")
    return kind


def control_kinds(names: Sequence[str]) -> list[ControlKind]:
    """Return the kinds of controls that are named, in the order in which they are trained.

    Raises:
        InputError: there is none of a name.
    """
    for name in names:
        check_choice("controls", name, CONTROL_KINDS)
    return [kind for kind in CONTROL_KINDS if kind in names]


def pool_size(run: RunFolder, k: int, pool: int | None) -> int:
    """Return how many trials each control has to choose from.

    Args:
        run: the run.
        k: members of each arm.
        pool: how many are wanted; None for as many as the run has windows.

    Raises:
        InputError: fewer than members, or the run follows the article's protocol.
    """
    if run.spec.article_protocol:
        remedy = "arms need the honest protocol; train a run with another preset than article"
        raise InputError("run", run.name, remedy)
    count = window_count(run) if pool is None else pool
    if run.spec.has_rungs and count != window_count(run):
        why = f"{window_count(run):,} windows go through rungs, and so must as many of each control; leave it out"
        raise ArgumentError("pool", count, why)
    if count < k:
        raise ArgumentError("pool", count, f"choose at least k = {k}")
    return count


def trials_left(folder: RunFolder) -> int:
    """Return how many trials of a run are still to be trained."""
    return folder.progress().left


def runs_to_train(
    run: RunFolder,
    kinds: Sequence[ControlKind],
    count: int,
    *,
    k: int,
    replicates: int = REPLICATES,
    say: Say = lambda line: None,
) -> Iterator[tuple[RunFolder, float | None]]:
    """Yield what is to be trained to its end, one after the other, with the seconds that it takes where known.

    The run itself comes first. A control run is laid out when it is its turn: which windows are trained again
    follows from what is finished by then.

    Args:
        run: the run.
        kinds: of :func:`control_kinds`.
        count: of :func:`pool_size`.
        k: members of each arm; the best 2k windows are trained again.
        replicates: further trainings of each of these.
        say: receives what is copied, and what cannot be trained.
    """
    if trials_left(run):
        yield run, None
        run.reread()
        if run.spec.has_rungs:
            # Windows may have joined.
            count = window_count(run)
    for kind in kinds:
        best: list[str] = []
        if kind == "replicates":
            if run.spec.streams == "named":
                say("runs of 0.1.0 have no streams, so their windows cannot be replicated; the variance is assumed")
                continue
            best = best_windows(open_pool(run), 2 * k)
        for folder in lay_out_control_runs(run, kind, count, replicated=best, replicates=replicates, say=say):
            if left := trials_left(folder):
                needed = seconds_needed(run, left)
                yield folder, None if needed is None else needed * folder.spec.share_trained(left)


def ask_arms(
    models: ModelPool,
    kind: Blender,
    k: int,
    *,
    ink: tuple[float, float] | None = None,
    margin: float = MARGIN,
    opened_by: str | None = None,
    on_arm: Callable[[str], None] = lambda letter: None,
) -> ArmStudy:
    """Compare the arms that the finished trials allow; the answer fixed in advance is kept beside the run.

    Args:
        models: the run's members and its controls'.
        kind: of :func:`arm_blender`.
        k: members of each arm.
        ink: least and greatest share of ink that a window's mask may remove; None for any.
        margin: the largest difference in accuracy that does not matter.
        opened_by: who opens the test set, for the ledger; None to judge on select.
        on_arm: receives each arm's letter as it begins.

    Raises:
        InputError: there are fewer finished windows or baselines than members, ``ink`` is no range, or no window is
            in it.
    """
    if ink is not None and not 0 <= ink[0] <= ink[1] <= 1:
        raise ArgumentError("ink", ink, "give the smallest and the largest share of ink, as (0.01, 0.2)")
    study = arms_of(models, k, kind, ink=ink, margin=margin, opened_by=opened_by, on_arm=on_arm)
    if opened_by is None and ink is None and margin == MARGIN and study.primary.rank == "primary":
        # A list of runs can show it, whoever asked.
        keep_answer(models.run, study.answer[0], study.primary.verdict)
    return study


def arms_facts(models: ModelPool, study: ArmStudy, split: str) -> dict[str, Any]:
    """Return the arms and their comparisons as plain values for JSON."""
    document = models.run.document
    primary = study.primary
    return {
        "run": models.run.name,
        "models": models.scope_words(),
        "protocol": "honest",
        "streams": document.spec.streams,
        "split": split,
        "blend": study.results["A"].blend.blender.name,
        "k": study.k,
        "dataset_digest": document.dataset_digest,
        "split_digest": document.split_digest,
        "epochs": document.spec.training.epochs,
        "arms": [arm_facts(result) for result in study.results.values()],
        "missing": list(study.missing),
        "comparisons": [found.facts() for found in study.comparisons],
        "primary": primary.name,
        "verdict": primary.verdict,
        "answer": list(study.answer),
        "ledger": ledger_facts(models.ledger),
    }


def confirmation_run(models: ModelPool, top: int, seeds: int) -> RunFolder:
    """Return the run beside a run that holds the new trainings of its best windows, laid out if there is none.

    Raises:
        InputError: the run follows the article's protocol, a value out of range, or no window is finished.
    """
    check_protocol(models.run)
    return lay_out_confirmation(models, top, seeds)


def confirmation_facts(models: ModelPool, rows: Sequence[Confirmation]) -> dict[str, Any]:
    """Return the confirmed windows as plain values for JSON."""
    described = {"run": models.run.name, "pictures_each_half": len(models.select.labels) // 2}
    return described | {"windows": [row.facts() for row in rows], "ledger": ledger_facts(models.ledger)}
