"""Computes what the stack screen shows from a run's model pool. It reads files, so call it in threads."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError, XSampleError, printable
from ..core.stats.diversity import Diversity, disagreement, diversity
from ..stacking.arms.arm_blends import ArmResult
from ..stacking.arms.arm_comparison import ArmComparison
from ..stacking.blending.blend import Blend, blend_select
from ..stacking.blending.blender_registry import BLENDERS
from ..stacking.blending.disagreements import Disagreement, disagreements
from ..stacking.blending.greedy_selection import Trajectory, greedy
from ..stacking.blending.pooling import Blender
from ..stacking.blending.prediction_export import ledger_words
from ..stacking.blending.score_by_size import SizeCurve, curve
from ..stacking.findings.class_scores import ClassScores, blend_class_scores
from ..stacking.findings.window_judgement import Judgement, judge, sentences
from ..stacking.pool.member_selection import PRIMARY_K, HandPicked, MemberSelection, TopMembers
from ..stacking.pool.model_pool import POOL_KINDS, ModelPool, PoolKind, open_pool
from ..store.run.run_folder import RunFolder
from .arm_question import ask_arms
from .blends.made_blend import MadeBlend, make_blend

LEAST = 2
CHEAP = tuple(blender for blender in BLENDERS.values() if not blender.fitted)
FITTED = tuple(blender for blender in BLENDERS.values() if blender.fitted)


class TooFewModels(XSampleError):
    """There are not enough finished windows to blend."""


@dataclass(frozen=True)
class Choice:
    """The members that are blended.

    Attributes:
        pool: the pool that they are chosen from.
        k: the number of best members.
        hand: members chosen by hand instead; None for the best k.
    """

    pool: PoolKind
    k: int
    hand: tuple[int, ...] | None = None


@dataclass(frozen=True)
class ComparisonLevel:
    """A score that blends are compared with.

    Attributes:
        title: its name.
        accuracy: on the selection images.
        errors: misclassified images; a mean for several models.
        log_loss: on the selection images, in nats.
    """

    title: str
    accuracy: float
    errors: float
    log_loss: float


@dataclass(frozen=True, eq=False)
class MemberStanding:
    """One blender on the chosen members.

    Attributes:
        blender: the blender.
        blend: the result; None if there is none.
        refusal: why there is none.
    """

    blender: Blender
    blend: Blend | None
    refusal: str = ""


@dataclass(frozen=True, eq=False)
class Agreement:
    """How differently the chosen members err.

    Attributes:
        names: the members, best first.
        apart: (k, k) float64: share of images that exactly one of two classifies correctly.
        whole: the means over all pairs.
        images: the number of images.
    """

    names: tuple[str, ...]
    apart: NDArray[np.float64]
    whole: Diversity
    images: int


@dataclass(frozen=True, eq=False)
class Arms:
    """The arms compared.

    Attributes:
        k: members of each.
        results: by letter.
        comparisons: A - B first.
        missing: the omitted arms, with reasons.
        answer: the verdict in sentences.
        refusal: why there are none.
    """

    k: int
    results: dict[str, ArmResult] = field(default_factory=dict)
    comparisons: tuple[ArmComparison, ...] = ()
    missing: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    refusal: str = ""


class EnsembleStudy:
    """A model pool with its rankings, comparison levels and verdict.

    Args:
        run: the run; its control runs are read too.

    Attributes:
        models: the members.
        ranked: indices of the members of each pool, lowest log-loss first.
        controls: names of the control runs that were read.
        notes: problems, one line each.
        ledger: how often the test set was opened, in words.
        levels: the scores to beat: the baselines' mean, and the best single model.
        judgement: the verdict on the windows, in sentences.

    Raises:
        TooFewModels: fewer than two windows are finished.
        InputError: the run cannot be read.
    """

    def __init__(self, run: RunFolder) -> None:
        self.notes: list[str] = []
        models = _models(run)
        self.models = models
        self.controls = models.controls
        self.notes += models.problems
        if models.unfinished:
            self.notes.append(f"{models.unfinished} trials are not finished and are left out")
        losses = models.select.losses()
        self.ranked: dict[PoolKind, tuple[int, ...]] = {}
        for kind in POOL_KINDS:
            pool = models.pool(kind)
            self.ranked[kind] = tuple(int(i) for i in pool[np.argsort(losses[pool], kind="stable")])
        self.ledger = ledger_words(models)
        self.levels = _levels(models)
        baselines = models.pool("baselines")
        self.gains: NDArray[np.float64] | None = None
        if len(baselines):
            self.gains = models.select.errors[baselines].mean() - models.select.errors
        self.verdict: Judgement | None = None
        try:
            self.verdict = judge(models)
            self.judgement = sentences(self.verdict)
        except InputError as error:
            self.judgement = [printable(error, 300)]

    @property
    def images(self) -> int:
        """The number of selection images."""
        return len(self.models.select.labels)

    def first_choice(self) -> Choice:
        """Return the initial choice: the best five windows, as in ``xsample-tui stack``."""
        return Choice("windows", min(PRIMARY_K, len(self.ranked["windows"])))

    def members(self, choice: Choice) -> tuple[int, ...]:
        """Return the members of a choice, best first."""
        return self.ranked[choice.pool][: choice.k] if choice.hand is None else choice.hand

    def rule(self, choice: Choice) -> MemberSelection:
        """Return a choice as a rule for blends."""
        if choice.hand is not None:
            return HandPicked(choice.hand)
        # The pool in the order of the plan, as on the command line, so that ties break alike.
        return TopMembers(choice.k, tuple(sorted(self.ranked[choice.pool])))

    def words(self, choice: Choice) -> str:
        """Describe a choice."""
        return self.rule(choice).words()

    def blend(self, choice: Choice, blender: Blender) -> MemberStanding:
        """Return the cross-fitted blend of the chosen members on the selection images, or why there is none."""
        if not self.members(choice):
            return MemberStanding(blender, None, "no members")
        try:
            blend = make_blend(self.models, self.rule(choice), blender).fitted
        except InputError as error:
            return MemberStanding(blender, None, error.remedy.removeprefix("choose "))
        blend.score  # noqa: B018  # computed here, in the thread, and cached
        return MemberStanding(blender, blend)

    def agreement(self, choice: Choice) -> Agreement | None:
        """Return how differently the chosen members err; None without members."""
        members = np.array(self.members(choice), np.intp)
        if not len(members):
            return None
        correct = self.models.select.correct[members]
        names = tuple(self.models.members[i].name for i in members)
        return Agreement(names, disagreement(correct), diversity(correct), correct.shape[1])

    def curve(self, pool: PoolKind, blender: Blender) -> SizeCurve:
        """Return the score of a blender by ensemble size."""
        return curve(self.models.select, tuple(sorted(self.ranked[pool])), blender, self.models.run.spec.seed)

    def trajectory(self, choice: Choice) -> tuple[tuple[str, ...], Trajectory] | None:
        """Return the greedy selection from the chosen members on all selection images: picks and path."""
        members = self.members(choice)
        if not members:
            return None
        path = greedy(self.models.select.cut(np.array(members, np.intp)).true)
        return tuple(self.models.members[members[i]].name for i in path.picks), path

    def class_scores(self, choice: Choice, standing: MemberStanding) -> ClassScores:
        """Return what a blend of the chosen members achieves by class.

        Raises:
            XSampleError: there is no such blend.
        """
        if standing.blend is None:
            raise XSampleError(f"{standing.blender.name}: {standing.refusal}")
        return blend_class_scores(self.models, standing.blend, f"{standing.blender.name} of {self.words(choice)}")

    @property
    def baseline(self) -> int | None:
        """The baseline that predictions are compared with: the first, as in McNemar's test; None if there is none."""
        baselines = self.models.pool("baselines")
        return int(baselines[0]) if len(baselines) else None

    def disagreements(self, blend: Blend) -> list[Disagreement]:
        """Return the images that a blend and the first baseline classify differently; none without a baseline."""
        if self.baseline is None:
            return []
        return disagreements(blend.outputs, blend.probabilities, self.models.select.softmax[self.baseline])

    def arms(self, k: int, blender: Blender) -> Arms:
        """Blend and compare the arms at k."""
        if self.models.article:
            return Arms(k, refusal="arms need the honest protocol; this run uses the test set for selection")
        try:
            study = ask_arms(self.models, blender, k)
        except InputError as error:
            return Arms(k, refusal=f"arms at k = {k}: {printable(error.remedy, 300)}")
        return Arms(k, study.results, study.comparisons, study.missing, study.answer)

    def export(self, choice: Choice, blend: Blend, csv: Path, *, probabilities: bool, force: bool) -> int:
        """Write a blend's predictions and the sidecar beside them, as ``xsample-tui stack --csv`` does.

        Args:
            choice: the members.
            blend: their blend.
            csv: the file.
            probabilities: whether to include the probability of every class.
            force: whether to overwrite existing files.

        Returns:
            The number of images.

        Raises:
            InputError: a file exists, or cannot be written.
        """
        made = MadeBlend(self.models, self.rule(choice), blend, blend)
        again = "press Enter again"
        return made.export_table(csv, field="file", probabilities=probabilities, force=force, again=again)


def _models(run: RunFolder) -> ModelPool:
    windows = sum(entry.status == "done" for entry in run.progress().windows)
    if windows < LEAST:
        raise TooFewModels(f"Blending needs {LEAST} finished windows; {run.name} has {windows or 'none'} so far.")
    models = open_pool(run)
    if len(models.pool("windows")) < LEAST:
        raise TooFewModels(f"Blending needs {LEAST} windows with readable outputs; those of {run.name} are damaged.")
    return models


def _levels(models: ModelPool) -> tuple[ComparisonLevel, ...]:
    select, levels = models.select, []
    baselines = models.pool("baselines")
    n = len(select.labels)
    if len(baselines):
        errors = float(select.errors[baselines].mean())
        levels.append(ComparisonLevel("baselines", 1 - errors / n, errors, float(select.losses()[baselines].mean())))
    single = (*models.pool("windows"), *baselines)
    # As arm G: chosen on the other folds, so that its score is unbiased.
    best = blend_select(
        select, TopMembers(1, tuple(int(i) for i in single)), BLENDERS["mean"], models.run.spec.seed
    ).score
    return (*levels, ComparisonLevel("best single model", best.accuracy, best.errors, best.log_loss))
