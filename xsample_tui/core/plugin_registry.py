"""Registries of what a name on the command line stands for, built in or from another package.

A package brings something by an entry point in one of this project's groups, so that ``pip install`` is all it
takes. Nothing of a package is imported before one of its names is asked for. The groups are listed in
``docs/extensions.md``. Which version of the extension interface a package was made for is in its metadata too, so
that one of another version is refused before any of its code runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Final, Generic, TypeVar

from .errors import ArgumentError, InputError, printable
from .near_words import did_you_mean

EXTENSION_API: Final = 1
API_GROUP: Final = "xsample_tui.api"
# The entry points' group of each kind of extension, by the argument that takes its names.
GROUPS: Final = {
    "mask": "xsample_tui.masks",
    "blend": "xsample_tui.blenders",
    "network": "xsample_tui.networks",
    "data": "xsample_tui.datasets",
}

T = TypeVar("T")
_NAME = re.compile(r"(?!baseline)[a-z][a-z0-9_]{0,30}")


@dataclass(frozen=True)
class Extension:
    """Something that an installed package brings.

    Attributes:
        kind: what it is: the argument that takes its name.
        name: its name.
        package, version: the package that brings it; empty where its metadata are missing.
        target: where in the package it is: ``module:attribute``.
        problem: why it cannot be used; empty where it can.
    """

    kind: str
    name: str
    package: str
    version: str
    target: str
    problem: str = ""


class Registry(Mapping[str, T], Generic[T]):
    """Things of one kind by name. As a mapping it holds what can be used: an extension that is broken is left out.

    Args:
        group: the entry points' group.
        field: the argument that names one, for messages.
        accept: given a name and the thing that a package brings for it, returns it as it is to be used, or raises
            ValueError with what is wrong, in words that follow "it".
    """

    def __init__(self, group: str, field: str, accept: Callable[[str, object], T]) -> None:
        self.group = group
        self._field = field
        self._accept = accept
        self._own: dict[str, T] = {}
        self._loaded: dict[str, T] = {}

    def add(self, name: str, thing: T) -> T:
        """Build a thing in, and return it."""
        self._own[name] = thing
        return thing

    @property
    def builtin(self) -> tuple[str, ...]:
        """The names that are built in."""
        return tuple(self._own)

    def names(self) -> tuple[str, ...]:
        """Return all names, those built in first, without importing what packages bring."""
        return (*self._own, *sorted({point.name for point in self._points()} - self._own.keys()))

    def find(self, name: str) -> T:
        """Return what a name stands for.

        Raises:
            InputError: nothing has this name, or the package that brings it is broken.
        """
        if name in self._own:
            return self._own[name]
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def origin(self, name: str) -> str | None:
        """Return which package brings a name: ``ring-masks 0.1 (ring_masks:ring)``; None where none does."""
        if name in self._own:
            return None
        points = self._points(name)
        return _origin(points[0]) if points else None

    def brought(self) -> tuple[Extension, ...]:
        """Return what packages bring, and import it to find out whether it can be used."""
        points = sorted(self._points(), key=lambda point: (point.name, point.value))
        return tuple(self._tried(point) for point in points)

    def _tried(self, point: metadata.EntryPoint) -> Extension:
        problem = ""
        if point.name in self._own:
            problem = "is not used: what is built in has the same name"
        else:
            try:
                self.find(point.name)
            except InputError as error:
                problem = error.remedy
        package, version = (point.dist.name, point.dist.version) if point.dist else ("", "")
        return Extension(self._field, point.name, package, version, point.value, problem)

    def __getitem__(self, name: str) -> T:
        try:
            return self.find(name)
        except InputError as error:
            raise KeyError(name) from error

    def __iter__(self) -> Iterator[str]:
        for name in self.names():
            if name in self:
                yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _points(self, name: str | None = None) -> list[metadata.EntryPoint]:
        found = (
            metadata.entry_points(group=self.group)
            if name is None
            else metadata.entry_points(group=self.group, name=name)
        )
        return list({(point.name, point.value): point for point in found}.values())

    def _load(self, name: str) -> T:
        points = self._points(name)
        if not points:
            remedy = f"choose one of {', '.join(self.names())}, or install the package that brings it"
            raise ArgumentError(self._field, name, "; ".join([remedy, *did_you_mean(name, self.names())]))
        if len(points) > 1:
            both = " and ".join(sorted(_origin(point) for point in points))
            raise ArgumentError(self._field, name, f"is brought by {both}; uninstall one of them")
        where = f"the extension {_origin(points[0])}"
        if not _NAME.fullmatch(name):
            raise ArgumentError(
                self._field, name, f"{where} has a name that is not allowed; use lower-case letters, digits and _"
            )
        if made_for := _other_api(points[0]):
            raise ArgumentError(self._field, name, f"{where} {made_for}")
        try:
            thing = points[0].load()
        except Exception as error:
            why = f"{type(error).__name__}: {printable(error, 200)}"
            raise ArgumentError(
                self._field, name, f"{where} cannot be loaded; fix or uninstall it ({why})"
            ) from error
        try:
            return self._accept(name, thing)
        except ValueError as error:
            raise ArgumentError(self._field, name, f"{where} cannot be used: it {printable(error)}") from error


def brought_kinds() -> frozenset[str]:
    """Return the kinds of extensions of which installed packages bring any; nothing is imported."""
    groups = metadata.entry_points().groups
    return frozenset(kind for kind, group in GROUPS.items() if group in groups)


def _other_api(point: metadata.EntryPoint) -> str:
    """Say which version of the interface an extension was made for, if it is not this one; some say none."""
    made_for = sorted(p.name for p in point.dist.entry_points if p.group == API_GROUP) if point.dist else []
    if not made_for or str(EXTENSION_API) in made_for:
        return ""
    newer = all(version.isdecimal() and int(version) > EXTENSION_API for version in made_for)
    remedy = "upgrade xsample-tui" if newer else "install a newer version of it"
    return (
        f"was made for version {' or '.join(made_for)} of the extension interface, this is {EXTENSION_API}; {remedy}"
    )


def _origin(point: metadata.EntryPoint) -> str:
    package = f"{point.dist.name} {point.dist.version} " if point.dist else ""
    return f"{package}({point.value})"


def called(name: str, thing: object) -> Callable[..., Any]:
    """Return what should be a function.

    Raises:
        ValueError: it is none.
    """
    if not callable(thing):
        raise ValueError(f"is a {type(thing).__name__}, where a function is wanted")
    return thing
