"""Private parts of other packages: each is used in one module, is there in the version installed, and has a pin."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual_serve.app_service import AppService

from tests.harness.declared_packages import declared
from xsample_tui.cli.typer_private import USAGE_ERROR

PACKAGE = Path(__file__).parent.parent / "xsample_tui"
# By the module that uses them. `_process` and `_stdin` are set there, and read by textual-serve.
KNOWN = {
    "tui/textual_private.py": {
        "_parser",
        "_xterm_parser",
        "_app",
        "_debug",
        "_driver",
        "_enable_mouse_pixels",
        "_exit_renderables",
        "_mouse",
        "_parse_action",
        "_running",
        "_writer_thread",
    },
    "web/viewer_process.py": {"_build_environment"},
    # The workers of joblib's executor, which are ended by hand, and its pipes.
    "sweep/workers/joblib_private.py": {"_processes"},
}
# Of Python itself.
PYTHONS = {"_exit"}
PINNED = ("joblib", "textual", "textual-serve", "typer")


def private(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def defined(tree: ast.AST) -> Iterator[str]:
    """Yield the names that a module gives to something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def used(tree: ast.AST) -> Iterator[str]:
    """Yield the private names that a module reads from something, or imports from another package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and private(node.attr):
            yield node.attr
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            parts = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            yield from (part for part in parts if private(part))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            name = node.args[1]
            if isinstance(name, ast.Constant) and isinstance(name.value, str) and private(name.value):
                yield name.value


def test_no_other_module_uses_a_private_part() -> None:
    trees = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")}
    ours = {name for tree in trees.values() for name in defined(tree)}
    found = defaultdict(set)
    for place, tree in trees.items():
        for name in used(tree):
            if name not in ours | PYTHONS:
                found[place].add(name)
    assert dict(found) == KNOWN


@pytest.mark.parametrize(
    "name", ["_dispatch_action", "_parse_action", "_handle_exception", "_print_error_renderables", "_shutdown"]
)
def test_textuals_application_has_what_is_called(name: str) -> None:
    assert callable(getattr(App, name))


@pytest.mark.parametrize("name", ["_driver", "_running", "_exit_renderables"])
def test_textuals_application_has_what_is_read(name: str) -> None:
    assert name in App().__dict__ or hasattr(App, name)


@pytest.mark.parametrize("name", ["_app", "_debug", "_file", "_mouse", "_writer_thread"])
def test_textuals_driver_has_what_is_read(name: str) -> None:
    made = "".join(inspect.getsource(kind.__init__) for kind in (Driver, LinuxDriver))
    assert re.search(rf"self\.{name}\b.* = ", made)
    assert callable(LinuxDriver._enable_mouse_pixels)


@pytest.mark.parametrize("name", ["_open_app_process", "_build_environment"])
def test_textual_serve_has_what_is_replaced_and_called(name: str) -> None:
    assert callable(getattr(AppService, name))


def test_the_root_of_typers_errors_is_that_of_click() -> None:
    assert USAGE_ERROR.__name__ == "ClickException"
    assert issubclass(typer.BadParameter, USAGE_ERROR)
    assert USAGE_ERROR("words").format_message() == "words"
    assert typer.BadParameter("words").exit_code == 2


@pytest.mark.parametrize("package", PINNED)
def test_packages_whose_private_parts_are_used_have_a_pin_from_above(package: str) -> None:
    (wanted,) = {str(one.specifier) for one in declared("dev") if one.name == package}
    assert "<" in wanted
    (one,) = {one for one in declared("dev") if one.name == package}
    assert one.specifier.contains(importlib.metadata.version(package))
    major, minor = importlib.metadata.version(package).split(".")[:2]
    assert not one.specifier.contains(f"{major}.{int(minor) + 1}.0")
