"""Every error names what its user gave: an argument in Python, an option on the command line."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import xsample_tui
from xsample_tui.cli.command_registry import commands
from xsample_tui.cli.console_output import error_line
from xsample_tui.core.errors import ArgumentError, InputError

PACKAGE = Path(xsample_tui.__file__).parent
FRONT = ("cli", "web", "tui")
KINDS = ("InputError", "ArgumentError", "FileThere", "check_choice")


def remedies() -> list[tuple[str, ast.Call, str]]:
    """Return where each error is made, its call, and the text of its remedy, also where a variable holds that."""
    found: dict[str, tuple[ast.Call, str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for scope in ast.walk(ast.parse(path.read_text())):
            if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            inside = list(ast.walk(scope))
            for call in inside:
                if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KINDS):
                    continue
                given = call.args[2] if len(call.args) > 2 else ast.Constant("")
                held = {node.id for node in ast.walk(given) if isinstance(node, ast.Name)}
                text = strings(given)
                for node in inside:
                    if isinstance(node, ast.Assign) and held & {
                        t.id for t in node.targets if isinstance(t, ast.Name)
                    }:
                        text += f" {strings(node.value)}"
                found[f"{path.relative_to(PACKAGE)}:{call.lineno}"] = call, text
    return [(place, call, text) for place, (call, text) in found.items()]


def raised() -> list[tuple[Path, ast.Call]]:
    """Return every place where an error of these kinds is made, and its call."""
    return [
        (path.relative_to(PACKAGE), node)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS
    ]


def strings(node: ast.AST) -> str:
    """Return what is literal text in an expression."""
    return " ".join(n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def options() -> set[str]:
    """Return the names of all options, as Python has them."""
    parameters = [p for found in commands().values() for p in found.load().params]
    return {name.lstrip("-").replace("-", "_") for p in parameters for name in (*p.opts, *p.secondary_opts)}


def test_no_layer_below_the_front_ends_writes_an_option() -> None:
    written = [
        f"{path}:{call.lineno}"
        for path, call in raised()
        if path.parts[0] not in FRONT and any(" --" in f" {strings(part)}" for part in call.args)
    ]
    assert written == []


def test_no_field_has_dashes() -> None:
    assert [f"{path}:{call.lineno}" for path, call in raised() if strings(call.args[0]).startswith("--")] == []


def test_every_argument_that_an_error_names_is_an_option() -> None:
    known = options() | {"file", "what", "X"}
    named = [
        (f"{path}:{call.lineno}", call.args[0].value)
        for path, call in raised()
        if isinstance(call.func, ast.Name) and call.func.id != "InputError" and isinstance(call.args[0], ast.Constant)
    ]
    assert len(named) > 60
    assert [place for place, name in named if name not in known] == []


def test_every_argument_in_a_remedy_is_marked_and_there() -> None:
    """Or the command line would say `force=True`."""
    wrong, seen = [], set()
    for place, call, remedy in remedies():
        marked = [strings(keyword.value) for keyword in call.keywords if keyword.arg == "named"]
        for word in ("force=True", "allow_drift=True", "open_test=True", "train=False"):
            if word in remedy:
                seen.add(word)
                wrong += [f"{place}: {word}"] if marked != [word] else []
    assert wrong == []
    assert {"force=True", "allow_drift=True"} <= seen


def test_one_error_in_python_and_on_the_command_line() -> None:
    remedy = "pass force=True, no_force=True or split=select"
    error = ArgumentError("batch_size", "force=True", remedy, named=["force=True", "split=select"])
    assert str(error) == "batch_size: force=True: pass force=True, no_force=True or split=select"
    assert error_line(error) == "--batch-size: force=True: pass --force, no_force=True or --split select"
    plain = InputError("run", "data", "choose another")
    assert str(plain) == error_line(plain) == "run: data: choose another"


def test_an_argument_can_have_another_name_where_it_was_given() -> None:
    error = ArgumentError("data", "x.csv", "no such file")
    assert str(error.renamed(data="input")) == "input: x.csv: no such file"
    assert error.renamed(run="input") is error
    plain = InputError("data", "x", "y")
    assert plain.renamed(data="input") is plain


def test_bad_input_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="stride: 0: choose 1"):
        raise ArgumentError("stride", 0, "choose 1")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["run", "--headless", "--stride", "0"], "--stride: 0: should be greater than or equal to 1"),
        (["run", "--headless", "--data", "nowhere.npz"], "--data: nowhere.npz: "),
        (["run", "--headless", "--checkpoint-seconds", "x"], "--checkpoint-seconds: x: write a number"),
        (["run", "--headless", "--cluster", "x"], "--cluster: x: "),
        (["status", "nosuch"], "run: nosuch: "),
        (["--notify", "loud"], "--notify: loud: choose one of"),
    ],
)
def test_the_command_line_prints_options(arguments: list[str], line: str, tmp_path: Path) -> None:
    done: Any = subprocess.run(
        [sys.executable, "-m", "xsample_tui", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {line}"), done.stderr
