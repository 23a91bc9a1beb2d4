"""A blend: members, a fitted pooling and a temperature, and its probabilities on selection or test images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..pool.member_outputs import Cut, Indices, Outputs
from ..pool.member_selection import MemberSelection
from .blend_score import Score
from .pooling import Blender, Pooling
from .temperature_scaling import Sharpener


@dataclass(frozen=True, eq=False)
class Part:
    """What one part of the images is predicted by.

    Attributes:
        fold: the fold it is for; None for all images.
        members: (k,) indices, best first.
        pooling: how they are pooled.
        temperature: applied once after pooling.
    """

    fold: int | None
    members: Indices
    pooling: Pooling
    temperature: float


@dataclass(frozen=True, eq=False)
class Blend:
    """A blend's predictions on one split.

    Attributes:
        blender: how members were pooled.
        outputs: the split's outputs.
        probabilities: (n, classes) float32, after temperature.
        parts: one a fold on select; one for all images on test.
        whole: chosen and fitted on all of select: what goes to test and to new images.
    """

    blender: Blender
    outputs: Outputs
    probabilities: NDArray[np.float32]
    parts: tuple[Part, ...]
    whole: Part

    @cached_property
    def score(self) -> Score:
        """Its score."""
        return Score.of(self.probabilities, self.outputs.labels)

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """(n,) int64: the most probable class."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """(n,) bool: which images it has right."""
        return np.asarray(self.predicted == self.outputs.labels)

    def cuts(self) -> Iterator[tuple[Part, Cut]]:
        """Yield each part with its members on its images, in the outputs' order."""
        for part in self.parts:
            yield part, self.outputs.cut(part.members, part.fold)


def blend_select(select: Outputs, rule: MemberSelection, blender: Blender, seed: int) -> Blend:
    """Blend on select, cross-fitted: every image by members chosen and a pooling fitted on the other folds.

    A fold's temperature is fitted on the other folds' pooled probabilities, themselves cross-fitted; that of the
    whole on all of these.

    Args:
        select: all members' outputs on select.
        rule: chooses the members.
        blender: pools them.
        seed: the run's.

    Raises:
        InputError: more members than the blender takes.
    """
    n = len(select.labels)
    pooled = np.empty((n, select.classes))
    chosen: list[tuple[Indices, Pooling]] = []
    for fold, images in enumerate(select.folds):
        members = rule.choose(select, fold)
        blender.check(len(members))
        here = select.cut(members, fold)
        pooling = blender.fit(select.rest(members, fold) if blender.fitted else here, seed)
        pooled[images] = pooling.pool(here)
        chosen.append((members, pooling))
    sharpener = Sharpener(pooled)
    overall = sharpener.fit(select.labels)
    members = rule.choose(select)
    whole = Part(None, members, blender.fit(select.cut(members), seed), overall)
    parts = []
    probabilities = np.empty((n, select.classes), np.float32)
    for fold, (images, (members, pooling)) in enumerate(zip(select.folds, chosen, strict=True)):
        others = np.ones(n, np.bool_)
        others[images] = False
        temperature = sharpener.fit(select.labels, others, overall)
        probabilities[images] = sharpener.apply(temperature, images)
        parts.append(Part(fold, members, pooling, temperature))
    return Blend(blender, select, probabilities, tuple(parts), whole)


def blend_test(fitted: Blend, test: Outputs) -> Blend:
    """Blend on test by what was chosen and fitted on all of select.

    Args:
        fitted: the blend on select.
        test: the same members' outputs on test.
    """
    whole = fitted.whole
    probabilities = pool(whole, test.cut(whole.members))
    return Blend(fitted.blender, test, probabilities, (whole,), whole)


def pool(part: Part, cut: Cut) -> NDArray[np.float32]:
    """Return a part's probabilities on any images, (n, classes) float32."""
    return Sharpener(part.pooling.pool(cut)).apply(part.temperature)
