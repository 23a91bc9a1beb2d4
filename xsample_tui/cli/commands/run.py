"""The commands ``run`` and ``resume``: train a sweep, with or without the interface."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from ...core.errors import ArgumentError, InputError, printable
from ...core.masks.mask_kinds import DRAWERS
from ...core.networks.network_registry import NETWORKS
from ...core.run_state.session_limits import SessionLimits, session_limits
from ...core.training.early_stopping import StoppingKind
from ...core.training.presets import SUMMARY
from ...core.training.spec_toml import spec_toml
from ...core.training.sweep_spec import OptimizerName
from ...datasets.source_detection import accepted
from ...services.run_control.worker_count import check_jobs
from ...services.spec_from_options import SweepOptions, base_of, read_window, spec_of
from ...store.control.run_lock import check_writable
from ...store.run.run_folder import RunFolder
from ...sweep.cluster.cluster_address import ClusterAddress, wanted_address
from ...sweep.detached_sweep import send_to_background
from ...sweep.finish_hook import ON_FINISH
from ...sweep.machine.environment_drift import check_drift
from ...sweep.machine.logout_rules import ended_by_logout
from ...sweep.machine.training_packages import need_training_packages
from ...sweep.run_setup import lay_out
from ..command_options import (
    RUNS,
    AllowDrift,
    Ascii,
    Cluster,
    Detach,
    Headless,
    LabelColumn,
    Log,
    MaxHours,
    Notify,
    OnFinish,
    RunName,
    RunsDir,
    Size,
    SkipBad,
    Transpose,
    Until,
    WindowSize,
    comma_list,
    run_names,
)
from ..command_registry import command
from ..console_output import narrate
from ..spec_typer_options import HalvingFactor, SearchOption, number_option, text_option
from ..terminal_check import need_terminal


@command("Train")
def run(
    preset: Annotated[
        str | None,
        text_option(
            "--preset",
            text="; ".join(f"{k}: {v}" for k, v in SUMMARY.items()) + ". Default: quick.",
            metavar="PRESET",
        ),
    ] = None,
    data: Annotated[
        str | None,
        text_option(
            "--data",
            text=f"Data set: {accepted()}. Default: demo.",
            metavar="DATA",
        ),
    ] = None,
    size: Size = None,
    skip_bad: SkipBad = None,
    label_column: LabelColumn = None,
    transpose: Transpose = None,
    window: WindowSize = None,
    stride: Annotated[int | None, number_option("--stride", "Pixels between windows; else in proportion.")] = None,
    mask: Annotated[
        str | None, text_option("--mask", text=f"Kind of mask: {', '.join(DRAWERS.names())}.", metavar="KIND")
    ] = None,
    network: Annotated[
        str | None,
        text_option(
            "--network",
            text=f"Network: {', '.join(NETWORKS.names())}, module:function (which may return a keras.Model), or a "
            "saved Keras model, FILE.keras.",
            metavar="NETWORK",
        ),
    ] = None,
    pretrained: Annotated[
        bool | None,
        typer.Option(
            "--pretrained", help="Start every trial from the weights of the Keras model.", show_default=False
        ),
    ] = None,
    epochs: Annotated[int | None, number_option("--epochs", "Maximum number of epochs per trial.")] = None,
    jobs: Annotated[int | None, number_option("--jobs", "Number of worker processes.")] = None,
    threads: Annotated[
        int | None, number_option("--threads", "Threads per worker. Changes the last bits of results.")
    ] = None,
    seed: Annotated[int | None, number_option("--seed", "Random seed.")] = None,
    streams: Annotated[
        str | None,
        text_option(
            "--streams",
            text="own: each window has the initial weights, shuffles and dropout of one whole-image network, its "
            "twin; shared: all networks start from the same initial weights, as in the article.",
            metavar="own|shared",
        ),
    ] = None,
    name: Annotated[str | None, text_option("--name", text="The run's name.", metavar="NAME")] = None,
    baselines: Annotated[
        int | None, number_option("--baselines", "Number of networks trained on whole images.")
    ] = None,
    order: Annotated[
        str | None,
        text_option(
            "--order",
            text="Order in which windows are trained: coarse (coarse to fine over the whole image), rows, centre "
            "(outwards), promising (as coarse, finer where the scout expects more), or best (those first that the "
            "scout ranks best). Results do not depend on it.",
            metavar="coarse|rows|centre|promising|best",
        ),
    ] = None,
    scout: Annotated[
        bool | None,
        typer.Option(
            "--scout",
            help="Train one network under all windows in turn first: an estimate of the map in minutes.",
            show_default=False,
        ),
    ] = None,
    search: SearchOption = None,
    halving_factor: HalvingFactor = None,
    only: Annotated[
        str | None,
        text_option("--only", text="Train only these windows: names, separated by commas.", metavar="NAMES"),
    ] = None,
    limit: Annotated[int | None, number_option("--limit", "Maximum number of train images.")] = None,
    batch_size: Annotated[int | None, number_option("--batch-size", "Images per optimizer step.")] = None,
    micro_batch: Annotated[int | None, number_option("--micro-batch", "Images computed at a time.")] = None,
    learning_rate: Annotated[
        float | None, number_option("--learning-rate", "Learning rate of the optimizer.", float)
    ] = None,
    loss: Annotated[
        str | None,
        text_option("--loss", text="Loss: categorical_crossentropy or binary_crossentropy.", metavar="LOSS"),
    ] = None,
    optimizer: Annotated[
        str | None,
        text_option("--optimizer", text=f"Optimizer: {', '.join(get_args(OptimizerName))}.", metavar="NAME"),
    ] = None,
    stopping: Annotated[
        str | None,
        text_option("--stopping", text=f"Early-stopping rule: {', '.join(get_args(StoppingKind))}.", metavar="RULE"),
    ] = None,
    patience: Annotated[
        int | None,
        number_option("--patience", "Early stopping: epochs without improvement on the early-stopping images."),
    ] = None,
    keep_optimizer: Annotated[
        bool | None,
        typer.Option(
            "--keep-optimizer",
            help="Keep the optimizer's state of trials that have ended, to extend the run by epochs later; "
            "checkpoints are up to three times as large.",
            show_default=False,
        ),
    ] = None,
    precision: Annotated[
        str | None,
        text_option(
            "--precision",
            text="float32 or bfloat16. bfloat16 is faster on processors that support it; results differ.",
            metavar="TYPE",
        ),
    ] = None,
    checkpoint_seconds: Annotated[
        float | None,
        number_option("--checkpoint-seconds", "Minimum seconds between two checkpoints of a trial.", float),
    ] = None,
    onednn: Annotated[
        bool | None,
        typer.Option(
            "--onednn/--no-onednn", help="Use oneDNN. Changes the last bits of results.", show_default=False
        ),
    ] = None,
    runs_dir: RunsDir = RUNS,
    headless: Headless = False,
    detach: Detach = False,
    on_finish: OnFinish = "",
    max_hours: MaxHours = None,
    until: Until = None,
    train: Annotated[bool, typer.Option("--train/--no-train", help="Train the sweep now, or only create it.")] = True,
    allow_drift: Annotated[
        bool,
        typer.Option("--allow-drift", help="Train a network that is not deterministic. Its results are flagged."),
    ] = False,
    spec_file: Annotated[
        Path | None,
        text_option(
            "--from", text="Start from a spec in TOML, whole or in part; options override it.", metavar="FILE"
        ),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(
            "--like",
            help="Start from the spec of another run; options override it.",
            metavar="NAME",
            show_default=False,
            autocompletion=run_names,
        ),
    ] = None,
    print_spec: Annotated[
        bool, typer.Option("--print-spec", help="Print the whole spec as TOML, for --from, and exit.")
    ] = False,
    estimate: Annotated[
        bool,
        typer.Option("--estimate", help="Measure for some seconds, print trials, disk space and time, and exit."),
    ] = False,
    ascii_only: Ascii = False,
    notify: Notify = None,
    log: Log = None,
    cluster: Cluster = None,
) -> None:
    """Create a new sweep and train it."""
    given = locals()
    if train and not (headless or detach or estimate or print_spec):
        need_terminal("xsample-tui run")
    where = wanted_address(cluster)
    limits = session_limits(max_hours, until)
    options = {key: given[key] for key in SweepOptions.__annotations__ if given[key] is not None}
    options |= {key: read(given[key]) for key, read in _READ.items() if given[key] is not None}
    try:
        base = base_of(runs_dir, spec_file, like, preset)
    except InputError as error:
        raise error.renamed(spec="from") from error
    spec = spec_of(runs_dir, preset, where, base, **options)  # type: ignore[arg-type]
    if print_spec:
        print(spec_toml(spec), end="")
        return
    if estimate:
        from ..estimate_text import print_estimate

        print_estimate(spec, runs_dir)
        return
    if where is None:
        need_training_packages()
    if not spec.network.isidentifier():
        narrate(f"network {printable(spec.network)}: checking it by two trainings of a moment ...")
    folder = lay_out(runs_dir, spec, allow_drift=allow_drift)
    laid = folder.spec.windows
    grown = f", windows of {laid.height}x{laid.width} at a stride of {laid.stride}" if laid != spec.windows else ""
    narrate(f"run {folder.name}: {len(folder.document.trials)} trials{grown} in {folder.path}")
    if not train:
        narrate(f"train it with: {folder.shell_command('resume')}")
        return
    _train(
        folder,
        headless=headless,
        detach=detach,
        allow_drift=allow_drift,
        on_finish=on_finish,
        cluster=where,
        limits=limits,
    )


@command("Train")
def resume(
    name: RunName,
    runs_dir: RunsDir = RUNS,
    headless: Headless = False,
    detach: Detach = False,
    on_finish: OnFinish = "",
    max_hours: MaxHours = None,
    until: Until = None,
    jobs: Annotated[
        int | None,
        number_option("--jobs", "Number of worker processes for this session; results do not depend on it."),
    ] = None,
    allow_drift: AllowDrift = False,
    ascii_only: Ascii = False,
    notify: Notify = None,
    log: Log = None,
    cluster: Cluster = None,
) -> None:
    """Resume a sweep that was stopped, killed or crashed."""
    if not (headless or detach):
        need_terminal("xsample-tui resume")
    folder = RunFolder.open(runs_dir, name)
    where = wanted_address(cluster)
    limits = replace(session_limits(max_hours, until), jobs=check_jobs(folder.spec, jobs, cluster=where is not None))
    if where is None:
        for difference in check_drift(folder, allow=allow_drift):
            narrate(f"drift: {difference}")
    # Refused before the interface opens, or a process in the background is started.
    check_writable(folder.path)
    _train(
        folder,
        headless=headless,
        detach=detach,
        allow_drift=allow_drift,
        on_finish=on_finish,
        cluster=where,
        limits=limits,
    )


def _train(
    folder: RunFolder,
    *,
    headless: bool,
    detach: bool,
    allow_drift: bool,
    on_finish: str,
    cluster: ClusterAddress | None,
    limits: SessionLimits,
) -> None:
    # The background's process and the interface find it there.
    os.environ[ON_FINISH] = on_finish
    if detach:
        where = cluster.text if cluster else None
        pid = send_to_background(folder, allow_drift=allow_drift, cluster=where, limits=limits, say=narrate)
        narrate(
            f"run {printable(folder.name)} trains as process {pid}; watch it with: {folder.shell_command('attach')}"
        )
        if why := ended_by_logout():
            narrate(f"warning: {why}")
        return
    if headless:
        from ..headless_sweep import run_headless

        raise typer.Exit(run_headless(folder, allow_drift=allow_drift, cluster=cluster, limits=limits))
    from ...tui.app import run_app

    raise typer.Exit(run_app(folder.path.parent, folder, allow_drift=allow_drift, cluster=cluster, limits=limits))


def window_size(text: str, field: str = "window") -> tuple[int, int]:
    """Return the height and width that ``--window``, or another option, gives.

    Raises:
        InputError: it gives none.
    """
    if (size := read_window(text)) is None:
        raise ArgumentError(field, text, "write one number for a square, as 9, or height x width, as 9x7")
    return size


# Options whose text is read here; the others are numbers and names already.
_READ: dict[str, Callable[[str], Any]] = {
    "window": window_size,
    "size": lambda text: window_size(text, "size"),
    "only": comma_list,
}
