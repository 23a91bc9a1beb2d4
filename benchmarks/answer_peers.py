"""Optuna's side of ``benchmarks.answer``, in an interpreter that has it: which window is next, and which is pruned.

It is asked a line of JSON at a time and trains nothing. Windows are a row and a column; the objective is the loss on
the stop slice, reported after each epoch.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any


def main() -> None:
    """Answer ``ask``, ``report`` and ``tell`` until the pipe is closed."""
    optuna: Any = importlib.import_module("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    given = json.loads(sys.stdin.readline())
    rows, cols, epochs = given["rows"], given["cols"], given["epochs"]
    samplers = {
        "grid": lambda: optuna.samplers.GridSampler({"row": rows, "col": cols}, seed=given["seed"]),
        "TPE": lambda: optuna.samplers.TPESampler(seed=given["seed"]),
    }
    pruners = {
        "median": optuna.pruners.MedianPruner,
        "hyperband": lambda: optuna.pruners.HyperbandPruner(min_resource=1, max_resource=epochs),
    }
    study = optuna.create_study(sampler=samplers[given["sampler"]](), pruner=pruners[given["pruner"]]())
    # The grid sampler stops a study once every window is chosen, which only `optimize` allows.
    study.stop = lambda: None
    trials: dict[int, Any] = {}
    print(json.dumps(optuna.__version__), file=answers, flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        answer: Any = None
        match order["what"]:
            case "ask":
                trial = study.ask()
                trials[trial.number] = trial
                row = rows[trial.suggest_int("row", 0, len(rows) - 1)] if given["sampler"] == "TPE" else None
                col = cols[trial.suggest_int("col", 0, len(cols) - 1)] if given["sampler"] == "TPE" else None
                if row is None:
                    row = trial.suggest_categorical("row", rows)
                    col = trial.suggest_categorical("col", cols)
                answer = [trial.number, row, col]
            case "report":
                trial = trials[order["trial"]]
                trial.report(order["value"], order["epoch"])
                answer = bool(trial.should_prune())
            case "tell":
                pruned = optuna.trial.TrialState.PRUNED if order["pruned"] else None
                study.tell(trials[order["trial"]], order["value"] if not order["pruned"] else None, state=pruned)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
