"""The packages that pyproject.toml asks for."""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def declared(*extras: str) -> list[Requirement]:
    """Return what pyproject.toml asks for with some extras, those that they refer to included."""
    lines = [*PROJECT["dependencies"]]
    for extra in extras:
        lines += PROJECT["optional-dependencies"][extra]
    found = [Requirement(line) for line in lines]
    for own in [one for one in found if one.name == PROJECT["name"]]:
        found += declared(*own.extras)
    return [one for one in found if one.name != PROJECT["name"]]
