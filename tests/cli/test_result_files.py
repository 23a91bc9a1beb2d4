"""Where results can go: what cannot take them is refused in a line, and what is there stays what it is."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, Run
from tests.harness.finished_runs import finished_run
from tests.harness.until import SECONDS
from tests.harness.unwritable import contents


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a finished run, and things that are no place for results."""
    finished_run(tmp_path / "runs")
    (tmp_path / "file").write_text("precious")
    (tmp_path / "full").symlink_to("/dev/full")
    (tmp_path / "nowhere").symlink_to("no/where.csv")
    return tmp_path


REFUSED = {
    "export r --csv no/out.csv": "--csv: no/out.csv: there is no folder no; make it first",
    "export r --csv file/out.csv": "--csv: file/out.csv: there is no folder file",
    "export r --csv nowhere": "--csv: nowhere: cannot be written: No such file or directory",
    "export r --csv runs --force": "--csv: runs: exists and is a folder; name a file",
    "export r --csv full": "--csv: full: cannot be written: No space left on device",
    "compare r r --csv full": "--csv: full: cannot be written: No space left on device",
    "windows --stride 19 --csv full": "--csv: full: cannot be written: No space left on device",
    "stack r --top 3 --csv full": "--csv: full: is not a file",
    "stack r --top 3 --csv no/out.csv": "--csv: no/out.csv: there is no folder no",
    "predict r --input x.npz --csv full": "--csv: full: is not a file",
    "predict r --input x.npz --csv no/out.csv": "--csv: no/out.csv: there is no folder no",
    "report r --out file": "--out: file: is a file; name a folder",
    "report r --out file/report": "--out: file/report: cannot be written: Not a directory",
    "report r --out full": "--out: full: is a file; name a folder",
}


@pytest.mark.parametrize("words", REFUSED)
def test_a_place_that_takes_no_results_is_named_in_a_line(here: Path, cli: Run, words: str) -> None:
    before = contents(here)
    done = cli(*words.split())
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    line = done.stderr.splitlines()[-1]
    assert line.startswith("error: ")
    assert REFUSED[words] in line
    assert "Traceback" not in done.stderr
    assert contents(here) == before
    assert Path("/dev/full").is_char_device()


def test_a_pipe_and_a_link_stay_what_they_are(here: Path, cli: Run) -> None:
    os.mkfifo(here / "pipe")
    (here / "link").symlink_to("file")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append((here / "pipe").read_text()))
    reader.start()
    done = cli("export", "r", "--csv", "pipe")
    if done.returncode:
        (here / "pipe").write_text("")
    reader.join()
    assert done.returncode == 0, done.stderr
    assert (here / "pipe").is_fifo()
    assert cli("export", "r", "--csv", "link").returncode == 2
    assert (here / "file").read_text() == "precious"
    assert cli("export", "r", "--csv", "link", "--force").returncode == 0
    assert (here / "link").is_symlink()
    assert read == [(here / "file").read_text()]
    assert read[0].startswith("trial,")


SMALL = """
import os, subprocess, sys
small, room = sys.argv[1], int(sys.argv[2])
if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small]).returncode:
    sys.exit(9)
with open(os.path.join(small, "ballast"), "wb") as file:
    file.write(b"x" * (2**20 - room))
with open(os.path.join(small, "out.csv.json"), "w") as file:
    file.write("as it was")
done = subprocess.run(sys.argv[3:], capture_output=True, text=True)
found = sorted(os.listdir(small))
sys.stderr.write(done.stderr)
print(done.returncode, open(os.path.join(small, "out.csv.json")).read(), *found)
"""


@pytest.mark.parametrize(
    ("words", "room"),
    [
        # Beside the old one, there is room for what is said of the table and for half of the table.
        ("stack r --top 3 --probabilities --csv small/out.csv --force", 3 * 4096),
        # Some of a report's files are larger than others.
        ("report r --out small/new/report", 16 * 4096),
    ],
)
def test_on_a_full_disk_results_are_whole_or_not_there(here: Path, words: str, room: int) -> None:
    (here / "small").mkdir()
    alone = ("unshare", "--user", "--map-root-user", "--mount", sys.executable, "-c", SMALL, "small", str(room))
    done = subprocess.run(
        [*alone, *COMMAND, *words.split()],
        cwd=here,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode == 9 or done.stderr.startswith("unshare"):
        pytest.skip("this user may not mount a file system in a namespace")
    assert done.stdout.split() == ["2", "as", "it", "was", "ballast", "out.csv.json"], done.stderr
    assert "No space left on device" in done.stderr.splitlines()[-1]


def test_a_full_disk_behind_stdout_is_one_line(here: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, "status"],
            cwd=here,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "error: No space left on device\n"
