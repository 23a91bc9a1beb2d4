"""How soon a sweep's answer is there, by the order and the choice of what is trained.

``python -m benchmarks.answer RUNS_DIR [--train] [--settings demo,mnist] [--quick] [--data MNIST.npz]
[--optuna PYTHON] [--json FILE]``

For each setting one full sweep is trained with ``xsample-tui run`` (``--train``; a sweep that is there is resumed),
with a scout and with a stop slice. All methods are then replayed from its results: a trial's result does not depend
on when it is trained, so each method gets from every epoch what it would have got. Time is that of an idle machine
with as many workers as the sweep had: CPU seconds of each part, which ``benchmarks.answer_prices`` measures and
which are kept beside the run.

Counted in seconds from a method's begin, TensorFlow's start and tracing included:

- *map*: Spearman's correlation of its map with the full sweep's final one, by log-loss on the selection images, is at
  least 0.85 from then on. A window counts with its last log-loss once its training has ended or is pruned; before
  that as the grid shows it: as the nearest one that has ended, or, with a scout, as that lets one expect;
- *among 15*: the full sweep's five best windows are among the first 15 of that map from then on;
- *five best*: these five are trained to the end, so that they are the five that the method names;
- *verdict*: what the product's summary says of blending windows, asked of a folder that holds the finished trials
  alone, is what it says of the full sweep, from then on. It is asked whenever a baseline, or a number of windows from
  a list, is finished.

Successive halving decides by the loss on the stop slice, with the product's own functions and its default factor; a
window that waits at a rung has not ended. Its summary is asked of a folder with ``--search halving``, in which
windows that wait or are parked have the epochs that they had. Putting a window aside and taking it up costs nothing.

Optuna decides by the loss on the stop slice after each epoch; all baselines are trained first. Its own time is not
counted.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from xsample_tui.core.scout.best_order import best_order
from xsample_tui.core.scout.promising_order import promising_order
from xsample_tui.core.scout.scout_order import scout_epochs
from xsample_tui.core.training.training_order import SCOUTED, TrainingOrder, among_baselines, training_order
from xsample_tui.store.run.access_rights import is_run
from xsample_tui.store.run.run_folder import RunFolder

from .answer_prices import Prices, of_json
from .answer_pruned import SAMPLERS, Pruned
from .answer_replay import InOrder, Reached, Story, reached, replay, story_of
from .answer_rungs import Halving
from .answer_verdicts import RungVerdicts, Verdicts, verdict_at
from .matmul import machine

GOALS = {"map": 1 / 20, "five best": 1 / 8, "verdict": 1 / 4}
FULL = "full sweep, row by row"
RANKED = "scout, by its ranking alone"
HALVED = ("halving, coarse to fine", "scout, the promising first, halving")


@dataclass(frozen=True)
class Setting:
    """A full sweep: its name and the options of ``xsample-tui run``."""

    name: str
    options: tuple[str, ...]


def settings(given: argparse.Namespace) -> list[Setting]:
    """Return the sweeps to read."""
    if given.quick:
        quick = ("--preset", "quick", "--limit", "600", "--baselines", "4", "--stride", "4", "--epochs", "3")
        return [Setting("quick", (*quick, "--patience", "3"))]
    demo = ("--preset", "standard", "--window", "9", "--stride", "1", "--epochs", "6", "--patience", "6")
    images = ("--data", given.data, "--limit", "11111", "--window", "9", "--stride", "2")
    mnist = ("--preset", "standard", *images, "--epochs", "3", "--baselines", "6", "--patience", "3")
    found = {"demo": Setting("demo", demo), "mnist": Setting("mnist", mnist)}
    return [found[name] for name in given.settings.split(",")]


def train(runs: Path, setting: Setting) -> None:
    """Train a setting's full sweep, or what is left of it."""
    if is_run(runs / setting.name):
        command = ["resume", setting.name]
    else:
        common = ["--stopping", "patience", "--scout", "--order", "rows", "--jobs", str(os.cpu_count() or 1)]
        command = ["run", *setting.options, *common, "--name", setting.name]
    subprocess.run([sys.executable, "-m", "xsample_tui", *command, "--headless", "--runs-dir", str(runs)], check=True)


