"""The fields of a spec as one flat list, those of tables within by dotted names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def flat_fields(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every field and its value: ``seed``, ``windows.stride``.

    Args:
        values: a spec, or a table of one, as plain values.
        prefix: of the names.

    >>> dict(flat_fields({"seed": 3, "windows": {"stride": 5}}))
    {'seed': 3, 'windows.stride': 5}
    """
    for key, part in values.items():
        if isinstance(part, Mapping):
            yield from flat_fields(part, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", part
