"""Whatever an option of the command line does, an argument in Python does, or a page says why there is none."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import xsample_tui
from xsample_tui import Stack, Sweep
from xsample_tui.cli.command_registry import commands
from xsample_tui.services.spec_from_options import SweepOptions

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
# What a command does, in Python. An option is an argument of the same name of one of these ...
DOES: dict[str, tuple[Callable[..., Any], ...]] = {
    "run": (Sweep.create, Sweep.run),
    "resume": (Sweep.load, Sweep.run),
    "scout": (Sweep.load, Sweep.scout),
    "extend": (Sweep.load, Sweep.extend),
    "tune": (xsample_tui.tune,),
    "pause": (Sweep.load, Sweep.pause),
    "unpause": (Sweep.load, Sweep.unpause),
    "stop": (Sweep.load, Sweep.stop),
    "status": (Sweep.load, Sweep.refresh, xsample_tui.sweeps),
    "workers": (Sweep.load, Sweep.workers_dataframe, Sweep.use_workers),
    "arms": (Sweep.load, Sweep.arms),
    "confirm": (Sweep.load, Sweep.confirm),
    "compare": (xsample_tui.compare,),
    "judge": (Sweep.load, Sweep.judge),
    "stack": (xsample_tui.stack, Sweep.stack, Stack.export, Stack.refit),
    "predict": (xsample_tui.stack, Sweep.stack, Stack.export_predictions, Stack.refit),
    "report": (Sweep.load, Sweep.report, xsample_tui.report_sweeps),
    "export": (Sweep.load, Sweep.export, xsample_tui.export_sweeps),
    "data": (xsample_tui.describe_data,),
    "delete": (xsample_tui.delete_sweep,),
    "windows": (xsample_tui.windows,),
    "verify": (Sweep.load, Sweep.verify),
    "extensions": (xsample_tui.extensions,),
    "tag": (Sweep.load, Sweep.tag),
    "note": (Sweep.load, Sweep.note),
    "archive": (Sweep.load, Sweep.archive),
    "rename": (Sweep.load, Sweep.rename),
}
# ... or what stands here: a callable, and the argument of it, empty where calling it is what the option asks for.
OTHERWISE: dict[str, dict[str, tuple[Callable[..., Any], str]]] = {
    "run": {
        "--from": (Sweep.create, "spec"),
        "--detach": (Sweep.run, "wait"),
        "--train": (Sweep.run, ""),
        "--print-spec": (xsample_tui.sweep_spec, ""),
        "--estimate": (xsample_tui.estimate, ""),
    },
    "resume": {"--detach": (Sweep.run, "wait")},
    "status": {"--tag": (xsample_tui.sweeps, "tags")},
    "arms": {"--split": (Sweep.arms, "open_test")},
    "confirm": {"--dry-run": (Sweep.confirm_cost, "")},
    "compare": {
        "names": (xsample_tui.compare, "sweeps"),
        "--tag": (xsample_tui.compare, "tags"),
        "--csv": (xsample_tui.RunsComparisonResult.windows, ""),
    },
    "judge": {"--classes": (Sweep.classes_dataframe, "")},
    "stack": {
        "names": (xsample_tui.stack, "sweeps"),
        "--split": (Sweep.stack, "open_test"),
        "--csv": (Stack.export, "path"),
        "--to": (Stack.export_model, "path"),
        "--curve": (Stack.curve_dataframe, ""),
        "--classes": (Stack.classes_dataframe, ""),
        "--refit": (Stack.refit, ""),
    },
    "predict": {
        "names": (xsample_tui.stack, "sweeps"),
        "--input": (Stack.export_predictions, "X"),
        "--csv": (Stack.export_predictions, "path"),
        "--refit": (Stack.refit, ""),
        "--dry-run": (Stack.predict_cost, ""),
    },
    "report": {"--out": (Sweep.report, "path"), "--tag": (xsample_tui.report_sweeps, "tags")},
    "export": {
        "--csv": (Sweep.export, "path"),
        "--parquet": (Sweep.export, "path"),
        **{f"--{what}": (Sweep.export, "what") for what in ("history", "classes", "softmax", "map", "importance")},
        "--split": (Sweep.export, "open_test"),
        "--model": (Sweep.export_model, "trial"),
        "--to": (Sweep.export_model, "path"),
        "--tag": (xsample_tui.export_sweeps, "tags"),
    },
    "data": {"source": (xsample_tui.describe_data, "data")},
    "windows": {"--pictures": (xsample_tui.windows, "images"), "--csv": (xsample_tui.windows, "")},
    "tag": {"words": (Sweep.tag, "changes")},
    "archive": {"--undo": (Sweep.archive, "archived")},
    "rename": {"old": (Sweep.load, "name"), "new": (Sweep.rename, "name")},
}
# Commands and options that Python has not, each with its reason in the last section but one of the page.
ONLY_THERE = ("attach", "replay", "serve", "keys", "--headless", "--ascii", "--notify", "--json", "--yes")
# A frame is written by pandas, which overwrites.
WRITTEN_BY_PANDAS = {("windows", "--force"), ("compare", "--force")}


def arguments(called: Callable[..., Any]) -> set[str]:
    found = inspect.signature(called).parameters
    return set(found) | (set(SweepOptions.__annotations__) if "options" in found else set())


def missing() -> list[str]:
    """Return every option that nothing of the three tables stands for."""
    found = []
    for name, one in commands().items():
        if name in ONLY_THERE:
            continue
        known: set[str] = set().union(*map(arguments, DOES[name]))
        for parameter in one.load().params:
            option = parameter.opts[0]
            other = OTHERWISE.get(name, {}).get(option)
            if other is not None:
                if other[1] and other[1] not in arguments(other[0]):
                    found.append(f"{name} {option}: {other[0].__qualname__} has no {other[1]}")
            elif option in ONLY_THERE or (name, option) in WRITTEN_BY_PANDAS:
                continue
            elif option.lstrip("-").replace("-", "_") not in known:
                found.append(f"{name} {option}")
    return found


def test_every_option_of_every_command_is_there_in_python() -> None:
    assert missing() == []
    assert set(DOES) | {name for name in ONLY_THERE if name[0] != "-"} == set(commands())


def test_no_table_names_what_there_is_not() -> None:
    options = {
        name: {option for parameter in one.load().params for option in parameter.opts}
        for name, one in commands().items()
    }
    assert [(name, set(of) - options[name]) for name, of in OTHERWISE.items() if set(of) - options[name]] == []
    every = set(options).union(*options.values())
    assert [one for one in ONLY_THERE if one not in every] == []
    assert [pair for pair in WRITTEN_BY_PANDAS if pair[1] not in options[pair[0]]] == []


@pytest.mark.parametrize("word", ONLY_THERE)
def test_the_page_says_why_python_has_not(word: str) -> None:
    section = PAGE.read_text().split("## What only the command line has")[1].split("\n## ")[0]
    assert f"`{word}`" in section


def test_sweeps_are_created_by_the_function_as_by_the_class() -> None:
    assert arguments(xsample_tui.create_sweep) == arguments(Sweep.create)
    assert arguments(Sweep.create) - arguments(xsample_tui.estimate) == {
        "allow_drift", "images", "labels", "select", "test",
    }  # fmt: skip
