"""``judge``: what a run's windows amount to against noise and luck."""

from __future__ import annotations

import math

from ..core.stats.standing import WORDS
from ..stacking.export import ledger_facts, ledger_words
from ..stacking.judgement import Judgement, sentences
from ..stacking.judgement import judge as judge_run
from ..stacking.library import open_pool
from ..stacking.smoothed import smoothed
from ..store.folder import RunFolder
from .command import command
from .options import RUNS, Json, RunName, RunsDir
from .output import as_json, narrate, number
from .stack import warn


@command("Judge and blend")
def judge(name: RunName, json: Json = False, runs_dir: RunsDir = RUNS) -> None:
    """Judge a run: noise floor, each window against it, corrections, luck, verdict."""
    run = RunFolder.open(runs_dir, name)
    library = open_pool(run)
    warn(library)
    judgement, smooth = judge_run(library), smoothed(library)
    beside = None
    if run.spec.windows.mask == "article":
        from ..stacking.claims import claims

        beside = [claim.facts() for claim in claims(run, judgement)]
    if json:
        described = {"run": run.name, "protocol": "article" if library.article else "honest"}
        extra = {"smoothed": smooth.facts() if smooth else None} | ({} if beside is None else {"article": beside})
        print(as_json(described | judgement.facts() | extra | {"ledger": ledger_facts(library.ledger)}))
    else:
        for line in sentences(judgement):
            print(line)
        if smooth is not None:
            print(smooth.sentence())
        _table(judgement)
        for claim in beside or []:
            print(f"{claim['about']}\n  article: {claim['article']}\n  run:     {claim['run']}")
    narrate(ledger_words(library))


def _table(judgement: Judgement) -> None:
    print(
        f"{'window':<20}{'errors':>7}{'gain':>8}  {'95 %':<18}{'p':>8}{'McNemar':>9}{'Holm':>8}{'twin':>6}  standing"
    )
    for row in judgement.windows:
        span = "" if math.isnan(row.low) else f"{row.low:+.1f} .. {row.high:+.1f}"
        paired = "" if row.paired_gain is None else f"{row.paired_gain:+d}"
        print(
            f"{row.name:<20}{row.errors:>7}{row.gain:>+8.1f}  {span:<18}{number(row.p, '8.2g')}"
            f"{number(row.mcnemar_p, '9.2g')}{number(row.p_holm, '8.2g')}{paired:>6}  {WORDS[row.standing]}"
        )
    print("gain: on the baselines' mean; twin: on the whole-picture network of the same stream, in images")
