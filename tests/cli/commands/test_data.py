"""``data``: what a source holds; and a sweep of a folder of images, whose classes keep their names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return class folders of twelve images each, one of which is another's copy, and one damaged file."""
    lot = np.random.default_rng(0)
    for name in ("dog", "cat"):
        for number in range(12):
            path = tmp_path / "pets" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(lot.integers(0, 255, (8, 8), np.uint8)).save(path)
    (tmp_path / "pets" / "cat" / "copy.png").write_bytes((tmp_path / "pets" / "cat" / "1.png").read_bytes())
    (tmp_path / "pets" / "dog" / "bad.png").write_text("none")
    return tmp_path / "pets"


def test_a_folder_of_images(cli: Run, folder: Path) -> None:
    refused = cli("data", str(folder))
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert "bad.png" in refused.stderr
    done = cli("data", str(folder), "--skip-bad")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert "25 train images" in lines[1]
    assert "1 image is equal to another one of the same part, pixel by pixel" in lines
    assert [line.split() for line in lines if line.startswith(("cat ", "dog "))] == [["cat", "13"], ["dog", "12"]]
    assert "mean train image:" in lines
    assert lines[-1].endswith("--skip-bad")


def test_as_json(cli: Run, folder: Path) -> None:
    facts = json.loads(cli("data", str(folder), "--skip-bad", "--size", "4x6", "--json").stdout)
    assert (facts["height"], facts["width"], facts["channels"]) == (4, 6, 1)
    assert [one["name"] for one in facts["classes"]] == ["cat", "dog"]
    assert facts["notes"][0] == "1 file that cannot be read left out"


@pytest.mark.parametrize("size", ["0", "9x", "-1", "9999"])
def test_a_size_that_is_none(cli: Run, folder: Path, size: str) -> None:
    done = cli("data", str(folder), f"--size={size}")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
