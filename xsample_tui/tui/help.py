"""The help: keys as they are bound, and what the glyphs, the colours and the words mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from . import glyph, keymap
from .flag import HIDDEN, MARK, letter
from .metric import METRICS
from .palette import LEVELS, PINS, STEPS, palette_of

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


def keys_of(bindings: Iterable[BindingType], moved: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Return (keys, what they do) of bindings, those that do the same in one.

    Args:
        bindings: the bindings.
        moved: the user's keys by the bindings' names.
    """
    found: dict[str, list[str]] = {}
    for binding in keymap.moved(bindings, moved or {}):
        if words := binding.tooltip or binding.description:
            keys = found.setdefault(words, [])
            if (key := keymap.shown(binding.key)) not in keys:
                keys.append(key)
    return [(", ".join(keys), description) for description, keys in found.items()]


def panels_of(screen: Screen[object]) -> list[Widget]:
    """Return the panels on a screen: widgets of this program with keys or a help of their own."""
    ours = __name__.partition(".")[0]
    return [
        widget
        for widget in screen.query("*").results(Widget)
        if type(widget).__module__.startswith(ours) and not {"BINDINGS", "HELP"}.isdisjoint(type(widget).__dict__)
    ]


def title_of(panel: Widget) -> str:
    """Return what a panel is called."""
    return panel.BORDER_TITLE or panel.id or type(panel).__name__.lower()


class Sheet(ModalScreen[None]):
    """A text in sections that can be scrolled."""

    TITLE_TEXT = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,f1", "dismiss", "Close", tooltip="close the dialog", id="help.close"),
        Binding("down,j", "scroll(1)", "Down", show=False, tooltip="scroll down", id="help.down"),
        Binding("up,k", "scroll(-1)", "Up", show=False, tooltip="scroll up", id="help.up"),
    ]

    def compose(self) -> ComposeResult:
        """Show every section."""
        with VerticalScroll(classes="dialog help"):
            close = keymap.key_of(Sheet.BINDINGS, "dismiss", getattr(self.app, "keymap", {}))
            yield Static(f"{self.TITLE_TEXT}  (arrows scroll, {close} closes)", classes="dialog-title", markup=False)
            yield from self.sections()

    def sections(self) -> ComposeResult:
        """Return the sections."""
        raise NotImplementedError

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


class PanelHelp(Sheet):
    """What one panel shows, and its keys.

    Args:
        panel: the panel; its class has ``HELP``, and may have ``HELP_ROWS``, pairs of an example and its meaning.
        moved: the user's keys by the bindings' names.
    """

    def __init__(self, panel: Widget, moved: Mapping[str, str]) -> None:
        super().__init__()
        self.TITLE_TEXT = f"Panel: {title_of(panel)}"
        self._help = panel.HELP or ""
        self._keys = keys_of(type(panel).__dict__.get("BINDINGS", ()), moved)
        self._rows: list[tuple[str, str]] = list(getattr(panel, "HELP_ROWS", ()))

    def sections(self) -> ComposeResult:
        """Return what it shows, then its keys."""
        yield Static(self._help, markup=False)
        if self._rows:
            yield from _section("what can be written", [(head, "bold", words) for head, words in self._rows])
        if self._keys:
            yield from _section("keys of this panel", [(keys, "bold $accent", words) for keys, words in self._keys])


class Help(Sheet):
    """The help for a screen.

    Args:
        screen: the screen whose keys, and whose panels' keys, are explained.
        moved: the user's keys by the bindings' names.
        dialogs: the bindings of each dialog, by its name.
    """

    TITLE_TEXT = "Help"

    def __init__(
        self,
        screen: Screen[object],
        moved: Mapping[str, str],
        dialogs: Mapping[str, Iterable[BindingType]] | None = None,
    ) -> None:
        super().__init__()
        self._keys = {"keys": keys_of([*type(screen).BINDINGS, *screen.app.BINDINGS], moved)}
        for panel in panels_of(screen):
            if rows := keys_of(type(panel).__dict__.get("BINDINGS", ()), moved):
                self._keys[f"keys in the panel: {title_of(panel)}"] = rows
        for name, bindings in (dialogs or {}).items():
            self._keys[f"keys in the dialog: {name}"] = keys_of(bindings, moved)
        self._words: dict[str, str] = {**getattr(screen, "HELP_WORDS", {}), **WORDS}

    def sections(self) -> ComposeResult:
        """Return keys, glyphs, colours and words."""
        for title, rows in self._keys.items():
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
            "marks in the grid",
            [
                (MARK, "bold $accent", "marked: keys and stacking act on it; in the table, too"),
                (f"{letter(0)} to {letter(PINS - 1)}", "bold", "pinned: the letter that its curve ends in"),
                (f"faint, {HIDDEN}", "$foreground-muted", "hidden in the table by its filter"),
            ],
        )
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
