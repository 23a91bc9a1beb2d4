"""``arms``: the article's question with the controls that give it meaning, trained and compared in one action."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.duration import duration
from ..core.errors import InputError
from ..core.exit import FAILED
from ..core.verdict import MARGIN
from ..stacking.arms import TITLES, arm_facts
from ..stacking.blender import blender
from ..stacking.candidates import Candidates
from ..stacking.companion import (
    COMPANION_KINDS,
    REPLICATES,
    CompanionKind,
    lay_out_companions,
    seconds_needed,
    window_count,
)
from ..stacking.comparison import ArmStudy, compare_arms
from ..stacking.export import ledger_facts, ledger_words
from ..stacking.library import Library, open_pool
from ..stacking.rule import best_windows
from ..store.folder import RunFolder
from ..sweep.cluster.address import ClusterAddress, wanted_address
from ..sweep.drift import check_drift
from .command import command
from .options import RUNS, AllowDrift, Cluster, Headless, Json, RunName, RunsDir
from .output import as_json, narrate
from .run import need_terminal
from .stack import BlendOption, check_split, warn


@command("Judge and blend")
def arms(
    name: RunName,
    k: Annotated[int, typer.Option("--k", help="Members of every arm.", min=1)] = 5,
    blend: BlendOption = "mean",
    pool: Annotated[
        int | None,
        typer.Option("--pool", help="Trials in each control to choose from; as many as windows.", metavar="N"),
    ] = None,
    controls: Annotated[
        str, typer.Option("--controls", help=f"Which to train: {', '.join(COMPANION_KINDS)}.", metavar="A,B,..")
    ] = ",".join(COMPANION_KINDS),
    replicates: Annotated[
        int, typer.Option("--replicates", help="Further trainings of each of the best 2k windows.", min=0)
    ] = REPLICATES,
    train: Annotated[bool, typer.Option("--train/--no-train", help="Train what is missing first.")] = True,
    ink: Annotated[
        str | None,
        typer.Option("--ink", help="Only windows whose masks remove so much ink, as '1..20 %'.", metavar="LOW..HIGH"),
    ] = None,
    margin: Annotated[
        float, typer.Option("--margin", help="Largest difference in accuracy that does not matter.", min=0.0, max=1.0)
    ] = MARGIN,
    split: Annotated[str, typer.Option("--split", help="Judge on select or test.", metavar="SPLIT")] = "select",
    open_test: Annotated[
        bool, typer.Option("--open-test", help="Open the locked test set; the ledger counts it.")
    ] = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
    headless: Headless = False,
    allow_drift: AllowDrift = False,
    cluster: Cluster = None,
) -> None:
    """Compare stacking across windows with the same number of seeds, random masks and placebos."""
    where = wanted_address(cluster)
    check_split(split, open_test)
    kind = blender(blend)
    kind.check(k)
    wanted = _controls(controls)
    share = read_ink(ink)
    if not margin > 0:
        raise InputError("--margin", margin, "choose a share of images above 0, as 0.001")
    run = RunFolder.open(runs_dir, name)
    if run.spec.article_protocol:
        raise InputError("run", name, "the arms need the honest protocol; train a run without the article's preset")
    count = window_count(run) if pool is None else pool
    if count < k:
        raise InputError("--pool", count, f"choose at least k = {k}")
    if train:
        _train_missing(
            run, wanted, count, k=k, replicates=replicates, headless=headless, allow_drift=allow_drift, cluster=where
        )
    library = open_pool(run)
    warn(library)
    candidates = Candidates.of(library, share)
    test = library.open_test("arms", f"{kind.name} of k = {k}") if split == "test" else None
    study = compare_arms(
        candidates,
        k,
        kind,
        name=name,
        margin=margin,
        test=test,
        on_arm=lambda letter: narrate(f"arm {letter}: {TITLES[letter]}"),
    )
    for line in study.missing:
        narrate(line)
    if json:
        print(as_json(_facts(library, study, split)))
    else:
        _print(study, split)
    narrate(ledger_words(library))


def read_ink(text: str | None) -> tuple[float, float] | None:
    """Read a range of ink: ``1..20 %`` or ``0.01..0.2``, both ends included.

    Raises:
        InputError: it is none, or not within 0 to 1.
    """
    if text is None:
        return None
    match = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*\.\.\s*([0-9]*\.?[0-9]+)\s*(%?)\s*", text)
    if match is not None:
        low, high = (float(part) / (100 if match[3] else 1) for part in (match[1], match[2]))
        if 0 <= low <= high <= 1:
            return low, high
    raise InputError("--ink", text, "write the least and the greatest share of ink that masks remove, as '1..20 %'")


def _controls(text: str) -> list[CompanionKind]:
    names = [part.strip() for part in text.split(",") if part.strip()]
    for name in names:
        if name not in COMPANION_KINDS:
            raise InputError("--controls", name, f"choose from {', '.join(COMPANION_KINDS)}")
    return [kind for kind in COMPANION_KINDS if kind in names]


def _train_missing(
    run: RunFolder,
    wanted: list[CompanionKind],
    count: int,
    *,
    k: int,
    replicates: int,
    headless: bool,
    allow_drift: bool,
    cluster: ClusterAddress | None,
) -> None:
    """Train the run and its companions to their ends, one after the other; raise Exit where one is stopped."""
    command = f"arms {run.name}"
    train_to_end(run, command, headless=headless, allow_drift=allow_drift, cluster=cluster)
    for kind in wanted:
        best: list[str] = []
        if kind == "replicates":
            if run.spec.streams == "named":
                narrate("a run of 0.1.0 has no streams to replicate its windows from; their variance is assumed")
                continue
            best = best_windows(open_pool(run), 2 * k)
        for folder in lay_out_companions(run, kind, count, replicated=best, replicates=replicates, tell=narrate):
            needed = seconds_needed(run, _left(folder))
            train_to_end(folder, command, needed, headless=headless, allow_drift=allow_drift, cluster=cluster)


def train_to_end(
    folder: RunFolder,
    command: str,
    needed: float | None = None,
    *,
    headless: bool,
    allow_drift: bool,
    cluster: ClusterAddress | None = None,
) -> None:
    """Train what is left of a run, if anything, in the interface or without.

    Args:
        folder: the run.
        command: what to enter again to go on, where it is stopped.
        needed: about how long it will take, in seconds, where known.
        headless: train without the interface.
        allow_drift: go on although the machine or its software has changed.
        cluster: where to train; None for this machine.

    Raises:
        typer.Exit: it was stopped before its end.
        InputError: there is no terminal, or the machine has changed.
    """
    left = _left(folder)
    if not left:
        return
    need_terminal(headless, command.split()[0])
    if cluster is None:
        check_drift(folder, allow=allow_drift)
    about = "" if needed is None else f", about {duration(needed)} if each takes as long as a baseline"
    narrate(f"{folder.name}: {left} of {len(folder.document.trials)} trials to train{about}")
    code = _train(folder, headless=headless, allow_drift=allow_drift, cluster=cluster)
    if code not in (0, FAILED):
        narrate(f"go on with the same command: xsample-tui {command}")
        raise typer.Exit(code)


def _left(folder: RunFolder) -> int:
    return sum(entry.status in ("pending", "paused") for entry in folder.progress().trials.values())


def _train(folder: RunFolder, *, headless: bool, allow_drift: bool, cluster: ClusterAddress | None) -> int:
    if headless:
        from .headless import run_headless

        return run_headless(folder, allow_drift=allow_drift, cluster=cluster)
    from ..tui.app import run_app

    return run_app(Path(folder.path.parent), folder, allow_drift=allow_drift, cluster=cluster)


def _facts(library: Library, study: ArmStudy, split: str) -> dict[str, Any]:
    document = library.run.document
    primary = study.primary
    return {
        "run": library.run.name,
        "models": library.scope_words(),
        "protocol": "honest",
        "streams": document.spec.streams,
        "split": split,
        "blend": study.results["A"].blend.blender.name,
        "k": study.k,
        "dataset_digest": document.dataset_digest,
        "split_digest": document.split_digest,
        "epochs": document.spec.training.epochs,
        "arms": [arm_facts(result) for result in study.results.values()],
        "missing": list(study.missing),
        "comparisons": [found.facts() for found in study.comparisons],
        "primary": primary.name,
        "verdict": primary.verdict,
        "answer": list(study.answer),
        "ledger": ledger_facts(library.ledger),
    }


def _print(study: ArmStudy, split: str) -> None:
    first = study.results["A"]
    for line in study.answer:
        print(line)
    chosen = "members chosen on other folds" if split == "select" else "members chosen on select"
    print(
        f"\n{first.blend.blender.title}, k = {len(first.members)}, {first.blend.score.n:,} {split} images, {chosen}"
    )
    print(
        f"{'arm':<4}{'':<34}{'pool':>5}{'errors':>7}{'accuracy':>9}  {'Wilson 95 %':<17}{'log-loss':>9}{'seconds':>9}"
    )
    for letter, result in study.results.items():
        s = result.blend.score
        print(
            f"{letter:<4}{TITLES[letter]:<34}{len(result.plan.pool):>5}{s.errors:>7}{s.accuracy:>9.4f}  "
            f"{f'{s.low:.4f} .. {s.high:.4f}':<17}{s.log_loss:>9.5f}{result.seconds:>9.0f}"
        )
    print(
        f"\n{'arm':<4}{'members':<34}{'draws: errors':>15}{'Cochran p':>10}{'disagree':>9}{'2 wrong':>8}"
        f"{'all wrong':>10}"
    )
    for letter, result in study.results.items():
        d = result.diversity
        draws = "" if result.mean_errors is None else f"{result.mean_errors:.1f} +- {result.sd_errors or 0:.1f}"
        print(
            f"{letter:<4}{result.plan.rule.words():<34.34}{draws:>15}{result.cochran.p:>10.2g}{d.disagreement:>9.4f}"
            f"{d.double_fault:>8.4f}{d.oracle_error:>10.4f}"
        )
    print(f"\n{'':<8}{'accuracy':>9}  {'95 %':<19}{'least':>7}{'McNemar':>8}{'Holm p':>8}{'log-loss':>10}  verdict")
    for found in study.comparisons:
        gap = found.difference
        mcnemar = "" if found.mcnemar_p is None else f"{found.mcnemar_p:.2g}"
        print(
            f"{found.name:<8}{gap.difference:>+9.4f}  {f'{gap.low:+.4f} .. {gap.high:+.4f}':<19}"
            f"{gap.detectable:>7.4f}{mcnemar:>8}{found.p_holm:>8.2g}{found.log_loss.difference:>+10.5f}  "
            f"{found.verdict}{' (primary)' if found.rank == 'primary' else ''}"
        )
    ranks = {found.rank for found in study.comparisons}
    said = "exploratory" if ranks == {"exploratory"} else "secondary, corrected by Holm"
    print(
        f"intervals over {study.primary.difference.over}, windows fixed; least: found in 4 of 5 repetitions; "
        f"the others are {said}"
    )
