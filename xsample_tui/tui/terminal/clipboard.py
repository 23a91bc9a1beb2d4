"""Copies text to the clipboard of the user's terminal, by OSC 52, also through tmux and GNU screen."""

from __future__ import annotations

import base64
from collections.abc import Mapping

# Characters of a part that GNU screen passes on: its buffer for such strings is 768 bytes.
_PART = 240


def passed_on(text: str, environment: Mapping[str, str]) -> str:
    """Return what makes a multiplexer pass OSC 52 on to its terminal; empty outside of one.

    tmux drops it unless ``allow-passthrough`` is on; it takes the plain sequence, which is written besides, where
    ``set-clipboard`` is on.

    Args:
        text: what is copied.
        environment: variables; ``TMUX`` and ``STY`` name the multiplexer.
    """
    sequence = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"
    if environment.get("TMUX"):
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    if environment.get("STY"):
        parts = (sequence[at : at + _PART] for at in range(0, len(sequence), _PART))
        return "".join(f"\x1bP{part}\x1b\\" for part in parts)
    return ""
