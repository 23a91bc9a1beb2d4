"""Explains the keys as they are bound, and the symbols, colours and terms of a screen or a panel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from ..heatmap.cell_text import BEST_SIGN
from ..heatmap.heatmap_metrics import METRICS
from ..heatmap.trial_marks import HIDDEN, MARK, letter
from ..keys import keymap_file
from ..theme import symbols
from ..theme.colors import LEVELS, PINS, STEPS, ink_color
from ..theme.drawing_app import colors_of, drawing_app
from ..widgets.aligned_row import AlignedRow

# Dialogs of text take the whole terminal where it has fewer columns.
FULL_BELOW = 106

WORDS: dict[str, str] = {
    "window": "a rectangle of the image, named by its upper left pixel: keep-r09-c10",
    "mask": "which pixels a network sees: keep (only the window), occlude (all but the window), article (all but "
    "two corners, as in the article's code), random and placebo (chosen randomly, as controls)",
    "trial": "one training, of a window or of a baseline; a window starts from the same weights as its twin",
    "baseline": "a network trained on whole images; baselines differ only in their seeds; their spread is the noise",
    "twin": "the whole-image network with a window's initial weights, shuffles and dropout: the mask is the only "
    "difference",
    "epoch": "one pass over the train images; pause and stop wait for its end",
    "checkpoint": "a trial's state on disk; it resumes from there after a pause, a stop or a crash",
    "accuracy": "share of train images classified correctly during the epoch, with dropout on and weights changing",
    "val acc": "share of the selection images classified correctly after the epoch",
    "gain": "correct images minus the baselines' mean after the same number of epochs; negative means fewer",
    "noise": "a gain is noise if t = gain / (SD * sqrt(1 + 1/R)) lies within its two-sided 5 % points: R baselines, "
    "R - 1 degrees of freedom",
    "ink removed": "mean share of an image's pixel mass that the mask sets to zero",
}


def keys_of(bindings: Iterable[BindingType], moved: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Return (keys, description) of bindings; keys that do the same share a row.

    Args:
        bindings: the bindings.
        moved: the user's keys, by binding id.
    """
    found: dict[str, list[str]] = {}
    for binding in keymap_file.moved(bindings, moved or {}):
        if words := keymap_file.explanation(binding):
            keys = found.setdefault(words, [])
            if (key := keymap_file.shown(binding.key)) not in keys:
                keys.append(key)
    return [(", ".join(keys), description) for description, keys in found.items()]


def panels_of(screen: Screen[object]) -> list[Widget]:
    """Return the panels of a screen: widgets of this program that have keys or a help text."""
    ours = __name__.partition(".")[0]
    return [
        widget
        for widget in screen.query("*").results(Widget)
        if type(widget).__module__.startswith(ours) and not {"BINDINGS", "HELP"}.isdisjoint(type(widget).__dict__)
    ]


def title_of(panel: Widget) -> str:
    """Return a panel's title."""
    return panel.BORDER_TITLE or panel.id or type(panel).__name__.lower()


class Sheet(ModalScreen[None]):
    """A dialog of text in sections that scrolls, and in which rows can be searched for."""

    TITLE_TEXT = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,f1", "dismiss", "Close", tooltip="close the dialog", id="help.close"),
        Binding("down,j", "scroll(1)", "Down", show=False, tooltip="scroll down", id="help.down"),
        Binding("up,k", "scroll(-1)", "Up", show=False, tooltip="scroll up", id="help.up"),
        Binding("slash", "search", "Search", show=False, tooltip="show only rows with some text", id="help.search"),
        Binding("n,right", "section(1)", "Next section", show=False, tooltip="next section", id="help.next"),
        Binding(
            "p,left", "section(-1)", "Previous section", show=False, tooltip="previous section", id="help.previous"
        ),
    ]

    def compose(self) -> ComposeResult:
        """Show every section."""
        with VerticalScroll(classes="dialog help"):
            keys = drawing_app(self).keymap
            close, search = (keymap_file.key_of(Sheet.BINDINGS, action, keys) for action in ("dismiss", "search"))
            words = f"{self.TITLE_TEXT}  (arrows scroll, {search} searches, {close} closes)"
            yield Static(words, classes="dialog-title", markup=False)
            yield Input(placeholder="search", id="help-search", compact=True)
            yield from self.sections()
            yield Static("No row has this text.", id="help-none", markup=False)

    def sections(self) -> ComposeResult:
        """Return the sections."""
        yield from ()

    def on_resize(self, event: events.Resize) -> None:
        """Take the whole terminal where it is small."""
        self.set_class(event.size.width < FULL_BELOW, "-full")

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_section(self, step: int) -> None:
        """Scroll to the next section, or to the one before."""
        box = self.query_one(VerticalScroll)
        tops = [part.virtual_region.y for part in self.query(".help-section") if part.display]
        below = [y for y in tops if y > box.scroll_y] if step > 0 else [y for y in tops if y < box.scroll_y][::-1]
        if below:
            box.scroll_to(y=below[0], animate=False)
        elif step < 0:
            box.scroll_home(animate=False)

    def action_search(self) -> None:
        """Open the search."""
        field = self.query_one("#help-search", Input)
        field.display = True
        field.focus()

    async def action_dismiss(self, result: object = None) -> None:
        """End the search if there is one, else close the dialog."""
        field = self.query_one("#help-search", Input)
        if not field.display:
            await super().action_dismiss(None)
            return
        field.value = ""
        field.display = False
        self.query_one(VerticalScroll).focus()

    @on(Input.Submitted, "#help-search")
    def _searched(self) -> None:
        """Keep what was found, and give the keys back."""
        self.query_one(VerticalScroll).focus()

    @on(Input.Changed, "#help-search")
    def _search(self, event: Input.Changed) -> None:
        wanted = event.value.casefold().split()
        self.query_one("#help-none").display = not self.show_found(wanted) and bool(wanted)

    def show_found(self, wanted: list[str]) -> bool:
        """Show only the rows that hold all words; return whether there is one.

        Args:
            wanted: the words, in lower case; none for all rows.
        """
        for row in self.query(AlignedRow):
            row.display = all(word in row.searched for word in wanted)
        for part in self.query(".help-section"):
            part.display = any(row.display for row in part.query(AlignedRow))
        return any(row.display for row in self.query(AlignedRow))


