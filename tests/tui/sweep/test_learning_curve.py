"""The learning curve: pins, axes, smoothing and epochs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.fake_lease import metrics_of
from tests.harness.interface import NOW, app_on, commit, make_shown_run, session_of, sweep_of, tell, until
from tests.tui.heatmap.conftest import drawn
from xsample_tui.core.run_state.run_events import EpochDone
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.sweep.learning_curve import LearningCurve
from xsample_tui.tui.sweep.trial_table import TrialTable
from xsample_tui.tui.theme.colors import PINS
from xsample_tui.tui.widgets.line_plot import LABEL, frame, smoothed

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 50)


async def test_p_pins_curves_with_their_letters_and_takes_them_back(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        curve = sweep_of(app).query_one(LearningCurve)
        for _ in range(PINS):
            await pilot.press("p", "down")
        assert curve.pins == [f"keep-r0{row}-c00" for row in range(PINS)]
        text = "\n".join(drawn(curve))
        for number, name in enumerate(curve.pins):
            letter = chr(ord("A") + number)
            assert f"{letter} {name}" in text
            # In the legend, and at the end of its line.
            assert text.count(letter) >= 2
        await pilot.press("p")
        assert len(curve.pins) == PINS
        assert any("pinned" in n.message for n in app._notifications)
        await pilot.press("up", "p")
        assert curve.pins == [f"keep-r0{row}-c00" for row in range(PINS - 1)]


async def test_y_and_o_change_the_curves_axis_and_smooth_it(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        curve = sweep_of(app).query_one(LearningCurve)
        linear = drawn(curve)
        assert "val acc" in linear[0]
        await pilot.press("y")
        logarithmic = drawn(curve)
        assert "val error" in logarithmic[0]
        assert "log axis" in logarithmic[0]
        # Errors fall where accuracies rise.
        assert logarithmic[2:-1] != linear[2:-1]
        await pilot.press("y", "o")
        assert "smoothed over 5 epochs" in "".join(drawn(curve))
        await pilot.press("o")
        assert "smoothed over 15 epochs" in "".join(drawn(curve))
        await pilot.press("o")
        assert drawn(curve) == linear


async def test_the_curve_is_magnified_and_moved_by_keys(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        curve = sweep_of(app).query_one(LearningCurve)
        whole = drawn(curve)
        await pilot.press("c")
        await until(pilot, lambda: app.focused is curve)
        await pilot.press("plus", "plus")
        near = drawn(curve)
        axis = [int(text) for text in near[-1].split()[1:]]
        assert axis[-1] == 12
        assert axis[0] >= 9
        await pilot.press(*("left",) * 20)
        axis = [int(text) for text in drawn(curve)[-1].split()[1:]]
        assert (axis[0], axis[-1] <= 5) == (1, True)
        await pilot.press("right")
        assert drawn(curve) != near
        await pilot.press("z")
        assert drawn(curve) == whole


async def test_all_other_windows_are_faint_behind_the_chosen_one_until_they_are_hidden(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        curve = sweep_of(app).query_one(LearningCurve)
        crowded = drawn(curve)
        assert "other windows" in "".join(crowded)
        await pilot.press("W")
        alone = drawn(curve)
        assert "other windows" not in "".join(alone)
        dots = [sum("⠀" < sign <= "⣿" for sign in "".join(lines)) for lines in (alone, crowded)]
        assert dots[1] > dots[0] + 20
        # A window that goes on is drawn without being chosen.
        await pilot.press("W")
        assert drawn(curve) == crowded
        kept = dict(curve._curves)
        name = next(iter(kept))
        shown = {sweep_of(app).selected, *kept}
        other = next(trial for trial in mid_run.document.trials if trial.window and trial.name not in shown)
        curve._drawn_at = 0.0
        tell(mid_run, [EpochDone(at=NOW, trial=other.name, metrics=metrics_of(other, 1), seconds=1.0)])
        await until(pilot, lambda: other.name in curve._curves)
        assert curve._curves[name][1] is kept[name][1]


async def test_the_legend_shows_the_values_of_the_epoch_under_the_cursor(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        curve = sweep_of(app).query_one(LearningCurve)
        await pilot.press("p", "down", "c")
        await until(pilot, lambda: app.focused is curve)
        without = drawn(curve)
        await pilot.press("shift+left", "shift+left", "shift+left")
        assert curve.cursor == 10
        trials = session_of(app).progress.trials
        legend = "".join(drawn(curve)[:3])
        assert "epoch 10:" in legend
        assert f"val acc {trials['keep-r01-c00'].history[9].val_accuracy:.4f}" in legend
        assert f"A keep-r00-c00 {trials['keep-r00-c00'].history[9].val_accuracy:.4f}" in legend
        # The epoch is marked on every line: each has its own place.
        marks = {
            (x, y)
            for y, strip in enumerate(curve.draw())
            for x, sign in enumerate(s for segment in strip for s in [segment.style] * len(segment.text))
            if sign is not None and sign.reverse
        }
        assert len({x for x, _ in marks}) == 1
        assert len(marks) >= 2
        await pilot.press(*["shift+right"] * 5)
        assert curve.cursor == 12
        # The mouse goes to an epoch, and with it the values.
        region = curve.content_region
        await pilot.hover(offset=(region.x + LABEL + 1, region.y + 5))
        await until(pilot, lambda: curve.cursor == 1)
        await pilot.hover(offset=(1, 1))
        await until(pilot, lambda: curve.cursor is None)
        assert drawn(curve) == without


async def test_c_brings_the_curve_beside_the_grid_on_small_terminals(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        curve, table = sweep_of(app).query_one(LearningCurve), sweep_of(app).query_one(TrialTable)
        await pilot.press("c")
        await until(pilot, lambda: app.focused is curve and curve.size.height > 5)
        assert not table.display
        assert "val acc" in drawn(curve)[0]
        await pilot.press("g", "down")
        assert "keep-r01-c00" in str(curve.border_title)
        await pilot.press("t")
        await until(pilot, lambda: app.focused is table)
        assert not curve.region


series = st.lists(st.floats(-5, 5), min_size=1, max_size=30).map(lambda values: list(enumerate(values, 1)))


@given(series, st.integers(1, 20))
def test_smoothing_stays_between_the_points_and_begins_at_the_first(points: Any, span: int) -> None:
    found = smoothed(points, span)
    assert [epoch for epoch, _ in found] == [epoch for epoch, _ in points]
    assert found[0][1] == pytest.approx(points[0][1])
    values = [value for _, value in points]
    assert all(min(values) - 1e-9 <= value <= max(values) + 1e-9 for _, value in found)
    if span == 1:
        assert [value for _, value in found] == pytest.approx(values)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_the_axis_of_accuracies_names_none_beyond_one(values: list[float]) -> None:
    points = list(enumerate(values, start=1))
    where = frame([points], len(points), 40, 10)
    assert max(values) <= where.high <= 1
    assert where.low < min(values)
    assert all(0 <= where.dot(*point)[1] < 40 for point in points)


async def test_a_trial_without_errors_has_a_place_on_the_logarithmic_axis(runs: Any) -> None:
    run = make_shown_run(runs)
    for trial in run.document.trials:
        commit(run, trial.name, 3)
    app = app_on(run, work=False)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        for entry in session_of(app).progress.windows:
            best = dataclasses.replace(entry.history[-1], val_accuracy=1.0, val_errors=0)
            session_of(app).progress.trials[entry.trial.name] = dataclasses.replace(
                entry, history=(*entry.history[:-1], best)
            )
        await pilot.press("y")
        assert any("⠀" < character <= "⣿" for character in "".join(drawn(sweep_of(app).query_one(LearningCurve))))
