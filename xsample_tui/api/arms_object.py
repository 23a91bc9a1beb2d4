"""The results of ``arms`` and ``confirm`` in Python: the arms compared, and the best windows confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..core.stats.effect_verdict import Verdict
from ..services.arm_question import arms_facts, confirmation_facts
from ..stacking.arms.arm_comparison import ArmStudy
from ..stacking.arms.arm_tables import arms_table, differences_table
from ..stacking.findings.confirmation import Confirmation
from ..stacking.pool.model_pool import ModelPool

if TYPE_CHECKING:
    import pandas as pd


class ArmsResult:
    """Blending windows compared with blends that differ in one thing each.

    :meth:`Sweep.arms <xsample_tui.api.sweep_object.Sweep.arms>` makes it.

    Attributes:
        missing: arms that are left out, and why, a line each.
    """

    def __init__(self, models: ModelPool, study: ArmStudy, split: str) -> None:
        self._models = models
        self._study = study
        self._split = split
        self.missing = tuple(study.missing)

    @property
    def verdict(self) -> Verdict:
        """What blending windows does against as many whole-image networks, chosen from equally many.

        *helps*, *hurts*, *no difference* (none larger than the margin), *not resolved*, or *no verdict* where there
        are too few whole-image networks.
        """
        return self._study.primary.verdict

    @property
    def answer(self) -> list[str]:
        """The verdict in sentences: the first says it, the second what would resolve it."""
        return list(self._study.answer)

    def to_frame(self) -> pd.DataFrame:
        """Return the arms, a row each, by letter: title, members, errors, accuracy, log-loss, seconds, ..."""
        return arms_frame(self._study)

    def comparisons_dataframe(self) -> pd.DataFrame:
        """Return the arms compared, a row a pair, the primary one first.

        Columns: rank, difference in accuracy, 95 % interval and what it is over, p-values, verdict, what it asks,
        the least difference that would be found, images that one alone has right, the same in log-loss.
        """
        return comparisons_frame(self._study)

    def to_dict(self) -> dict[str, Any]:
        """Return everything that ``xsample-tui arms --json`` prints."""
        return arms_facts(self._models, self._study, self._split)

    def __repr__(self) -> str:
        return f"<ArmsResult of {self._models.run.name}, k = {self._study.k}: {self.verdict}>"


class ConfirmationResult:
    """A sweep's best windows, trained again and judged on images that did not choose them.

    :meth:`Sweep.confirm <xsample_tui.api.sweep_object.Sweep.confirm>` makes it.
    """

    def __init__(self, models: ModelPool, rows: Sequence[Confirmation]) -> None:
        self._models = models
        self._rows = tuple(rows)

    def to_frame(self) -> pd.DataFrame:
        """Return the windows, a row each, best confirmed first; gains in images."""
        import pandas as pd

        return pd.DataFrame([row.facts() for row in self._rows])

    def to_dict(self) -> dict[str, Any]:
        """Return everything that ``xsample-tui confirm --json`` prints."""
        return confirmation_facts(self._models, self._rows)

    def __repr__(self) -> str:
        return f"<ConfirmationResult of {self._models.run.name}: {len(self._rows)} windows>"


def arms_frame(study: ArmStudy) -> pd.DataFrame:
    """Return the arms, a row each, by letter."""
    import pandas as pd

    return pd.DataFrame(arms_table(study.results).rows).set_index("arm")


def comparisons_frame(study: ArmStudy) -> pd.DataFrame:
    """Return the comparisons of arms, a row a pair."""
    import pandas as pd

    return pd.DataFrame(differences_table(study.comparisons).rows).set_index("pair")
