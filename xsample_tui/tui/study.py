"""The study: a run's library as the stack screen needs it. It reads and reckons, so call it in threads."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.diversity import Diversity, disagreement, diversity
from ..core.errors import InputError, XSampleError, printable
from ..stacking.arms import ArmResult
from ..stacking.blend import Blend, blend_select
from ..stacking.blender import BLENDERS
from ..stacking.candidates import Candidates
from ..stacking.caruana import Trajectory, greedy
from ..stacking.comparison import Comparison, compare_arms
from ..stacking.curve import Curve, curve
from ..stacking.disagreement import Disagreement, disagreements
from ..stacking.export import check_table, facts, ledger_words, sidecar, table
from ..stacking.judgement import Judgement, judge, sentences
from ..stacking.library import POOL_KINDS, Library, PoolKind, open_pool
from ..stacking.recipe import Blender
from ..stacking.rule import PRIMARY_K, Hand, Rule, Top
from ..store.folder import RunFolder
from ..store.result_files import write_results

LEAST = 2
CHEAP = tuple(blender for blender in BLENDERS.values() if not blender.fitted)
FITTED = tuple(blender for blender in BLENDERS.values() if blender.fitted)


class TooFew(XSampleError):
    """There are not enough finished windows to blend."""


@dataclass(frozen=True)
class Choice:
    """Which members are blended.

    Attributes:
        pool: what they are chosen from.
        k: how many of the best.
        hand: those chosen by hand instead; None while it is the best k.
    """

    pool: PoolKind
    k: int
    hand: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Level:
    """What the blends are compared with.

    Attributes:
        title: what it is.
        accuracy: on select.
        errors: wrong pictures, a mean where there are several.
        log_loss: on select, in nats.
    """

    title: str
    accuracy: float
    errors: float
    log_loss: float


@dataclass(frozen=True, eq=False)
class Standing:
    """One blender on the members that are chosen.

    Attributes:
        blender: which.
        blend: the result; None where it is refused.
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
        apart: (k, k) float64: share of pictures that exactly one of two has right.
        whole: the means over all pairs.
        pictures: how many.
    """

    names: tuple[str, ...]
    apart: NDArray[np.float64]
    whole: Diversity
    pictures: int


@dataclass(frozen=True, eq=False)
class Arms:
    """The arms compared.

    Attributes:
        k: members of each.
        results: by letter.
        comparisons: A - B first.
        missing: arms that are left out, and why.
        answer: the verdict in sentences.
        refusal: why there are none.
    """

    k: int
    results: dict[str, ArmResult] = field(default_factory=dict)
    comparisons: tuple[Comparison, ...] = ()
    missing: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    refusal: str = ""


class Study:
    """A library with what is always shown of it.

    Args:
        run: the run; its companions are read with it.

    Attributes:
        library: the members.
        ranked: indices of the members of each pool, least log-loss first.
        companions: names of the companions that are read.
        notes: what is wrong or missing, a line each.
        ledger: how often the test set has been opened, in words.
        levels: what blends are compared with: the baselines' mean, and the best single model.
        judgement: the run's, in sentences.

    Raises:
        TooFew: fewer than two windows are finished.
        InputError: the run cannot be read.
    """

    def __init__(self, run: RunFolder) -> None:
        self.notes: list[str] = []
        library = _library(run)
        self.library = library
        self.companions = library.controls
        self.notes += library.problems
        if library.unfinished:
            self.notes.append(f"{library.unfinished} trials are not finished and left out")
        losses = library.select.losses()
        self.ranked: dict[PoolKind, tuple[int, ...]] = {}
        for kind in POOL_KINDS:
            pool = library.pool(kind)
            self.ranked[kind] = tuple(int(i) for i in pool[np.argsort(losses[pool], kind="stable")])
        self.ledger = ledger_words(library)
        self.levels = _levels(library)
        baselines = library.pool("baselines")
        self.gains: NDArray[np.float64] | None = None
        if len(baselines):
            self.gains = library.select.errors[baselines].mean() - library.select.errors
        self.verdict: Judgement | None = None
        try:
            self.verdict = judge(library)
            self.judgement = sentences(self.verdict)
        except InputError as error:
            self.judgement = [printable(error, 300)]

    @property
    def pictures(self) -> int:
        """How many pictures select holds."""
        return len(self.library.select.labels)

    def first_choice(self) -> Choice:
        """Return what is chosen at first: the best five windows, as ``xsample-tui stack`` does."""
        return Choice("windows", min(PRIMARY_K, len(self.ranked["windows"])))

    def members(self, choice: Choice) -> tuple[int, ...]:
        """Return the members of a choice, best first."""
        return self.ranked[choice.pool][: choice.k] if choice.hand is None else choice.hand

    def rule(self, choice: Choice) -> Rule:
        """Return a choice as a rule for blends."""
        if choice.hand is not None:
            return Hand(choice.hand)
        # The pool in the plan's order, as the command line has it, so that ties break alike.
        return Top(choice.k, tuple(sorted(self.ranked[choice.pool])))

    def words(self, choice: Choice) -> str:
        """Say what is chosen."""
        return self.rule(choice).words()

    def blend(self, choice: Choice, blender: Blender) -> Standing:
        """Return a blend of the chosen members on select, cross-fitted, or why there is none."""
        if not self.members(choice):
            return Standing(blender, None, "no member")
        try:
            blend = blend_select(self.library.select, self.rule(choice), blender, self.library.run.spec.seed)
        except InputError as error:
            return Standing(blender, None, error.remedy.removeprefix("choose "))
        blend.score  # noqa: B018  # reckoned here, in the thread, and remembered
        return Standing(blender, blend)

    def agreement(self, choice: Choice) -> Agreement | None:
        """Return how differently the chosen members err; None with none chosen."""
        members = np.array(self.members(choice), np.intp)
        if not len(members):
            return None
        correct = self.library.select.correct[members]
        names = tuple(self.library.members[i].name for i in members)
        return Agreement(names, disagreement(correct), diversity(correct), correct.shape[1])

    def curve(self, pool: PoolKind, blender: Blender) -> Curve:
        """Return the curve of a blender over k."""
        return curve(self.library.select, tuple(sorted(self.ranked[pool])), blender, self.library.run.spec.seed)

    def trajectory(self, choice: Choice) -> tuple[tuple[str, ...], Trajectory] | None:
        """Return the greedy selection from the chosen members, on all of select: each pick's name, and its path."""
        members = self.members(choice)
        if not members:
            return None
        path = greedy(self.library.select.cut(np.array(members, np.intp)).true)
        return tuple(self.library.members[members[i]].name for i in path.picks), path

    @property
    def baseline(self) -> int | None:
        """The baseline that pictures are compared with: the first, as in McNemar's test; None without any."""
        baselines = self.library.pool("baselines")
        return int(baselines[0]) if len(baselines) else None

    def disagreements(self, blend: Blend) -> list[Disagreement]:
        """Return the pictures that a blend and the first baseline judge differently; none without a baseline."""
        if self.baseline is None:
            return []
        return disagreements(blend.outputs, blend.probabilities, self.library.select.softmax[self.baseline])

    def arms(self, k: int, blender: Blender) -> Arms:
        """Blend and compare the arms at k."""
        if self.library.article:
            return Arms(k, refusal="the arms need the honest protocol; this run's selects with the test data")
        try:
            study = compare_arms(Candidates.of(self.library), k, blender, name=self.library.run.name)
        except InputError as error:
            return Arms(k, refusal=f"arms at k = {k}: {printable(error.remedy, 300)}")
        return Arms(k, study.results, study.comparisons, study.missing, study.answer)

    def export(self, choice: Choice, blend: Blend, csv: Path, *, probabilities: bool, force: bool) -> int:
        """Write a blend's predictions and the sidecar beside them, as ``xsample-tui stack --csv`` does.

        Args:
            choice: the members.
            blend: their blend.
            csv: where to.
            probabilities: whether to write every class's.
            force: whether to write over files that exist.

        Returns:
            How many pictures.

        Raises:
            InputError: a file exists, or cannot be written.
        """
        check_table("file", csv, force=force, again="press Enter again")
        described: dict[str, Any] = facts(self.library, self.rule(choice), blend) | {"command": "stack"}
        data = table(blend, probabilities=probabilities)
        rows = len(blend.outputs.labels)
        described["csv"] = {"rows": rows, "sha256": hashlib.sha256(data).hexdigest()}
        beside = json.dumps(described, indent=1, allow_nan=False).encode() + b"\n"
        write_results("file", {sidecar(csv): beside, csv: data})
        return rows


def _library(run: RunFolder) -> Library:
    windows = sum(entry.status == "done" for entry in run.progress().windows)
    if windows < LEAST:
        raise TooFew(f"Blending needs {LEAST} finished windows; {run.name} has {windows or 'none'} so far.")
    library = open_pool(run)
    if len(library.pool("windows")) < LEAST:
        raise TooFew(f"Blending needs {LEAST} windows with outputs; of {run.name} they are damaged.")
    return library


def _levels(library: Library) -> tuple[Level, ...]:
    select, levels = library.select, []
    baselines = library.pool("baselines")
    n = len(select.labels)
    if len(baselines):
        errors = float(select.errors[baselines].mean())
        levels.append(Level("baselines", 1 - errors / n, errors, float(select.losses()[baselines].mean())))
    single = (*library.pool("windows"), *baselines)
    # As arm G: chosen on the other folds, so that its score is not too good.
    best = blend_select(select, Top(1, tuple(int(i) for i in single)), BLENDERS["mean"], library.run.spec.seed).score
    return (*levels, Level("best, G", best.accuracy, best.errors, best.log_loss))
