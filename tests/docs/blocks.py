"""The code blocks of the README and of the pages, and what is to be done with each.

A ``sh`` block is run as it stands, unless a comment ``<!-- checked, not run: WHY -->`` stands before it; then each of
its commands is only checked to exist, with every option it is given.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
_BLOCK = re.compile(
    r"(?:^<!-- (?P<comment>checked, not run: .+?) -->\n)?^```(?P<kind>\w*)[^\n]*\n(?P<text>.*?)^```$", re.M | re.S
)
_INLINE = re.compile(r"`(xsample-tui [^`\n]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        page: the file it stands in.
        kind: the word after the fence.
        text: what is between the fences.
        run: whether it is run, or only checked.
    """

    page: Path
    kind: str
    text: str
    run: bool

    @property
    def commands(self) -> list[list[str]]:
        """The words of each command of ours in a ``sh`` block."""
        lines = self.text.replace("\\\n", " ").splitlines()
        parts = [part for line in lines for part in re.split(r"&&|;|\|", line)]
        split = [shlex.split(part, comments=True) for part in parts]
        return [words for words in split if words and words[0].endswith("xsample-tui")]


def blocks(page: Path) -> list[Block]:
    """Return a page's fenced blocks."""
    found = _BLOCK.finditer(page.read_text())
    return [Block(page, match["kind"], match["text"], match["comment"] is None) for match in found]


def inline(page: Path) -> list[list[str]]:
    """Return the words of each command of ours that a page names within a line, options as they stand."""
    text = page.read_text().replace("\\|", "|")
    return [re.split(r"[\s\[\]|]+", match[1].strip()) for match in _INLINE.finditer(text)]
