"""Sends a request to the controller that trains a run."""

from __future__ import annotations

from ..core.errors import InputError
from ..core.run_state.requests import Action, Request
from .control.request_inbox import RequestInbox
from .control.run_lock import check_held
from .run.run_folder import RunFolder


def send_request(run: RunFolder, action: Action, sender: str, otherwise: str, *, jobs: int | None = None) -> None:
    """Leave a request for a run's controller.

    Args:
        run: the run.
        action: what it is to do.
        sender: who asks, for its log.
        otherwise: what to do instead where the run is not active.
        jobs: how many workers there are to be, for ``workers``.

    Raises:
        InputError: it is not active, whether it is cannot be found out, or the request cannot be written.
    """
    check_held(run.path, otherwise)
    try:
        RequestInbox(run.path).put(Request(action=action, sender=sender, jobs=jobs))
    except OSError as error:
        why = f"the request cannot be written: {error.strerror}; controlling a run needs write access to {run.path}"
        raise InputError("run", run.name, why) from error
