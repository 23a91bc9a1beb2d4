"""``windows``: what each window's mask takes away, before anything is trained."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean, median
from typing import Annotated, Any

import numpy as np
import typer

from ..core.errors import InputError
from ..core.ink import InkMap
from ..core.mask import DRAWERS, Canvas, draw, windows_for
from ..core.split import split
from ..core.trial import window_name
from ..datasets import load
from ..store.result_files import check_results, write_results
from .command import command
from .options import Force, Json
from .output import as_json, narrate
from .run import read_window


@command("Runs and files")
def windows(
    data: Annotated[str, typer.Option("--data", help="As of `run`.", metavar="DATA")] = "demo",
    mask: Annotated[
        str, typer.Option("--mask", help=f"One of {', '.join(DRAWERS.names())}.", metavar="KIND")
    ] = "keep",
    window: Annotated[str, typer.Option("--window", help="As of `run`.", metavar="HxW|N")] = "9",
    stride: Annotated[int, typer.Option("--stride", help="As of `run`.")] = 1,
    seed: Annotated[int, typer.Option("--seed", help="As of `run`.")] = 0,
    pictures: Annotated[
        str, typer.Option("--pictures", help="Which to count: fit, select, test or all.", metavar="SET")
    ] = "fit",
    csv: Annotated[Path | None, typer.Option("--csv", help="Write a row a window here.", metavar="FILE")] = None,
    json: Json = False,
    force: Force = False,
) -> None:
    """Count windows, and the ink that their masks remove."""
    DRAWERS.find(mask)
    if pictures not in ("test", "select", "fit", "all"):
        raise InputError("--pictures", pictures, "choose one of fit, select, test, all")
    if csv is not None:
        check_results("--csv", [csv], force=force)
    dataset = load(data)
    size = read_window(window)
    height, width, _ = dataset.shape
    laid = windows_for(mask, (height, width), (size["height"], size["width"]), stride)
    chosen = dataset.pictures if pictures == "all" else dataset.pictures[getattr(split(dataset, seed), pictures)]
    if not len(chosen):
        raise InputError("--pictures", pictures, f"{data} has none; choose another set")
    if pictures == "test":
        narrate("these figures are of test images; choose windows by those of fit")
    ink = InkMap(chosen)
    canvas = Canvas(ink.share, seed)
    figures = ink.figures(np.stack(draw(mask, laid, canvas)))
    table: list[dict[str, Any]] = [
        {
            "window": window_name(mask, w),
            "row": w.row,
            "col": w.col,
            "pixels_zeroed": f.pixels_zeroed,
            "ink_removed": f.ink_removed,
            "images_touched": f.images_touched,
        }
        for w, f in zip(laid, figures, strict=True)
    ]
    removed = [row["ink_removed"] for row in table]
    facts = {
        "mask": mask,
        "windows": len(table),
        "pictures": len(chosen),
        "mean": fmean(removed),
        "median": median(removed),
        "min": min(removed),
        "max": max(removed),
    }
    if csv is not None:
        import pandas as pd

        write_results("--csv", {csv: pd.DataFrame(table).to_csv(index=False).encode()})
    if json:
        print(as_json(facts | {"table": table}))
        return
    print(
        f"{mask} {size['height']}x{size['width']} stride {stride}: {len(table)} windows; "
        f"ink removed of {len(chosen)} pictures: mean {facts['mean']:.1%}, median {facts['median']:.1%}, "
        f"min {facts['min']:.4%}, max {facts['max']:.1%}"
    )
    if csv is None:
        print(f"{'window':<20}{'pixels':>8}{'ink removed':>14}{'images touched':>16}")
        for row in table:
            print(
                f"{row['window']:<20}{row['pixels_zeroed']:>8}{row['ink_removed']:>14.4%}{row['images_touched']:>16}"
            )
