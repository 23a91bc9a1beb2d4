"""``--cluster``: what can be written, and what is said of the rest."""

import importlib.util
from typing import Any

import pytest

from xsample_tui.core.errors import InputError
from xsample_tui.sweep.cluster.cluster_address import exposed, read_address


def test_addresses_that_can_be_written() -> None:
    local = read_address("local:3")
    assert (local.kind, local.workers, local.ours) == ("local", 3, True)
    for text in ("tcp://127.0.0.1:8786", "tls://head.cluster:8786", "tcp://[::1]:8786"):
        found = read_address(text)
        assert (found.kind, found.text, found.ours) == ("scheduler", text, False)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("local", "how many workers"),
        ("local:0", "1 to 1024"),
        ("local:-1", "how many workers"),
        ("local:two", "as local:2"),
        ("local:99999999999", "how many workers"),
        ("tcp://", "name host and port"),
        ("tcp://head", "as tcp://127.0.0.1:8786"),
        ("tcp://head:x", "name host and port"),
        ("tls://head:99999", "as tls://127.0.0.1:8786"),
        ("tcp://me@head:8786", "name host and port"),
        ("http://head:80", "write local:N"),
        ("scheduler", "write local:N"),
        ("", "write local:N"),
        ("slurm:4", "write local:N"),
    ],
)
def test_what_cannot_be_read_is_one_line_that_says_how(text: str, remedy: str) -> None:
    with pytest.raises(InputError, match=remedy) as caught:
        read_address(text)
    assert str(caught.value).startswith("cluster: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("text", "package"), [("local:2", "xsample-tui\\[dask\\]"), ("slurm", "dask-jobqueue")])
def test_what_is_not_installed_is_named(text: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec

    def none_of_dask(name: str, *rest: Any) -> Any:
        return None if name in ("distributed", "dask_jobqueue") and text != "slurm" else find(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", none_of_dask)
    if text == "slurm" and find("dask_jobqueue") is not None:
        pytest.skip("dask-jobqueue is installed")
    with pytest.raises(InputError, match=f"pip install '{package}'"):
        read_address(text)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("tcp://127.0.0.1:8786", False),
        ("tcp://127.3.2.1:8786", False),
        ("tcp://[::1]:8786", False),
        ("tcp://localhost:8786", False),
        ("tls://10.0.0.1:8786", False),
        ("tcp://10.0.0.1:8786", True),
        ("tcp://0.0.0.0:8786", True),
        ("tcp://head.cluster:8786", True),
    ],
)
def test_a_scheduler_that_others_can_reach_without_tls_is_exposed(url: str, expected: bool) -> None:
    assert exposed(url) is expected
