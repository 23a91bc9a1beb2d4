"""The requests that an interface sends to a sweep's controller."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Action = Literal["pause", "unpause", "stop", "stop-now", "skip", "retry", "front"]


class Request(BaseModel):
    """One request.

    Attributes:
        action: ``pause`` after the current epoch, ``unpause``, ``stop`` after the current epoch,
            ``stop-now`` (what was trained since the last commit is trained again after resume); ``skip``,
            ``retry`` or move to the ``front`` of the queue the trials named.
        trials: names, for the last three.
        sender: who asks, for the log.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action
    trials: tuple[str, ...] = ()
    sender: str = ""
