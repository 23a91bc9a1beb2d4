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
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual_serve.app_service import AppService

from tests.harness.declared_packages import declared
from xsample_tui.cli.typer_private import USAGE_ERROR

PACKAGE = Path(__file__).parent.parent / "xsample_tui"
# By the module that uses them. `_process` and `_stdin`, which it sets too, are read by textual-serve.
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
        "_queue",
        "_running",
        "_writer_thread",
    },
    "web/viewer_process.py": {"_build_environment", "_process", "_stdin"},
    # The workers of joblib's executor, which are ended by hand, and its pipes.
    "sweep/workers/joblib_private.py": {"_processes"},
}
# Of Python itself.
PYTHONS = {"_exit"}
# Set there, but other packages' all the same.
SET_FOR_OTHERS = {"web/viewer_process.py": {"_process", "_stdin"}}
# Of this package's classes, where another module than theirs reads it; or set by `object.__setattr__`.
OWN = {
    "api/comparison_object.py": {"_folder"},
    "api/package_functions.py": {"_folder"},
    "stacking/blending/extension_blender.py": {"_blender"},
}
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


def with_bases(place: str, trees: dict[str, ast.Module], classes: dict[str, str]) -> set[str]:
    """Return a module and those of the package that define bases of its classes."""
    found, rest = {place}, [place]
    while rest:
        for node in ast.walk(trees[rest.pop()]):
            for base in node.bases if isinstance(node, ast.ClassDef) else []:
                plain = base.value if isinstance(base, ast.Subscript) else base
                there = classes.get(plain.id if isinstance(plain, ast.Name) else "")
                if there and there not in found:
                    found.add(there)
                    rest.append(there)
    return found


def test_no_other_module_uses_a_private_part() -> None:
    """A name counts as a module's own where it, or a base of its classes, defines it: not where any module does."""
    trees = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")}
    classes = {
        node.name: place for place, tree in trees.items() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    }
    names = {place: set(defined(tree)) for place, tree in trees.items()}
    found = defaultdict(set)
    for place, tree in trees.items():
        ours = {name for module in with_bases(place, trees, classes) for name in names[module]} | PYTHONS
        for name in used(tree):
            if name not in ours - SET_FOR_OTHERS.get(place, set()):
                found[place].add(name)
    assert dict(found) == KNOWN | OWN


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


def test_textuals_writer_has_the_queue_that_is_read() -> None:
    assert re.search(r"self\._queue\b.* = ", inspect.getsource(WriterThread.__init__))


@pytest.mark.parametrize("name", ["_open_app_process", "_build_environment"])
def test_textual_serve_has_what_is_replaced_and_called(name: str) -> None:
    assert callable(getattr(AppService, name))


@pytest.mark.parametrize("name", ["_process", "_stdin"])
def test_textual_serve_has_what_is_set_for_it(name: str) -> None:
    assert re.search(rf"self\.{name}\b.* = ", inspect.getsource(AppService.__init__))
    assert len(re.findall(rf"self\.{name}\b", inspect.getsource(AppService))) > 1


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
