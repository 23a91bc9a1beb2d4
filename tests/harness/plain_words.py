"""Finds words that ``docs/style.md`` does not use: in what people read, and in a commit message.

``python -m tests.harness.plain_words FILE`` checks a commit message, as the hook ``commit-msg`` does.
"""

from __future__ import annotations

import ast
import io
import json
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# What is not written, and what is written instead.
NOT_USED = {
    r"\btold\b|\btells\b": "says, shows, receives",
    r"\breckon": "compute, estimate",
    r"\bunder way\b": "current, running",
    r"\bby lot\b|\blots?\b(?! of)": "randomly",
    r"\banew\b": "again",
    r"\bluck\b|\blucky\b": "chance",
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\blook(s|ed|ing)? at\b": "read, check, show, see",
    r"\btak(e|es|en|ing) up\b(?! to)|\btook up\b|\b(go|goes|going|went) on with\b|\bto go on\.": "resume, continue",
    r"\bcompanions?\b": "control run",
    r"\bheralds?\b|\bcrews?\b|\broster\b|\bguests?\b": "event publisher, scheduler, worker pool, extension",
    r"\bpictures?\b": "image",
    r"\byardstick\b": "baseline test",
    r"\bpulse\b|\bfeeds?\b(?!-)": "heartbeat, event log",
    r"\bmodel library\b|\ba library's\b|\brun library\b|\blibrary of runs\b": "model pool, run folder",
    r"(?<!cross-)\bvalidation\b": "selection or early-stopping images",
    r"\bhold-?outs?\b": "test images",
    r"\bpartners?\b": "twin",
    r"\bgenerations?\b": "checkpoint",
    r"\b(the|a|an|of|is|and|in|to) \1\b": "the word once",
}
# Names that are promised: options, columns and keys of files that programs read; code in pages; addresses.
PROMISED = re.compile(r"``[^`]*``|`[^`\n]*`|\]\([^)]*\)|--pictures|docs/pictures|^validation:$")
# Whole strings that are such names, and the modules that have them: columns, JSON keys, arrays, arguments of 0.1.0,
# files, parts of data sets, seeds, ids of keys and widgets.
PROMISED_STRINGS = {
    "pictures": "comparison_text dataset disagreement_browser labelled_images made_blend member_outputs "
    "picture prediction_export show_windows stack_screen stack_tabs stored_inputs window_figures "
    "window_judgement",
    "picture": "export_dialog new_image_labels prediction_export table_files",
    "stack-pictures": "background_queries",
    "sweep.picture-before": "declared_keys",
    "sweep.next-picture": "declared_keys",
    "stack.picture-before": "stack_screen",
    "stack.next-picture": "stack_screen",
    "preview.picture-before": "input_preview",
    "preview.next-picture": "input_preview",
    "luck": "window_judgement",
    "validation": "class_folders kaggle npz table_columns",
    "companion": "control_runs",
    "lot": "member_selection",
    "pulse.json": "finish_hook heartbeat",
}
Line = tuple[int, str]


def breaches(lines: Iterable[Line]) -> Iterator[tuple[int, str, str]]:
    """Yield number and text of each line with a word that is not used, and what to write instead."""
    for number, line in lines:
        rest = PROMISED.sub("", line)
        for pattern, instead in NOT_USED.items():
            if re.search(pattern, rest, re.IGNORECASE):
                yield number, line.strip(), instead


def lines_of(path: Path) -> Iterator[Line]:
    """Yield the lines of a file that people read, with their numbers.

    Of a page all but its code, of Python its comments and its strings, of HTML its text and scripts, of a notebook
    its cells, of anything else all.
    """
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _comments(text)
        yield from (line for name, found in strings_of(text) if not promised(name, path.stem) for line in found)
        return
    readers = {".md": _page, ".html": _html, ".ipynb": _notebook}
    yield from readers.get(path.suffix, _all)(text)


def promised(string: str, module: str) -> bool:
    """Return whether a whole string is a name that a module may not change."""
    return module in PROMISED_STRINGS.get(string, "").split()


def strings_of(text: str) -> Iterator[tuple[str, list[Line]]]:
    """Yield each string of a module, an f-string with ``{}`` for its values, and its lines."""
    tree = ast.parse(text)
    parts = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            whole = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
            whole = node.value
        else:
            continue
        yield whole, list(_lines(whole, node.lineno))


def prose_of(path: Path) -> Iterator[Line]:
    """Yield the lines of a Python file's docstrings and comments alone: a test's strings are data."""
    text = path.read_text(encoding="utf-8")
    yield from _comments(text)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _lines(ast.get_docstring(node, clean=False) or "", getattr(node, "lineno", 1))


def _all(text: str) -> Iterator[Line]:
    yield from enumerate(text.splitlines(), 1)


def _page(text: str) -> Iterator[Line]:
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        fenced ^= line.lstrip().startswith("```")
        if not fenced:
            yield number, line


def _notebook(text: str) -> Iterator[Line]:
    for number, cell in enumerate(json.loads(text)["cells"], 1):
        yield from ((number, line) for line in cell["source"])


def _comments(text: str) -> Iterator[Line]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _lines(text: str, first: int) -> Iterator[Line]:
    for offset, line in enumerate(text.splitlines()):
        # The names of arguments and attributes are code.
        yield first + offset, re.sub(r"^\s+\w+(, \w+)*(?=: )", "", line)


class _Text(HTMLParser):
    """Collects what a page shows, and its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self._style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._style = tag == "style"
        shown = [value for name, value in attrs if name in ("alt", "aria-label", "content", "placeholder", "title")]
        self.lines += [(self.getpos()[0], value) for value in shown if value]

    def handle_data(self, data: str) -> None:
        if not self._style:
            first = self.getpos()[0]
            self.lines += [(first + offset, line) for offset, line in enumerate(data.splitlines())]


def _html(text: str) -> Iterator[Line]:
    parser = _Text()
    parser.feed(text)
    yield from parser.lines


def main(message: Path) -> int:
    """Check a commit message; say what to write instead, and return 1 where it breaks the style."""
    lines = [(n, line) for n, line in _all(message.read_text(encoding="utf-8")) if not line.startswith("#")]
    found = list(breaches(lines))
    for number, line, instead in found:
        print(f"commit message, line {number}: {line}\n  write {instead} (docs/style.md)", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
