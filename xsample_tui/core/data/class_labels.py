"""Numbers classes 0, 1, ... whatever a source calls them, and names them again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .not_understood import NotUnderstood

_MOST: Final = 2**53
"""Above it floats skip whole numbers."""


@dataclass(frozen=True)
class Classes:
    """The classes of a source, in the order of their labels.

    Attributes:
        values: what the source calls them: whole numbers, texts, or False and True.
    """

    values: tuple[int | str | bool, ...]

    @classmethod
    def of(cls, labels: NDArray[Any]) -> Classes:
        """Return the classes that occur, numbers and texts in natural order (``2`` before ``10``).

        Args:
            labels: (n,), as :func:`plain_labels` returns them.
        """
        return cls(tuple(sorted(set(labels.tolist()), key=_natural)))

    @property
    def numbered(self) -> bool:
        """Whether the source numbers them 0, 1, ... itself."""
        return self.values == tuple(range(len(self.values))) and not any(isinstance(v, bool) for v in self.values)

    @property
    def names(self) -> tuple[str, ...]:
        """Their names by label; empty where the source numbers them 0, 1, ... itself."""
        return () if self.numbered else tuple(map(str, self.values))

    def number(self, labels: NDArray[Any]) -> NDArray[np.int64]:
        """Return labels (n,) as int64 in 0..classes-1, -1 for what is none of the classes."""
        at = {value: index for index, value in enumerate(self.values)}
        return np.array([at.get(value, -1) for value in labels.tolist()], np.int64).reshape(-1)


class NoLabels(NotUnderstood):
    """Labels that name no classes."""


def plain_labels(labels: NDArray[Any]) -> NDArray[Any]:
    """Return labels of any kind as (n,): int64, bool, or texts.

    Args:
        labels: (n,), (n, 1), or one-hot (n, classes): integers, floats that are whole numbers, bool, bytes or text.

    Raises:
        NoLabels: another shape or type, or a number that is not whole.
    """
    if labels.ndim == 2 and labels.shape[1] > 1 and _one_hot(labels):
        columns: NDArray[np.int64] = labels.argmax(axis=1).astype(np.int64)
        return columns
    if labels.ndim != 1 and (labels.ndim != 2 or labels.shape[1] != 1):
        remedy = "labels must have the shape (n,), (n, 1), or one-hot (n, classes)"
        if labels.ndim == 2 and labels.dtype.kind in "uifb" and np.isin(labels, (0, 1)).all():
            remedy = "each row must have exactly one 1; images of several classes cannot be trained on"
        raise NoLabels(f"shape {labels.shape}", remedy)
    flat = labels.reshape(-1)
    match flat.dtype.kind:
        case "U" | "b":
            return flat
        case "S":
            return np.array([value.decode("utf-8", "replace") for value in flat.tolist()])
        case "O" if all(isinstance(value, str) for value in flat.tolist()):
            return np.array(flat.tolist(), np.str_)
        case "u" | "i" | "f":
            return _whole(flat)
    raise NoLabels(f"dtype {flat.dtype}", "labels must be whole numbers, texts, or True and False")


def class_name(names: Sequence[str], label: int) -> str:
    """Return what a class is called.

    Args:
        names: the classes' names by label; empty where they are the labels themselves.
        label: the label, from 0; below 0 where it is not known.
    """
    return names[label] if 0 <= label < len(names) else str(label)


def natural(text: str) -> tuple[Any, ...]:
    """Return what texts are sorted by so that ``image 2`` comes before ``image 10``."""
    parts = re.split(r"([0-9]+)", text)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in parts), text


def _natural(value: int | str | bool) -> tuple[Any, ...]:
    return natural(value) if isinstance(value, str) else (int(value),)


def _one_hot(labels: NDArray[Any]) -> bool:
    if labels.dtype.kind not in "uifb" or not len(labels):
        return False
    return bool(np.isin(labels, (0, 1)).all() and (labels.astype(np.float64).sum(axis=1) == 1).all())


def _whole(flat: NDArray[Any]) -> NDArray[np.int64]:
    if flat.dtype.kind == "f":
        flat = flat.astype(np.float64)  # float16 could not be compared with the bound below
    bad = ~((flat >= -_MOST) & (flat <= _MOST) & (flat == np.floor(flat)))
    if bad.any():
        raise NoLabels(f"label {flat[bad][0]}", "number labels must be whole")
    return flat.astype(np.int64)
