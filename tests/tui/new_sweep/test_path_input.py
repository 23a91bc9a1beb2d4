"""Names and paths are completed as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.interface import until
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.new_sweep.path_input import PathInput, completion


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "digits" / "inner").mkdir(parents=True)
    for name in ("digits.csv", "demo.csv", ".hidden", "a\nb"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_names_come_before_paths_and_folders_end_with_a_slash(folder: Path) -> None:
    assert completion("de", ("demo", "mnist")) == "demo"
    assert completion("demo", ("demo",)) == "demo.csv"
    assert completion("dig") == "digits.csv"
    assert completion("digits/") == "digits/inner/"
    assert completion(f"{folder}/digits/i") == f"{folder}/digits/inner/"
    assert completion("~/digits/i") == "~/digits/inner/"


@pytest.mark.parametrize("text", ["", "digits.csv", "nosuch", "nosuch/x", "digits.csv/x", "a", "digits/inner/", "\0"])
def test_what_has_no_end_is_left_as_it_is(folder: Path, text: str) -> None:
    assert completion(text) is None


def test_hidden_files_need_their_dot(folder: Path) -> None:
    assert completion("./") == "./demo.csv"
    assert completion(".h") == ".hidden"


async def test_the_right_arrow_takes_it(folder: Path) -> None:
    app = XSampleApp(folder / "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("n")
        await until(pilot, lambda: bool(app.screen.query(PathInput)))
        data = app.screen.query_one("#data", PathInput)
        data.focus()
        data.value = ""
        await pilot.press(*"digits/")
        await until(pilot, lambda: data._suggestion == "digits/inner/")
        await pilot.press("right")
        assert data.value == "digits/inner/"
