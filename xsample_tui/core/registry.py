"""Registries: what a name on the command line stands for, built in or brought by another installed package.

A package brings something by an entry point in one of this project's groups, so that ``pip install`` is all it
takes. Nothing of a package is imported before one of its names is asked for. The groups are listed in
``docs/extensions.md``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from typing import Any, Generic, TypeVar

from .errors import InputError, printable

T = TypeVar("T")
_NAME = re.compile(r"(?!baseline)[a-z][a-z0-9_]{0,30}")


class Registry(Mapping[str, T], Generic[T]):
    """Things of one kind by name. As a mapping it holds what can be used: an extension that is broken is left out.

    Args:
        group: the entry points' group.
        field: the option that names one, for messages.
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
        return list({point.value: point for point in found}.values())

    def _load(self, name: str) -> T:
        points = self._points(name)
        if not points:
            remedy = f"choose one of {', '.join(self.names())}, or install the package that brings it"
            raise InputError(self._field, name, remedy)
        if len(points) > 1:
            both = " and ".join(sorted(_origin(point) for point in points))
            raise InputError(self._field, name, f"is brought by {both}; uninstall one of them")
        where = f"the extension {_origin(points[0])}"
        if not _NAME.fullmatch(name):
            raise InputError(
                self._field, name, f"{where} has a name that is not allowed; use lower-case letters, digits and _"
            )
        try:
            thing = points[0].load()
        except Exception as error:
            why = f"{type(error).__name__}: {printable(error, 200)}"
            raise InputError(self._field, name, f"{where} cannot be loaded; mend or uninstall it ({why})") from error
        try:
            return self._accept(name, thing)
        except ValueError as error:
            raise InputError(self._field, name, f"{where} cannot be used: it {printable(error)}") from error


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
