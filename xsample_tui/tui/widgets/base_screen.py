"""The base of all full screens: chooses the layout that fits the terminal, or asks for a larger terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, cast

from textual import events
from textual.app import ComposeResult, SystemCommand
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Static

from ..app_interface import AppInterface

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
    """Replaces a screen that does not fit."""

    def render(self) -> str:
        """Return what to do."""
        have, least = self.app.size, LEAST
        return (
            f"This terminal is {have.width}x{have.height} characters.\n"
            f"Enlarge it to at least {least.width}x{least.height}.\n"
            "Training continues. Press q to quit."
        )


class BaseScreen(Screen[None]):
    """A full screen; its class is ``-tiny``, ``-compact``, ``-medium`` or ``-large``, by its size.

    Attributes:
        parts: plain objects that its keys act through: ``action_NAME`` of the first that has it is called, where the
            screen has none.
    """

    # What stays beside a panel that fills the screen.
    ALLOW_IN_MAXIMIZED_VIEW = "RunHeader, KeyBar, FilterBar, #fault, #stack-title"
    parts: tuple[object, ...] = ()

    @property
    def program(self) -> AppInterface:
        """The application."""
        return cast("AppInterface", self.app)

    def owner_of(self, action: str) -> object:
        """Return what an action is a method of: the screen, or one of its parts."""
        return next((one for one in (self, *self.parts) if hasattr(one, f"action_{action}")), self)

    def commands(self) -> Iterable[SystemCommand]:
        """Return the commands for the palette that have no key."""
        return ()

    def compose(self) -> ComposeResult:
        """Add the message for small terminals to the screen's widgets."""
        yield TooSmall(id="too-small", markup=False)
        yield from self.compose_page()

    def compose_page(self) -> ComposeResult:
        """Return the screen's widgets."""
        yield from ()

    def on_resize(self, event: events.Resize) -> None:
        """Use the layout that fits."""
        fitting = layout_for(event.size)
        self.set_classes(
            [*(c for c in self.classes if c not in ("-tiny", "-compact", "-medium", "-large")), f"-{fitting}"]
        )
        if fitting == "tiny":
            self.query_one(TooSmall).refresh(layout=True)
        self.lay_out(fitting)

    def action_full(self) -> None:
        """Let the focused panel fill the screen, or give it back its place."""
        if self.maximized is not None:
            self.minimize()
        elif self.focused is not None:
            # A height that was computed for its place would stay.
            self.focused.styles.height = None
            self.maximize(self.focused, container=False)

    def watch_maximized(self) -> None:
        """Arrange the panels again."""
        if self.is_mounted:
            self.call_after_refresh(lambda: self.lay_out(layout_for(self.app.size)))

    def lay_out(self, layout: Layout) -> None:
        """Arrange what the style sheet cannot arrange."""
