"""Which runs a list shows."""

from __future__ import annotations

from xsample_tui.services.run_selection import selected_runs, tags_of
from xsample_tui.store.run.run_notes import RunNotes
from xsample_tui.store.run_catalog import Entry

RUNS = [
    Entry("new", notes=RunNotes(("paper", "mnist"))),
    Entry("new-seeds"),
    Entry("new-seeds-confirm", notes=RunNotes(("again",))),
    Entry("old", notes=RunNotes(("paper",), archived=True)),
    Entry("old-random"),
    Entry("alone-seeds", notes=RunNotes(("mnist",))),
]


def names(*tags: str, archived: bool = False) -> list[str]:
    return [run.name for run in selected_runs(RUNS, tags, archived=archived)]


def test_archived_runs_and_their_control_runs_are_left_out_unless_asked_for() -> None:
    assert names() == ["new", "new-seeds", "new-seeds-confirm", "alone-seeds"]
    assert names(archived=True) == [run.name for run in RUNS]


def test_a_run_must_have_every_tag_and_its_control_runs_have_its_tags() -> None:
    assert names("paper") == ["new", "new-seeds", "new-seeds-confirm"]
    assert names("paper", archived=True) == ["new", "new-seeds", "new-seeds-confirm", "old", "old-random"]
    assert names("paper", "again") == ["new-seeds-confirm"]
    assert names("mnist") == ["new", "new-seeds", "new-seeds-confirm", "alone-seeds"]
    assert names("none") == []


def test_all_tags_are_known() -> None:
    assert tags_of(RUNS) == ["again", "mnist", "paper"]
