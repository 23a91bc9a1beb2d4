"""Trains what is left of a run, so that a command can use it: controls, confirmations, refits."""

from __future__ import annotations

from pathlib import Path

import typer

from ..core.duration_text import duration
from ..core.errors import ArgumentError
from ..core.exit_codes import FAILED, STOPPED
from ..core.run_state.session_limits import SessionLimits, stopped_line
from ..services.arm_question import trials_left
from ..services.blends.made_blend import MadeBlend
from ..stacking.pool.refit_runs import refit
from ..store.run.run_folder import RunFolder
from ..sweep.cluster.cluster_address import ClusterAddress
from ..sweep.machine.environment_drift import check_drift
from .console_output import narrate
from .terminal_check import entered_command, need_terminal


def train_to_end(
    folder: RunFolder,
    command: str,
    needed: float | None = None,
    *,
    headless: bool,
    allow_drift: bool,
    cluster: ClusterAddress | None = None,
    limits: SessionLimits | None = None,
) -> None:
    """Train what is left of a run, if anything, in the interface or without.

    Args:
        folder: the run.
        command: the command that trains it, for messages.
        needed: about how long it will take, in seconds, where known.
        headless: train without the interface.
        allow_drift: train even if the machine or its software has changed.
        cluster: where to train; None for this machine.
        limits: when it is to stop.

    Raises:
        typer.Exit: it was stopped before its end.
        InputError: there is no terminal, or the machine has changed.
    """
    left = trials_left(folder)
    if not left:
        return
    if not headless:
        need_terminal(command)
    if cluster is None:
        check_drift(folder, allow=allow_drift)
    limits, again = limits or SessionLimits(), entered_command("--until", "--max-hours")
    if limits.reached:
        narrate(stopped_line(folder.name, folder.progress(), limits.deadline or 0.0, again))
        raise typer.Exit(STOPPED)
    about = "" if needed is None else f", about {duration(needed)} if each takes as long as a baseline"
    narrate(f"{folder.name}: {left} of {len(folder.document.trials)} trials to train{about}")
    code = _train(folder, headless=headless, allow_drift=allow_drift, cluster=cluster, limits=limits, command=again)
    if code not in (0, FAILED):
        if not limits.reached:
            narrate(f"resume with the same command: {entered_command()}")
        raise typer.Exit(code)


def _train(
    folder: RunFolder,
    *,
    headless: bool,
    allow_drift: bool,
    cluster: ClusterAddress | None,
    limits: SessionLimits,
    command: str,
) -> int:
    if headless:
        from .headless_sweep import run_headless

        return run_headless(folder, allow_drift=allow_drift, cluster=cluster, limits=limits, command=command)
    from ..tui.app import run_app

    return run_app(Path(folder.path.parent), folder, allow_drift=allow_drift, cluster=cluster, limits=limits)


def check_refit_options(*, refit: bool, headless: bool, allow_drift: bool) -> None:
    """Refuse options of a training where nothing is trained.

    Raises:
        InputError: one is given without ``--refit``.
    """
    for option, given in (("headless", headless), ("allow_drift", allow_drift)):
        if given and not refit:
            raise ArgumentError(option, "given", "only --refit trains; add it, or leave this out")


def train_refits(made: MadeBlend, command: str, *, headless: bool, allow_drift: bool) -> dict[str, RunFolder]:
    """Train a blend's members again on train and selection images together, as far as that is not done.

    Args:
        made: the blend.
        command: the command that trains them, for messages.
        headless, allow_drift: as of :func:`train_to_end`.

    Returns:
        Which run holds each member's refit, by the member's name.
    """

    def train(folder: RunFolder) -> None:
        train_to_end(folder, command, headless=headless, allow_drift=allow_drift)

    found = refit(made.models, made.members, train, narrate)
    narrate("note: how well the refitted members do was not measured: they have learned from the selection images")
    return found
