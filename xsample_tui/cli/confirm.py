"""``confirm``: the best windows trained anew, judged on pictures that did not choose them."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from ..core.errors import InputError
from ..stacking.confirm import LEAST_SEEDS, Confirmation, lay_out_confirmation
from ..stacking.confirm import confirm as judge_confirmation
from ..stacking.export import ledger_facts, ledger_words
from ..stacking.library import open_pool
from ..store.folder import RunFolder
from ..sweep.cluster.address import wanted_address
from .arms import train_to_end
from .command import command
from .options import RUNS, AllowDrift, Cluster, Headless, Json, RunName, RunsDir
from .output import as_json, narrate
from .stack import warn


@command("Judge and blend")
def confirm(
    name: RunName,
    top: Annotated[int, typer.Option("--top", help="Windows to confirm.", min=1)] = 3,
    seeds: Annotated[int, typer.Option("--seeds", help="New trainings of each.", min=LEAST_SEEDS)] = LEAST_SEEDS,
    train: Annotated[bool, typer.Option("--train/--no-train", help="Train what is missing first.")] = True,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
    headless: Headless = False,
    allow_drift: AllowDrift = False,
    cluster: Cluster = None,
) -> None:
    """Train the best windows anew, judge them on the half of select that did not choose them."""
    where = wanted_address(cluster)
    run = RunFolder.open(runs_dir, name)
    if run.spec.article_protocol:
        raise InputError(
            "run", name, "confirming needs the honest protocol; train a run without the article's preset"
        )
    library = open_pool(run)
    warn(library)
    companion = lay_out_confirmation(library, top, seeds)
    if train:
        train_to_end(companion, f"confirm {name}", headless=headless, allow_drift=allow_drift, cluster=where)
    rows = judge_confirmation(library, companion)
    pictures = len(library.select.labels) // 2
    if json:
        described = {"run": name, "pictures_each_half": pictures, "windows": [row.facts() for row in rows]}
        print(as_json(described | {"ledger": ledger_facts(library.ledger)}))
    else:
        _print(rows, pictures)
    narrate(ledger_words(library))


def _print(rows: list[Confirmation], pictures: int) -> None:
    print(f"gains on the baselines' mean, in pictures of {pictures:,}: screened on one half, confirmed on the other")
    print(f"{'window':<20}{'screened':>9}{'confirmed':>10}{'shrinkage':>10}{'seeds':>6}{'SD':>7}{'p':>9}{'Holm':>9}")
    for row in rows:
        p, adjusted = ("" if math.isnan(value) else f"{value:.2g}" for value in (row.p, row.p_holm))
        print(
            f"{row.window:<20}{row.screened:>+9.1f}{row.confirmed:>+10.1f}{row.shrinkage:>+10.1f}{row.seeds:>6}"
            f"{row.sd:>7.1f}{p:>9}{adjusted:>9}"
        )
    good = [row.window for row in rows if row.p_holm < 0.05 and row.confirmed > 0]
    print(f"confirmed better than the baselines after Holm's correction: {', '.join(good) or 'none'}")
