"""Detects changes of hardware or software since a run started that can change its results' last bits."""

from __future__ import annotations

from ...core.errors import InputError
from ...core.networks.network_registry import code_now, stamp
from ...store.environment_fingerprint import differences, fingerprint
from ...store.run.run_folder import RunFolder
from .training_packages import need_training_packages


def drift_of(run: RunFolder, found: dict[str, str]) -> tuple[str, ...]:
    """Return what differs between a machine's fingerprint and what the run began with.

    The network is the controller's to know: its layers travel with every lease. Code that its classes come from is
    looked for in the controller's folder.
    """
    if run.document.network is not None:
        found = found | {"network": stamp(run.spec.network, run.network)} | code_now(run.network)
    return differences(run.document.fingerprint, found)


def check_drift(run: RunFolder, *, allow: bool) -> tuple[str, ...]:
    """Return what has changed since the run began that can change the last bits of its results.

    Raises:
        InputError: something has, and ``allow`` is False; or what trains is not installed.
    """
    need_training_packages()
    drift = drift_of(run, fingerprint(run.spec.machine, run.spec.training.precision))
    if drift and not allow:
        raise InputError(
            f"run {run.name}",
            "the machine or its software has changed",
            f"{'; '.join(drift)}. Restore them, or pass allow_drift=True: later results will be flagged",
            named=["allow_drift=True"],
        )
    return drift
