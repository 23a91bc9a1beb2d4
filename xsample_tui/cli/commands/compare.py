"""The command ``compare``: two runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...core.comparison.comparison_text import facts, sentences
from ...core.comparison.run_comparison import RunComparison
from ...core.errors import printable
from ...core.stats.significance import WORDS
from ...core.table_text import TextColumn
from ...services.run_comparison_table import comparison_frame
from ...stacking.findings.comparison_sides import contrast_of
from ...store.files.result_files import check_results, write_results
from ...store.run.run_folder import RunFolder
from ..command_group import command
from ..command_options import RUNS, Force, Json, RunsDir, run_names
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
    a: Annotated[str, typer.Argument(help="The first run.", metavar="A", autocompletion=run_names)],
    b: Annotated[
        str, typer.Argument(help="The second run; gains are of this one.", metavar="B", autocompletion=run_names)
    ],
    csv: Annotated[
        Path | None, typer.Option("--csv", help="CSV to write, one row per window.", metavar="FILE")
    ] = None,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
    force: Force = False,
) -> None:
    """Compare two runs: specs, baselines and windows, with tests of significance."""
    if csv is not None:
        check_results("csv", [csv], force=force)
    found = contrast_of(RunFolder.open(runs_dir, a), RunFolder.open(runs_dir, b))
    if csv is not None:
        frame = comparison_frame(found)
        write_results("csv", {csv: frame.to_csv(index=False).encode()})
        narrate(f"{len(frame)} windows written to {csv}")
    if json:
        print(as_json(facts(found)))
    elif csv is None:
        _print(found)


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
