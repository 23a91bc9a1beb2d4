"""Draws a confusion matrix as text: a row for each true class, shaded by the share of its images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.color import Color
from textual.content import Content

from ...core.errors import printable
from ...core.table_text import shortened
from ..theme.colors import ink_color

if TYPE_CHECKING:
    from ...stacking.findings.class_scores import ClassScores

# A row's name at most, and a column's.
_NAME = 16
_HEADING = 6
# The share of a class's images from which a wrong cell has the full colour.
_FULL = 0.2
_FAINT = 0.12
_NONE = "·"


def matrix_lines(found: ClassScores, width: int, *, page: Color, right: Color, wrong: Color) -> list[Content]:
    """Return the matrix with its headings; where not all classes fit, those with the most errors.

    Args:
        found: the scores.
        width: characters of a line at most.
        page: the colour behind it.
        right, wrong: the colours of images that are classified correctly, and of others.
    """
    muted = "$foreground-muted"
    counts, images = found.confusion.counts, found.confusion.images
    names = [printable(name, 60) for name in found.names]
    head = min(max(max(map(len, names)), len("true")), _NAME)
    # Headings longer than a column are the labels, which then stand before the rows' names too.
    numbered = max(map(len, names)) > _HEADING
    label_width = len(str(len(names) - 1)) + 1 if numbered else 0
    longest = (
        max(len(f"{counts.max():,}"), *(len(name) for name in names)) if not numbered else len(f"{counts.max():,}")
    )
    cell = max(longest, label_width) + 1
    room = max((width - head - label_width - 1) // cell, 1)
    shown = found.confusion.most_confused(room).tolist()
    headings = [str(label) if numbered else names[label] for label in shown]
    blank = " " * (label_width + head - len("true") + 1)
    lines = [Content.styled(f"true{blank}{''.join(f'{text:>{cell - 1}} ' for text in headings)}", muted)]
    for label in shown:
        begin = f"{label:>{label_width - 1}} " if numbered else ""
        parts = [Content.assemble((begin, muted), f"{shortened(names[label], head):<{head}} ")]
        for column in shown:
            count = int(counts[label, column])
            share = count / images[label] if images[label] else 0.0
            text = f"{count or _NONE:>{cell - 1},} " if count else f"{_NONE:>{cell - 1}} "
            if not count:
                parts.append(Content.styled(text, muted))
                continue
            color = right if label == column else wrong
            strength = share if label == column else min(share / _FULL, 1.0)
            shade = page.blend(color, _FAINT + (1 - _FAINT) * strength)
            parts.append(Content.styled(text, f"{ink_color(shade).hex} on {shade.hex}"))
        lines.append(Content("").join(parts))
    if len(shown) < len(names):
        words = f"the {len(shown)} of {len(names)} classes with the most errors (more do not fit)"
        lines.append(Content.styled(words, muted))
    return lines
