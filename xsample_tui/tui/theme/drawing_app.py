"""What every widget may ask of the application that shows it: how it draws, and which keys the user has moved."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from rich.console import Console
from textual.app import App
from textual.dom import DOMNode

from ..terminal.image_protocol import ImageProtocol
from .colors import ThemeColors
from .ramps import Depth, Ramp


@runtime_checkable
class DrawingApp(Protocol):
    """An application with settings for drawing.

    Attributes:
        keymap: the keys that the user's file gives, by the actions' names.
        ascii_only: whether it draws in ASCII only.
        ramp: the colours of metrics that are not compared with the baselines.
        image_protocol: how images are drawn in their own pixels; None for half blocks.
    """

    keymap: dict[str, str]
    ascii_only: bool
    ramp: Ramp
    image_protocol: ImageProtocol | None


def drawing_app(node: DOMNode) -> DrawingApp:
    """Return how the application draws that shows a widget or a screen."""
    app: object = node.app
    assert isinstance(app, DrawingApp)
    return app


def colors_of(app: App[Any]) -> ThemeColors:
    """Return the colours for an app's theme, terminal and settings."""
    return ThemeColors(app.current_theme.dark, depth_of(app.console), drawing_app(app).ramp)


def depth_of(console: Console) -> Depth:
    """Return how many colours a console has; every colour if it has none, as nothing is drawn in them."""
    if console.color_system in ("standard", "windows"):
        return "16"
    return "256" if console.color_system == "256" else "truecolor"


def is_ascii(app: App[Any]) -> bool:
    """Return whether an app draws in ASCII."""
    return drawing_app(app).ascii_only


def is_plain(app: App[Any]) -> bool:
    """Return whether symbols must show everything: without colours, or in ASCII."""
    return app.no_color or is_ascii(app) or app.console.color_system is None
