"""Text that is no UTF-8: arguments, variables of the environment, and names of files and folders."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.called_command import called
from tests.harness.runs import make_run
from xsample_tui.core.errors import NOT_UTF8
from xsample_tui.store.control.request_inbox import RequestInbox

BAD = b"caf\xe9"
RUN = ("run", "--no-train", "--preset", "quick", "--name", "n", "--jobs", "1")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def images(folder: bytes | str) -> bytes:
    """Make a folder of images, one of whose classes has a name that is no UTF-8; return its name."""
    name = os.fsencode(folder)
    for label in (b"A", b"\xe9B"):
        os.makedirs(os.path.join(name, label))
        for number in range(20):
            pixels = np.random.default_rng(number).integers(0, 256, (8, 8), np.uint8)
            Image.fromarray(pixels).save(os.fsdecode(os.path.join(name, label, b"%d\xe9.png" % number)))
    return name


@pytest.mark.parametrize(
    "command",
    [
        ("note", "r", BAD),
        ("tag", "r", b"+" + BAD),
        ("status", BAD),
        ("rename", "r", BAD),
        (*RUN[:5], BAD, "--data", "demo"),
        (*RUN, "--data", BAD),
        (*RUN, "--data", "demo", "--network", BAD),
        (*RUN, "--data", "demo", "--mask", BAD),
        (*RUN, "--data", "demo", "--label-column", BAD),
        (*RUN, "--data", "demo", "--until", BAD),
        (*RUN, "--data", "demo", "--cluster", BAD),
        ("resume", "r", "--headless", "--log", BAD),
        ("attach", "r", "--notify", BAD),
        (BAD,),
    ],
    ids=lambda command: " ".join(map(str, command))[:40],
)
def test_an_argument_that_is_no_utf8_is_refused_in_a_line(tmp_path: Path, command: tuple[str | bytes, ...]) -> None:
    make_run(tmp_path / "runs")
    code, out, said = called(*command)
    assert (code, out) == (2, ""), said
    assert len(said.splitlines()) == 1
    assert said.startswith("error: ")
    assert "caf\\udce9" in said
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["r"]


def test_images_in_folders_that_are_no_utf8_are_described_and_refused(tmp_path: Path) -> None:
    code, out, said = called("data", images("pictures"))
    assert code == 0, said
    assert "\\udce9B" in out
    code, _, said = called(*RUN, "--data", "pictures")
    assert (code, NOT_UTF8 in said, len(said.splitlines())) == (2, True, 1), said
    code, _, said = called(*RUN, "--data", images(BAD))
    assert (code, NOT_UTF8 in said, len(said.splitlines())) == (2, True, 1), said
    assert not list((tmp_path / "runs").glob("[!.]*"))


def test_a_runs_folder_and_files_that_are_no_utf8_are_written_and_read(tmp_path: Path) -> None:
    runs = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + BAD))
    make_run(runs)
    at = ("--runs-dir", os.fsencode(runs))
    table = os.fsencode(tmp_path) + b"/" + BAD + b".csv"
    for command in (
        ("status",),
        ("status", "r"),
        ("status", "--json"),
        ("export", "r", "--csv", table),
        ("note", "r", "a"),
    ):
        code, _, said = called(*command, *at)
        assert (code, "error" in said) == (0, False), (command, said)
    assert os.path.exists(table)


def test_variables_that_are_no_utf8_are_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "runs")
    for name in ("USER", "LOGNAME", "HOSTNAME", "XSAMPLE_ON_FINISH"):
        monkeypatch.setenv(name, os.fsdecode(BAD))
    inbox = RequestInbox(run.path)
    code, _, said = called("stop", "r")
    assert (code, "not active" in said) == (2, True)
    assert not list(inbox.take())
