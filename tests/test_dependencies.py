"""What is installed: constraints.txt names all of it, within the bounds of pyproject.toml, and CI uses it."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import xsample_tui
from tests.harness.declared_packages import PROJECT, ROOT, declared

# What an environment brings along, which pip does not freeze.
BROUGHT = {"pip", "setuptools", "wheel"}


def pinned() -> dict[str, str]:
    """Return the versions in constraints.txt by name."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def needed(asked: list[Requirement]) -> set[str]:
    """Return the names of all packages that are installed for these, as their own metadata has it."""
    found: set[tuple[str, str]] = set()
    left = [(one, "") for one in asked]
    while left:
        one, extra = left.pop()
        if one.marker is not None and not one.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(one.name)
        for wanted in ("", *sorted(one.extras)):
            if (name, wanted) not in found:
                found.add((name, wanted))
                further = importlib.metadata.requires(name) or []
                left += [(Requirement(line), wanted) for line in further]
    return {name for name, _ in found} - BROUGHT


def test_constraints_name_every_package_and_no_other() -> None:
    missing = needed(declared("dev")) - set(pinned())
    assert not missing
    # Later versions of Python bring along some of what this one needs as packages.
    if sys.version_info[:2] == (3, 11):
        assert set(pinned()) == needed(declared("dev"))


@pytest.mark.parametrize("extra", sorted(PROJECT["optional-dependencies"]))
def test_constraints_are_within_the_bounds(extra: str) -> None:
    versions = pinned()
    outside = [
        str(one) for one in declared(extra) if not one.specifier.contains(versions[canonicalize_name(one.name)])
    ]
    assert outside == []


def test_make_installs_with_the_constraints() -> None:
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", ".venv/installed"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.search(r"pip install .*--constraint constraints\.txt .*\.\[dev\]", done.stdout)


def test_training_is_an_extra_and_everything_for_tests_has_it() -> None:
    heavy = {"tensorflow", "keras"}
    assert heavy & needed(declared()) == set()
    assert heavy <= {one.name for one in declared("train")}
    assert heavy <= {one.name for one in declared("gpu")}
    assert heavy <= needed(declared("dev"))


def test_the_version_is_written_in_one_place() -> None:
    assert "version" not in PROJECT
    assert PROJECT["dynamic"] == ["version"]
    written = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "xsample_tui").rglob("*.py")
        if re.search(rf'"{re.escape(xsample_tui.__version__)}"', path.read_text(encoding="utf-8"))
    ]
    assert written == ["xsample_tui/__init__.py"]


def test_mkdocs_stays_below_the_version_that_drops_plugins() -> None:
    (mkdocs,) = (one for one in declared("docs") if one.name == "mkdocs")
    assert not mkdocs.specifier.contains("2.0")
    assert mkdocs.specifier.contains(importlib.metadata.version("mkdocs"))
