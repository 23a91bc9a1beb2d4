"""Simulated sweeps: the softmax outputs of windows, twins and replicates in which the truth is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from xsample_tui.stacking.arms.arm_candidates import Candidates
from xsample_tui.stacking.pool.member_outputs import Outputs
from xsample_tui.stacking.pool.stream_pools import Pools

Softmax = NDArray[np.float32]


@dataclass(frozen=True)
class Sweep:
    """How a sweep is simulated. Every network adds noise of its own to what makes each image hard for all.

    Attributes:
        windows, seeds: how many; as many seeds as windows are their twins.
        images, classes: what they are judged on.
        k: members of a blend; the best 2k windows have replicates.
        replicates: of each of these.
        spread: SD of the windows' skills, the same in every repetition: a fixed grid.
        common: SD of what all windows share, drawn in every repetition: one good draw of initial weights, as in runs
            of 0.1.0. Each window's own skill then varies by so much less that windows vary as seeds do.
        skill: SD of each network's own skill.
        effect: SD of what a mask does to each image.
        better: what every window's mask adds to its skill.
    """

    windows: int = 25
    seeds: int = 25
    images: int = 1000
    classes: int = 4
    k: int = 5
    replicates: int = 2
    spread: float = 0.0
    common: float = 0.0
    skill: float = 0.1
    effect: float = 0.0
    better: float = 0.0

    def draw(self, number: int) -> Candidates:
        """Return one repetition: other images and other streams, the same windows."""
        chance = np.random.default_rng(number)
        labels = chance.permutation(np.arange(self.images) % self.classes)
        hard = (1.5 * chance.standard_normal((self.images, self.classes))).astype(np.float32)
        skills = self.spread * np.random.default_rng(99).standard_normal(self.windows)
        skills = 3.0 + self.better + skills + self.common * chance.standard_normal()
        shape = (self.windows, self.images, self.classes)
        effects = (self.effect * chance.standard_normal(shape)).astype(np.float32)

        own_skill = math.sqrt(self.skill**2 - self.common**2)

        def networks(skill: NDArray[np.float64], masks: NDArray[np.float32] | float, vary: float) -> Softmax:
            count = len(skill)
            logits = hard + masks + 1.5 * chance.standard_normal((count, *hard.shape), dtype=np.float32)
            own = skill + vary * chance.standard_normal(count)
            logits[:, np.arange(self.images), labels] += own[:, None].astype(np.float32)
            powers = np.exp(logits - logits.max(axis=2, keepdims=True))
            return np.asarray(powers / powers.sum(axis=2, keepdims=True), np.float32)

        own = networks(skills, effects, own_skill)
        true = np.clip(own[:, np.arange(self.images), labels], 1e-7, 1)
        best = np.argsort(-np.log(true).mean(axis=1), kind="stable")[: min(2 * self.k, self.windows)]
        again = np.repeat(best, self.replicates)
        whole = np.full(self.seeds + len(again), 3.0)
        softmax = np.concatenate(
            [own, networks(skills[again], effects[again], own_skill), networks(whole, 0.0, self.skill)]
        )
        named = self.common > 0
        first, last = self.windows, self.windows + len(again)
        twins = (
            {window: last + window for window in range(self.windows)}
            if self.seeds == self.windows and not named
            else {}
        )
        twins |= {first + j: last + self.seeds + j for j in range(len(again))}
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
                tuple(range(first)), tuple(range(last, last + self.seeds)), twins, replicates=replicates, named=named
            ),
            seed=number,
            names=tuple(map(str, range(len(softmax)))),
            seconds=(1.0,) * len(softmax),
            work=(1,) * len(softmax),
        )
