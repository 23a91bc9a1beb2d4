"""The ground of every full screen: which layout fits the terminal, and what to say where none does."""

from __future__ import annotations

from typing import ClassVar, Literal, cast

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Static

from .program import Program

Layout = Literal["tiny", "compact", "medium", "large"]
LEAST = Size(60, 20)
_MEDIUM = Size(110, 36)
_LARGE = Size(170, 44)


def layout_for(size: Size) -> Layout:
    """Return the layout for a terminal of ``size``."""
    for layout, least in (("large", _LARGE), ("medium", _MEDIUM), ("compact", LEAST)):
        if size.width >= least.width and size.height >= least.height:
            return layout  # type: ignore[return-value]
    return "tiny"


class TooSmall(Static):
    """Stands where a screen does not fit."""

    def render(self) -> str:
        """Return what to do about it."""
        have, least = self.app.size, LEAST
        return (
            f"This terminal has {have.width}x{have.height} characters.\n"
            f"Make it at least {least.width}x{least.height}.\n"
            "A sweep that runs goes on.  q quits."
        )


class Page(Screen[None]):
    """A full screen; it has the class ``-tiny``, ``-compact``, ``-medium`` or ``-large`` by its size.

    Attributes:
        STEERS: its actions that a viewer must not do, since they steer, start, write, or leave for other runs.
    """

    STEERS: ClassVar[frozenset[str]] = frozenset()

    @property
    def program(self) -> Program:
        """The application."""
        return cast(Program, self.app)

    def forbids(self, action: str) -> bool:
        """Whether an action is closed to this interface because it only looks."""
        return action in self.STEERS and bool(getattr(self.app, "VIEWS_ONLY", False))

    def compose(self) -> ComposeResult:
        """Lay the message for small terminals under the page's own widgets."""
        yield TooSmall(id="too-small", markup=False)
        yield from self.compose_page()

    def compose_page(self) -> ComposeResult:
        """Return the page's own widgets."""
        raise NotImplementedError

    def on_resize(self, event: events.Resize) -> None:
        """Take the layout that fits."""
        fitting = layout_for(event.size)
        self.set_classes(
            [*(c for c in self.classes if c not in ("-tiny", "-compact", "-medium", "-large")), f"-{fitting}"]
        )
        if fitting == "tiny":
            self.query_one(TooSmall).refresh(layout=True)
        self.lay_out(fitting)

    def lay_out(self, layout: Layout) -> None:
        """Arrange what the style sheet cannot."""
