"""What the interface keeps: settings and views, in one file that several interfaces write."""

from pathlib import Path

import pytest

from xsample_tui.store.files.interface_state import (
    MOST_VIEWS,
    InterfaceState,
    KeptView,
    keep_state,
    load_state,
    state_file,
)
from xsample_tui.store.files.user_settings import VARIABLE


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "config"))
    return tmp_path / "config"


def test_what_is_kept_is_read_back() -> None:
    view = KeptView(selected="keep-r00-c00", filter="row<2", sort="gain", turned=True, marked=("a",), pinned=("b",))
    keep_state({"theme": "xsample-light", "ascii": True}, {"/runs/r": view})
    assert load_state() == InterfaceState(theme="xsample-light", ascii=True, views={"/runs/r": view})


def test_without_changes_no_file_is_made(folder: Path) -> None:
    keep_state({}, {})
    assert not folder.exists()


def test_two_interfaces_keep_what_each_has_changed() -> None:
    keep_state({"theme": "xsample-light"}, {"/runs/a": KeptView(metric="accuracy")})
    keep_state({"metric": "log-loss"}, {"/runs/b": KeptView()})
    keep_state({"metric": None}, {})
    found = load_state()
    assert (found.theme, found.metric) == ("xsample-light", None)
    assert list(found.views) == ["/runs/a", "/runs/b"]


def test_the_views_of_the_latest_runs_are_kept() -> None:
    keep_state({}, {f"/runs/{number}": KeptView() for number in range(MOST_VIEWS + 5)})
    keep_state({}, {"/runs/5": KeptView()})
    found = list(load_state().views)
    assert len(found) == MOST_VIEWS
    assert found[0] == "/runs/6"
    assert found[-1] == "/runs/5"


@pytest.mark.parametrize("text", ["", "{", '{"theme": 3}', '{"views": []}', "\xff"])
def test_a_file_that_cannot_be_read_sets_nothing(folder: Path, text: str) -> None:
    path = state_file()
    assert path is not None
    folder.mkdir()
    path.write_text(text, encoding="latin-1")
    assert load_state() == InterfaceState()


def test_a_field_of_a_later_version_is_no_error(folder: Path) -> None:
    path = state_file()
    assert path is not None
    folder.mkdir()
    path.write_text('{"theme": "x", "sound": "loud"}')
    assert load_state().theme == "x"
