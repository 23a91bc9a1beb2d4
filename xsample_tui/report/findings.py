"""Findings: everything a report says of a run, gathered before anything is drawn or written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..core.errors import InputError
from ..core.progress import Progress, TrialProgress
from ..core.stats.smoothed_map import SmoothedMap
from ..stacking.arms import ArmResult
from ..stacking.blend import Blend, blend_select
from ..stacking.blender import BLENDERS, blender
from ..stacking.candidates import Candidates
from ..stacking.claims import Claim, claims
from ..stacking.comparison import PRIMARY_BLEND, Comparison, compare_arms
from ..stacking.curve import Curve, curve
from ..stacking.judgement import Judgement, WindowJudgement, judge
from ..stacking.library import Library, open_pool
from ..stacking.rule import PRIMARY_K, Rule, Top
from ..stacking.smoothed import smoothed
from ..store.catalog import RunSummary, summary
from ..store.folder import RunFolder

Tell = Callable[[str], None]


@dataclass
class Findings:
    """What is known of a run. Whatever cannot be had is empty, and ``gaps`` says why.

    Attributes:
        run: the run.
        summary: its state, progress and heartbeat.
        k: members of every blend, fewer where fewer are finished.
        library: its finished trials and its companions'; None while none is finished.
        judgement: its windows against its baselines.
        smoothed: what neighbouring windows gain together.
        rule: what chooses the blends' members.
        blends: each blender's, on select, the primary one first.
        curves: of the primary blender, by pool: ``windows``, ``baselines``.
        arms: by letter.
        comparisons: of the arms, the primary one first.
        answer: what they say, in sentences.
        claims: the article's, beside this run's.
        gaps: what is missing and why, a sentence each.
    """

    run: RunFolder
    summary: RunSummary
    k: int = PRIMARY_K
    library: Library | None = None
    judgement: Judgement | None = None
    smoothed: SmoothedMap | None = None
    rule: Rule | None = None
    blends: list[Blend] = field(default_factory=list)
    curves: dict[str, Curve] = field(default_factory=dict)
    arms: dict[str, ArmResult] = field(default_factory=dict)
    comparisons: list[Comparison] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    @property
    def progress(self) -> Progress:
        """The run's trials as their files have them."""
        assert self.summary.progress is not None
        return self.summary.progress

    @property
    def left(self) -> list[TrialProgress]:
        """The trials that are not at their end."""
        return [e for e in self.progress.trials.values() if e.status in ("pending", "running", "paused")]

    @property
    def article(self) -> bool:
        """Whether test data stopped and selected, so that no score is sound."""
        return self.run.spec.article_protocol

    @property
    def pictures(self) -> int:
        """How many pictures trials are judged on."""
        return len(self.run.plan.split.select)

    @property
    def judged(self) -> dict[str, WindowJudgement]:
        """The judged windows by name."""
        return {} if self.judgement is None else {window.name: window for window in self.judgement.windows}


def gather(run: RunFolder, k: int = PRIMARY_K, tell: Tell = lambda line: None) -> Findings:
    """Gather all that the run's files give; nothing is trained and the test set stays closed.

    Args:
        run: the run.
        k: members of the blends and arms.
        tell: is told what is being computed.
    """
    found = Findings(run, summary(run), k)
    try:
        found.library = open_pool(run)
    except InputError:
        found.gaps.append("No trial is finished yet, so there is nothing to judge or to blend.")
        return found
    found.gaps += [f"Left out: {problem}." for problem in found.library.problems]
    tell("judging the windows")
    try:
        found.judgement = judge(found.library)
        found.smoothed = smoothed(found.library)
    except InputError as error:
        found.gaps.append(f"No judgement: {_reason(error)}.")
    _blend(found, tell)
    if run.spec.windows.mask == "article" and found.judgement is not None:
        found.claims = claims(run, found.judgement)
    _compare(found, tell)
    return found


def _blend(found: Findings, tell: Tell) -> None:
    library = found.library
    assert library is not None
    seed = found.run.spec.seed
    pools = {kind: tuple(int(i) for i in library.pool(kind)) for kind in ("windows", "baselines")}
    windows = pools["windows"]
    if not windows:
        found.gaps.append("No blends: no window is finished.")
        return
    found.rule = Top(found.k, windows)
    first = blender(PRIMARY_BLEND)
    for kind in (first, *(b for b in BLENDERS.values() if b.name != first.name)):
        tell(f"blending: {kind.title}")
        try:
            kind.check(min(found.k, len(windows)))
        except InputError as error:
            found.gaps.append(f"No {kind.title}: {_reason(error)}.")
            continue
        found.blends.append(blend_select(library.select, found.rule, kind, seed))
    tell("the curve over k")
    found.curves = {kind: curve(library.select, pool, first, seed) for kind, pool in pools.items() if pool}


def _compare(found: Findings, tell: Tell) -> None:
    library = found.library
    assert library is not None
    if found.article:
        found.gaps.append("No arms: under the article's protocol no score is sound enough to compare.")
        return
    try:
        study = compare_arms(
            Candidates.of(library),
            found.k,
            blender(PRIMARY_BLEND),
            name=found.run.name,
            on_arm=lambda letter: tell(f"arm {letter}"),
        )
    except InputError as error:
        found.gaps.append(
            f"No arms, so that blending windows is not compared with blending seeds: {_reason(error)} "
            f"(xsample-tui arms {found.run.name} --headless trains what is missing)."
        )
        return
    found.gaps += [f"Arm {line}." for line in study.missing]
    found.arms = study.results
    found.comparisons = list(study.comparisons)
    found.answer = list(study.answer)


def _reason(error: InputError) -> str:
    return error.remedy.rstrip(".")
