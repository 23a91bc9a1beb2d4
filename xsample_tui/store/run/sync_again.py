"""Makes what an earlier controller left durable, then removes what it replaced.

A controller that was killed, or that the system refused a sync, leaves files under their final names that a power cut
may still destroy; the next controller cannot see the difference.
"""

from __future__ import annotations

import errno
from pathlib import Path

from ...core.training.checkpoint_format import DamagedCheckpoint, decode
from ..files import atomic_write
from .run_folder import RunFolder


def settle(run: RunFolder) -> None:
    """Make the entries of a run's folders durable, whoever made them.

    The bytes of a checkpoint are durable before it has its name.

    Raises:
        OSError: the system refuses it, so that what is there may not be there after a power cut.
    """
    trials = run.path / "trials"
    for folder in (run.path, trials, *(trials / trial.name for trial in run.document.trials)):
        _sync(folder)


def drop_superseded(run: RunFolder) -> None:
    """Remove the checkpoints before a finished trial's last, where a kill came between its commit and that.

    Raises:
        OSError: they cannot be read or removed, or the last cannot be made durable.
    """
    for trial in run.document.trials:
        found = run.generations(trial.name)
        if len(found) < 2:
            continue
        try:
            state = decode(found[0].read_bytes())
        except DamagedCheckpoint:
            continue
        if state.finished and state.trial == trial.name:
            _sync(found[0].parent)
            for old in found[1:]:
                old.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    try:
        atomic_write.sync_folder(folder)
    except OSError as error:
        # A trial that has not begun.
        if error.errno != errno.ENOENT:
            raise
