"""The command ``windows``: shows how much of the images each mask removes, before training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...core.masks.mask_kinds import DRAWERS
from ...services.window_figures import window_figures
from ...store.files.result_files import check_results, write_results
from ..command_options import Force, Json
from ..command_registry import command
from ..console_output import as_json, narrate
from .run import window_size


@command("Manage runs")
def windows(
    data: Annotated[str, typer.Option("--data", help="Same as for `run`.", metavar="DATA")] = "demo",
    mask: Annotated[
        str, typer.Option("--mask", help=f"Kind of mask: {', '.join(DRAWERS.names())}.", metavar="KIND")
    ] = "keep",
    window: Annotated[str | None, typer.Option("--window", help="Same as for `run`.", metavar="HxW|N")] = None,
    stride: Annotated[int | None, typer.Option("--stride", help="Same as for `run`; every pixel of 28x28.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Same as for `run`.")] = 0,
    images: Annotated[
        str, typer.Option("--pictures", help="Images to count: fit, select, test or all.", metavar="SET")
    ] = "fit",
    csv: Annotated[
        Path | None, typer.Option("--csv", help="CSV to write, one row per window.", metavar="FILE")
    ] = None,
    json: Json = False,
    force: Force = False,
) -> None:
    """List the windows and the ink that each mask removes."""
    if csv is not None:
        check_results("csv", [csv], force=force)
    size = None if window is None else window_size(window)
    found = window_figures(data, mask, size, stride, seed, images, field="pictures")
    if images == "test":
        narrate("these are figures of the test images; choose windows by the train images (--pictures fit)")
    table, facts = found.table, found.facts()
    if csv is not None:
        import pandas as pd

        write_results("csv", {csv: pd.DataFrame(table).to_csv(index=False).encode()})
    if json:
        print(as_json(facts | {"table": table}))
        return
    print(
        f"{mask} {found.size[0]}x{found.size[1]} stride {found.stride}: {len(table)} windows; "
        f"ink removed of {found.images} images: mean {facts['mean']:.1%}, median {facts['median']:.1%}, "
        f"min {facts['min']:.4%}, max {facts['max']:.1%}"
    )
    if csv is None:
        print(f"{'window':<20}{'pixels':>8}{'ink removed':>14}{'images touched':>16}")
        for row in table:
            print(
                f"{row['window']:<20}{row['pixels_zeroed']:>8}{row['ink_removed']:>14.4%}{row['images_touched']:>16}"
            )
