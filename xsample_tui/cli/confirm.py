"""``confirm``: the best windows trained anew, judged on pictures that did not choose them."""

from __future__ import annotations

from typing import Annotated

import typer

from ..core.errors import InputError
from ..core.stats.two_way import ALPHA
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
    good = [row.window for row in rows if row.p_holm < ALPHA and row.confirmed > 0]
    bad = [row.window for row in rows if row.p_holm < ALPHA and row.confirmed < 0]
    print(
        f"after Holm's correction better than whole images: {', '.join(good) or 'none'}; "
        f"worse: {', '.join(bad) or 'none'}"
    )
    print(
        f"gains in images of {pictures:,}: screened on one half, against the baselines; confirmed on the other, over "
        "streams and images"
    )
    print(
        f"{'window':<18}{'screened':>9}{'confirmed':>10}{'95 %':>16}{'shrinks':>8}{'seeds':>6}{'p':>9}"
        f"{'Holm':>9}  against"
    )
    for row in rows:
        interval = f"{row.low:+.1f} to {row.high:+.1f}"
        print(
            f"{row.window:<18}{row.screened:>+9.1f}{row.confirmed:>+10.1f}{interval:>16}{row.shrinkage:>+8.1f}"
            f"{row.seeds:>6}{row.p:>9.2g}{row.p_holm:>9.2g}  {row.against}"
        )
