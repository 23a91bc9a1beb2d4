"""Commands in messages: a shell reads them back as they are meant, and no message writes one by hand."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import xsample_tui
from xsample_tui.cli.command_registry import commands
from xsample_tui.core.shell_command import quoted, shell_command

PACKAGE = Path(xsample_tui.__file__).parent
# The command that was entered, and placeholders for any run.
WRITTEN_OUT = {
    "cli/commands/attach.py",
    "cli/commands/run.py",
    "cli/commands/arms.py",
    "cli/commands/confirm.py",
    "cli/commands/extend.py",
    "cli/commands/predict.py",
    "cli/commands/replay.py",
    "cli/commands/stack.py",
    "stacking/arms/arm_comparison.py",
    "tui/keys/keymap_file.py",
}


@pytest.mark.parametrize(
    "word",
    ["plain", "two words", "it's", 'a "b"', "$HOME", "`id`", "a\nb", "\x1b[2J", "é\t'ü\\", "-", "", "~/runs", "*"],
)
def test_a_shell_reads_a_quoted_word_back(word: str) -> None:
    shown = quoted(word)
    assert shown.isprintable()
    done = subprocess.run(["bash", "-c", f"printf %s {shown}"], capture_output=True, text=True, check=True)
    assert done.stdout == word


def test_the_runs_folder_is_named_unless_it_is_the_default() -> None:
    assert shell_command("resume", "r") == "xsample-tui resume r"
    assert shell_command("resume", "r", runs=Path("./runs")) == "xsample-tui resume r"
    assert shell_command("arms", "r", "--headless", runs=Path("my runs")) == (
        "xsample-tui arms r --headless --runs-dir 'my runs'"
    )


def texts(tree: ast.Module) -> Iterator[str]:
    """Yield the texts of a module but for its docstrings."""
    described = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
            yield node.value


def test_no_message_writes_a_command_by_hand() -> None:
    named = re.compile(rf"xsample-tui ({'|'.join(commands())})\b")
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(named.search(text) for text in texts(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == WRITTEN_OUT
