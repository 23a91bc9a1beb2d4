"""Adds windows, baselines, epochs or replicates to a run, and says which runs then have something to train."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...core.errors import ArgumentError
from ...stacking.pool.control_runs import lay_out_control_runs, window_count
from ...stacking.pool.run_extension import extend_run
from ...store.run.run_folder import RunFolder


@dataclass(frozen=True)
class RunAdditions:
    """What was added to a run.

    Attributes:
        folder: the run, extended.
        line: what was added, in a sentence.
        folders: the run and those beside it that may have something to train now.
    """

    folder: RunFolder
    line: str
    folders: tuple[RunFolder, ...]


def add_to_run(
    run: RunFolder,
    *,
    stride: int | None = None,
    windows: Sequence[str] = (),
    baselines: int | None = None,
    epochs: int | None = None,
    replicates: int = 0,
    parked: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> RunAdditions:
    """Add to a run; nothing is trained yet.

    Args:
        run: the run.
        stride, windows, baselines, epochs, parked, say: as of
            :func:`~xsample_tui.stacking.pool.run_extension.extend_run`.
        replicates: how many more times every window, or those of ``windows``, is to be trained, each with a twin.

    Raises:
        RunBusy: it is being trained.
        InputError: as ``extend_run``; nothing is to be added; or it is a run of 0.1.0, whose windows cannot be
            replicated.
    """
    if all(given is None for given in (stride, baselines, epochs)) and not (windows or replicates or parked):
        wanted = ("stride", "windows", "baselines", "replicates", "epochs", "parked")
        raise ArgumentError(
            "stride", "not given", f"choose {', '.join(wanted[:-1])} or {wanted[-1]}", named=list(wanted)
        )
    if replicates < 0:
        raise ArgumentError("replicates", replicates, "choose 0 or more")
    if replicates and run.spec.streams == "named":
        raise ArgumentError("replicates", replicates, "runs of 0.1.0 have no streams, so nothing can be replicated")
    found = extend_run(
        run, stride=stride, baselines=baselines, windows=tuple(windows), epochs=epochs, parked=parked, say=say
    )
    say(found.line)
    folders = [found.folder, *found.controls]
    if replicates:
        every = found.folder.progress().windows
        own = tuple(windows) or tuple(entry.trial.name for entry in every if entry.status != "parked")
        count = window_count(found.folder)
        folders += lay_out_control_runs(
            found.folder, "replicates", count, replicated=own, replicates=replicates, say=say
        )
    return RunAdditions(found.folder, found.line, tuple(folders))
