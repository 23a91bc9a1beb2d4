"""In which terminals images are drawn in their own pixels."""

from __future__ import annotations

import pytest

from xsample_tui.core.errors import InputError
from xsample_tui.tui.terminal.image_protocol import image_protocol


@pytest.mark.parametrize(
    ("environment", "installed", "protocol"),
    [
        ({"TERM": "xterm-256color"}, True, None),
        ({"TERM": "foot"}, True, "sixel"),
        ({"TERM": "foot"}, False, None),
        ({"TERM": "foot", "TMUX": "/tmp/tmux"}, True, None),
        ({"TERM": "foot", "STY": "1.tty"}, True, None),
        ({"TERM": "foot", "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"}, True, None),
        ({"TERM": "foot", "XSAMPLE_TUI_IMAGES": "blocks"}, True, None),
        ({"TERM": "foot", "XSAMPLE_TUI_IMAGES": "auto"}, True, "sixel"),
        ({"TERM_PROGRAM": "WezTerm"}, True, "sixel"),
        ({"WT_SESSION": "1"}, True, "sixel"),
        # Its version, which decides, is in no variable.
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, True, None),
        ({"TERM": "xterm-kitty", "XSAMPLE_TUI_IMAGES": "kitty"}, True, "kitty"),
        ({"TERM": "xterm", "TMUX": "/tmp/tmux", "XSAMPLE_TUI_IMAGES": "sixel"}, True, "sixel"),
    ],
)
def test_images_have_pixels_where_the_terminal_is_known_to_show_them(
    environment: dict[str, str], installed: bool, protocol: str | None
) -> None:
    assert image_protocol(environment, installed=installed) == protocol


@pytest.mark.parametrize(
    ("given", "installed", "said"),
    [
        ("png", True, "XSAMPLE_TUI_IMAGES: png: choose one of auto, kitty, sixel, blocks"),
        ("sixel", False, r"XSAMPLE_TUI_IMAGES: sixel: needs pip install 'xsample-tui\[images\]'"),
    ],
)
def test_a_choice_that_cannot_be_met_is_bad_input(given: str, installed: bool, said: str) -> None:
    with pytest.raises(InputError, match=said):
        image_protocol({"XSAMPLE_TUI_IMAGES": given}, installed=installed)
