"""Copying from a sweep: its name, a row, a command, the summary."""

from pathlib import Path

import pytest

from tests.harness.finished_runs import finished_run
from tests.harness.interface import app_on, session_of, sweep_of, until
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.details.copy_dialog import CopyDialog, texts_of


@pytest.fixture
def done(tmp_path: Path) -> RunFolder:
    return finished_run(tmp_path / "my runs")


async def test_each_answer_copies_its_text(done: RunFolder) -> None:
    app = app_on(done, work=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        sweep_of(app).select("keep-r02-c02")
        for key, copied in (
            ("n", "r"),
            ("c", f"xsample-tui attach r --runs-dir '{done.path.parent}'"),
        ):
            await pilot.press("Y")
            assert isinstance(app.screen, CopyDialog)
            await pilot.press(key)
            assert app.clipboard == copied
        await pilot.press("Y", "r")
        heads, row = app.clipboard.splitlines()
        assert heads.split("\t")[1] == "trial"
        assert row.split("\t")[1] == "keep-r02-c02"
        await pilot.press("Y", "escape")
        assert app.clipboard.splitlines() == [heads, row]
        assert app.screen is sweep_of(app)


def test_what_is_not_there_is_not_offered(done: RunFolder) -> None:
    texts = texts_of(done, [], [])
    assert [name for name, _ in CopyDialog(texts).answers()] == ["name", "command", "cancel"]
    texts = texts_of(done, [("trial", "keep-r02-c02"), ("gain", "+3 ")], ["First.", "Second."])
    assert texts["row"] == "trial\tgain\nkeep-r02-c02\t+3"
    assert texts["summary"] == "First.\nSecond."
    assert [name for name, _ in CopyDialog(texts).answers()][-2:] == ["summary", "cancel"]


async def test_letters_move_as_arrows_do(done: RunFolder) -> None:
    app = app_on(done, work=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        screen = sweep_of(app)
        for key, chosen in (
            ("l", "keep-r00-c02"),
            ("j", "keep-r02-c02"),
            ("h", "keep-r02-c00"),
            ("k", "keep-r00-c00"),
        ):
            await pilot.press(key)
            assert screen.selected == chosen
        await pilot.press("t", "home")
        assert screen.selected == "baseline-s00"
        await pilot.press("j")
        assert screen.selected == "baseline-s01"
        await pilot.press("G")
        assert screen.selected == "keep-r04-c04"
        await pilot.press("k")
        assert screen.selected == "keep-r04-c02"
        await pilot.press("L")
        assert app.focused is not None
        assert app.focused.id == "log"
