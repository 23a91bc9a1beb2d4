"""Hints in messages: each is a command that works when it is pasted, from a runs folder with a blank in its name."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.harness.runs import make_run
from xsample_tui.cli.command_registry import commands
from xsample_tui.store.run.run_folder import RunFolder

RUNS = "my runs"
WORD = r"(?:'[^']*'|[^\s'`,;:()])+"
# The command before a colon is the one that was entered.
HINT = re.compile(rf"xsample-tui(?: {WORD}(?![:\w]))+(?!:)")


def hints(text: str) -> list[list[str]]:
    """Return the commands in a text, as a shell would split them."""
    return [shlex.split(found[0]) for found in HINT.finditer(text)]


def accepted(words: list[str]) -> bool:
    """Return whether the command line takes these words: command, options and arguments."""
    _, name, *rest = words
    with commands()[name].load().make_context(name, rest):
        return True


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("status", "--runs-dir", RUNS), ("run",)),
        (("resume", "r", "--headless", "--runs-dir", RUNS), ("status",)),
        (("delete", "r", "--yes", "--runs-dir", RUNS), ("status",)),
        (("--runs-dir", RUNS), ("run", "status")),
    ],
)
def test_hints_without_a_run(cli: Run, arguments: tuple[str, ...], named: tuple[str, ...]) -> None:
    found = hints(cli(*arguments).stderr)
    assert tuple(words[1] for words in found) == named
    for words in found:
        assert words[-2:] == ["--runs-dir", RUNS]
        assert accepted(words)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("pause", "r"), ("resume",)),
        (("attach", "r"), ("status", "resume")),
        (("judge", "r"), ("resume",)),
    ],
)
def test_hints_about_a_run(cli: Run, tmp_path: Path, arguments: tuple[str, ...], named: tuple[str, ...]) -> None:
    make_run(tmp_path / RUNS)
    done = cli(*arguments, "--runs-dir", RUNS)
    assert done.returncode == 2
    found = hints(done.stderr)
    assert tuple(words[1] for words in found) == named
    for words in found:
        assert words[2] == "r"
        assert words[-2:] == ["--runs-dir", RUNS]
        assert accepted(words)


def test_a_pasted_hint_finds_the_run(cli: Run, tmp_path: Path) -> None:
    make_run(tmp_path / RUNS)
    watch, _ = hints(cli("attach", "r", "--runs-dir", RUNS).stderr)
    assert cli(*watch[1:]).stdout.startswith("r: ")


def test_what_a_run_says_of_itself_is_accepted(tmp_path: Path) -> None:
    run = make_run(tmp_path / RUNS)
    folder = RunFolder(run.path)
    for options in (("arms", "--headless"), ("attach",), ("resume", "--headless"), ("export", "--history", "e.csv")):
        words = shlex.split(folder.shell_command(*options))
        assert accepted(words)
        assert words[-1] == str(tmp_path / RUNS)
