"""Stacks: a blend of a sweep's models, its score, its predictions, and the arms it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ..core.errors import InputError
from ..core.verdict import Verdict
from ..stacking.arms import arm_facts
from ..stacking.blend import Blend, blend_select, blend_test
from ..stacking.blender import blender
from ..stacking.candidates import Candidates
from ..stacking.comparison import ArmStudy, compare_arms
from ..stacking.export import member_facts, predictions
from ..stacking.library import Library
from ..stacking.rule import Rule, Top, by_name, pooled
from ..stacking.score import Score

if TYPE_CHECKING:
    import pandas as pd


class Stack:
    """A blend of a sweep's models, as :meth:`Sweep.stack <xsample_tui.notebook.sweep.Sweep.stack>` makes it.

    Attributes:
        members: names of the models that are blended, best first.
        warnings: what is wrong with the sweep's models: damaged ones that are left out, an unsound protocol.
    """

    def __init__(self, library: Library, rule: Rule, blend: Blend, k: int) -> None:
        self._library = library
        self._rule = rule
        self._blend = blend
        self._k = k
        self.members = tuple(library.members[index].name for index in blend.whole.members)
        self.warnings = tuple(library.problems)

    @property
    def score(self) -> Score:
        """Errors, accuracy with its 95 % interval, log-loss, Brier score and calibration error."""
        return self._blend.score

    @property
    def accuracy(self) -> float:
        """Share of pictures that it has right."""
        return self.score.accuracy

    @property
    def errors(self) -> int:
        """How many pictures it has wrong."""
        return self.score.errors

    @property
    def log_loss(self) -> float:
        """Mean negative log-probability of the true class, in nats."""
        return self.score.log_loss

    def to_frame(self, *, probabilities: bool = False) -> pd.DataFrame:
        """Return the predictions, a row a picture: ``picture``, ``predicted``, ``true``, on select ``fold``.

        Args:
            probabilities: add ``p0``, ``p1``, ..., every class's probability.
        """
        return predictions(self._blend, probabilities=probabilities)

    @property
    def weights(self) -> pd.DataFrame:
        """The members, a row each: mask, ink removed, weight, log-loss and errors on select, seconds trained."""
        import pandas as pd

        whole = self._blend.whole
        weights = [None] * len(whole.members) if whole.recipe.weights is None else whole.recipe.weights.tolist()
        return pd.DataFrame([member_facts(self._library, i, w) for i, w in zip(whole.members, weights, strict=True)])

    @property
    def arms(self) -> pd.DataFrame:
        """The arms that the sweep's trials allow, at as many members and with the same blender, a row each.

        Raises:
            InputError: there are fewer finished windows or baselines than members.
        """
        import pandas as pd

        rows = [arm_facts(result) for result in self._study.results.values()]
        return pd.DataFrame(rows).set_index("arm")

    @property
    def comparisons(self) -> pd.DataFrame:
        """The arms compared, a row a pair: rank, difference, 95 % interval and what it is over, p-values, verdict.

        Raises:
            InputError: as :attr:`arms`.
        """
        import pandas as pd

        rows = [
            {
                "pair": found.name,
                "rank": found.rank,
                "difference": found.difference.difference,
                "low": found.difference.low,
                "high": found.difference.high,
                "over": found.difference.over,
                "p_holm": found.p_holm,
                "mcnemar_p": found.mcnemar_p,
                "verdict": found.verdict,
            }
            for found in self._study.comparisons
        ]
        return pd.DataFrame(rows).set_index("pair")

    @property
    def verdict(self) -> Verdict:
        """What blending windows does against as many whole-picture networks, chosen from equally many.

        *helps*, *hurts*, *no difference* (none larger than 0.001), *not resolved*, or *no verdict* where there are
        too few whole-picture networks.

        Raises:
            InputError: as :attr:`arms`.
        """
        return self._study.primary.verdict

    @property
    def answer(self) -> list[str]:
        """The verdict in sentences, with what it can and cannot resolve.

        Raises:
            InputError: as :attr:`arms`.
        """
        return list(self._study.answer)

    @cached_property
    def _study(self) -> ArmStudy:
        test = None
        if self._blend.outputs.split == "test":
            # The arms are further questions to the test set, and are counted as such.
            test = self._library.open_test("notebook", f"arms, {self._blend.blender.name} of k = {self._k}")
        candidates = Candidates.of(self._library)
        return compare_arms(candidates, self._k, self._blend.blender, name=self._library.run.name, test=test)

    def __repr__(self) -> str:
        score = self.score
        return (
            f"<Stack {self._blend.blender.title} of {self._rule.words()}: accuracy {score.accuracy:.4f} "
            f"({score.low:.4f} to {score.high:.4f}) on {score.n} {self._blend.outputs.split} pictures>"
        )


def make(
    library: Library,
    top: int | Literal["all"],
    blend: str,
    members: Sequence[str] | None,
    pool: str,
    *,
    open_test: bool,
) -> Stack:
    """Return a stack; the arguments are those of ``Sweep.stack``.

    Raises:
        InputError: there is no such blender, pool or member, or ``top`` is out of range.
    """
    kind = blender(blend)
    rule: Rule
    if members is not None:
        rule = by_name(library, members)
    else:
        available = pooled(library, pool)
        k = len(available) if top == "all" else top
        if not (isinstance(k, int) and 1 <= k <= len(available)):
            raise InputError("top", top, f"choose a whole number from 1 to {len(available)}, or 'all'")
        rule = Top(k, available)
    fitted = blend_select(library.select, rule, kind, library.run.spec.seed)
    made = fitted
    if open_test:
        made = blend_test(fitted, library.open_test("notebook", f"{kind.name} of {rule.words()}"))
    return Stack(library, rule, made, len(fitted.whole.members))
