"""Packages as if they were installed: their code and a dist-info folder in a place to put on ``sys.path``."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from xsample_tui.core.errors import InputError
from xsample_tui.core.plugin_registry import Registry

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "extras"
Groups = dict[str, dict[str, str]]


def install(place: Path, name: str, version: str, groups: Groups, modules: dict[str, str] | None = None) -> Path:
    """Write a package's metadata, and modules by name, into ``place``; return it."""
    info = place / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [line for group, points in groups.items() for line in (f"[{group}]", *_lines(points))]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    for module, text in (modules or {}).items():
        (place / f"{module}.py").write_text(text)
    return place


def install_example(place: Path) -> Path:
    """Install ``examples/extras`` by what its own pyproject.toml says."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())
    for package in project["tool"]["setuptools"]["packages"]:
        shutil.copytree(EXAMPLE / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
    about = project["project"]
    return install(place, about["name"], about["version"], about["entry-points"])


def guest(place: Path, groups: Groups, text: str, monkeypatch: pytest.MonkeyPatch, module: str = "guest_a") -> None:
    """Install a package of one module and make it importable."""
    install(place, module.replace("_", "-"), "1.2", groups, {module: text})
    monkeypatch.syspath_prepend(str(place))


def refusal(registry: Registry[object], name: str) -> str:
    """Return the line with which a registry refuses a name."""
    with pytest.raises(InputError) as caught:
        registry.find(name)
    return str(caught.value)


def _lines(points: dict[str, str]) -> list[str]:
    return [f"{name} = {value}" for name, value in points.items()]
