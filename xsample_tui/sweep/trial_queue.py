"""The queue of waiting trials, in the order in which they run."""

from __future__ import annotations

from collections.abc import Iterable


class TrialQueue:
    """Names of the trials still to be run, next first.

    Args:
        waiting: names of those to run, in the order in which they are trained.
    """

    def __init__(self, waiting: Iterable[str]) -> None:
        self._names = list(dict.fromkeys(waiting))

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __len__(self) -> int:
        return len(self._names)

    @property
    def order(self) -> tuple[str, ...]:
        """The names, next first."""
        return tuple(self._names)

    def remove(self, name: str) -> None:
        """Remove a name if it waits."""
        if name in self._names:
            self._names.remove(name)

    def to_end(self, name: str) -> None:
        """Put a name at the end, whether it waits already or not."""
        self.remove(name)
        self._names.append(name)

    def to_front(self, names: Iterable[str]) -> None:
        """Put names at the front, in the order given; those that do not wait yet are added."""
        first = list(dict.fromkeys(names))
        self._names = first + [name for name in self._names if name not in first]
