"""What the sweep's tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.sweep.cluster.cluster_address import read_address
from xsample_tui.sweep.cluster.own_cluster import OwnCluster


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster of two workers that outlives the sweeps."""
    folder = tmp_path_factory.mktemp("cluster")
    before = os.environ.get("PYTHONPATH")
    os.environ |= {"PYTHONPATH": os.getcwd(), "FAKE_SECONDS": "0.05"}
    cluster = OwnCluster(read_address("local:2"), Machine(), folder / "cluster.log")
    try:
        cluster.start()
        # For its workers only.
        del os.environ["FAKE_SECONDS"]
        yield cluster.url
    finally:
        cluster.close()
        os.environ.pop("FAKE_SECONDS", None)
        if before is not None:
            os.environ["PYTHONPATH"] = before
