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
        # The order without what was asked for, and what was asked for.
        self._usual = {name: place for place, name in enumerate(self._names)}
        self._preferred: set[str] = set()

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __len__(self) -> int:
        return len(self._names)

    @property
    def order(self) -> tuple[str, ...]:
        """The names, next first."""
        return tuple(self._names)

    @property
    def preferred(self) -> tuple[str, ...]:
        """Those that :meth:`prefer` has put before others, next first."""
        return tuple(name for name in self._names if name in self._preferred) if self._preferred else ()

    def remove(self, name: str) -> None:
        """Remove a name if it waits."""
        if name in self._names:
            self._names.remove(name)
            self._preferred.discard(name)

    def to_end(self, name: str) -> None:
        """Put a name at the end, whether it waits already or not."""
        self.remove(name)
        self._names.append(name)
        self._usual[name] = max(self._usual.values(), default=0) + 1

    def to_front(self, names: Iterable[str]) -> None:
        """Put names at the front, in the order given; those that do not wait yet are added."""
        first = list(dict.fromkeys(names))
        self._names = first + [name for name in self._names if name not in first]

    def arrange(self, names: Iterable[str]) -> None:
        """Take the order of these names for their usual one from now on; those that wait stay where they are."""
        self._usual |= {name: place for place, name in enumerate(names)}

    def rearrange(self, names: Iterable[str]) -> None:
        """Give those that wait another usual order; what was put first stays first.

        Args:
            names: of all trials, in that order.
        """
        waiting = list(self._names)
        moved = len(waiting)
        while moved > 0 and (moved == len(waiting) or self._place(waiting[moved - 1]) < self._place(waiting[moved])):
            moved -= 1
        first, order = waiting[:moved], list(names)
        self.arrange(order)
        left = set(waiting) - set(first)
        self.to_front([*first, *(name for name in order if name in left)])

    def _place(self, name: str) -> int:
        return self._usual.get(name, -1)

    def prefer(self, names: Iterable[str]) -> None:
        """Put those of some names at the front that wait, in the order given, until :meth:`put_back`.

        Where no other waits, this is the usual order from now on.
        """
        first = [name for name in dict.fromkeys(names) if name in self._names]
        self.to_front(first)
        if len(first) == len(self._names):
            self._usual |= {name: place for place, name in enumerate(first)}
            self._preferred.clear()
        else:
            self._preferred.update(first)

    def put_back(self, name: str) -> bool:
        """Put a name back to its usual place; return whether it was preferred."""
        if name not in self._preferred:
            return False
        self.remove(name)
        place = self._place(name)
        later = (
            index
            for index, other in enumerate(self._names)
            if other not in self._preferred and self._place(other) > place
        )
        self._names.insert(next(later, len(self._names)), name)
        return True
