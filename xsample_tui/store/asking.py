"""Asking: leaving a request with whoever trains a run."""

from __future__ import annotations

from ..core.errors import InputError
from ..core.request import Action, Request
from .folder import RunFolder
from .inbox import Inbox
from .owner import check_held


def ask(run: RunFolder, action: Action, sender: str, otherwise: str) -> None:
    """Leave a request for a run's controller.

    Args:
        run: the run.
        action: what it is to do.
        sender: who asks, for its log.
        otherwise: what to do instead where nobody trains the run.

    Raises:
        InputError: nobody trains it, whether somebody does cannot be found out, or the request cannot be written.
    """
    check_held(run.path, otherwise)
    try:
        Inbox(run.path).put(Request(action=action, sender=sender))
    except OSError as error:
        why = f"the request cannot be written: {error.strerror}; only who may write into {run.path} can steer it"
        raise InputError("run", run.name, why) from error
