"""The command ``compare``: two runs window by window, or up to six side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...core.comparison.comparison_text import facts, sentences
from ...core.comparison.run_comparison import RunComparison
from ...core.errors import printable
from ...core.stats.significance import WORDS
from ...core.table_text import TextColumn
from ...services.run_comparison_table import beside_facts, comparison_frame, windows_frame
from ...services.run_selection import runs_to_compare
from ...stacking.findings.beside_table import BESIDE_COLUMNS, blend_cells
from ...stacking.findings.comparison_sides import contrast_of
from ...stacking.findings.runs_beside import runs_beside
from ...stacking.pool.member_selection import PRIMARY_K
from ...store.files.result_files import check_results, write_results
from ...store.run.run_folder import RunFolder
from ..command_options import RUNS, Force, Json, RunsDir, run_names
from ..command_registry import command
from ..console_output import as_json, narrate, number, print_table

COLUMNS = (
    TextColumn("window", least=12),
    TextColumn("error A", right=True),
    TextColumn("error B", right=True),
    TextColumn("gain", right=True),
    TextColumn("SD", right=True, rank=3),
    TextColumn("p", right=True, rank=2),
    TextColumn("Holm", right=True, rank=1),
    TextColumn("standing"),
)


@command("Evaluate and ensemble")
def compare(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Two runs, whose gains are those of B; or up to six, each against A.",
            metavar="A B",
            autocompletion=run_names,
            show_default=False,
        ),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            help="Also all runs with this tag, the oldest first; may be repeated.",
            metavar="WORD",
            show_default=False,
        ),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="CSV to write, one row per window.", metavar="FILE")
    ] = None,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
    force: Force = False,
) -> None:
    """Compare two runs: specs, baselines and windows, with tests of significance; or more by their blends."""
    if csv is not None:
        check_results("csv", [csv], force=force)
    chosen = runs_to_compare(runs_dir, names or [], tag or [])
    if len(chosen) > 2:
        _side_by_side(runs_dir, chosen, csv, json=json)
        return
    found = contrast_of(*(RunFolder.open(runs_dir, name) for name in chosen))
    if csv is not None:
        frame = comparison_frame(found)
        write_results("csv", {csv: frame.to_csv(index=False).encode()})
        narrate(f"{len(frame)} windows written to {csv}")
    if json:
        print(as_json(facts(found)))
    elif csv is None:
        _print(found)


def _side_by_side(runs: Path, names: list[str], csv: Path | None, *, json: bool) -> None:
    """Print the blends of several runs, and how their windows differ from those of the first."""
    found = runs_beside([RunFolder.open(runs, name) for name in names])
    contrasts = [(run.name, run.contrast) for run in found if run.contrast is not None]
    if csv is not None:
        table = windows_frame(found)
        write_results("csv", {csv: table.to_csv(index=False).encode()})
        narrate(f"{len(table)} windows written to {csv}")
    if json:
        print(as_json([beside_facts(run) for run in found]))
    elif csv is None:
        print(f"blend: the mean of the best {PRIMARY_K} windows; their blend: of {PRIMARY_K} whole-image networks")
        print_table(BESIDE_COLUMNS, [blend_cells(run) for run in found])
        for run in found:
            if run.problem:
                print(f"{run.name}: {run.problem}")
        for name, contrast in contrasts:
            print(f"A = {names[0]}, B = {name}:")
            for line in sentences(contrast):
                print(f"  {line}")


def _print(found: RunComparison) -> None:
    print(f"A = {found.a.name}, B = {found.b.name}; gain: error rate of A minus that of B")
    if not found.spec:
        print("the specs are equal")
    for key, left, right in found.spec:
        print(f"  {key}: {printable(left)} -> {printable(right)}")
    for line in sentences(found):
        print(line)
    if found.windows:
        print_table(
            COLUMNS,
            [
                (
                    d.name,
                    f"{d.a:.4f}",
                    f"{d.b:.4f}",
                    f"{d.gain:+.4f}",
                    number(d.sd, ".4f"),
                    number(d.p, ".2g"),
                    number(d.p_holm, ".2g"),
                    WORDS[d.standing],
                )
                for d in found.windows
            ],
        )
