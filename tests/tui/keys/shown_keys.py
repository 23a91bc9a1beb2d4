"""Keys as the footer and the help show them."""

from __future__ import annotations

from textual.widgets import Static

from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.keys.key_bar import KeyBar


def footer(app: XSampleApp) -> str:
    return app.screen.query_one(KeyBar).render().plain


def sheet(app: XSampleApp) -> str:
    return "\n".join(str(widget.render()) for widget in app.screen.query(Static))
