"""The layout: a thing is found from the names of its folder and file, and its tests are at the mirrored path."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.covered_elsewhere import COVERED_ELSEWHERE

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "xsample_tui"
TESTS = ROOT / "tests"
# Folders with one file for each of a kind.
ONE_FOR_EACH = ("cli/commands",)
MOST_MODULES = 15
MOST_LINES = 400
# Lower it when the list gets shorter.
MOST_COVERED_ELSEWHERE = 207
NO_NAMES = {"utils", "helpers", "manager", "misc", "common"}


def modules(folder: Path = PACKAGE) -> Iterator[Path]:
    """Yield the package's modules, without the ``__init__`` of each folder."""
    return (path for path in sorted(folder.rglob("*.py")) if not path.stem.startswith("__"))


def public_classes() -> Iterator[tuple[str, Path]]:
    """Yield the name and the place of every public class, those inside other classes included."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, path.relative_to(PACKAGE)


def _imported(node: ast.AST, package: str = "") -> list[str]:
    """Return the modules, or names in modules, that a node imports, or names in a string as workers' functions."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        above = package.split(".")[: -node.level + 1 or None] if node.level else []
        module = ".".join([*above, *([node.module] if node.module else [])])
        return [module, *(f"{module}.{alias.name}" for alias in node.names)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        # `f"{__package__}.module"` is a string too.
        text = package + node.value if node.value.startswith(".") else node.value
        return [text.split(":")[0]] if text.startswith("xsample_tui.") else []
    return []


@cache
def _uses(path: Path) -> frozenset[Path]:
    """Return the modules of the package and the tests that a module imports, and the commands that a test runs."""
    package = ".".join(path.relative_to(ROOT).with_suffix("").parts[:-1])
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    found = {ROOT / name.replace(".", "/") for node in nodes for name in _imported(node, package)}
    if TESTS in path.parents:
        words = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        commands = {word for text in words if len(text) < 200 for word in re.findall(r"[a-z]+", text)}
        found |= {path.with_suffix("") for path in (PACKAGE / "cli/commands").glob("*.py") if path.stem in commands}
        found |= {PACKAGE / "cli/commands/control"} if {"pause", "stop"} & commands else set()
        found |= {PACKAGE / "cli/commands/show_windows"} if "windows" in commands else set()
        found |= {PACKAGE / "__main__"} if "xsample_tui" in words else set()
        found |= {path.parent / "conftest"}
    found |= {name / "__init__" for name in found}
    return frozenset(one for name in found if (one := name.with_suffix(".py")).exists())


@cache
def _reaches(test: Path) -> frozenset[Path]:
    """Return the modules that a test module imports or runs, itself or through others."""
    found, rest = {test}, [test]
    while rest:
        new = _uses(rest.pop()) - found
        found |= new
        rest += new
    return frozenset(found)


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_folder_holds_more_modules_than_one_looks_through() -> None:
    held = Counter(path.parent.relative_to(PACKAGE).as_posix() for path in modules())
    assert {name: count for name, count in held.items() if count > MOST_MODULES and name not in ONE_FOR_EACH} == {}
    assert len(held) > 20


def test_no_two_modules_have_one_name() -> None:
    stems = Counter(path.stem for path in modules())
    assert [stem for stem, count in stems.items() if count > 1] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path.name for path in modules() if NO_NAMES & set(path.stem.split("_"))] == []


def test_no_two_public_classes_have_one_name() -> None:
    places: dict[str, list[str]] = {}
    for name, place in public_classes():
        places.setdefault(name, []).append(place.as_posix())
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_every_module_is_short_enough_to_be_read_at_once() -> None:
    long = {path.relative_to(PACKAGE).as_posix(): _lines(path) for path in modules()}
    assert {name: count for name, count in long.items() if count > MOST_LINES} == {}


def test_every_module_of_tests_is_short_enough_to_be_read_at_once() -> None:
    long = {path.relative_to(TESTS).as_posix(): _lines(path) for path in TESTS.rglob("*.py")}
    assert {name: count for name, count in long.items() if count > MOST_LINES} == {}


def test_every_folder_says_what_it_holds() -> None:
    for folder in {path.parent for path in modules()}:
        assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))), folder


def test_no_test_module_is_imported_by_another() -> None:
    """What two of them need is in tests/harness, or in a module of their folder that is no test."""
    found = {
        f"{path.relative_to(TESTS).as_posix()} imports {name}"
        for path in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom | ast.Import)
        for name in _imported(node)
        if name.startswith("tests.") and re.search(r"\.test_\w+$", name)
    }
    assert {one for one in found if "tests.sweep.scout.test_scout_" not in one} == set()


def test_every_module_has_a_test_at_the_mirrored_path_or_is_listed_with_the_one_that_covers_it() -> None:
    mirrored = {
        path.relative_to(PACKAGE).with_suffix("").as_posix(): TESTS
        / path.relative_to(PACKAGE).with_name(f"test_{path.name}")
        for path in modules()
    }
    without = {name for name, test in mirrored.items() if not test.exists()}
    assert without - COVERED_ELSEWHERE.keys() == set(), "write a test at the mirrored path"
    assert COVERED_ELSEWHERE.keys() - without == set(), "take out of tests/covered_elsewhere.py: tested, or gone"
    assert len(COVERED_ELSEWHERE) <= MOST_COVERED_ELSEWHERE
    wrong = [
        f"{test} does not reach {module}"
        for module, test in COVERED_ELSEWHERE.items()
        if not (TESTS / f"{test}.py").exists() or PACKAGE / f"{module}.py" not in _reaches(TESTS / f"{test}.py")
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", sorted({path.parent.relative_to(PACKAGE) for path in modules()} - {Path()}))
def test_every_folder_of_the_package_has_its_folder_of_tests(folder: Path) -> None:
    assert list((TESTS / folder).rglob("test_*.py")), f"no test of {folder}"
