"""Reckoning: what the stack screen asks of a study, each question in a thread of its own, and the answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from ..core.errors import XSampleError, printable
from ..stacking.blender import BLENDERS
from ..stacking.caruana import Trajectory
from ..stacking.curve import Curve
from ..stacking.disagreement import Disagreement
from ..stacking.library import PoolKind
from ..stacking.recipe import Blender
from ..store.folder import RunFolder
from .errand import Errand, Latest
from .study import CHEAP, FITTED, Agreement, Arms, Choice, Standing, Study, TooFew

# Seconds without a change after which the fits begin.
_STILL = 0.25
# What a choice is asked of: the study, the choice, and the blender that the other panels show.
Asked = tuple[Study, Choice, str]
Pictured = tuple[Study, tuple[Choice, str], Standing]


@dataclass(frozen=True, eq=False)
class Spread:
    """What the chosen members are to each other.

    Attributes:
        agreement: how differently they err.
        greedy: the greedy selection from them.
    """

    agreement: Agreement | None
    greedy: tuple[tuple[str, ...], Trajectory] | None


class Found(Message):
    """Something was reckoned in a thread.

    Args:
        study: of which study.
        key: for which choice, blender or k; a message whose key is not the present one is dropped.
        what: the result.
    """

    def __init__(
        self,
        study: Study | None,
        key: object,
        what: Study | Standing | Spread | list[Disagreement] | Curve | Arms | str,
    ) -> None:
        self.study = study
        self.key = key
        self.what = what
        super().__init__()


class Reckoning:
    """The questions under way. Of each kind the latest counts; answers come to the owner as :class:`Found`.

    Args:
        owner: the screen that asks.
    """

    def __init__(self, owner: Widget) -> None:
        self._owner = owner
        self._loading: Errand[RunFolder] = Errand(owner, "stack-load", self._load)
        # One each, so that a machine with cores to spare has all of them at once.
        self._cheap: dict[str, Errand[Asked]] = {
            blender.name: Errand(owner, f"stack-{blender.name}", partial(self._blend, blender)) for blender in CHEAP
        }
        self._fitted: Errand[Asked] = Errand(owner, "stack-fitted", self._fit)
        self._spread: Errand[Asked] = Errand(owner, "stack-spread", self._compare_members)
        self._differing: Errand[Pictured] = Errand(owner, "stack-pictures", self._find_pictures)
        self._curve: Errand[tuple[Study, tuple[PoolKind, str]]] = Errand(owner, "stack-curve", self._trace_curve)
        self._compared: Errand[tuple[Study, int]] = Errand(owner, "stack-arms", self._compare_arms)
        # The rest waits until the choice stands still, so that fits do not slow the next change down.
        self._rest: Timer | None = None

    @property
    def busy(self) -> bool:
        """Whether anything is still being read or reckoned, or about to be."""
        return self._rest is not None or any(errand.busy for errand in self._errands)

    def close(self) -> None:
        """Let the threads end after what they are at."""
        for errand in self._errands:
            errand.close()

    # -- questions -----------------------------------------------------------------------------------------------

    def read(self, run: RunFolder) -> None:
        """Read what is finished of a run: a :class:`Study`, or words that say why there is none."""
        self._loading.ask(run)

    def blend(self, asked: Asked) -> None:
        """Ask for every blender on a choice: the cheap ones now, the rest once the choice stands still."""
        for errand in self._cheap.values():
            errand.ask(asked)
        if self._rest is not None:
            self._rest.stop()
        self._rest = self._owner.set_timer(_STILL, partial(self._go_on, asked))

    def find_pictures(self, asked: Pictured) -> None:
        """Ask for the pictures that a blend and the baseline judge differently."""
        self._differing.ask(asked)

    def trace_curve(self, study: Study, pool: PoolKind, blender: str) -> None:
        """Ask for a blender's curve over k."""
        self._curve.ask((study, (pool, blender)))

    def compare_arms(self, study: Study, k: int) -> None:
        """Ask for the arms at k."""
        self._compared.ask((study, k))

    def _go_on(self, asked: Asked) -> None:
        self._rest = None
        if any(errand.busy for errand in self._cheap.values()):
            self._rest = self._owner.set_timer(_STILL, partial(self._go_on, asked))
            return
        self._spread.ask(asked)
        self._fitted.ask(asked)

    @property
    def _errands(self) -> list[Errand[Any]]:
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

    def _tell(self, study: Study | None, key: object, what: Any) -> None:
        self._owner.post_message(Found(study, key, what))

    def _load(self, run: RunFolder, latest: Latest) -> None:
        try:
            study = Study(run)
        except TooFew as error:
            self._tell(None, None, str(error))
        except (XSampleError, OSError) as error:
            self._tell(None, None, printable(error, 400))
        else:
            self._tell(study, None, study)

    def _blend(self, blender: Blender, asked: Asked, latest: Latest) -> None:
        study, choice, _ = asked
        standing = study.blend(choice, blender)
        if latest():
            self._tell(study, choice, standing)

    def _fit(self, asked: Asked, latest: Latest) -> None:
        study, choice, first = asked
        for blender in sorted(FITTED, key=lambda blender: blender.name != first):
            standing = study.blend(choice, blender)
            if not latest():
                return
            self._tell(study, choice, standing)

    def _compare_members(self, asked: Asked, latest: Latest) -> None:
        study, choice, _ = asked
        found = Spread(study.agreement(choice), study.trajectory(choice))
        if latest():
            self._tell(study, choice, found)

    def _find_pictures(self, asked: Pictured, latest: Latest) -> None:
        study, key, standing = asked
        found = [] if standing.blend is None else study.disagreements(standing.blend)
        if latest():
            self._tell(study, key, found)

    def _trace_curve(self, asked: tuple[Study, tuple[PoolKind, str]], latest: Latest) -> None:
        study, key = asked
        self._tell(study, key, study.curve(key[0], BLENDERS[key[1]]))

    def _compare_arms(self, asked: tuple[Study, int], latest: Latest) -> None:
        study, k = asked
        self._tell(study, k, study.arms(k, BLENDERS["mean"]))
