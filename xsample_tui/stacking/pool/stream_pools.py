"""Which members each arm may choose from, matched by stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pools:
    """The members of a run and its controls, sorted by what they are. All are indices of members.

    Attributes:
        windows: the run's windows, each trained once, in the plan's order.
        seeds: whole-image networks, the run's baselines first, then the twins that were trained for the arms;
            without the twins of replicates.
        twins: each window (and each window's replicate) to its twin: the whole-image network of the same stream,
            which starts from the same weights and sees the same images in the same order. Only pairs of which both
            are finished.
        random: masks of random pixels that remove as much ink as the windows' masks.
        placebo: masks that remove next to nothing.
        replicates: each window to further trainings of the same window from other streams; none where none are
            trained. Their twins are ``twins[replicate]``.
        shared: whether every network started from one draw of initial weights (``--streams shared``).
        named: whether the run was laid out by 0.1.0, so that windows share their initial weights, baselines do not,
            and no window has a twin.
        rungs: whether windows and whole-image networks are those that came through the rungs of successive halving,
            each among as many.
    """

    windows: tuple[int, ...]
    seeds: tuple[int, ...]
    twins: Mapping[int, int] = field(default_factory=dict)
    random: tuple[int, ...] = ()
    placebo: tuple[int, ...] = ()
    replicates: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    shared: bool = False
    named: bool = False
    rungs: bool = False

    @property
    def matched(self) -> tuple[int, ...]:
        """The twins of all windows, in the windows' order; empty unless each window has its twin."""
        found = tuple(self.twins[window] for window in self.windows if window in self.twins)
        return found if len(found) == len(self.windows) else ()
