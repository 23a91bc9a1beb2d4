"""Computes what the stack screen shows, each kind of query in its own thread, and posts the answers."""

from __future__ import annotations

from asyncio import TimerHandle
from dataclasses import dataclass
from functools import partial
from typing import Any

from textual.message import Message
from textual.widget import Widget

from ...core.errors import XSampleError, printable
from ...services.ensemble_study import (
    CHEAP,
    FITTED,
    Agreement,
    Arms,
    Choice,
    EnsembleStudy,
    MemberStanding,
    TooFewModels,
)
from ...stacking.blending.blender_registry import BLENDERS
from ...stacking.blending.disagreements import Disagreement
from ...stacking.blending.greedy_selection import Trajectory
from ...stacking.blending.pooling import Blender
from ...stacking.blending.score_by_size import SizeCurve
from ...stacking.pool.model_pool import PoolKind
from ...store.run.run_folder import RunFolder
from ..delayed_call import call_after
from ..latest_only import Latest, LatestOnly

# Seconds without a change before the fits begin.
_STILL = 0.25
# The study, the choice, and the blender that the other panels show.
Asked = tuple[EnsembleStudy, Choice, str]
ImagesAsked = tuple[EnsembleStudy, tuple[Choice, str], MemberStanding]


@dataclass(frozen=True, eq=False)
class Spread:
    """How the chosen members relate to each other.

    Attributes:
        agreement: how differently they err.
        greedy: the greedy selection from them.
    """

    agreement: Agreement | None
    greedy: tuple[tuple[str, ...], Trajectory] | None


class Answered(Message):
    """A result was computed in a thread.

    Args:
        study: its study.
        key: its choice, blender or k; a message with an outdated key is dropped.
        what: the result.
    """

    def __init__(
        self,
        study: EnsembleStudy | None,
        key: object,
        what: EnsembleStudy | MemberStanding | Spread | list[Disagreement] | SizeCurve | Arms | str,
    ) -> None:
        self.study = study
        self.key = key
        self.what = what
        super().__init__()


class BackgroundQueries:
    """The current queries. Of each kind the latest counts; results arrive as :class:`Answered`.

    Args:
        owner: the screen that asks.
    """

    def __init__(self, owner: Widget) -> None:
        self._owner = owner
        self._loading: LatestOnly[RunFolder] = LatestOnly(owner, "stack-load", self._load)
        # One thread each, so that free cores compute them at the same time.
        self._cheap: dict[str, LatestOnly[Asked]] = {
            blender.name: LatestOnly(owner, f"stack-{blender.name}", partial(self._blend, blender))
            for blender in CHEAP
        }
        self._fitted: LatestOnly[Asked] = LatestOnly(owner, "stack-fitted", self._fit)
        self._spread: LatestOnly[Asked] = LatestOnly(owner, "stack-spread", self._compare_members)
        self._differing: LatestOnly[ImagesAsked] = LatestOnly(owner, "stack-pictures", self._find_images)
        self._curve: LatestOnly[tuple[EnsembleStudy, tuple[PoolKind, str]]] = LatestOnly(
            owner, "stack-curve", self._trace_curve
        )
        self._compared: LatestOnly[tuple[EnsembleStudy, int]] = LatestOnly(owner, "stack-arms", self._compare_arms)
        # The rest waits until the choice has not changed for a moment, so that fits do not delay the next change.
        self._rest: TimerHandle | None = None

    @property
    def busy(self) -> bool:
        """Whether anything is being read or computed, or about to be."""
        return self._rest is not None or any(query.busy for query in self._all)

    def close(self) -> None:
        """End the threads after their current work."""
        for query in self._all:
            query.close()

    # -- queries -------------------------------------------------------------------------------------------------

    def read(self, run: RunFolder) -> None:
        """Read the finished trials of a run: the answer is an :class:`EnsembleStudy`, or the reason as text."""
        self._loading.ask(run)

    def blend(self, asked: Asked) -> None:
        """Compute every blender on a choice: the cheap ones now, the others once the choice is stable."""
        for query in self._cheap.values():
            query.ask(asked)
        if self._rest is not None:
            self._rest.cancel()
        self._rest = call_after(self._owner, _STILL, partial(self._start_rest, asked))

    def find_images(self, asked: ImagesAsked) -> None:
        """Find the images that a blend and the baseline classify differently."""
        self._differing.ask(asked)

    def trace_curve(self, study: EnsembleStudy, pool: PoolKind, blender: str) -> None:
        """Compute a blender's score by ensemble size."""
        self._curve.ask((study, (pool, blender)))

    def compare_arms(self, study: EnsembleStudy, k: int) -> None:
        """Compare the arms at k."""
        self._compared.ask((study, k))

    def _start_rest(self, asked: Asked) -> None:
        self._rest = None
        if any(query.busy for query in self._cheap.values()):
            self._rest = call_after(self._owner, _STILL, partial(self._start_rest, asked))
            return
        self._spread.ask(asked)
        self._fitted.ask(asked)

    @property
    def _all(self) -> list[LatestOnly[Any]]:
        return [
            self._loading,
            *self._cheap.values(),
            self._fitted,
            self._spread,
            self._differing,
            self._curve,
            self._compared,
        ]

    # -- in threads ----------------------------------------------------------------------------------------------

    def _answer(self, study: EnsembleStudy | None, key: object, what: Any) -> None:
        self._owner.post_message(Answered(study, key, what))

    def _load(self, run: RunFolder, latest: Latest) -> None:
        try:
            study = EnsembleStudy(run)
        except TooFewModels as error:
            self._answer(None, None, str(error))
        except (XSampleError, OSError) as error:
            self._answer(None, None, printable(error, 400))
        else:
            self._answer(study, None, study)

    def _blend(self, blender: Blender, asked: Asked, latest: Latest) -> None:
        study, choice, _ = asked
        standing = study.blend(choice, blender)
        if latest():
            self._answer(study, choice, standing)

    def _fit(self, asked: Asked, latest: Latest) -> None:
        study, choice, first = asked
        for blender in sorted(FITTED, key=lambda blender: blender.name != first):
            standing = study.blend(choice, blender)
            if not latest():
                return
            self._answer(study, choice, standing)

    def _compare_members(self, asked: Asked, latest: Latest) -> None:
        study, choice, _ = asked
        found = Spread(study.agreement(choice), study.trajectory(choice))
        if latest():
            self._answer(study, choice, found)

    def _find_images(self, asked: ImagesAsked, latest: Latest) -> None:
        study, key, standing = asked
        found = [] if standing.blend is None else study.disagreements(standing.blend)
        if latest():
            self._answer(study, key, found)

    def _trace_curve(self, asked: tuple[EnsembleStudy, tuple[PoolKind, str]], latest: Latest) -> None:
        study, key = asked
        self._answer(study, key, study.curve(key[0], BLENDERS[key[1]]))

    def _compare_arms(self, asked: tuple[EnsembleStudy, int], latest: Latest) -> None:
        study, k = asked
        self._answer(study, k, study.arms(k, BLENDERS["mean"]))
