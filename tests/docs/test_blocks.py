"""Every command and every example in the README and the pages works."""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.docs.blocks import PAGES, ROOT, Block, blocks, inline
from xsample_tui.cli.command_registry import commands
from xsample_tui.cli.main_command import app

ALL = [block for page in PAGES for block in blocks(page)]
RUN = {page: [block for block in ALL if block.page == page and block.kind == "sh" and block.run] for page in PAGES}
CHECKED = [block for block in ALL if block.kind == "sh" and not block.run]
PYTHON = [block for block in ALL if block.kind in ("python", "pycon")]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def check(words: list[str]) -> None:
    """Assert that a command exists and knows each option it is given."""
    options = [word.split("=")[0] for word in words if word.startswith("--")]
    given = [word for word in words[1:2] if not word.startswith("-")]
    assert not given or given[0] in commands(), f"there is no command {words[1]}"
    command: Any = commands()[given[0]].load() if given else typer.main.get_command(app)
    known = {name for p in command.params for name in (*p.opts, *p.secondary_opts)} | {"--help"}
    assert [option for option in options if option not in known] == [], words


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_fence_says_what_it_holds(page: Path) -> None:
    assert [block.text for block in blocks(page) if not block.kind] == []
    assert page.read_text().count("\n```") == 2 * len(blocks(page)), "a fence that is not read"


@pytest.mark.parametrize("block", CHECKED, ids=lambda block: f"{name(block.page)}: {block.text.splitlines()[0][:50]}")
def test_commands_that_take_too_long_to_run_exist_as_they_are_written(block: Block) -> None:
    for words in block.commands:
        check(words)
    targets = [line.split()[1] for line in block.text.splitlines() if line.startswith("make ")]
    for target in targets:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)
    assert block.commands or targets


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_named_within_a_line_exist(page: Path) -> None:
    for words in inline(page):
        check(words)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("page", [page for page in PAGES if RUN[page]], ids=name)
def test_a_page_can_be_followed_from_top_to_bottom(page: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "xsample-tui").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xsample_tui "$@"\n')
    (tools / "xsample-tui").chmod(0o755)
    place = tmp_path / "place"
    place.mkdir()
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    for block in RUN[page]:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, f"{block.text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


# The page on Python trains a sweep and its controls, which takes minutes on two cores.
EXAMPLES = [
    pytest.param(page, id=name(page), marks=[pytest.mark.slow] if page.name == "python.md" else [])
    for page in sorted({block.page for block in PYTHON})
]


@pytest.mark.parametrize("page", EXAMPLES)
def test_examples_in_python_give_what_they_show(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page's blocks are one session: the later need the earlier."""
    monkeypatch.chdir(tmp_path)
    here = [block.text for block in PYTHON if block.page == page]
    for text in here:
        if ">>> " not in text:
            compile(text, name(page), "exec")
    session = "\n".join(text for text in here if ">>> " in text)
    example = doctest.DocTestParser().get_doctest(session, {}, name(page), str(page), 0)
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example) == (0, len(example.examples))
