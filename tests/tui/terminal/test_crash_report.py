"""The report of an interface that failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from xsample_tui.tui.terminal.crash_report import report


def failed() -> ZeroDivisionError:
    try:
        _ = 1 / 0
    except ZeroDivisionError as error:
        return error
    raise AssertionError


def test_the_traceback_is_written_beside_the_run_and_the_line_names_the_file(tmp_path: Path) -> None:
    said = report(failed(), [tmp_path])
    path = tmp_path / "interface.log"
    line = "error: the interface failed: ZeroDivisionError: division by zero; the full traceback is in"
    assert said == f"{line} {path}"
    report(failed(), [tmp_path])
    assert path.read_text().count("Traceback (most recent call last)") == 2


def test_a_run_that_cannot_be_written_leaves_the_folder_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert str(tmp_path / "xsample-tui-interface.log") in report(failed(), [tmp_path / "gone"])


def test_where_nothing_can_be_written_the_traceback_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> str:
        raise FileNotFoundError("no usable temporary folder")

    monkeypatch.setattr("tempfile.gettempdir", none)
    said = report(failed(), [tmp_path / "gone"])
    assert "no traceback could be written" in said
    assert "Traceback (most recent call last)" in said
