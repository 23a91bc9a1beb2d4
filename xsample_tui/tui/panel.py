"""A panel of the sweep screen that follows the chosen trial and brings its own style along."""

from __future__ import annotations

from typing import ClassVar

from textual.widget import Widget

from .link import Link


class Panel(Widget):
    """A panel that stands with the curve, on the trial that is chosen in the grid or in the table.

    Its ``DEFAULT_CSS`` says how wide it is and, by ``.-compact``, ``.-medium`` and ``.-large``, in which layout it is
    shown. Derive from this class first: Textual takes style from the first base alone.

    Args:
        link: the run's link.
    """

    SCOPED_CSS: ClassVar[bool] = False
    DEFAULT_CSS = """
    Panel {
        height: 100%;
        padding: 0 1;
    }

    .-compact Panel {
        padding: 0 0 0 1;
    }

    .-medium Panel, .-large Panel {
        border: round $border-blurred;
        border-title-color: $foreground-muted;
    }

    .-medium Panel:focus, .-large Panel:focus {
        border: round $border;
        border-title-color: $primary;
    }
    """

    def __init_subclass__(cls, **given: bool) -> None:
        """Let the style of each class ask for the screen's layout, which is above it."""
        super().__init_subclass__(**given)
        cls.SCOPED_CSS = False

    def __init__(self, link: Link) -> None:
        super().__init__(id=self.word())
        self._link = link
        self._trial: str | None = None

    @classmethod
    def word(cls) -> str:
        """Return what it is called in ids and in the names of its keys."""
        return cls.__name__.lower()

    def show(self, trial: str | None) -> None:
        """Show another trial, or the present one as it is now; None shows none."""
        raise NotImplementedError
