"""Simulated sweeps whose windows, twins and controls go through rungs before any of them is blended."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tests.stacking.simulated import Softmax, Sweep
from xsample_tui.core.halving.refinement import finer_stride, neighbours
from xsample_tui.core.halving.rung_decisions import decide
from xsample_tui.core.masks.windows import Window, grid
from xsample_tui.stacking.arms.arm_candidates import Candidates
from xsample_tui.stacking.pool.member_outputs import Outputs
from xsample_tui.stacking.pool.stream_pools import Pools

EPOCHS, FACTOR, LEAST = 8, 4, 10


@dataclass(frozen=True)
class RungSweep(Sweep):
    """A sweep of windows that do not matter, of which rungs choose by their loss on the early-stopping images.

    Attributes:
        stride: of a grid of 20 x 20 places; ``windows`` and ``seeds`` follow from it.
        tie: how much of what a network's loss on the early-stopping images varies by at a rung is its skill, 0..1.
        refine: whether the neighbours of windows that go on join.
    """

    stride: int = 4
    tie: float = 0.7
    refine: bool = False

    def screened(self, chance: np.random.Generator) -> tuple[int, NDArray[np.float64], NDArray[np.float64]]:
        """Return how many windows there were, and the skills of the windows and of the twins that came through."""
        laid = grid(28, 28, 9, 9, self.stride)
        joined: dict[Window, int] = dict.fromkeys(laid, 0)
        losses: dict[Window, list[float]] = {}
        skills: dict[Window, float] = {}
        while True:
            for window in joined.keys() - losses.keys():
                skills[window], losses[window] = self._network(chance)
            found = through(joined, losses)
            if not self.refine or joined.keys() != set(laid):
                break
            on = [window for window in laid if str(window) in found[0]]
            more = neighbours(on, grid(28, 28, 9, 9, finer_stride(self.stride, 0)), finer_stride(self.stride, 0))
            joined |= dict.fromkeys(sorted(more - joined.keys()), 1)
        last = found[-1]
        windows = np.array([skills[window] for window in joined if str(window) in last])
        # As many twins join at each rung as windows did.
        drawn = {window: self._network(chance) for window in joined}
        last = through(joined, {window: losses for window, (_, losses) in drawn.items()})[-1]
        return len(joined), windows, np.array([drawn[window][0] for window in joined if str(window) in last])

    def _network(self, chance: np.random.Generator) -> tuple[float, list[float]]:
        """Return a network's skill and its losses, in no unit: only their order counts."""
        skill = chance.standard_normal()
        noise = math.sqrt(1 - self.tie**2) * chance.standard_normal(EPOCHS)
        return self.skill * skill, (-self.tie * skill + noise).tolist()

    def draw(self, number: int) -> Candidates:
        """Return one repetition: other images, other streams, and so other windows that come through."""
        chance = np.random.default_rng(number)
        labels = chance.permutation(np.arange(self.images) % self.classes)
        hard = (1.5 * chance.standard_normal((self.images, self.classes))).astype(np.float32)
        screened, own, twins = self.screened(chance)

        def networks(skills: NDArray[np.float64]) -> Softmax:
            logits = hard + 1.5 * chance.standard_normal((len(skills), *hard.shape), dtype=np.float32)
            logits[:, np.arange(self.images), labels] += (3.0 + skills)[:, None].astype(np.float32)
            powers = np.exp(logits - logits.max(axis=2, keepdims=True))
            return np.asarray(powers / powers.sum(axis=2, keepdims=True), np.float32)

        windows = networks(own)
        true = np.clip(windows[:, np.arange(self.images), labels], 1e-7, 1)
        best = np.argsort(-np.log(true).mean(axis=1), kind="stable")[: min(2 * self.k, len(own))]
        again = np.repeat(best, self.replicates)
        # Replicates and their twins go through no rungs.
        fresh = self.skill * chance.standard_normal(2 * len(again))
        softmax = np.concatenate(
            [windows, networks(fresh[: len(again)]), networks(twins), networks(fresh[len(again) :])]
        )
        first, last = len(own), len(own) + len(again)
        replicates: dict[int, tuple[int, ...]] = {}
        for j, window in enumerate(again):
            replicates[int(window)] = (*replicates.get(int(window), ()), first + j)
        ends = np.linspace(0, self.images, 6).astype(int)
        return Candidates(
            select=Outputs(
                "select",
                np.arange(self.images),
                labels.astype(np.int64),
                softmax,
                tuple(slice(int(a), int(b)) for a, b in pairwise(ends)),
            ),
            pools=Pools(
                tuple(range(first)),
                tuple(range(last, last + len(twins))),
                # Of those that came through, hardly any are twins of each other.
                {first + j: last + len(twins) + j for j in range(len(again))},
                replicates=replicates,
                rungs=True,
            ),
            seed=number,
            names=tuple(map(str, range(len(softmax)))),
            seconds=(1.0,) * len(softmax),
            work=(1,) * len(softmax),
            screened=screened,
        )


def through(joined: dict[Window, int], losses: dict[Window, list[float]]) -> tuple[tuple[str, ...], ...]:
    """Return who goes on at each rung."""
    return decide(
        EPOCHS,
        FACTOR,
        LEAST,
        {str(window): found for window, found in losses.items()},
        joined={str(window): rung for window, rung in joined.items()},
    ).went_on
