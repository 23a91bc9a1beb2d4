"""Chooses which members are blended and which blender the stack screen shows, by the keys of the stack screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType

from ...services.ensemble_study import Choice, EnsembleStudy, MemberStanding
from ...stacking.blending.blender_registry import BLENDERS
from ...stacking.findings.class_scores import ClassScores
from ...stacking.pool.model_pool import POOL_KINDS, PoolKind
from ..details.class_scores_dialog import ClassScoresDialog
from ..widgets.base_screen import BaseScreen
from .member_list import MemberList

_MORE = "blend one more or one fewer of the best members"


class MemberControls:
    """The choice of members and blender that all panels of the stack screen show, and the keys that change it.

    Args:
        screen: the screen, in which the panels are.
        ticked: names of the trials that are chosen first, instead of the best.
        show_choice: shows what depends on the choice of members.
        show_blender: shows what depends on the blender.

    Attributes:
        study: the finished trials; None until they are read.
        choice: the members that are blended.
        blender: the name of the blender whose results are shown.
        standings: what each blender achieves on the chosen members, by its name, as far as it is computed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space",
            "tick",
            "Tick",
            tooltip="add or remove the member under the cursor",
            id="stack.tick",
        ),
        Binding("a", "top", "Top k", tooltip="choose the best k members again", id="stack.top-k"),
        Binding("plus", "size(1)", "More", tooltip=_MORE, id="stack.more"),
        Binding("minus", "size(-1)", "Fewer", tooltip=_MORE, id="stack.fewer"),
        Binding("right_square_bracket,equals_sign", "size(1)", "More", show=False, tooltip=_MORE, id="stack.more"),
        Binding("left_square_bracket", "size(-1)", "Fewer", show=False, tooltip=_MORE, id="stack.fewer"),
        Binding("A", "all", "All", show=False, tooltip="blend all members of the pool", id="stack.all"),
        Binding(
            "m",
            "blender(1)",
            "Blender",
            tooltip="next blender, for the other panels and the export",
            id="stack.blender",
        ),
        Binding(
            "M", "blender(-1)", "Previous blender", show=False, tooltip="previous blender", id="stack.blender-before"
        ),
        Binding("w", "pool", "Pool", tooltip="choose from windows, baselines or all models", id="stack.pool"),
    ]

    def __init__(
        self,
        screen: BaseScreen,
        ticked: Sequence[str],
        show_choice: Callable[[], None],
        show_blender: Callable[[], None],
    ) -> None:
        self._screen = screen
        self._ticked = tuple(ticked)
        self._show_choice, self._show_blender = show_choice, show_blender
        self.study: EnsembleStudy | None = None
        self.choice = Choice("windows", 1)
        self.blender = "mean"
        self.standings: dict[str, MemberStanding] = {}

    def take(self, study: EnsembleStudy) -> None:
        """Use a new study; the chosen members stay chosen."""
        before, self.study = self.study, study
        if before is None:
            self.choice = study.first_choice()
            self._tick_first(study)
        else:
            hand = self.choice.hand
            if hand is not None:
                names = (before.models.members[i].name for i in hand)
                hand = _ordered(study, (study.models.index[name] for name in names if name in study.models.index))
            self.choice = replace(self.choice, hand=hand)

    def _tick_first(self, study: EnsembleStudy) -> None:
        """Choose the members with which this screen was opened, if they are finished."""
        found = [study.models.index[name] for name in self._ticked if name in study.models.index]
        if missing := len(self._ticked) - len(found):
            self._screen.notify(
                f"{missing} of {len(self._ticked)} marked trials are unfinished and left out.", markup=False
            )
        if found:
            pool: PoolKind = "windows" if set(found) <= set(study.ranked["windows"]) else "all"
            self.choice = Choice(pool, self.choice.k, _ordered(study, found))

    def choose(self, choice: Choice) -> None:
        """Blend other members."""
        if self.study is None or choice == self.choice:
            return
        self.choice = choice
        self._show_choice()

    def possible(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action makes sense now; None where its key is shown all the same."""
        study, choice = self.study, self.choice
        if study is None:
            return None if action in ("tick", "top", "size", "all", "blender", "pool", "classes") else True
        if action == "classes":
            return bool(study.members(choice)) or None
        if action == "top":
            return choice.hand is not None or None
        if action == "size" and parameters:
            k = choice.k + int(str(parameters[0]))
            return (choice.hand is None and 1 <= k <= len(study.ranked[choice.pool])) or None
        return True

    def action_tick(self) -> None:
        """Add or remove the member under the cursor."""
        member = self._screen.query_one(MemberList).current
        if member is not None:
            self.toggle(member)

    def toggle(self, member: int) -> None:
        """Add or remove a member."""
        if self.study is not None:
            chosen = set(self.study.members(self.choice)) ^ {member}
            self.choose(replace(self.choice, hand=_ordered(self.study, chosen)))

    def action_top(self) -> None:
        """Choose the best k members again."""
        self.choose(replace(self.choice, hand=None))

    def action_size(self, change: int) -> None:
        """Blend more or fewer of the best members."""
        self.choose(replace(self.choice, k=self.choice.k + change))

    def action_all(self) -> None:
        """Blend all members of the pool."""
        if self.study is not None:
            self.choose(replace(self.choice, k=len(self.study.ranked[self.choice.pool]), hand=None))

    def action_pool(self) -> None:
        """Choose from the next pool that is not empty."""
        if self.study is not None:
            pools = [kind for kind in POOL_KINDS if self.study.ranked[kind]]
            pool = pools[(pools.index(self.choice.pool) + 1) % len(pools)]
            self.choose(replace(self.choice, pool=pool, k=min(self.choice.k, len(self.study.ranked[pool]))))

    def action_blender(self, change: int) -> None:
        """Show another blender in the other panels."""
        names = list(BLENDERS)
        self.pick(names[(names.index(self.blender) + change) % len(names)])

    def action_classes(self) -> None:
        """Show the accuracy by class of the chosen blender on the chosen members."""
        study, choice, name = self.study, self.choice, self.blender
        if study is None:
            return
        standing = self.standings.get(name)

        def read() -> ClassScores:
            return study.class_scores(choice, standing or study.blend(choice, BLENDERS[name]))

        self._screen.app.push_screen(ClassScoresDialog(f"{name} of {study.words(choice)}", read))

    def pick(self, name: str) -> None:
        """Show the results of a blender."""
        if self.study is not None:
            self.blender = name
            self._show_blender()


def _ordered(study: EnsembleStudy, members: Iterable[int]) -> tuple[int, ...]:
    """Return members by rank, so that the same set is the same choice."""
    losses = study.models.select.losses()
    return tuple(sorted(set(members), key=lambda member: (losses[member], member)))
