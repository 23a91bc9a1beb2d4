"""Holds the colours of data by hand for terminals of every depth: ramps of levels, scales of gains, pins."""

from __future__ import annotations

from typing import Final, Literal, get_args

Depth = Literal["truecolor", "256", "16"]
DEPTHS: Final[tuple[Depth, ...]] = get_args(Depth)
Ramp = Literal["viridis", "cividis"]
RAMPS: Final[tuple[Ramp, ...]] = get_args(Ramp)

# From the worst, dark, to the best, bright: in even steps of lightness where every colour can be had, else with
# every step lighter than the one before. Colours of 256 and of 16 are named exactly, so that no nearest is guessed.
LEVEL_STOPS: Final[dict[Ramp, dict[Depth, tuple[str, ...]]]] = {
    "viridis": {
        "truecolor": (
            "#440154",
            "#472d7b",
            "#3b528b",
            "#2c728e",
            "#21918c",
            "#28ae80",
            "#5ec962",
            "#addc30",
            "#fde725",
        ),
        "256": ("#5f005f", "#5f00af", "#005f87", "#008787", "#00af87", "#5fd75f", "#afff5f", "#ffff5f"),
        "16": ("#0000aa", "#aa00aa", "#00aaaa", "#55ff55", "#ffff55"),
    },
    "cividis": {
        "truecolor": (
            "#00224e",
            "#123570",
            "#3b496c",
            "#575d6d",
            "#707173",
            "#8a8678",
            "#a59c74",
            "#c3b369",
            "#fee838",
        ),
        "256": ("#000087", "#444444", "#5f5f87", "#808080", "#afaf87", "#d7d75f", "#ffff5f"),
        "16": ("#0000aa", "#555555", "#aaaaaa", "#ffff55"),
    },
}

# By whether the theme is dark: from next to the baselines to far from them. Blue and orange stay apart under every
# common colour blindness; 16 colours have blue to bright cyan and red to bright yellow, which black can be read on.
GAIN_STOPS: Final[dict[bool, dict[Depth, dict[str, tuple[str, ...]]]]] = {
    True: {
        "truecolor": {"better": ("#2a4a6b", "#6cc3ff"), "worse": ("#66431d", "#ffa83d"), "noise": ("#4a5360",)},
        "256": {
            "better": ("#005f87", "#0087af", "#00afd7", "#5fd7ff"),
            "worse": ("#875f00", "#af5f00", "#d78700", "#ffaf00"),
            "noise": ("#4e4e4e",),
        },
        "16": {"better": ("#0000aa", "#55ffff"), "worse": ("#aa0000", "#ffff55"), "noise": ("#555555",)},
    },
    False: {
        "truecolor": {"better": ("#c5ddf3", "#0b62b8"), "worse": ("#f7dcb9", "#c26100"), "noise": ("#c6ccd4",)},
        "256": {
            "better": ("#afd7ff", "#5fafff", "#0087d7", "#005faf"),
            "worse": ("#ffd7af", "#ffaf5f", "#d78700", "#af5f00"),
            "noise": ("#c6c6c6",),
        },
        "16": {"better": ("#55ffff", "#0000aa"), "worse": ("#ffff55", "#aa0000"), "noise": ("#aaaaaa",)},
    },
}

PIN_COLORS: Final[dict[bool, tuple[str, ...]]] = {
    True: ("#56c2a3", "#e879a8", "#f2cc60", "#b79cff", "#ff9d6c", "#9fd8ff"),
    False: ("#08694f", "#b02a6b", "#7d5200", "#5b3fb5", "#a8410a", "#12607f"),
}
