"""``stack``: blending the stored outputs of a run's models, and exporting the predictions."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.errors import InputError
from ..stacking.blend import Blend, blend_select, blend_test
from ..stacking.blender import BLENDERS, blender
from ..stacking.export import UNSOUND, check_table, facts, ledger_words, sidecar, table, written
from ..stacking.library import POOL_KINDS, Library, open_pool
from ..stacking.rule import Rule, Top, by_name, pooled
from ..store.folder import RunFolder
from ..store.result_files import write_results
from .command import command
from .options import RUNS, Force, Json, RunName, RunsDir
from .output import as_json, narrate

TopOption = Annotated[
    str | None,
    typer.Option("--top", help="Members: the K best by select log-loss, or all. Default 5.", metavar="K|all"),
]
MembersOption = Annotated[
    str | None, typer.Option("--members", help="Members by name, with commas, instead of --top.", metavar="A,B,..")
]
PoolOption = Annotated[
    str, typer.Option("--pool", help=f"What --top chooses from: {', '.join(POOL_KINDS)}.", metavar="POOL")
]
BlendOption = Annotated[str, typer.Option("--blend", help=f"One of {', '.join(BLENDERS.names())}.", metavar="BLEND")]


@command("Judge and blend")
def stack(
    name: RunName,
    top: TopOption = None,
    members: MembersOption = None,
    pool: PoolOption = "windows",
    blend: BlendOption = "mean",
    split: Annotated[str, typer.Option("--split", help="Pictures: select or test.", metavar="SPLIT")] = "select",
    open_test: Annotated[
        bool, typer.Option("--open-test", help="Open the locked test set; the ledger counts it.")
    ] = False,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", help="Write a row a picture here, and FILE.json beside it.", metavar="FILE"),
    ] = None,
    probabilities: Annotated[bool, typer.Option("--probabilities", help="Write every class's, too.")] = False,
    curve: Annotated[bool, typer.Option("--curve", help="Add the curve of scores against k.")] = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
    force: Force = False,
) -> None:
    """Blend the stored outputs of a run's best windows; nothing is trained."""
    check_split(split, open_test)
    kind = blender(blend)
    if csv is not None:
        check_table("--csv", csv, force=force)
    elif probabilities:
        raise InputError("--probabilities", "given", "they go into a CSV; add --csv FILE")
    library = open_pool(RunFolder.open(runs_dir, name))
    warn(library)
    rule = read_rule(library, top, members, pool)
    if curve and not isinstance(rule, Top):
        raise InputError("--curve", "given", "members chosen by hand have no curve; use --top")
    fitted = blend_select(library.select, rule, kind, library.run.spec.seed)
    result = fitted
    if split == "test":
        what = f"{kind.name} of {rule.words()}"
        result = blend_test(fitted, library.open_test("stack", what))
    described = facts(library, rule, result) | {"command": "stack"}
    if curve:
        described["curve"] = _curve(library, rule, result)
    if csv is not None:
        data = table(result, probabilities=probabilities)
        described["csv"] = {"rows": len(result.outputs.labels), "sha256": hashlib.sha256(data).hexdigest()}
        write_results("--csv", {sidecar(csv): as_json(described).encode() + b"\n", csv: data})
        narrate(written(len(result.outputs.labels), csv))
    if json:
        print(as_json(described))
    else:
        _print(library, rule, result, described)
    narrate(ledger_words(library))


def check_split(split: str, open_test: bool) -> None:
    """Refuse splits that do not exist, and test without the word that opens it.

    Raises:
        InputError: as said.
    """
    if split not in ("select", "test"):
        raise InputError("--split", split, "choose select or test")
    if split == "test" and not open_test:
        raise InputError("--split", "test", "the test set is locked; add --open-test to open it, which is counted")
    if split == "select" and open_test:
        raise InputError("--open-test", "given", "select needs no opening; add --split test, or leave it out")


def read_rule(library: Library, top: str | None, members: str | None, pool: str) -> Rule:
    """Return the rule that ``--top``, ``--members`` and ``--pool`` ask for.

    Raises:
        InputError: they do not go together, or name what there is not.
    """
    if members is not None:
        if top is not None:
            raise InputError("--members", members, "leave --top out, or --members")
        return by_name(library, [part.strip() for part in members.split(",") if part.strip()])
    available = pooled(library, pool)
    if top == "all":
        return Top(len(available), available)
    return Top(read_count("--top", top or "5", len(available)), available)


def read_count(field: str, text: str, most: int) -> int:
    """Return a number of members from 1 to ``most``.

    Raises:
        InputError: it is no such number.
    """
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= most):
        raise InputError(field, text, f"choose a whole number from 1 to {most}, the finished trials of the pool")
    return int(text)


def warn(library: Library) -> None:
    """Narrate what is wrong with a library: damaged members, trials to come, an unsound protocol."""
    for problem in library.problems:
        narrate(f"warning: {problem}")
    if library.unfinished:
        narrate(f"{library.unfinished} trials are not finished and left out")
    if library.article:
        narrate(f"warning: {UNSOUND}")


def _curve(library: Library, rule: Rule, result: Blend) -> list[dict[str, float]]:
    from ..stacking.curve import curve

    assert isinstance(rule, Top)
    return curve(library.select, rule.pool, result.blender, library.run.spec.seed).rows()


def _print(library: Library, rule: Rule, result: Blend, described: dict[str, Any]) -> None:
    score = result.score
    print(f"{result.blender.title} of {rule.words()}, on {score.n:,} {result.outputs.split} pictures")
    print(f"accuracy {score.accuracy:.4f} ({score.errors} errors; 95 % {score.low:.4f} to {score.high:.4f})")
    print(
        f"log-loss {score.log_loss:.5f}, Brier {score.brier:.5f}, "
        f"ECE {score.ece:.5f} ({score.ece_bins} bins, n {score.n}), temperature {result.whole.temperature:.3f}"
    )
    print(f"{'member':<24}{'weight':>8}{'log-loss':>11}{'errors':>8}")
    for member in described["members"]:
        weight = "" if member["weight"] is None else f"{member['weight']:.4f}"
        print(f"{member['name']:<24}{weight:>8}{member['select_log_loss']:>11.5f}{member['select_errors']:>8}")
    if "curve" in described:
        print(f"{'k':>4}{'accuracy':>10}  {'95 % band':<18}{'log-loss':>9}  95 % band")
    for row in described.get("curve", []):
        band = f"{row['accuracy_low']:.4f} .. {row['accuracy_high']:.4f}"
        losses = f"{row['log_loss_low']:.5f} .. {row['log_loss_high']:.5f}"
        print(f"{row['k']:>4}{row['accuracy']:>10.4f}  {band:<18}{row['log_loss']:>9.5f}  {losses}")
