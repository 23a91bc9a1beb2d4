"""The requests that an interface sends to a sweep's controller."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from .session_limits import MOST_JOBS

Action = Literal["pause", "unpause", "stop", "stop-now", "skip", "retry", "front", "workers"]


class Request(BaseModel):
    """One request.

    Attributes:
        action: ``pause`` after the current epoch, ``unpause``, ``stop`` after the current epoch,
            ``stop-now`` (what was trained since the last commit is trained again after resume); ``skip``,
            ``retry`` or move to the ``front`` of the queue the trials named; ``workers``: train
            with ``jobs`` of them.
        trials: names, for ``skip``, ``retry`` and ``front``.
        jobs: how many workers there are to be.
        sender: who asks, for the log.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action
    trials: tuple[str, ...] = ()
    sender: str = ""
    jobs: Annotated[int, Field(ge=1, le=MOST_JOBS)] | None = None
