"""The scout's estimate: how well one network, trained under all windows in turn, does under each of them.

It is a map after minutes, to show and to order trials by. It is no result: no statistic counts it.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_Loss = Annotated[float, Field(allow_inf_nan=False)]


class ScoutScores(BaseModel):
    """How one network does under each of some windows.

    Attributes:
        trained: what was trained: ``scout``, or the name of a baseline.
        loss: mean log-loss of each window, in nats.
        errors: wrong images of each window.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trained: str
    loss: tuple[_Loss, ...]
    errors: tuple[int, ...]


class ScoutEstimate(BaseModel):
    """What a scout found.

    Attributes:
        windows: names of the windows, in the plan's order.
        epochs: passes over the train images, in each of which every image is seen under one window.
        images: train images that it is evaluated on. Selection images are left to the windows' own networks.
        plan: stands for the windows that it was trained under (:func:`~xsample_tui.core.scout.scout_order.plan_key`).
        digest: SHA-256 of the network's state.
        scout: the scout's scores, window by window.
        baseline: those of a baseline of the run, which never saw a mask; None while none was evaluated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    windows: tuple[str, ...]
    epochs: int
    images: int
    plan: str
    digest: str
    scout: ScoutScores
    baseline: ScoutScores | None = None

    @model_validator(mode="after")
    def _a_score_for_each(self) -> ScoutEstimate:
        count = len(self.windows)
        for scores in filter(None, (self.scout, self.baseline)):
            if (len(scores.loss), len(scores.errors)) != (count, count):
                raise ValueError("there is not one score for each window")
        return self

    @cached_property
    def loss(self) -> dict[str, float]:
        """The scout's log-loss under each window, by name."""
        return dict(zip(self.windows, self.scout.loss, strict=True))

    @cached_property
    def rank(self) -> dict[str, int]:
        """The place of each window, 1 for the least log-loss; of equal ones the first comes first."""
        ordered = sorted(self.windows, key=self.loss.__getitem__)
        return {name: number for number, name in enumerate(ordered, 1)}
