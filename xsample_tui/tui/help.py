"""The help: keys as they are bound, and what the glyphs, the colours and the words mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from . import glyph
from .metric import METRICS
from .palette import LEVELS, STEPS, palette_of

WORDS: dict[str, str] = {
    "window": "a rectangle of the picture, named by its upper left pixel: keep-r09-c10",
    "mask": "which pixels a window's network sees: keep (only the window), occlude (all but it), article (without "
    "two corners, as the article's code has it), random and placebo (drawn by lot, as controls)",
    "trial": "one training, of a window or of a baseline; all windows begin from the same weights",
    "baseline": "a trial on the whole picture, each with seeds of its own; their spread is the noise",
    "epoch": "one pass over the fit pictures; pause and stop wait for its end",
    "checkpoint": "a trial's state on disk, from which it goes on after a pause, a stop or a crash",
    "accuracy": "share of fit pictures right during the epoch, with dropout on and while the weights move",
    "val acc": "validation accuracy: share of select pictures right after the epoch",
    "gain": "pictures right beyond the baselines' mean after as many epochs; below 0 is fewer",
    "noise": "t = gain / (SD * sqrt(1 + 1/R)) inside its two-sided 5 % points, R baselines, R - 1 degrees of freedom",
    "ink removed": "mean share of a picture's pixel mass that the mask sets to zero",
}
_KEY_NAMES = {
    "question_mark": "?",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "escape": "esc",
    "pageup": "page up",
    "pagedown": "page down",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def keys_of(bindings: Iterable[BindingType]) -> list[tuple[str, str]]:
    """Return (keys, what they do) of bindings, those that do the same in one."""
    found: dict[str, list[str]] = {}
    for binding in Binding.make_bindings(bindings):
        if words := binding.tooltip or binding.description:
            found.setdefault(words, []).append(_KEY_NAMES.get(binding.key, binding.key))
    return [(", ".join(keys), description) for description, keys in found.items()]


class Help(ModalScreen[None]):
    """The help for a screen.

    Args:
        screen: the screen whose keys are explained.
        panels: its panels by title, whose keys are explained too.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss", "Close"),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
    ]

    def __init__(self, screen: Screen[object], panels: Mapping[str, Iterable[BindingType]]) -> None:
        super().__init__()
        self._sections = {"keys": keys_of([*type(screen).BINDINGS, *screen.app.BINDINGS])}
        self._sections |= {f"keys in {title}": keys_of(bindings) for title, bindings in panels.items()}
        self._words: dict[str, str] = {**getattr(screen, "HELP_WORDS", {}), **WORDS}

    def compose(self) -> ComposeResult:
        """Show every section."""
        with VerticalScroll(classes="dialog help"):
            yield Static("Help  (arrows scroll, esc closes)", classes="dialog-title", markup=False)
            for title, rows in self._sections.items():
                yield from _section(title, [(keys, "bold $accent", words) for keys, words in rows])
            yield from _section(
                "states of a run",
                [
                    (f"{sign} {state}", f"bold ${glyph.run_style(state)}", glyph.RUN_MEANING[state])
                    for state, sign in glyph.RUN.items()
                ],
            )
            yield from _section(
                "states of a trial",
                [
                    (f"{sign} {status}", f"bold ${glyph.trial_style(status)}", glyph.TRIAL_MEANING[status])
                    for status, sign in glyph.TRIAL.items()
                ],
            )
            yield from _section(
                "done windows in the grid",
                [(sign, "bold", glyph.VERDICT_MEANING[verdict]) for verdict, sign in glyph.VERDICT.items()],
            )
            yield from _section("colours in the grid", self._colours())
            yield from _section(
                "metrics of the grid", [(m.name, "bold", m.meaning) for m in METRICS.values() if m.meaning]
            )
            yield from _section("words", [(word, "bold", meaning) for word, meaning in self._words.items()])

    def _colours(self) -> list[tuple[str, str, str]]:
        colors = palette_of(self.app)
        low, high = (colors.color("level", step).hex for step in (LEVELS // 4, LEVELS))
        return [
            ("███ blue", colors.color("gain", STEPS).hex, "better than the baselines' mean; fuller is more"),
            ("███ orange", colors.color("gain", -STEPS).hex, "worse than the baselines' mean"),
            ("███ grey", colors.color("gain", 0).hex, "the difference is within noise"),
            ("++ −−, a box", "bold", "the difference survives Holm's correction over all finished windows"),
            ("0 to 9", f"bold {high} on {low}", "of metrics that are not compared: least to most"),
        ]

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def _section(title: str, rows: list[tuple[str, str, str]]) -> ComposeResult:
    yield Static(title, classes="help-title", markup=False)
    for head, style, text in rows:
        yield _Row(head, style, text)


class _Row(Static):
    """A word and its meaning, the meaning hanging beside it where it takes several lines."""

    HEAD = 16

    def __init__(self, head: str, style: str, text: str) -> None:
        super().__init__(markup=False)
        self._head, self._style, self._words = head, style, text

    def render(self) -> Content:
        """Return the row's lines."""
        width = max(self.size.width - self.HEAD - 1, 10)
        lines = Content(self._words).wrap(width)
        first = Content.styled(f"{self._head:<{self.HEAD}} ", self._style)
        rest = Content(" " * (self.HEAD + 1))
        return Content("\n").join(
            Content.assemble(first if index == 0 else rest, line) for index, line in enumerate(lines)
        )

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """Return how many lines the row takes."""
        return len(Content(self._words).wrap(max(width - self.HEAD - 1, 10)))
