"""Plain words: what people read says things in the words of ``docs/style.md``."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import pytest

from tests.harness.plain_words import PROMISED_STRINGS, ROOT, Line, breaches, lines_of, main, prose_of, strings_of

MODULES = sorted((ROOT / "xsample_tui").rglob("*.py"))
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "mkdocs.yml", "pyproject.toml")),
    *(ROOT / name for name in ("Makefile", ".pre-commit-config.yaml")),
    *(path for path in sorted((ROOT / "docs").glob("*.*")) if path.suffix in (".md", ".py")),
    *(path for path in sorted((ROOT / "examples").rglob("*.*")) if path.suffix in (".md", ".py", ".toml", ".ipynb")),
    *sorted((ROOT / "xsample_tui").rglob("*.html")),
]
# Their strings are data, and names of tests are no prose: of these, docstrings and comments are read.
PROGRAMS = [*sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]
# Words of the first table's last column that are used for something else.
OTHER_THINGS = {"patch", "tile", "filter", "job", "model", "experiment", "study", "reference", "record", "library"}


def _found(path: Path, lines: list[Line]) -> list[str]:
    # The page on the article uses its terms.
    quoted = "validation" if path.name == "article.md" else None
    return [
        f"{path.relative_to(ROOT)}:{number}: {line} (write {instead})"
        for number, line, instead in breaches(lines)
        if not (quoted and quoted in line.lower())
    ]


def test_no_sentence_and_no_label_uses_a_word_that_is_not_used() -> None:
    found = [one for path in MODULES for one in _found(path, list(lines_of(path)))]
    assert not found, "\n".join(found)
    assert len(MODULES) > 400


def test_no_page_uses_a_word_that_is_not_used() -> None:
    found = [one for path in PAGES if path.name != "style.md" for one in _found(path, list(lines_of(path)))]
    assert not found, "\n".join(found)
    assert {".md", ".py", ".html", ".ipynb", ".yml", ".toml"} <= {path.suffix for path in PAGES}


def test_no_test_and_no_benchmark_describes_itself_in_a_word_that_is_not_used() -> None:
    found = [one for path in PROGRAMS if path.stem != "plain_words" for one in _found(path, list(prose_of(path)))]
    assert not found, "\n".join(found)


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


def test_every_promised_name_is_there() -> None:
    """Otherwise the name of a module that was renamed stands in the list, and a word in another passes."""
    there = {
        (string, path.stem)
        for path in (*MODULES, ROOT / "docs" / "picture.py")
        for string, _ in strings_of(path.read_text(encoding="utf-8"))
    }
    listed = {(string, module) for string, modules in PROMISED_STRINGS.items() for module in modules.split()}
    assert listed - there == set()


def _column(heading: str, number: int) -> list[str]:
    page = (ROOT / "docs" / "style.md").read_text(encoding="utf-8").split(f"## {heading}")[1].split("\n## ")[0]
    cells = [line.split("|")[number] for line in page.splitlines() if line.startswith("|")][2:]
    words = [re.sub(r"\(.*?\)", "", word).strip() for cell in cells for word in cell.split(",")]
    return [word for word in words if word and not word.startswith("no more than")]


@pytest.mark.parametrize(
    "word", sorted({*_column("Words that are not used", 1), *_column("One word for each thing", 3)} - OTHER_THINGS)
)
def test_every_word_that_the_style_page_rules_out_is_found(word: str) -> None:
    assert list(breaches([(1, f"A sentence that says {word} here.")])), word


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".py", '"""Pictures."""'),
        (".py", "x = 1  # a picture"),
        (".py", 'label = "Pictures"'),
        (".py", 'label = f"{count} pictures of {name}"'),
        (".py", 'call(f"a", f"the " f"{1}" "validation loss")'),
        (".md", "Pictures\n"),
        (".yml", "description: a picture"),
        (".html", "<title>Picture</title>"),
        (".html", '<p aria-label="the picture"></p>'),
        (".html", '<script>say("The picture")</script>'),
        (".ipynb", '{"cells": [{"source": ["A picture"]}]}'),
    ],
)
def test_a_word_is_found_wherever_people_read_it(tmp_path: Path, suffix: str, text: str) -> None:
    page = tmp_path / f"page{suffix}"
    page.write_text(text)
    assert list(breaches(lines_of(page)))


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".py", "pictures = 1"),
        (".py", '"""Args:\n    pictures: what they are."""'),
        (".py", 'say(f"{pictures} images")'),
        (".md", "The option `--pictures`.\n```\npictures\n```\n"),
        (".html", "<style>.picture {}</style>"),
    ],
)
def test_code_is_not_read(tmp_path: Path, suffix: str, text: str) -> None:
    page = tmp_path / f"page{suffix}"
    page.write_text(text)
    assert not list(breaches(lines_of(page)))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Show images\n\nThey were not shown.\n# pictures\n", 0),
        ("Show pictures\n", 1),
        ("Show images\n\nThe user is told.\n", 1),
    ],
)
def test_a_commit_message_is_checked(
    tmp_path: Path, text: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "message").write_text(text)
    assert main(tmp_path / "message") == status
    assert ("docs/style.md" in capsys.readouterr().err) == bool(status)
