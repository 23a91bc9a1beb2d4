"""Bad input: one clear line, exit code 2, nothing on stdout, nothing made."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.harness.runs import make_run, work

RUN = ("run", "--headless", "--name", "x")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((*RUN, "--preset", "best"), ("--preset", "best", "quick, standard, article")),
        ((*RUN, "--mask", "round"), ("--mask", "round", "keep, occlude")),
        ((*RUN, "--window", "9y9"), ("--window", "9y9", "9x7")),
        ((*RUN, "--window", "29"), ("--window", "29x29", "28x28")),
        ((*RUN, "--window", "0"), ("--window", "0", "1")),
        ((*RUN, "--stride", "0"), ("--stride", "0", "1")),
        ((*RUN, "--epochs", "0"), ("--epochs", "0", "1")),
        ((*RUN, "--epochs", "many"), ("--epochs", "many", "whole number")),
        ((*RUN, "--jobs", "0"), ("--jobs", "0", "1")),
        ((*RUN, "--until", "soon"), ("--until", "soon", "23:30")),
        ((*RUN, "--max-hours", "0"), ("--max-hours", "0", "above 0")),
        ((*RUN, "--seed", "-1"), ("--seed", "-1", "0")),
        ((*RUN, "--learning-rate", "nan"), ("--learning-rate", "nan")),
        ((*RUN, "--optimizer", "adamm"), ("--optimizer", "adamm", "adam")),
        ((*RUN, "--loss", "hinge"), ("--loss", "hinge", "binary_crossentropy")),
        ((*RUN, "--stopping", "never"), ("--stopping", "never", "patience")),
        ((*RUN, "--preset", "article", "--stopping", "patience"), ("stop slice",)),
        ((*RUN, "--only", "keep-r99-c99"), ("--only", "keep-r99-c99", "keep-r00-c00")),
        ((*RUN, "--limit", "3"), ("--limit", "3", "10")),
        ((*RUN, "--data", "no/such.npz"), ("--data", "no/such.npz")),
        ((*RUN, "--data", "mnist-3d"), ("mnist-3d", "demo")),
        (("run", "--headless", "--name", "../x"), ("--name", "../x", "letters")),
        (("run", "--headless", "--name", "\x1b[2Jx"), ("--name", "\\x1b[2Jx")),
        (("export", "r"), ("--csv", "not given", "--parquet", "--model TRIAL --to FILE.keras")),
        (("export", "r", "--model", "keep-r00-c00"), ("--model", "keep-r00-c00", "add --to FILE.keras")),
        (("export", "r", "--to", "two.keras"), ("--to", "two.keras", "add --model TRIAL")),
        (("export", "r", "--model", "t", "--to", "two.h5"), ("--to", "two.h5", "end its name in .keras")),
        (("export", "r", "--softmax", "two.csv"), ("--softmax", "two.csv", ".npz")),
        (("export", "r", "--csv", "two", "--history", "two"), ("--csv", "two outputs have one name")),
        (("export", "r", "--csv", "two", "--split", "test"), ("--split", "test", "--open-test")),
        ((*RUN, "--from", "no.toml"), ("--from", "no.toml", "No such file")),
        ((*RUN, "--like", "no", "--preset", "quick"), ("--preset", "quick", "give only one")),
        ((*RUN, "--log", "stone"), ("--log", "stone", "tensorboard")),
        (("run", "--no-such-option"), ("--no-such-option",)),
        (("run",), ("no terminal", "--headless")),
        ((), ("no terminal", "run --headless")),
        (("resume", "nothing", "--headless"), ("nothing", "no such run")),
        (("status", "nothing"), ("nothing", "no such run")),
        (("export", "nothing", "--csv", "out.csv"), ("nothing", "no such run")),
        (("export", "nothing", "--csv", "no/folder/out.csv"), ("--csv", "no/folder")),
        (("pause", "nothing"), ("nothing", "no such run")),
        (("windows", "--mask", "round"), ("--mask", "round")),
        (("windows", "--pictures", "some"), ("--pictures", "some")),
        (("fly",), ("fly",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_one_clear_line(cli: Run, tmp_path: Path, arguments: tuple[str, ...], named: tuple[str, ...]) -> None:
    done = cli(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert "\x1b" not in line
    for part in named:
        assert part in line
    assert list(tmp_path.iterdir()) == []


def test_an_output_file_that_exists_is_not_overwritten_without_force(cli: Run, tmp_path: Path) -> None:
    work(make_run(tmp_path / "runs"))
    out = tmp_path / "out.csv"
    out.write_text("precious")
    done = cli("export", "r", "--csv", "out.csv")
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert out.read_text() == "precious"
    assert cli("export", "r", "--csv", "out.csv", "--force").returncode == 0
    assert out.read_text().startswith("trial,")


def test_steering_a_run_that_nobody_trains_is_refused(cli: Run, tmp_path: Path) -> None:
    make_run(tmp_path / "runs")
    for command in ("pause", "unpause", "stop"):
        done = cli(command, "r")
        assert done.returncode == 2
        assert "resume r" in done.stderr
    assert not (tmp_path / "runs" / "r" / "requests").exists()


def test_a_name_that_is_taken_is_refused(cli: Run, tmp_path: Path) -> None:
    make_run(tmp_path / "runs")
    done = cli("run", "--headless", "--name", "r")
    assert done.returncode == 2
    assert "exists" in done.stderr
