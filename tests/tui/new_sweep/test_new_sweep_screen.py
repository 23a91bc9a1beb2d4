"""The form for a new sweep."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from textual.widgets import Button, Input, Select, Static

from tests.harness.interface import controller, make_shown_run, session_of, still, until
from tests.harness.until import SECONDS
from tests.tui.conftest import FORECAST
from xsample_tui.core.data.data_splits import split
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.errors import ArgumentError
from xsample_tui.core.training.presets import preset
from xsample_tui.core.training.sweep_spec import Machine, SweepSpec
from xsample_tui.services.data_facts import data_facts
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.measuring.cost_estimate import Cancelled, CostEstimate
from xsample_tui.sweep.run_setup import lay_out
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.new_sweep.new_sweep_screen import NewSweepScreen
from xsample_tui.tui.start.start_screen import StartScreen

SMALL = (80, 24)


async def opened(pilot: Any) -> NewSweepScreen:
    await until(pilot, lambda: isinstance(pilot.app.screen, StartScreen))
    await pilot.press("n")
    await until(pilot, lambda: isinstance(pilot.app.screen, NewSweepScreen))
    screen = pilot.app.screen
    assert isinstance(screen, NewSweepScreen)
    await still(pilot)
    return screen


def text(screen: NewSweepScreen, name: str) -> str:
    return str(screen.query_one(f"#{name}", Static).render())


def put(screen: NewSweepScreen, name: str, value: str) -> None:
    screen.query_one(f"#{name}", Input).value = value


def app_for(runs: Path) -> XSampleApp:
    return XSampleApp(runs, make_controller=controller)


async def test_it_tells_what_the_sweep_will_take(runs: Path) -> None:
    async with app_for(runs).run_test(size=SMALL) as pilot:
        screen = await opened(pilot)
        assert "25 windows + 3 baselines = 28 trials, about 137 MB on disk (4.9 MB each)" in text(screen, "estimate")
        put(screen, "stride", "1")
        await still(pilot)
        assert "400 windows + 3 baselines = 403 trials, about 2.0 GB" in text(screen, "estimate")


async def test_the_hint_of_a_choice_says_what_it_means(runs: Path) -> None:
    async with app_for(runs).run_test(size=SMALL) as pilot:
        screen = await opened(pilot)
        assert text(screen, "mask-hint") == "networks see only the window"
        screen.query_one("#mask", Select).focus()
        await pilot.press("enter", "down")
        await still(pilot)
        # Of the value under the cursor, before it is chosen.
        assert screen.query_one("#mask", Select).value == "keep"
        assert text(screen, "mask-hint") == "networks see all but the window"
        await pilot.press("enter")
        await still(pilot)
        assert screen.query_one("#mask", Select).value == "occlude"
        assert text(screen, "mask-hint") == "networks see all but the window"


async def test_the_words_on_a_preset_name_what_is_changed(runs: Path) -> None:
    async with app_for(runs).run_test(size=SMALL) as pilot:
        screen = await opened(pilot)
        assert text(screen, "estimate").startswith("25 windows and 3 baselines;")
        put(screen, "stride", "7")
        put(screen, "epochs", "2")
        put(screen, "seed", "5")
        await still(pilot)
        assert text(screen, "estimate").startswith("preset quick, but stride 7, epochs 2\n16 windows + 3 baselines")


async def test_a_mistake_stands_beside_its_field_while_it_is_typed(runs: Path) -> None:
    async with app_for(runs).run_test(size=SMALL) as pilot:
        screen = await opened(pilot)
        screen.query_one("#stride", Input).focus()
        await pilot.press("0")
        await still(pilot)
        assert text(screen, "stride-hint") == "✗ at least 1"
        assert screen.query_one("#start", Button).disabled
        screen.query_one("#name", Input).focus()
        await pilot.press("ctrl+s")
        await still(pilot)
        assert isinstance(pilot.app.screen, NewSweepScreen)
        assert list(runs.iterdir()) == []
        # It goes to the field that is wrong.
        assert pilot.app.focused is screen.query_one("#stride")
        await pilot.press("3")
        await still(pilot)
        assert text(screen, "stride-hint") == "pixels from one window to the next"
        assert not screen.query_one("#start", Button).disabled


async def test_hints_and_mistakes_fit_beside_their_fields(runs: Path) -> None:
    make_shown_run(runs, "taken")
    async with app_for(runs).run_test(size=SMALL) as pilot:
        screen = await opened(pilot)
        for changes in (
            {},
            {"window": "99", "name": "a b"},
            {"window": "x", "stride": "x", "jobs": "0", "seed": "-1"},
        ):
            for name, value in changes.items():
                put(screen, name, value)
            await still(pilot)
            hints = list(screen.query(".hint").results(Static))
            assert len(hints) > 10
            for hint in hints:
                assert len(str(hint.render())) <= hint.size.width, hint.id


async def test_a_preset_fills_in_all_but_what_was_written(runs: Path) -> None:
    async with app_for(runs).run_test(size=SMALL) as pilot:
        screen = await opened(pilot)
        put(screen, "epochs", "5")
        await still(pilot)
        screen.query_one("#preset", Select).value = "article"
        await still(pilot)
        assert screen.texts["epochs"] == "5"
        assert screen.texts["stride"] == "1"
        assert screen.texts["mask"] == "article"
        assert screen.texts["baselines"] == "1"
        assert screen.texts["name"].startswith("article-")
        assert "361 windows" in text(screen, "estimate")
        assert "early stopping and selection on test images" in text(screen, "estimate")


async def test_a_path_is_read_to_count_its_windows(runs: Path) -> None:
    images = np.random.default_rng(0).integers(0, 255, (60, 12, 10), np.uint8)
    labels = (np.arange(60) % 2).astype(np.int64)
    np.savez("made.npz", x_train=images, y_train=labels, x_test=images[:20], y_test=labels[:20])
    async with app_for(runs).run_test(size=SMALL) as pilot:
        screen = await opened(pilot)
        put(screen, "data", "made.npz")
        put(screen, "stride", "1")
        await until(pilot, lambda: "8 windows" in text(screen, "estimate"))
        put(screen, "window", "11")
        await still(pilot)
        assert "1x1 to 12x10" in text(screen, "window-hint")
        put(screen, "data", "missing.npz")
        await until(pilot, lambda: "✗" in text(screen, "data-hint"))
        assert screen.query_one("#start", Button).disabled


async def test_windows_that_are_not_written_grow_with_the_images(runs: Path) -> None:
    images = np.random.default_rng(0).integers(0, 255, (60, 60, 64), np.uint8)
    np.savez("large.npz", x_train=images, y_train=np.arange(60) % 2)
    async with app_for(runs).run_test(size=SMALL) as pilot:
        screen = await opened(pilot)
        put(screen, "data", "large.npz")
        await until(pilot, lambda: screen.texts["window"] == "18x18")
        assert screen.texts["stride"] == "10"
        put(screen, "stride", "7")
        screen.query_one("#preset", Select).value = "standard"
        await still(pilot)
        assert (screen.texts["window"], screen.texts["stride"]) == ("18x18", "7")
        put(screen, "data", "demo")
        await until(pilot, lambda: screen.texts["window"] == "9x9")
        assert screen.texts["stride"] == "7"


async def test_files_that_differ_are_read_once_a_size_is_given(runs: Path) -> None:
    for name in ("a", "b"):
        Path("photos", name).mkdir(parents=True)
        for number in range(12):
            Image.new("L", (12 + number % 2, 12), number).save(f"photos/{name}/{number}.png")
    Path("photos/a/bad.png").write_text("no image")
    async with app_for(runs).run_test(size=SMALL) as pilot:
        screen = await opened(pilot)
        put(screen, "data", "photos")
        await until(pilot, lambda: "cannot be read" in text(screen, "data-hint"))
        screen.query_one("#skip_bad", Select).value = "yes"
        await until(pilot, lambda: "differ in size" in text(screen, "data-hint"))
        put(screen, "size", "11x11")
        put(screen, "stride", "1")
        await until(pilot, lambda: "9 windows" in text(screen, "estimate"))
        put(screen, "data", "demo")
        await until(pilot, lambda: "✗" in text(screen, "size-hint"))


async def test_a_tables_label_column_is_chosen_and_a_wrong_one_is_told_beside_its_field(runs: Path) -> None:
    rng = np.random.default_rng(0)
    rows = ["first,second," + ",".join(f"p{pixel}" for pixel in range(144))]
    rows += [f"{'ab'[i % 2]},{'cde'[i % 3]}," + ",".join(map(str, rng.integers(0, 255, 144))) for i in range(36)]
    Path("made.csv").write_text("\n".join(rows))
    async with app_for(runs).run_test(size=SMALL) as pilot:
        screen = await opened(pilot)
        put(screen, "data", "made.csv")
        await until(pilot, lambda: "✗" in text(screen, "data-hint"))
        assert "name it in labels" in text(screen, "data-hint") + text(screen, "estimate")
        put(screen, "label_column", "third")
        await until(pilot, lambda: "✗" in text(screen, "label_column-hint"))
        assert "first, second" in text(screen, "label_column-hint") + text(screen, "estimate")
        put(screen, "label_column", "second")
        put(screen, "stride", "1")
        screen.query_one("#transpose", Select).value = "yes"
        await until(pilot, lambda: "16 windows" in text(screen, "estimate"))
        put(screen, "data", "demo")
        await until(pilot, lambda: "✗" in text(screen, "label_column-hint"))


async def test_start_lays_out_the_run_and_trains_it(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def patient(runs: Path, spec: SweepSpec) -> RunFolder:
        go.wait(SECONDS)
        return lay_out(runs, spec)

    monkeypatch.setattr("xsample_tui.tui.new_sweep.new_sweep_screen.lay_out", patient)
    async with app_for(runs).run_test(size=SMALL) as pilot:
        screen = await opened(pilot)
        for name, value in {"stride": "19", "epochs": "2", "baselines": "2", "name": "mine"}.items():
            put(screen, name, value)
        await still(pilot)
        await pilot.press("ctrl+s")
        assert "laying out the trials" in text(screen, "refusal")
        await pilot.press("ctrl+s")
        go.set()
        await until(pilot, lambda: session_of(pilot.app).state == "finished")  # type: ignore[arg-type]
    run = RunFolder.open(runs, "mine")
    assert run.progress().counts()["done"] == 6
    assert run.spec.training.epochs == 2


async def test_what_laying_out_refuses_is_told_in_the_form(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(runs: Path, spec: object) -> RunFolder:
        raise ArgumentError("data", "demo", "too few images of a class to cut a select set; give more of each class")

    monkeypatch.setattr("xsample_tui.tui.new_sweep.new_sweep_screen.lay_out", refuse)
    async with app_for(runs).run_test(size=SMALL) as pilot:
        screen = await opened(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "✗" in text(screen, "refusal"))
        assert "too few images of a class" in text(screen, "refusal")
        assert pilot.app.focused is not None
        assert pilot.app.focused.id == "data"
        assert not screen.query_one("#form").disabled


async def test_the_time_is_measured_for_each_draft_once(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(spec: SweepSpec, *rest: object) -> CostEstimate:
        asked.append(spec.training.epochs)
        return FORECAST

    monkeypatch.setattr("xsample_tui.tui.new_sweep.new_sweep_screen.estimate_cost", counted)
    async with app_for(runs).run_test(size=SMALL) as pilot:
        screen = await opened(pilot)
        await until(pilot, lambda: "about 5 min (4 min to 6 min), from a 12 s benchmark" in text(screen, "estimate"))
        put(screen, "epochs", "9")
        await until(pilot, lambda: asked == [8, 9])
        await until(pilot, lambda: "about 5 min" in text(screen, "estimate"))
        put(screen, "epochs", "8")
        await until(pilot, lambda: "about 5 min" in text(screen, "estimate"))
        await still(pilot)
    assert asked == [8, 9]


async def test_a_measurement_is_given_up_when_the_form_closes(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, given_up = threading.Event(), threading.Event()

    def patient(spec: object, shape: object, classes: object, sizes: object, wanted: Any) -> CostEstimate:
        begun.set()
        while wanted():
            begun.wait(0.02)
        given_up.set()
        raise Cancelled("not wanted")

    monkeypatch.setattr("xsample_tui.tui.new_sweep.new_sweep_screen.estimate_cost", patient)
    async with app_for(runs).run_test(size=SMALL) as pilot:
        await opened(pilot)
        await until(pilot, begun.is_set)
        await pilot.press("escape")
        await until(pilot, given_up.is_set)


@pytest.mark.parametrize("stopping", ["epochs", "patience"])
def test_sizes_of_sets_that_are_not_read_are_those_of_the_split(stopping: str) -> None:
    spec = preset("quick", "d", Machine(), source="mnist", training={"stopping": stopping})
    labels = np.arange(70_000) % 10
    dataset = Dataset("mnist", np.zeros((70_000, 6, 6, 1), np.uint8), labels, 10, 60_000)
    assert data_facts(spec)[2] == split(dataset, 0, stop=stopping == "patience").sizes()
