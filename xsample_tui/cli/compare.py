"""``compare``: two runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..core.account import facts, sentences, table
from ..core.contrast import Contrast
from ..core.errors import printable
from ..stacking.run_side import contrast_of
from ..store.folder import RunFolder
from ..store.result_files import check_results, write_results
from .command import command
from .options import RUNS, Force, Json, RunsDir, run_names
from .output import as_json, narrate, number


@command("Judge and blend")
def compare(
    a: Annotated[str, typer.Argument(help="The run to compare with.", metavar="A", autocompletion=run_names)],
    b: Annotated[str, typer.Argument(help="The run that is compared.", metavar="B", autocompletion=run_names)],
    csv: Annotated[Path | None, typer.Option("--csv", help="File to write: a row a window.", metavar="FILE")] = None,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
    force: Force = False,
) -> None:
    """Compare two runs: specs, baselines, windows at the same place, and what of it is beyond noise."""
    if csv is not None:
        check_results("--csv", [csv], force=force)
    found = contrast_of(RunFolder.open(runs_dir, a), RunFolder.open(runs_dir, b))
    if csv is not None:
        # Imported late: no other part of this command needs it.
        import pandas as pd

        frame = pd.DataFrame(table(found), columns=list(_COLUMNS))
        for column in ("row", "col"):
            frame[column] = frame[column].astype("Int64")
        write_results("--csv", {csv: frame.to_csv(index=False).encode()})
        narrate(f"{len(frame)} windows written to {csv}")
    if json:
        print(as_json(facts(found)))
    elif csv is None:
        _print(found)


_COLUMNS = (
    "trial", "row", "col", "error_rate_a", "error_rate_b", "gain", "low", "high", "noise_sd", "p", "p_holm",
    "mcnemar_holm", "net_of_baselines", "standing",
)  # fmt: skip


def _print(found: Contrast) -> None:
    print(f"A = {found.a.name}, B = {found.b.name}; a gain is what B errs less, as a share of the pictures")
    if not found.spec:
        print("the specs do not differ")
    for key, left, right in found.spec:
        print(f"  {key}: {printable(left)} -> {printable(right)}")
    for line in sentences(found):
        print(line)
    if found.windows:
        print(f"{'window':<20}{'errors A':>10}{'errors B':>10}{'gain':>9}{'SD':>8}{'p':>9}{'Holm':>9}  standing")
    for d in found.windows:
        print(
            f"{d.name:<20}{d.a:>10.4f}{d.b:>10.4f}{d.gain:>+9.4f}{number(d.sd, '8.4f')}{number(d.p, '9.2g')}"
            f"{number(d.p_holm, '9.2g')}  {d.standing}"
        )