def prices_of(run: RunFolder) -> Prices:
    """Return what the parts of a run cost, measured once and kept beside it."""
    kept = run.path.with_name(f"{run.name}.prices.json")
    if not kept.exists():
        _say(f"{run.name}: measuring what its parts cost")
        child = [sys.executable, "-m", "benchmarks.answer_prices", str(run.path)]
        kept.write_text(subprocess.run(child, check=True, capture_output=True, text=True).stdout)
    return of_json(json.loads(kept.read_text()))


def order_of(run: RunFolder, order: TrainingOrder) -> list[str]:
    """Return the names of a run's trials in one of the product's orders."""
    trials = run.document.trials
    places = {t.name: None if t.row is None or t.col is None else (t.row, t.col) for t in trials}
    names = [trials[i].name for i in training_order(order, list(places.values()))]
    estimate = run.progress().estimate
    if order not in SCOUTED or estimate is None:
        return names
    arranged = best_order if order == "best" else promising_order
    return list(arranged(names, places, estimate.loss))


def methods(run: RunFolder, story: Story, prices: Prices, optuna: str | None) -> dict[str, Reached]:
    """Return what each method reaches when."""
    found: dict[str, Reached] = {}
    found[FULL] = reached(story, replay(story, prices, InOrder(order_of(run, "rows"))))
    found["coarse to fine"] = reached(story, replay(story, prices, InOrder(order_of(run, "coarse"))))
    scouted = prices.scout(scout_epochs(run.spec.training), story.workers)
    # The workers that trained and evaluated it have started already.
    begin = scouted - prices.start
    moments = replay(story, prices, InOrder(order_of(run, "promising")), begin)
    found["scout, the promising first"] = reached(story, moments, scouted)
    moments = replay(story, prices, InOrder(order_of(run, "best")), begin)
    found["scout, the best first"] = reached(story, moments, scouted)
    # No order of the product: it shows what the estimate alone would give.
    ranked = among_baselines(story.baselines, sorted(story.scout, key=story.scout.__getitem__))
    found[RANKED] = reached(story, replay(story, prices, InOrder(ranked), begin), scouted)
    spec = run.spec
    halving = Halving(story, order_of(run, "coarse"), spec.halving_factor, spec.halving_least)
    found[HALVED[0]] = reached(story, replay(story, prices, halving), None, halving.parked)
    halving = Halving(story, order_of(run, "promising"), spec.halving_factor, spec.halving_least)
    found[HALVED[1]] = reached(story, replay(story, prices, halving, begin), scouted, halving.parked)
    for sampler in SAMPLERS if optuna is not None else ():
        for pruner in ("median", "hyperband"):
            assert optuna is not None
            with Pruned(story, optuna, sampler, pruner, run.spec.seed) as method:
                moments = replay(story, prices, method)
            found[f"Optuna {method.version}, {sampler}, {pruner}"] = reached(story, moments)
    return found


def measure(given: argparse.Namespace, setting: Setting) -> dict[str, Any]:
    """Return everything that is found in one setting, for JSON."""
    run = RunFolder.open(given.runs, setting.name)
    prices, story = prices_of(run), story_of(run)
    found = methods(run, story, prices, given.optuna)
    full = found[FULL].end
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        verdicts, with_rungs = Verdicts(run, Path(folder)), RungVerdicts(run, Path(folder))
        truth = verdicts.of(frozenset(story.trained), {})
        for name, one in found.items():
            _say(f"{setting.name}: {name}")
            since, said = verdict_at(with_rungs if name in HALVED else verdicts, one.moments, story, truth)
            others = sorted({verdict for _, _, verdict in said} - {truth})
            reached_at = {"map": one.close, "among 15": one.among, "five best": one.best, "verdict": since}
            rows.append(
                {
                    "method": name,
                    "seconds": reached_at | {"end": one.end},
                    "share": {what: None if at is None else at / full for what, at in reached_at.items()},
                    "windows_trained": one.trained,
                    "window_epochs": one.epochs,
                    "verdicts": said,
                    "other_verdicts": others,
                }
            )
    return {
        "setting": setting.name,
        "options": setting.options,
        "windows": len(story.places),
        "baselines": len(story.baselines),
        "epochs": story.epochs,
        "workers": story.workers,
        "full_seconds": full,
        "verdict": truth,
        "best": story.best,
        "prices": asdict(prices),
        "methods": rows,
    }


