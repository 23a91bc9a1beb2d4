"""Judges a run: tests of its windows, the smoothed map and the article's claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..core.maps.smoothed_map import SmoothedMap
from ..core.scout.scout_ranking import ScoutRanking
from ..stacking.blending.prediction_export import ledger_facts
from ..stacking.findings.article_claims import claims
from ..stacking.findings.scout_agreement import scout_agreement
from ..stacking.findings.smoothed_windows import smoothed
from ..stacking.findings.window_judgement import Judgement, judge
from ..stacking.pool.model_pool import ModelPool


@dataclass(frozen=True, eq=False)
class RunJudgement:
    """What a run's windows amount to.

    Attributes:
        models: the run's members.
        judgement: each window against the baselines.
        smooth: neighbouring windows together; None where there are too few.
        ranking: how well the run's scout ranked the windows; None without a scout.
        claims: what the article says of its windows and what the run says; None for other masks than the article's.
    """

    models: ModelPool
    judgement: Judgement
    smooth: SmoothedMap | None
    ranking: ScoutRanking | None
    claims: list[dict[str, Any]] | None

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        described = {"run": self.models.run.name, "protocol": "article" if self.models.article else "honest"}
        extra: dict[str, Any] = {"smoothed": self.smooth.facts() if self.smooth else None}
        beside = {} if self.claims is None else {"article": self.claims}
        if self.ranking is not None:
            extra["scout"] = self.ranking.facts()
        return described | self.judgement.facts() | extra | beside | {"ledger": ledger_facts(self.models.ledger)}


def judge_run(models: ModelPool) -> RunJudgement:
    """Judge a run.

    Raises:
        InputError: no baseline or no window is finished.
    """
    found, beside = judge(models), None
    if models.run.spec.windows.mask == "article":
        beside = [claim.facts() for claim in claims(models.run, found)]
    return RunJudgement(models, found, smoothed(models), scout_agreement(models.run), beside)
