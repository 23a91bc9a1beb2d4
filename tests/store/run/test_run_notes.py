"""Tags, note and archive of a run."""

from __future__ import annotations

import errno
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.harness.finished_runs import finished_run
from xsample_tui.core.errors import InputError
from xsample_tui.store.files import atomic_write
from xsample_tui.store.run.integrity_check import audit
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.run_notes import NAME, RunNotes, change_notes, run_notes


def test_tags_are_added_and_removed_and_the_note_is_one_line(tmp_path: Path) -> None:
    assert run_notes(tmp_path) == RunNotes()
    change_notes(tmp_path, lambda notes: notes.retagged(("+b", "+a", "+paper/fig-1", "-none")))
    change_notes(tmp_path, lambda notes: notes.retagged(("-b",)).noted(" first\n try "))
    change_notes(tmp_path, lambda notes: replace(notes, archived=True))
    assert run_notes(tmp_path) == RunNotes(("a", "paper/fig-1"), "first try", True)
    assert change_notes(tmp_path, lambda notes: notes.noted("")).note == ""


@pytest.mark.parametrize("change", ["word", "+", "+two words", "+\x1b[2J", f"+{'x' * 41}", "*word"])
def test_what_is_no_tag_is_refused_and_changes_nothing(tmp_path: Path, change: str) -> None:
    with pytest.raises(InputError, match=r"^tag: "):
        change_notes(tmp_path, lambda notes: notes.retagged(("+kept", change)))
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "\xff", '{"tags": "x"}', '{"tags": ["a b"]}', '{"note": 3}', '{"archived": 1}']
)
def test_a_damaged_file_is_nothing_to_a_list_and_is_not_overwritten(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text, encoding="latin-1")
    assert run_notes(tmp_path) == RunNotes()
    with pytest.raises(InputError, match=r"notes\.json cannot be read; repair it, or delete it"):
        change_notes(tmp_path, lambda notes: notes.retagged(("+a",)))
    assert (tmp_path / NAME).read_text(encoding="latin-1") == text


@pytest.mark.parametrize("point", ["write", "written", "synced", "renamed"])
def test_a_process_that_is_stopped_leaves_the_old_notes_or_the_new(
    tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = change_notes(tmp_path, lambda notes: notes.noted("before"))

    def stop(reached: str) -> None:
        if reached == point:
            raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(atomic_write, "failpoint", stop)
        with pytest.raises(KeyboardInterrupt):
            change_notes(tmp_path, lambda notes: notes.noted("after"))
    assert run_notes(tmp_path) in (before, RunNotes(note="after"))


def test_changes_at_once_are_all_kept(tmp_path: Path) -> None:
    words = [f"t{number}" for number in range(8)]
    threads = [
        threading.Thread(target=change_notes, args=(tmp_path, lambda notes, w=word: notes.retagged((f"+{w}",))))
        for word in words
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run_notes(tmp_path).tags == tuple(words)


def test_nothing_that_is_checked_changes(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    files = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    change_notes(run.path, lambda notes: notes.retagged(("+a",)).noted("note"))
    assert {path: path.read_bytes() for path in files} == files
    assert all(finding.state == "whole" for finding in audit(RunFolder.open(tmp_path, "r")))


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(point: str) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(atomic_write, "failpoint", refuse)
    with pytest.raises(InputError, match=r"notes\.json cannot be written: Read-only file system; ask"):
        change_notes(tmp_path, lambda notes: notes.noted("x"))
