"""Drift: what has changed on a machine since a run began that can change the last bits of its results."""

from __future__ import annotations

from ..core.architecture import stamp
from ..core.errors import InputError
from ..store.fingerprint import differences, fingerprint
from ..store.folder import RunFolder


def drift_of(run: RunFolder, found: dict[str, str]) -> tuple[str, ...]:
    """Return what differs between a machine's fingerprint and what the run began with.

    The network is the controller's to know: its layers travel with every lease.
    """
    if run.document.network is not None:
        found = found | {"network": stamp(run.spec.network, run.network)}
    return differences(run.document.fingerprint, found)


def check_drift(run: RunFolder, *, allow: bool) -> tuple[str, ...]:
    """Return what has changed since the run began that can change the last bits of its results.

    Raises:
        InputError: something has, and ``allow`` is False.
    """
    drift = drift_of(run, fingerprint(run.spec.machine))
    if drift and not allow:
        raise InputError(
            f"run {run.name}",
            "the machine or its software has changed",
            f"{'; '.join(drift)}. Go back to those, or pass --allow-drift: later results will be marked",
        )
    return drift