class PanelHelp(Sheet):
    """Explains one panel and lists its keys.

    Args:
        panel: the panel; its class has ``HELP`` and may have ``HELP_ROWS``, pairs of an example and its meaning.
        moved: the user's keys, by binding id.
    """

    def __init__(self, panel: Widget, moved: Mapping[str, str]) -> None:
        super().__init__()
        self.TITLE_TEXT = f"Panel: {title_of(panel)}"
        self._help = panel.HELP or ""
        self._keys = keys_of(type(panel).__dict__.get("BINDINGS", ()), moved)
        self._rows: list[tuple[str, str]] = list(getattr(panel, "HELP_ROWS", ()))

    def sections(self) -> ComposeResult:
        """Return its explanation, then its keys."""
        yield Static(self._help, markup=False)
        if self._rows:
            yield from _section("examples", [(head, "bold", words) for head, words in self._rows])
        if self._keys:
            yield from _section("keys of this panel", [(keys, "bold $accent", words) for keys, words in self._keys])


class Help(Sheet):
    """The help for a screen.

    Args:
        screen: the screen; its keys and those of its panels are explained.
        moved: the user's keys, by binding id.
        dialogs: the bindings of each dialog, by name.
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
        """Return keys, symbols, colours and terms."""
        for title, rows in self._keys.items():
            yield from _section(title, [(keys, "bold $accent", words) for keys, words in rows])
        yield from _section(
            "states of a run",
            [
                (f"{sign} {state}", f"bold ${symbols.run_style(state)}", symbols.RUN_MEANING[state])
                for state, sign in symbols.RUN.items()
            ],
        )
        yield from _section(
            "states of a trial",
            [
                (f"{sign} {status}", f"bold ${symbols.trial_style(status)}", symbols.TRIAL_MEANING[status])
                for status, sign in symbols.TRIAL.items()
            ],
        )
        yield from _section(
            "results in the grid",
            [(sign, "bold", symbols.VERDICT_MEANING[verdict]) for verdict, sign in symbols.VERDICT.items()],
        )
        yield from _section("colours in the grid", self._colours())
        yield from _section(
            "marks in the grid",
            [
                (MARK, "bold $accent", "marked: actions and stacking apply to it; also shown in the table"),
                (f"{letter(0)} to {letter(PINS - 1)}", "bold", "pinned: the letter at the end of its curve"),
                (f"faint, {HIDDEN}", "$foreground-muted", "hidden from the table by the filter"),
                (symbols.ESTIMATE, "bold", "not trained yet: estimate by the scout, 9 the best tenth, 0 the worst"),
            ],
        )
        yield from _section(
            "metrics of the grid", [(m.name, "bold", m.meaning) for m in METRICS.values() if m.meaning]
        )
        yield from _section("terms", [(word, "bold", meaning) for word, meaning in self._words.items()])

    def _colours(self) -> list[tuple[str, str, str]]:
        colors = colors_of(self.app)
        low, high = (colors.color("level", step) for step in (0, LEVELS))
        return [
            (
                "9 bright",
                f"{ink_color(high).hex} on {high.hex}",
                "the best window shown; 0 to 9 are levels",
            ),
            ("0 dark", f"{ink_color(low).hex} on {low.hex}", "the worst window shown"),
            ("faint", "$foreground-muted", "no number: not trained yet, coloured as the nearest trained window"),
            (f"{BEST_SIGN}, a ring", "bold", "among the best windows (B goes to them)"),
            (
                "███ blue",
                colors.color("gain", STEPS).hex,
                "centred on the baselines (a): better than their mean; stronger colour, larger gain",
            ),
            (
                "███ orange",
                colors.color("gain", -STEPS).hex,
                "worse than the baselines' mean; stronger colour, larger loss",
            ),
            ("███ grey", colors.color("gain", 0).hex, "the difference is within noise"),
            ("++ −−", "bold", "significant after Holm's correction for all finished windows"),
        ]


def _section(title: str, rows: list[tuple[str, str, str]]) -> ComposeResult:
    with Vertical(classes="help-section"):
        yield Static(title, classes="help-title", markup=False)
        for head, style, text in rows:
            yield AlignedRow(head, style, text)
