"""Collects everything that a report says of a run, before anything is drawn or written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..core.errors import InputError
from ..core.maps.smoothed_map import SmoothedMap
from ..core.run_state.run_progress import Progress, TrialProgress
from ..core.scout.scout_ranking import ScoutRanking
from ..stacking.arms.arm_blends import ArmResult
from ..stacking.arms.arm_comparison import PRIMARY_BLEND, ArmComparison, arms_of
from ..stacking.blending.blend import Blend, blend_select
from ..stacking.blending.blender_registry import BLENDERS, blender
from ..stacking.blending.score_by_size import SizeCurve, curve
from ..stacking.findings.article_claims import Claim, claims
from ..stacking.findings.scout_agreement import scout_agreement
from ..stacking.findings.smoothed_windows import smoothed
from ..stacking.findings.window_classes import WindowClasses, window_classes
from ..stacking.findings.window_judgement import Judgement, WindowJudgement, judge
from ..stacking.pool.member_selection import PRIMARY_K, MemberSelection, TopMembers
from ..stacking.pool.model_pool import ModelPool, open_pool
from ..store.run.run_folder import RunFolder
from ..store.run_catalog import RunSummary, summary

Say = Callable[[str], None]


@dataclass
class Findings:
    """What is known of a run. Whatever cannot be had is empty, and ``gaps`` says why.

    Attributes:
        run: the run.
        summary: its state, progress and heartbeat.
        k: members of every blend, fewer where fewer are finished.
        models: its finished trials and its control runs'; None while none is finished.
        judgement: its windows against its baselines.
        smoothed: what neighbouring windows gain together.
        ranking: how well the run's scout ranked the windows; None without a scout.
        classes: its windows by class.
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
    models: ModelPool | None = None
    judgement: Judgement | None = None
    smoothed: SmoothedMap | None = None
    ranking: ScoutRanking | None = None
    classes: WindowClasses | None = None
    rule: MemberSelection | None = None
    blends: list[Blend] = field(default_factory=list)
    curves: dict[str, SizeCurve] = field(default_factory=dict)
    arms: dict[str, ArmResult] = field(default_factory=dict)
    comparisons: list[ArmComparison] = field(default_factory=list)
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
        """Whether the test set was used for early stopping and selection, so every score is biased."""
        return self.run.spec.article_protocol

    @property
    def images(self) -> int:
        """How many images trials are judged on."""
        return len(self.run.plan.split.select)

    @property
    def judged(self) -> dict[str, WindowJudgement]:
        """The judged windows by name."""
        return {} if self.judgement is None else {window.name: window for window in self.judgement.windows}


def gather(run: RunFolder, k: int = PRIMARY_K, say: Say = lambda line: None) -> Findings:
    """Gather all that the run's files give; nothing is trained and the test set stays closed.

    Args:
        run: the run.
        k: members of the blends and arms.
        say: receives what is being computed.
    """
    found = Findings(run, summary(run), k)
    try:
        found.models = open_pool(run)
    except InputError:
        found.gaps.append("No trial is finished yet, so there is nothing to judge or to blend.")
        return found
    found.gaps += [f"Left out: {problem}." for problem in found.models.problems]
    say("judging the windows")
    try:
        found.judgement = judge(found.models)
        found.smoothed = smoothed(found.models)
        found.ranking = scout_agreement(run, found.progress)
        found.classes = window_classes(found.models)
    except InputError as error:
        found.gaps.append(f"No judgement: {_reason(error)}.")
    _blend(found, say)
    if run.spec.windows.mask == "article" and found.judgement is not None:
        found.claims = claims(run, found.judgement)
    _compare(found, say)
    return found


def _blend(found: Findings, say: Say) -> None:
    models = found.models
    assert models is not None
    seed = found.run.spec.seed
    pools = {kind: tuple(int(i) for i in models.pool(kind)) for kind in ("windows", "baselines")}
    windows = pools["windows"]
    if not windows:
        found.gaps.append("No blends: no window is finished.")
        return
    found.rule = TopMembers(found.k, windows)
    first = blender(PRIMARY_BLEND)
    for kind in (first, *(b for b in BLENDERS.values() if b.name != first.name)):
        say(f"blending: {kind.title}")
        try:
            kind.check(min(found.k, len(windows)))
        except InputError as error:
            found.gaps.append(f"No {kind.title}: {_reason(error)}.")
            continue
        found.blends.append(blend_select(models.select, found.rule, kind, seed))
    say("the curve over k")
    found.curves = {kind: curve(models.select, pool, first, seed) for kind, pool in pools.items() if pool}


def _compare(found: Findings, say: Say) -> None:
    models = found.models
    assert models is not None
    if found.article:
        found.gaps.append("No arms: under the article's protocol all scores are too biased to compare.")
        return
    try:
        study = arms_of(models, found.k, blender(PRIMARY_BLEND), on_arm=lambda letter: say(f"arm {letter}"))
    except InputError as error:
        if models.parked and not models.pools(rungs=True).seeds:
            found.gaps.append(
                "No arms: the windows came through rungs, and no whole-image networks have gone through "
                f"the same rungs yet ({found.run.shell_command('arms', '--headless')} trains them)."
            )
            return
        found.gaps.append(
            f"No arms, so blending windows is not compared with blending seeds: {_reason(error)} "
            f"({found.run.shell_command('arms', '--headless')} trains what is missing)."
        )
        return
    found.gaps += [f"Arm {line}." for line in study.missing]
    found.arms = study.results
    found.comparisons = list(study.comparisons)
    found.answer = list(study.answer)


def _reason(error: InputError) -> str:
    return error.remedy.rstrip(".")
