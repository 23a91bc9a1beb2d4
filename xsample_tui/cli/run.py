"""``run`` and ``resume``: training a sweep, in the interface or without."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from typing import Annotated, Any, get_args

import typer

from ..core.architecture import NETWORKS
from ..core.errors import InputError
from ..core.mask import DRAWERS
from ..core.preset import SUMMARY
from ..core.spec import OptimizerName, PresetName
from ..core.stopping import StoppingKind
from ..datasets.source import accepted
from ..store.folder import RunFolder
from ..store.owner import check_writable
from ..sweep.background import send_to_background
from ..sweep.cluster.address import ClusterAddress, wanted_address
from ..sweep.drift import check_drift
from ..sweep.guard import ON_FINISH
from ..sweep.logout import ended_by_logout
from ..sweep.session import lay_out, new_spec
from .command import command
from .options import RUNS, AllowDrift, Ascii, Cluster, Detach, Headless, Notify, OnFinish, RunName, RunsDir
from .output import narrate

_TRAINING = (
    "epochs",
    "batch_size",
    "micro_batch",
    "learning_rate",
    "loss",
    "optimizer",
    "stopping",
    "patience",
    "precision",
)
_SWEEP = ("baselines", "seed", "streams", "limit", "network")


def _option(name: str, text: str, metavar: str | None = None) -> Any:
    return typer.Option(name, help=text, metavar=metavar, show_default=False)


def _number(name: str, text: str, kind: Callable[[str], float] = int) -> Any:
    def parse(given: str) -> float:
        try:
            return kind(given)
        except ValueError:
            raise InputError(name, given, f"write a {'whole number' if kind is int else 'number'}") from None

    return typer.Option(name, help=text, metavar="N", parser=parse, show_default=False)


@command("Train")
def run(
    preset: Annotated[
        str, _option("--preset", text="; ".join(f"{k}: {v}" for k, v in SUMMARY.items()), metavar="PRESET")
    ] = "quick",
    data: Annotated[
        str,
        _option(
            "--data",
            text=f"Default demo. One of {accepted()}.",
            metavar="DATA",
        ),
    ] = "demo",
    window: Annotated[str | None, _option("--window", text="Window size: 9, or 9x7 (HxW).", metavar="HxW|N")] = None,
    stride: Annotated[int | None, _number("--stride", "Pixels from window to window.")] = None,
    mask: Annotated[
        str | None, _option("--mask", text=f"One of {', '.join(DRAWERS.names())}.", metavar="KIND")
    ] = None,
    network: Annotated[
        str | None,
        _option("--network", text=f"{', '.join(NETWORKS.names())}, or module:function.", metavar="NETWORK"),
    ] = None,
    epochs: Annotated[int | None, _number("--epochs", "Epochs a trial, at most.")] = None,
    jobs: Annotated[int | None, _number("--jobs", "Worker processes.")] = None,
    threads: Annotated[int | None, _number("--threads", "Threads of each worker; changes last bits.")] = None,
    seed: Annotated[int | None, _number("--seed", "What all randomness derives from.")] = None,
    streams: Annotated[
        str | None,
        _option(
            "--streams",
            text="own: each window has the initial weights, shuffles and dropout of one whole-picture network, its "
            "twin; shared: all start from one draw of initial weights, as in the article.",
            metavar="own|shared",
        ),
    ] = None,
    name: Annotated[str | None, _option("--name", text="The run's name.", metavar="NAME")] = None,
    baselines: Annotated[int | None, _number("--baselines", "Trials on the whole picture.")] = None,
    only: Annotated[
        str | None, _option("--only", text="Run only these windows: names with commas.", metavar="NAMES")
    ] = None,
    limit: Annotated[int | None, _number("--limit", "Use at most so many pictures for fit.")] = None,
    batch_size: Annotated[int | None, _number("--batch-size", "Pictures a step.")] = None,
    micro_batch: Annotated[int | None, _number("--micro-batch", "Pictures computed at once.")] = None,
    learning_rate: Annotated[float | None, _number("--learning-rate", "Step size.", float)] = None,
    loss: Annotated[
        str | None, _option("--loss", text="categorical_crossentropy or binary_crossentropy.", metavar="LOSS")
    ] = None,
    optimizer: Annotated[
        str | None, _option("--optimizer", text=f"One of {', '.join(get_args(OptimizerName))}.", metavar="NAME")
    ] = None,
    stopping: Annotated[
        str | None, _option("--stopping", text=f"One of {', '.join(get_args(StoppingKind))}.", metavar="RULE")
    ] = None,
    patience: Annotated[int | None, _number("--patience", "Epochs without a better stop slice.")] = None,
    precision: Annotated[
        str | None,
        _option(
            "--precision",
            text="float32 or bfloat16, which is faster where the processor computes in it; other bits.",
            metavar="TYPE",
        ),
    ] = None,
    checkpoint_seconds: Annotated[
        float | None, _number("--checkpoint-seconds", "Least time between two commits of a trial.", float)
    ] = None,
    onednn: Annotated[
        bool | None,
        typer.Option("--onednn/--no-onednn", help="oneDNN; changes last bits.", show_default=False),
    ] = None,
    runs_dir: RunsDir = RUNS,
    headless: Headless = False,
    detach: Detach = False,
    on_finish: OnFinish = "",
    estimate: Annotated[
        bool,
        typer.Option("--estimate", help="Measure for some seconds; print windows, disk and time; start nothing."),
    ] = False,
    ascii_only: Ascii = False,
    notify: Notify = None,
    cluster: Cluster = None,
) -> None:
    """Lay out a new sweep and train it."""
    given = locals()
    need_terminal(headless or detach or estimate, "run")
    where = wanted_address(cluster)
    _one_of("--preset", preset, get_args(PresetName))
    if mask is not None:
        DRAWERS.find(mask)
    if streams is not None:
        _one_of("--streams", streams, ("own", "shared"))
    windows = {
        key: value
        for key, value in {"mask": mask, "stride": stride, "only": _names(only)}.items()
        if value is not None
    }
    windows |= read_window(window) if window is not None else {}
    spec = new_spec(
        runs_dir,
        preset,  # type: ignore[arg-type]
        name=name,
        jobs=jobs,
        threads=threads,
        cluster=where,
        windows=windows,
        training={key: given[key] for key in _TRAINING if given[key] is not None},
        machine={key: given[key] for key in ("checkpoint_seconds", "onednn") if given[key] is not None},
        source=data,
        **{key: given[key] for key in _SWEEP if given[key] is not None},
    )
    if estimate:
        from .estimate import print_estimate

        print_estimate(spec, runs_dir)
        return
    folder = lay_out(runs_dir, spec)
    narrate(f"run {folder.name}: {len(folder.document.trials)} trials in {folder.path}")
    _train(folder, headless=headless, detach=detach, allow_drift=False, on_finish=on_finish, cluster=where)


@command("Train")
def resume(
    name: RunName,
    runs_dir: RunsDir = RUNS,
    headless: Headless = False,
    detach: Detach = False,
    on_finish: OnFinish = "",
    allow_drift: AllowDrift = False,
    ascii_only: Ascii = False,
    notify: Notify = None,
    cluster: Cluster = None,
) -> None:
    """Go on with a sweep that was stopped, killed or crashed."""
    need_terminal(headless or detach, "resume")
    folder = RunFolder.open(runs_dir, name)
    where = wanted_address(cluster)
    if where is None:
        for difference in check_drift(folder, allow=allow_drift):
            narrate(f"drift: {difference}")
    # Refused before the interface opens, or a process in the background is started.
    check_writable(folder.path)
    _train(folder, headless=headless, detach=detach, allow_drift=allow_drift, on_finish=on_finish, cluster=where)


@command("Watch and steer")
def attach(name: RunName, runs_dir: RunsDir = RUNS, ascii_only: Ascii = False, notify: Notify = None) -> None:
    """Open the interface on a run that trains elsewhere; any number of terminals may."""
    need_terminal(False, "attach")
    folder = RunFolder.open(runs_dir, name)
    from ..tui.app import run_app

    raise typer.Exit(run_app(folder.path.parent, folder, work=False))


def _train(
    folder: RunFolder,
    *,
    headless: bool,
    detach: bool,
    allow_drift: bool,
    on_finish: str,
    cluster: ClusterAddress | None,
) -> None:
    # The background's process and the interface find it there.
    os.environ[ON_FINISH] = on_finish
    if detach:
        where = cluster.text if cluster else None
        pid = send_to_background(folder, allow_drift=allow_drift, cluster=where, tell=narrate)
        narrate(f"run {folder.name} trains as process {pid}; watch it with: xsample-tui attach {folder.name}")
        if why := ended_by_logout():
            narrate(f"warning: {why}")
        return
    if headless:
        from .headless import run_headless

        raise typer.Exit(run_headless(folder, allow_drift=allow_drift, cluster=cluster))
    from ..tui.app import run_app

    raise typer.Exit(run_app(folder.path.parent, folder, allow_drift=allow_drift, cluster=cluster))


def need_terminal(headless: bool, command: str) -> None:
    """Refuse to open the interface where there is no terminal.

    Raises:
        InputError: there is none, and ``headless`` is False.
    """
    if not headless and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(
            f"xsample-tui {command}", "no terminal", "the interface needs one; add --headless to train without it"
        )


def _one_of(field: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(field, value, f"choose one of {', '.join(choices)}")


def read_window(text: str) -> dict[str, int]:
    """Read ``9`` or ``9x7``."""
    match = re.fullmatch(r"([0-9]{1,5})(?:x([0-9]{1,5}))?", text)
    if not match:
        raise InputError("--window", text, "write one number for a square, as 9, or height x width, as 9x7")
    return {"height": int(match[1]), "width": int(match[2] or match[1])}


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())
