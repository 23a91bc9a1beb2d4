"""A row of a dialog: a name and what is said of it, whose lines are aligned."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

HEAD = 16
_LEAST = 10


class AlignedRow(Static):
    """A term and its meaning, or a key and its value; the lines of a long text are aligned.

    Args:
        head: the term.
        style: of the term.
        text: the meaning.
        width: characters of the column of terms.
    """

    def __init__(self, head: str, style: str, text: str, width: int = HEAD) -> None:
        super().__init__(markup=False)
        self.head, self._style, self._words, self._width = head, style, text, width

    @property
    def searched(self) -> str:
        """The row's text, for a search."""
        return f"{self.head} {self._words}".casefold()

    def render(self) -> Content:
        """Return the row's lines."""
        lines = self._lines(self.size.width)
        # A term that is longer than its column, such as many keys, has its meaning below it.
        first = Content.styled(f"{self.head:<{self._width}} ", self._style)
        rest = Content(" " * (self._width + 1))
        return Content("\n").join(
            Content.assemble(first if index == 0 else rest, line) for index, line in enumerate(lines)
        )

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """Return how many lines the row takes."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[Content]:
        room = max(width - self._width - 1, _LEAST)
        lines = Content(self._words).wrap(room)
        if len(self.head) > self._width:
            return [Content(""), *lines]
        return list(lines)
