"""The tables of the arms: one layout for the command, the stack screen, the report and Python."""

import dataclasses
import math

import pytest

from tests.harness.finished_runs import finished_run
from tests.stacking.conftest import Command
from xsample_tui.api.arms_object import arms_frame, comparisons_frame
from xsample_tui.report.report_findings import gather
from xsample_tui.report.report_tables import tables
from xsample_tui.services.arm_question import arm_blender, ask_arms
from xsample_tui.stacking.arms.arm_comparison import ArmStudy
from xsample_tui.stacking.arms.arm_tables import arms_table, differences_table
from xsample_tui.stacking.pool.model_pool import open_pool
from xsample_tui.store.run.run_folder import RunFolder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run with enough baselines for k = 5."""
    return finished_run(tmp_path_factory.mktemp("runs") / "runs", baselines=6)


@pytest.fixture(scope="module")
def study(run: RunFolder) -> ArmStudy:
    """Its arms."""
    return ask_arms(open_pool(run), arm_blender("mean", 5), 5)


def test_columns_are_aligned_and_nothing_is_cut_off(study: ArmStudy) -> None:
    table = arms_table(study.results)
    head, *lines = table.lines(["arm", "title", "errors"])
    assert head.split("  ")[0] == "arm"
    assert len({len(line) for line in (head, *lines)}) == 1, "the last column is aligned to the right"
    for line, result in zip(lines, study.results.values(), strict=True):
        assert line.endswith(f" {result.blend.score.errors}")
    assert all(str(row["title"]) in line for row, line in zip(table.rows, lines, strict=True))


def test_the_order_of_columns_is_the_callers(study: ArmStudy) -> None:
    table = differences_table(study.comparisons)
    assert table.heads(["verdict", "pair"]) == ("verdict", "arms")
    assert table.cells(["verdict", "pair"])[0] == (study.primary.verdict, study.primary.name)
    assert [line.split()[0] for line in table.lines(["pair"])[1:]] == [c.name.split()[0] for c in study.comparisons]


def test_what_is_not_known_is_an_empty_cell(study: ArmStudy) -> None:
    known = study.primary
    unknown = dataclasses.replace(known, mcnemar_p=None, p_holm=math.nan)
    cells = differences_table([dataclasses.replace(known, mcnemar_p=0.25), unknown]).cells(["mcnemar", "holm"])
    assert cells[0][0] == "0.25"
    assert cells[1] == ("", "")
    drawn = dict(zip(study.results, arms_table(study.results).cells(["draws"]), strict=True))
    assert drawn["A"] == ("",)
    assert "±" in drawn["D"][0]


def test_every_front_end_shows_the_same_cells(study: ArmStudy, run: RunFolder, command: Command) -> None:
    out = command("arms", "r", "--no-train", "--runs-dir", run.path.parent).out
    shown = {table.anchor: table.rows for table in tables(gather(run))}
    arms, differences = arms_table(study.results), differences_table(study.comparisons)
    for table, report, names in (
        (arms, shown["arms"], ("title", "errors", "wilson", "oracle_error")),
        (differences, shown["differences"], ("pair", "interval", "ranked")),
    ):
        for cells, row in zip(table.cells(names), report, strict=True):
            assert set(cells) <= {cell.replace("−", "-") for cell in row}
            assert all(cell in out for cell in cells)
    assert arms_frame(study)["errors"].tolist() == [row["errors"] for row in arms.rows]
    assert comparisons_frame(study)["low"].tolist() == [row["low"] for row in differences.rows]
    assert any("−" in cell for row in shown["differences"] for cell in row), "numbers have a minus, not a hyphen"
