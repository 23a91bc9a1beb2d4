"""Migrates what older versions stored to the current format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core.training.sweep_spec import SPEC_VERSION

Document = dict[str, Any]


class NewerVersion(ValueError):
    """The document was written by a later version, which knows more than this one."""


def migrate(document: Document) -> Document:
    """Return the contents of ``spec.json`` in the present format; what is in it already comes back as it is.

    Args:
        document: the part of ``spec.json`` under its checksum, as it was stored.

    Raises:
        NewerVersion: it has a later format.
        KeyError, TypeError: it has no spec or no version.
    """
    version = document["spec"]["version"]
    if version > SPEC_VERSION:
        raise NewerVersion(f"its format is {version}, this version of xsample-tui reads up to {SPEC_VERSION}")
    for step in range(version, SPEC_VERSION):
        document = _STEPS[step](document)
    return document


def _name_the_streams(document: Document) -> Document:
    """0.1.0 derived shuffles and dropout from trials' names, and had one draw of initial weights for all windows."""
    return document | {"spec": document["spec"] | {"version": 2, "streams": "named"}}


_STEPS: dict[int, Callable[[Document], Document]] = {1: _name_the_streams}
