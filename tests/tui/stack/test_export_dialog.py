"""Export from the stack screen."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.harness.interface import until
from tests.harness.screens import at_rest
from tests.tui.stack.conftest import stacked
from xsample_tui.cli.main_command import main
from xsample_tui.core.errors import InputError
from xsample_tui.services.ensemble_study import EnsembleStudy
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.stack.export_dialog import ExportDialog


async def export_to(pilot: Pilot[Any], path: str, *keys: str) -> None:
    """Open the prompt, name a path, and press keys."""
    await pilot.press("e")
    assert isinstance(pilot.app.screen, ExportDialog)
    pilot.app.screen.query_one(Input).value = path
    await pilot.press(*keys)


async def test_export_writes_what_the_command_writes(
    done: RunFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with stacked(done) as (pilot, screen):
        await pilot.press("m", "e")
        assert pilot.app.screen.query_one(Input).value == "q-stack.csv"
        await pilot.press("ctrl+t", "enter")
        await until(pilot, lambda: pilot.app.screen is screen)
    arguments = ["stack", "q", "--blend", "geometric", "--csv", "other.csv", "--probabilities"]
    monkeypatch.setattr(sys, "argv", ["xsample-tui", *arguments])
    assert main() == 0
    assert (tmp_path / "q-stack.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()
    assert (tmp_path / "q-stack.csv.json").read_bytes() == (tmp_path / "other.csv.json").read_bytes()
    frame = pd.read_csv(tmp_path / "q-stack.csv")
    assert frame["picture"].tolist() == done.plan.split.select.tolist()
    assert frame[["p0", "p1", "p2", "p3"]].to_numpy().argmax(axis=1).tolist() == frame["predicted"].tolist()


async def test_export_of_a_hand_made_set(done: RunFolder, tmp_path: Path) -> None:
    async with stacked(done) as (pilot, screen):
        await pilot.press("space")
        await at_rest(pilot)
        await export_to(pilot, "out.csv", "enter")
        await until(pilot, lambda: pilot.app.screen is screen)
    facts = json.loads((tmp_path / "out.csv.json").read_text())
    assert facts["rule"] == "4 members chosen by hand"
    assert list(pd.read_csv(tmp_path / "out.csv").columns) == ["picture", "predicted", "true", "fold"]


async def test_export_asks_before_it_overwrites(done: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("mine")
    async with stacked(done) as (pilot, screen):
        await export_to(pilot, "out.csv", "enter")
        prompt = pilot.app.screen
        said = prompt.query_one("#path-error", Static)
        await until(pilot, lambda: "exists" in str(said.render()))
        assert (tmp_path / "out.csv").read_text() == "mine"
        # Another path, and back again: it has to be confirmed again.
        prompt.query_one(Input).value = "other.csv"
        await pilot.pause()
        assert str(said.render()) == ""
        prompt.query_one(Input).value = "out.csv"
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: "exists" in str(said.render()))
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is screen)
    assert len(pd.read_csv(tmp_path / "out.csv")) == 80


@pytest.mark.parametrize(
    ("path", "words"), [("", "Enter a file name."), ("no/where/x.csv", "there is no folder"), ("runs", "is a folder")]
)
async def test_export_errors_stay_in_the_prompt(done: RunFolder, path: str, words: str) -> None:
    async with stacked(done) as (pilot, screen):
        await export_to(pilot, path, "enter")
        prompt = pilot.app.screen
        await until(pilot, lambda: words in str(prompt.query_one("#path-error", Static).render()))
        await pilot.press("escape")
        assert pilot.app.screen is screen


def test_export_that_cannot_be_written(done: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = EnsembleStudy(done)
    choice = study.first_choice()
    blend = study.blend(choice, BLENDERS["mean"]).blend
    assert blend is not None

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("xsample_tui.store.files.result_files.atomic_write.fill", full)
    with pytest.raises(InputError, match="No space left"):
        study.export(choice, blend, tmp_path / "out.csv", probabilities=False, force=False)
    assert not list(tmp_path.glob("*out.csv*"))
