"""Maps for other tools: the windows as an image, the pixels as an image or a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.harness.finished_runs import finished_run
from xsample_tui.core.errors import InputError
from xsample_tui.core.maps.pixel_importance import covers, mean_effect
from xsample_tui.services.exporting.map_files import export_importance, export_map
from xsample_tui.stacking.findings.window_judgement import judge
from xsample_tui.stacking.pool.model_pool import open_pool
from xsample_tui.store.run.run_folder import RunFolder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return finished_run(tmp_path_factory.mktemp("runs"), leave=("keep-r00-c00",))


def test_the_importance_of_pixels_is_that_of_the_judged_windows(run: RunFolder, tmp_path: Path) -> None:
    path = tmp_path / "i.csv"
    count = export_importance(run, path, field="importance", force=False)
    table = pd.read_csv(path)
    windows = judge(open_pool(run)).windows
    expected = mean_effect(
        covers("keep", np.stack([run.plan.mask(w.name) for w in windows])), [w.gain for w in windows]
    )
    np.testing.assert_allclose(table["gain"].to_numpy().reshape(8, 8), expected.mean)
    assert table["windows"].to_numpy().reshape(8, 8).tolist() == expected.count.tolist()
    assert table[["row", "col"]].to_numpy()[[0, 9]].tolist() == [[0, 0], [1, 1]]
    # No finished window covers the corner.
    assert np.isnan(expected.mean[0, 0])
    assert count == table["gain"].notna().sum() < 64


def test_images_are_written_whole(run: RunFolder, tmp_path: Path) -> None:
    assert export_map(run, tmp_path / "m.png", field="map", force=False) == 8
    export_importance(run, tmp_path / "i.svg", field="importance", force=False)
    assert (tmp_path / "m.png").read_bytes().startswith(b"\x89PNG")
    assert b"</svg>" in (tmp_path / "i.svg").read_bytes()


def test_other_names_and_files_that_are_there_are_refused(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"m.csv: end its name in \.png or \.svg"):
        export_map(run, tmp_path / "m.csv", field="map", force=False)
    with pytest.raises(InputError, match=r"i.txt: end its name in \.png, \.svg or \.csv"):
        export_importance(run, tmp_path / "i.txt", field="importance", force=False)
    (tmp_path / "i.csv").touch()
    with pytest.raises(InputError, match="exists"):
        export_importance(run, tmp_path / "i.csv", field="importance", force=False)
