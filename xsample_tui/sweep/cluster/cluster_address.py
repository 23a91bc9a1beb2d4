"""Parses the cluster's address as given to ``--cluster``."""

from __future__ import annotations

import importlib.util
import ipaddress
import re
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from ...core.errors import ArgumentError
from ..machine.training_packages import need_training_packages

FIELD = "cluster"
_FORMS = "write local:N, tcp://HOST:PORT, tls://HOST:PORT, slurm, pbs or kubernetes"
# What makes a cluster of each kind is in a package of its own, which reads Dask's configuration.
_PACKAGES = {"slurm": "dask_jobqueue", "pbs": "dask_jobqueue", "kubernetes": "dask_kubernetes"}
Kind = Literal["local", "scheduler", "slurm", "pbs", "kubernetes"]
_MOST = 1024


@dataclass(frozen=True)
class ClusterAddress:
    """Where a sweep's workers are.

    Attributes:
        text: as given.
        kind: ``local`` (a cluster on this machine that lasts as long as the sweep is worked on), ``scheduler`` (one
            that runs already), or a batch system that starts one.
        workers: how many workers to start, for ``local``; 0 otherwise.
    """

    text: str
    kind: Kind
    workers: int = 0

    @property
    def ours(self) -> bool:
        """Whether the cluster is started, and ended, by this program."""
        return self.kind != "scheduler"


def wanted_address(text: str | None) -> ClusterAddress | None:
    """Return what :func:`read_address` reads; None where nothing is given, so that this machine trains."""
    return None if text is None else read_address(text)


def read_address(text: str) -> ClusterAddress:
    """Read ``local:N``, ``tcp://HOST:PORT``, ``tls://HOST:PORT``, ``slurm``, ``pbs`` or ``kubernetes``.

    Raises:
        InputError: it is none of these, or what it needs is not installed.
    """
    address = _parse(text)
    for package in ("distributed", _PACKAGES.get(address.kind)):
        if package is not None and importlib.util.find_spec(package) is None:
            name = "xsample-tui[dask]" if package == "distributed" else package.replace("_", "-")
            raise ArgumentError(FIELD, text, f"needs a package that is not installed: pip install '{name}'")
    if address.kind == "local":
        need_training_packages()
    return address


def _parse(text: str) -> ClusterAddress:
    kind, _, rest = text.partition(":")
    if kind == "local":
        if not re.fullmatch(r"[0-9]{1,5}", rest) or not 1 <= int(rest) <= _MOST:
            raise ArgumentError(FIELD, text, f"say how many workers, 1 to {_MOST}, as local:2")
        return ClusterAddress(text, "local", int(rest))
    if kind in ("tcp", "tls"):
        try:
            found = urlsplit(text)
            whole = bool(found.hostname and found.port) and not found.path.strip("/") and found.username is None
        except ValueError:
            whole = False
        if not whole:
            raise ArgumentError(FIELD, text, f"name host and port, as {kind}://127.0.0.1:8786")
        return ClusterAddress(text, "scheduler")
    if text in get_args(Kind) and text != "scheduler":
        return ClusterAddress(text, text)  # type: ignore[arg-type]
    raise ArgumentError(FIELD, text, _FORMS)


def exposed(url: str) -> bool:
    """Return whether a scheduler can be reached from other machines and does not use TLS.

    Whoever reaches such a scheduler can run code on it and on its workers.
    """
    found = urlsplit(url)
    host = found.hostname or ""
    if found.scheme != "tcp" or host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
