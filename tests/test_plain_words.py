"""Plain words: what people read says things in the words of ``docs/style.md``."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = sorted((ROOT / "xsample_tui").rglob("*.py"))
# What is not written, and what is written instead.
NOT_USED = {
    r"\b(is|are|was|were|been|be) told\b|\btells? (people|viewers|users|whoever)\b": "says, shows, receives",
    r"\breckon": "compute, estimate",
    r"\bunder way\b": "current, running",
    r"\bby lot\b|\blots\b": "randomly",
    r"\banew\b": "again",
    r"\bluck\b|\blucky\b": "chance",
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\bcompanions?\b": "control run",
    r"\bherald\b|\bcrew\b|\broster\b": "event publisher, scheduler, worker pool",
    r"\bpictures?\b": "image",
    r"\byardstick\b": "baseline test",
    r"\bpulse\b|\bfeeds?\b(?!-)": "heartbeat, event log",
    r"\bmodel library\b|\ba library's\b": "model pool",
}
# Names that are promised: options, columns and keys of files that programs read.
PROMISED = re.compile(r"``[^`]*``|`[^`\n]*`|\]\([^)]*\)|--pictures|docs/pictures")


def words_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that people read: of a page all but its code, of a module its comments and its sentences."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        fenced = False
        for number, line in enumerate(text.splitlines(), 1):
            fenced ^= line.startswith("```")
            if not fenced:
                yield number, line
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        sentence = token.type == tokenize.STRING and " " in token.string
        if sentence or token.type == tokenize.COMMENT:
            for offset, line in enumerate(token.string.splitlines()):
                # The names of arguments and attributes are code.
                yield token.start[0] + offset, re.sub(r"^\s+\w+(, \w+)*(?=: )|\{[^{}]*\}", "", line)


@pytest.mark.parametrize(("pattern", "instead"), NOT_USED.items())
def test_no_page_and_no_sentence_of_the_interface_uses_a_word_that_is_not_used(pattern: str, instead: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in (*PAGES, *MODULES)
        if path.name != "style.md"
        for number, line in words_of(path)
        if re.search(pattern, PROMISED.sub("", line), re.IGNORECASE)
    ]
    assert not found, f"write {instead}:\n" + "\n".join(found)


def test_names_in_code_say_image() -> None:
    """What is on disk, in JSON and in tables has the names of 0.1.0; those are strings, but for one."""
    kept = {"pictures_per_second"}
    found = {
        (path.relative_to(ROOT).as_posix(), token.string)
        for path in MODULES
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
        if token.type == tokenize.NAME and "picture" in token.string.lower() and token.string not in kept
    }
    assert found == set()