def table(found: dict[str, Any]) -> str:
    """Return one setting's methods as a table in Markdown: seconds, and their share of the full sweep's."""
    lines = [
        f"{found['setting']}: {found['windows']} windows, {found['baselines']} baselines, {found['epochs']} epochs, "
        f"{found['workers']} workers; full sweep {found['full_seconds']:,.0f} s; verdict: {found['verdict']}",
        "",
        "| method | map >= 0.85 | five best among 15 | five best | verdict | ends | other verdicts before |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in found["methods"]:
        cells = [
            "never" if at is None else f"{at:,.0f} s, {_part(row['share'][what])}"
            for what, at in row["seconds"].items()
            if what != "end"
        ]
        others = ", ".join(row["other_verdicts"]) or "none"
        lines.append(f"| {row['method']} | {' | '.join(cells)} | {row['seconds']['end']:,.0f} s | {others} |")
    return "\n".join(lines)


def goal_table(found: dict[str, Any], judged: Callable[[str], bool]) -> str:
    """Return the goals of one setting as a table in Markdown: the method that is best at each, and what it reaches.

    Args:
        found: what :func:`measure` returns.
        judged: whether a method is the product's.
    """
    lines = ["| goal | at most | the best of ours | reached | |", "|---|---|---|---|---|"]
    for what, goal in GOALS.items():
        shares = {
            row["method"]: row["share"][what]
            for row in found["methods"]
            if judged(row["method"]) and row["share"][what] is not None
        }
        best = min(shares, key=shares.__getitem__)
        verdict = "met" if shares[best] <= goal else "missed"
        lines.append(f"| {what} | {_part(goal)} | {best} | {_part(shares[best])} | {verdict} |")
    return "\n".join(lines)


def _part(share: float) -> str:
    """Return a share as a part of one."""
    return f"1/{1 / share:.0f}" if share < 0.1 else f"1/{1 / share:.1f}"


def ours(method: str) -> bool:
    """Return whether a method is one that a sweep can be trained by, and other than the full sweep row by row."""
    return not method.startswith("Optuna") and method not in (FULL, RANKED)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Train what is missing, replay all methods, print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.answer", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, metavar="RUNS_DIR", help="where the full sweeps are")
    parser.add_argument("--train", action="store_true", help="train what is not finished there")
    parser.add_argument("--settings", default="demo,mnist", help="which sweeps, with commas (default demo,mnist)")
    parser.add_argument("--quick", action="store_true", help="a small sweep of a minute or two, to try it")
    parser.add_argument("--data", default="mnist", help="MNIST: mnist (default), or a path")
    parser.add_argument("--optuna", default=None, metavar="PYTHON", help="an interpreter that has Optuna")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE", help="write everything there")
    given = parser.parse_args()
    found = []
    for setting in settings(given):
        if given.train:
            train(given.runs, setting)
        found.append(measure(given, setting))
        if given.json is not None:
            given.json.write_text(json.dumps({"machine": machine(), "settings": found}, indent=1) + "\n")
    print("  ".join(f"{key}: {value}" for key, value in machine().items()))
    for one in found:
        print(f"\n{table(one)}\n\n{goal_table(one, ours)}")
    if given.optuna is None:
        _say("Optuna: name an interpreter that has it with --optuna")


if __name__ == "__main__":
    main()
