"""Commands: found in the modules' text, imported when called, completed by the shell."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import xsample_tui.cli.commands
from tests.cli.conftest import COMMAND, Run
from tests.harness.runs import make_run
from xsample_tui.cli.command_registry import OTHER_WORDS, SECTIONS, commands

FOLDER = Path(xsample_tui.cli.commands.__file__).parent


def test_every_marked_function_is_found() -> None:
    marked = sum(
        line.startswith("@command(") for path in FOLDER.glob("*.py") for line in path.read_text().splitlines()
    )
    assert len(commands()) == marked >= 15


@pytest.mark.parametrize("name", commands())
def test_the_text_says_what_the_function_says(name: str) -> None:
    found = commands()[name]
    function = getattr(import_module(found.module), found.function)
    assert found.line == function.__doc__.splitlines()[0]
    assert found.line.endswith(".")
    assert found.section in SECTIONS


def test_help_lists_commands_under_their_sections(cli: Run) -> None:
    lines = cli("--help").stdout.splitlines()
    heading = lines.index("Monitor and control:")
    assert lines.index("Train:") < heading < lines.index("Evaluate and ensemble:")
    assert any(line.split()[:1] == ["pause"] for line in lines[heading:])


def test_a_misspelt_command_is_answered_with_its_neighbours(cli: Run) -> None:
    done = cli("statsu")
    assert done.returncode == 2
    assert "No such command 'statsu'. Did you mean 'status'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (("list",), "Did you mean 'status'?"),
        (("help",), "Did you mean '--help'?"),
        (("run", "--ephocs", "3"), "Did you mean --epochs?"),
        (("--runs-dri", "x"), "Did you mean --runs-dir?"),
        (("run", "--headless", "--preset", "quik"), "did you mean quick?"),
        (("run", "--headless", "--mask", "oclude"), "did you mean occlude?"),
        (("run", "--headless", "--data", "mnsit"), "did you mean mnist?"),
        (("judge", "frist"), "did you mean first?"),
        (("delete", "frist", "--yes"), "did you mean first?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_misspelt_word_is_answered_with_its_neighbour(
    cli: Run, tmp_path: Path, arguments: tuple[str, ...], asked: str
) -> None:
    make_run(tmp_path / "runs", "first")
    done = cli(*arguments)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert asked in line


def test_other_words_stand_for_commands_that_there_are() -> None:
    named = {word for word in OTHER_WORDS.values() if not word.startswith("--")}
    assert named <= commands().keys()
    assert OTHER_WORDS.keys().isdisjoint(commands())


def test_help_and_listing_import_no_command() -> None:
    program = (
        "import sys; sys.argv = ['xsample-tui', '--help']\n"
        "from xsample_tui.cli.main_command import main; main()\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('numpy', 'pydantic', 'joblib') "
        "or m in ('xsample_tui.cli.commands.run', 'xsample_tui.cli.commands.judge')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def complete(folder: Path, *words: str) -> list[str]:
    """Return what the shell offers for the last word."""
    environment = {
        "_XSAMPLE_TUI_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(("xsample-tui", *words)),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        COMMAND, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_the_shell_completes_commands_options_and_runs(tmp_path: Path) -> None:
    make_run(tmp_path / "runs", "first")
    make_run(tmp_path / "elsewhere", "second")
    assert complete(tmp_path, "st") == ["stop", "status", "stack"]
    assert complete(tmp_path, "stack", "--bl") == ["--blend"]
    assert complete(tmp_path, "judge", "f") == ["first"]
    assert complete(tmp_path, "judge", "--runs-dir", "elsewhere", "s") == ["second"]
