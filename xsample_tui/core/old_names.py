"""Fields of public values that had another name in 0.1.0."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")


def renamed_fields(names: dict[str, str]) -> Callable[[type[T]], type[T]]:
    """Let a dataclass be made with, and read by, the names that some of its fields had in 0.1.0.

    Both warn; the old names go in 0.3. Put it above ``@dataclass``.

    Args:
        names: new names by old ones.
    """

    def decorate(cls: type[T]) -> type[T]:
        make: Callable[..., None] = cls.__init__

        @wraps(make)
        def init(self: T, *values: Any, **fields: Any) -> None:
            for old in names.keys() & fields.keys():
                _warn(cls, old, names[old])
                # Before the new name, which ``dataclasses.replace`` gives too.
                fields[names[old]] = fields.pop(old)
            make(self, *values, **fields)

        setattr(cls, "__init__", init)  # noqa: B010  # mypy knows no other class with these fields
        for old, new in names.items():
            setattr(cls, old, _reading(cls, old, new))
        return cls

    return decorate


def _reading(cls: type, old: str, new: str) -> property:
    def read(self: object) -> Any:
        _warn(cls, old, new)
        return getattr(self, new)

    return property(read, doc=f"The old name of ``{new}``.")


def _warn(cls: type, old: str, new: str) -> None:
    said = f"{cls.__name__}.{old} is now {cls.__name__}.{new}; the old name goes in 0.3"
    warnings.warn(said, DeprecationWarning, stacklevel=3)
