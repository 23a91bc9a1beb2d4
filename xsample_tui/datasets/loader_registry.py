"""The kinds of sources: those that modules of this folder define as ``KIND``, without further registration."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from ..core.data.dataset import Dataset
from ..core.data.reading_options import ReadingOptions
from ..core.errors import ArgumentError, printable
from ..core.plugin_registry import GROUPS, Registry, called

Loader = Callable[[str], Dataset]
# What each option is for, in words.
_FOR = {
    "size": "files of images",
    "skip_bad": "files of images",
    "label_column": "tables",
    "transpose": "IDX files and tables of pixels",
}


@dataclass(frozen=True)
class NamedSource:
    """Sources known by name.

    Attributes:
        names: what ``--data`` takes.
        load: given the name, returns the images.
    """

    names: tuple[str, ...]
    load: Loader


@dataclass(frozen=True)
class StoredSource:
    """Sources that are files or folders of the user's.

    Attributes:
        what: in words, as in ``an .npz file``.
        folder: whether they are folders; else they are files.
        holds: whether a path that is there is one of them.
        load: given what the user named and the path, returns the images.
        load_with: the same with options, where it takes any.
        takes: the options that it takes.
    """

    what: str
    folder: bool
    holds: Callable[[Path], bool]
    load: Callable[[str, Path], Dataset]
    load_with: Callable[[str, Path, ReadingOptions], Dataset] | None = None
    takes: frozenset[str] = frozenset({"size", "skip_bad"})


@cache
def stored() -> tuple[StoredSource, ...]:
    """Return the kinds of files and folders, in the order in which they are tried: that of their modules."""
    return tuple(kind for kind in _kinds() if isinstance(kind, StoredSource))


@cache
def sources() -> Registry[Loader]:
    """Return the sources known by name, those that other packages bring included."""
    registry: Registry[Loader] = Registry(GROUPS["data"], "data", called)
    for kind in _kinds():
        if isinstance(kind, NamedSource):
            for name in kind.names:
                registry.add(name, kind.load)
    return registry


def refuse_options(source: str, options: ReadingOptions, takes: frozenset[str] = frozenset()) -> None:
    """Refuse options that a source does not take, rather than leave them unheeded.

    Args:
        source: what the user named.
        options: what was asked for.
        takes: the names of those that it takes.

    Raises:
        InputError: another option is given.
    """
    for field, wanted in _FOR.items():
        given = getattr(options, field)
        unasked = given is None or (field == "skip_bad" and not given)
        if not unasked and field not in takes:
            value = "x".join(map(str, given)) if isinstance(given, tuple) else given
            remedy = f"is for {wanted} only, and {printable(source, 80)} is none; leave it out"
            raise ArgumentError(field, value, remedy)


def _kinds() -> list[NamedSource | StoredSource]:
    package = __package__ or ""
    here = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = [import_module(f"{package}.{name}") for name in sorted(here)]
    found = [module.KIND for module in modules if hasattr(module, "KIND")]
    return [kind for one in found for kind in (one if isinstance(one, tuple) else (one,))]
