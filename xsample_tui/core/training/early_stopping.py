"""The early-stopping rules, as pure functions of (state, epoch's metrics)."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict

from .epoch_metrics import EpochMetrics

StoppingKind = Literal["epochs", "patience", "article"]
_PLANNED = re.compile(r"all \d+ epochs")
ARTICLE_RATIO = 0.995
ARTICLE_PATIENCE = 15


def stopped_early(reason: str) -> str:
    """Return why a trial ended before its planned epochs were over; empty where it did not.

    >>> stopped_early("all 8 epochs"), stopped_early("patience of 5 epochs")
    ('', 'patience of 5 epochs')

    Args:
        reason: as a trial's state has it.
    """
    return "" if _PLANNED.fullmatch(reason) else reason


class StoppingState(BaseModel):
    """What a rule remembers from epoch to epoch; it is part of every checkpoint.

    Attributes:
        best: the best value so far: selection accuracy (``article``), stop-slice loss (``patience``); None
            before the first.
        since: epochs since the best.
        best_epoch: the epoch that set ``best`` within this trial; 0 while none did.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    best: float | None = None
    since: int = 0
    best_epoch: int = 0


def initial_state(kind: StoppingKind, carried: StoppingState | None = None) -> StoppingState:
    """Return a trial's first state.

    Args:
        kind: the rule.
        carried: the final state of the trial before. Only the article's rule has it: its ``max_accu`` and
            ``s0`` are never reset, so they leak from one trial into the next.
    """
    if kind == "article":
        return StoppingState(best=carried.best, since=carried.since) if carried else StoppingState()
    return StoppingState()


def observe(
    kind: StoppingKind, state: StoppingState, metrics: EpochMetrics, patience: int
) -> tuple[StoppingState, str | None]:
    """Take in an epoch; return the new state and, when the trial is to stop, the reason.

    ``epochs`` never stops by itself. ``patience`` stops when the stop slice's loss has not improved for
    ``patience`` epochs. ``article`` is the article's code: a counter of epochs without a new maximum of the
    selection accuracy, and a stop when it is over 15 and 0.995 * train accuracy exceeds that on selection images.
    """
    if kind == "epochs":
        return state, None
    if kind == "article":
        # Its code begins with max_accu = 0.
        if metrics.val_accuracy > (state.best or 0.0):
            new = StoppingState(best=metrics.val_accuracy, since=0, best_epoch=metrics.epoch)
        else:
            new = state.model_copy(update={"since": state.since + 1})
        over = metrics.accuracy * ARTICLE_RATIO > metrics.val_accuracy and new.since > ARTICLE_PATIENCE
        return new, f"the article's rule after {new.since} epochs without a record" if over else None
    assert metrics.stop_loss is not None
    if state.best is None or metrics.stop_loss < state.best:
        return StoppingState(best=metrics.stop_loss, since=0, best_epoch=metrics.epoch), None
    new = state.model_copy(update={"since": state.since + 1})
    return new, f"no better stop-slice loss for {patience} epochs" if new.since >= patience else None


def keeps_best(kind: StoppingKind) -> bool:
    """Return whether a trial ends with the weights of its best epoch rather than of its last."""
    return kind == "patience"
