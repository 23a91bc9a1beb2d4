"""Requests that cannot be removed or read: each counts once, and none ends or blocks a controller."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.privileges import as_stranger, public_folder
from xsample_tui.core.run_state.requests import Request
from xsample_tui.store.control.request_inbox import RequestInbox

PAUSE = Request(action="pause", sender="root")


@pytest.fixture
def folder() -> Iterator[Path]:
    with public_folder() as found:
        yield found


def close(folder: Path) -> None:
    """Let nobody but root change what is in the folder of requests."""
    (folder / "requests").chmod(0o555)


def test_what_waits_for_trials_can_be_read_and_taken_back(folder: Path) -> None:
    inbox = RequestInbox(folder)
    assert inbox.about_trials() == {}
    inbox.put(Request(action="skip", trials=("a", "b")))
    inbox.put(Request(action="front", trials=("c",)))
    inbox.put(Request(action="front", trials=("b",)))
    inbox.put(Request(action="pause"))
    assert inbox.about_trials() == {"a": "skip", "b": "front", "c": "front"}
    inbox.withdraw({"b", "c"})
    assert inbox.about_trials() == {"a": "skip"}
    assert [(request.action, request.trials) for request in inbox.take() if isinstance(request, Request)] == [
        ("skip", ("a",)),
        ("pause", ()),
    ]


def test_a_request_that_cannot_be_removed_counts_once(folder: Path) -> None:
    RequestInbox(folder).put(PAUSE)
    close(folder)
    (name,) = os.listdir(folder / "requests")
    controllers = RequestInbox(folder, remove_again_every=0.0)
    with as_stranger():
        said = f"a request cannot be removed, it is carried out once: {name}: Permission denied"
        assert controllers.take() == [PAUSE, said]
        assert controllers.take() == []
    # Another request in a file of the same name counts.
    stop = Request(action="stop", sender="root")
    (folder / "requests").chmod(0o755)
    (folder / "requests" / name).write_text(stop.model_dump_json())
    close(folder)
    with as_stranger():
        assert controllers.take() == [stop, said]
        assert controllers.take() == []
    # Once it can be removed, it is.
    (folder / "requests").chmod(0o777)
    with as_stranger():
        assert controllers.take() == []
    assert os.listdir(folder / "requests") == []


def test_a_request_that_can_neither_be_read_nor_moved_is_complained_of_once(folder: Path) -> None:
    RequestInbox(folder).put(PAUSE)
    (name,) = os.listdir(folder / "requests")
    (folder / "requests" / "00.json").write_text("nonsense")
    (folder / "requests" / name).chmod(0)
    close(folder)
    controllers = RequestInbox(folder)
    with as_stranger():
        assert controllers.take() == [
            "an unreadable request cannot be moved aside: 00.json: 1 fields off",
            f"an unreadable request cannot be moved aside: {name}: Permission denied",
        ]
        assert controllers.take() == []
    # Nothing of it is removed, whatever can be done later.
    (folder / "requests").chmod(0o777)
    with as_stranger():
        assert controllers.take() == []
    assert len(os.listdir(folder / "requests")) == 2


def test_a_request_that_may_not_be_read_is_put_aside_where_it_can(folder: Path) -> None:
    RequestInbox(folder).put(PAUSE)
    (name,) = os.listdir(folder / "requests")
    (folder / "requests").chmod(0o777)
    (folder / "requests" / name).chmod(0)
    with as_stranger():
        assert RequestInbox(folder).take() == [f"an unreadable request was moved aside: {name}: Permission denied"]
    assert os.listdir(folder / "requests" / "refused") == [name]


def test_a_disk_that_fails_for_a_moment_loses_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    RequestInbox(tmp_path).put(PAUSE)
    controllers = RequestInbox(tmp_path)

    def fail(path: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", fail)
        assert controllers.take() == []
    assert controllers.take() == [PAUSE]


def test_a_folder_of_requests_that_may_not_be_looked_at_is_an_error_of_the_system(folder: Path) -> None:
    RequestInbox(folder).put(PAUSE)
    (folder / "requests").chmod(0)
    with as_stranger(), pytest.raises(PermissionError):
        RequestInbox(folder).take()


def test_what_is_no_file_neither_blocks_nor_counts(tmp_path: Path) -> None:
    requests = tmp_path / "requests"
    requests.mkdir()
    os.mkfifo(requests / "1.json")
    (requests / "2.json").symlink_to("/dev/zero")
    (requests / "3.json").mkdir()
    said = "an unreadable request was moved aside: {}.json: not a file"
    assert RequestInbox(tmp_path).take() == [said.format(number) for number in (1, 2, 3)]
    assert sorted(os.listdir(requests / "refused")) == ["1.json", "2.json", "3.json"]


def test_a_request_that_may_not_be_looked_at_is_complained_of_once_and_obeyed_when_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    RequestInbox(tmp_path).put(PAUSE)
    inbox = RequestInbox(tmp_path)
    lstat = os.lstat

    def refuse(path: Path) -> os.stat_result:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "lstat", refuse)
    (complaint,) = inbox.take()
    assert "Permission denied" in str(complaint)
    assert inbox.take() == []
    monkeypatch.setattr(os, "lstat", lstat)
    assert inbox.take() == [PAUSE]
