"""Finds what differs between the specs of two runs, their images and their machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..training.spec_fields import flat_fields
from .compared_run import Side


def spec_differences(a: Side, b: Side) -> Iterator[tuple[str, str, str]]:
    """Yield what differs in two runs' specs, images and machines: what it is, in ``a``, in ``b``."""
    one, other = (dict(flat_fields(side.progress.spec.model_dump(mode="json"))) for side in (a, b))
    for key in one:
        # Neither the training order nor a scout changes a result.
        if key not in ("name", "version", "order", "scout") and one[key] != other.get(key):
            yield key, _said(one[key]), _said(other.get(key))
    for what, index in (("images", 0), ("split", 1)):
        if a.data[index] != b.data[index]:
            yield what, f"{a.data[index][:12]}…", f"{b.data[index][:12]}…"
    for key in sorted(a.fingerprint.keys() | b.fingerprint.keys()):
        left, right = a.fingerprint.get(key, "none"), b.fingerprint.get(key, "none")
        # Threads and oneDNN are in the spec already.
        if left != right and key not in ("threads", "onednn"):
            yield f"machine: {key}", left, right


def _said(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"{len(value)} names" if len(value) > 3 else ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
