"""The form for a new sweep, checked as it is filled in."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Button, Input, Label, Select, Static

from ..core.duration import duration
from ..core.errors import InputError, XSampleError, printable
from ..core.mask import DRAWERS
from ..core.preset import SUMMARY
from ..core.size import size
from ..core.spec import PresetName, SweepSpec
from ..core.stats.detectable import detectable, sentences
from ..datasets import load
from ..store.folder import RunFolder
from ..sweep.forecast import Cancelled, Forecast, forecast
from ..sweep.session import free_name, lay_out
from .draft import FIELDS, KNOWN, PRESETS, Checked, Field, Shape, Texts, check, facts_of, place_of, preset_texts
from .errand import Errand, Latest
from .keys import KeyBar
from .page import Page

_LABELS: dict[Field, str] = {
    "preset": "preset",
    "data": "data",
    "window": "window",
    "stride": "stride",
    "mask": "mask",
    "epochs": "epochs",
    "baselines": "baselines",
    "jobs": "jobs",
    "seed": "seed",
    "name": "name",
}
_HINTS: dict[Field, str] = {
    "preset": "what the other fields begin with",
    "data": "demo, mnist, fashion_mnist, cifar10, path",
    "window": "height x width in pixels",
    "stride": "pixels from window to window",
    "mask": "what the window does to the picture",
    "epochs": "passes over the fit pictures, a trial",
    "baselines": "trials on the whole picture",
    "jobs": "trials trained at once",
    "seed": "all randomness derives from it",
    "name": "the run's folder",
}
_TYPING = 0.6
# Seconds without a change after which the time is measured.
_STILL = 1.5
_BUSY = 0.7
_BESIDE = 38


class FormScreen(Page):
    """Preset, data, window and the rest; what is wrong stands beside its field.

    Args:
        runs: the runs folder.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "start", "Start", id="form.start"),
        Binding("escape", "leave", "Back", id="form.back"),
        Binding("tab", "app.focus_next", "Next field", id="form.next-field"),
        Binding("shift+tab", "app.focus_previous", "Field before", show=False, id="form.field-before"),
    ]

    class LaidOut(Message):
        """The run's folder is there."""

        def __init__(self, run: RunFolder) -> None:
            self.run = run
            super().__init__()

    class Refused(Message):
        """The run's folder could not be made."""

        def __init__(self, error: Exception) -> None:
            self.error = error
            super().__init__()

    class Probed(Message):
        """The data of a source were read: their shape and number of classes, or what is wrong with them."""

        def __init__(self, source: str, found: tuple[Shape, int] | InputError) -> None:
            self.source, self.found = source, found
            super().__init__()

    class Forecasted(Message):
        """It was measured how long a draft takes, or cannot be."""

        def __init__(self, key: str, found: Forecast | str) -> None:
            self.key, self.found = key, found
            super().__init__()

    def __init__(self, runs: Path) -> None:
        super().__init__()
        self._runs = runs
        self._sources: dict[str, tuple[Shape, int] | InputError] = dict(KNOWN)
        self._checked = Checked()
        self._preset: PresetName = "quick"
        self._busy = False
        self._probe_timer: Timer | None = None
        self._forecasts: dict[str, Forecast | str] = {}
        self._forecast_of = ""
        self._forecast_timer: Timer | None = None
        self._errand: Errand[SweepSpec] = Errand(self, "forecast", self._measure)

    def compose_page(self) -> ComposeResult:
        """Lay out the fields."""
        texts = preset_texts(self._preset)
        yield Static("New sweep", id="form-title", markup=False)
        with VerticalScroll(id="form", can_focus=False):
            for name in FIELDS:
                with Horizontal(classes="field"):
                    yield Label(_LABELS[name], classes="field-label")
                    if name == "preset":
                        yield _select(name, PRESETS, self._preset)
                    elif name == "mask":
                        yield _select(name, tuple(DRAWERS), texts["mask"])
                    else:
                        value = {"data": "demo", "name": free_name(self._runs, self._preset)}.get(name) or texts[name]
                        yield Input(value, id=name, compact=True, select_on_focus=True)
                    yield Static(_HINTS[name], id=f"{name}-hint", classes="hint", markup=False)
            yield Static(id="estimate", markup=False)
            yield Static(id="refusal", markup=False)
        with Horizontal(id="buttons"):
            yield Button("Start", id="start", variant="primary", compact=True)
            yield Button("Back", id="back", compact=True)
        yield KeyBar()

    def on_mount(self) -> None:
        """Check what the form begins with."""
        self.query_one("#window", Input).focus()
        self._check()

    # -- checking ------------------------------------------------------------------------------------------------

    @property
    def texts(self) -> Texts:
        """What stands in the fields."""
        texts: Texts = {}
        for name in FIELDS:
            widget = self.query_one(f"#{name}")
            texts[name] = str(widget.value) if isinstance(widget, Input | Select) else ""
        return texts

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if event.input.id == "data":
            self._probe_later()
        self._check()

    @on(Select.Changed)
    def _picked(self, event: Select.Changed) -> None:
        if event.select.id == "preset" and event.value != self._preset:
            self._take_preset(next(name for name in PRESETS if name == event.value))
        self._check()

    def _take_preset(self, name: PresetName) -> None:
        """Fill in a preset's values, except where the user wrote others."""
        before, after = preset_texts(self._preset), preset_texts(name)
        texts = self.texts
        for field, value in after.items():
            widget = self.query_one(f"#{field}")
            if texts[field] == before[field] and isinstance(widget, Input | Select):
                widget.value = value
        if texts["name"].startswith(f"{self._preset}-"):
            self.query_one("#name", Input).value = free_name(self._runs, name)
        self._preset = name

    def _check(self) -> None:
        texts = self.texts
        source = texts["data"].strip()
        found = self._sources.get(source)
        self._checked = check(texts, self._runs, None if isinstance(found, InputError) else found)
        if isinstance(found, InputError):
            self._checked.problems["data"] = printable(found.remedy)
            self._checked.spec = None
        for name in FIELDS:
            hint = self.query_one(f"#{name}-hint", Static)
            problem = self._checked.problems.get(name)
            hint.update(f"✗ {brief(problem)}" if problem else _HINTS[name])
            hint.set_class(problem is not None, "-wrong")
        self._forecast_later()
        summary = Content.styled(SUMMARY[self._preset], "$foreground-muted")
        self.query_one("#estimate", Static).update(Content("\n").join([summary, self._estimate()]))
        self.query_one("#start", Button).disabled = self._busy or self._checked.spec is None

    def _estimate(self) -> Content:
        checked = self._checked
        if (longest := max(checked.problems.values(), key=len, default="")) != brief(longest):
            return Content.styled(f"✗ {longest}", "$error")
        if checked.trials is None or checked.disk is None or checked.windows is None:
            unread = self.texts["data"].strip() not in self._sources and not checked.problems
            return Content("The data are read to count the windows ..." if unread else "")
        baselines = checked.trials - checked.windows
        return Content.assemble(
            (f"{checked.windows:,}", "bold $primary"),
            f" windows + {baselines:,} baselines = ",
            (f"{checked.trials:,}", "bold $primary"),
            " trials, about ",
            (size(checked.disk), "bold $primary"),
            f" on disk ({size(checked.disk / max(checked.trials, 1))} each)\n",
            self._time(),
        )

    # -- the time ------------------------------------------------------------------------------------------------

    def _time(self) -> Content:
        """Return what is known of the time that the drafted sweep takes."""
        found = self._forecasts.get(self._forecast_of)
        if self._checked.spec is None:
            return Content("")
        if found is None:
            return Content.styled("time: measured in a moment; the sweep can be started before", "$foreground-muted")
        if isinstance(found, str):
            return Content.styled(f"time: {found}", "$warning")
        seconds, most = found.seconds, "at most " if found.at_most else ""
        busy = ", the machine being busy" if found.load > _BUSY * (os.cpu_count() or 1) else ""
        return Content.assemble(
            f"{most}about ",
            (duration(seconds.middle), "bold $primary"),
            f" ({duration(seconds.low)} to {duration(seconds.high)}), measured for {found.took:.0f} s{busy}\n",
            (sentences(detectable(found.judged, found.windows, found.baselines))[0], "$foreground-muted"),
        )

    def _forecast_later(self) -> None:
        """Measure once the draft has been left alone for a moment; what was measured before is remembered."""
        spec = self._checked.spec
        key = "" if spec is None else spec.model_copy(update={"name": "draft"}).model_dump_json()
        if key == self._forecast_of:
            return
        self._forecast_of = key
        if self._forecast_timer is not None:
            self._forecast_timer.stop()
        if spec is not None and key not in self._forecasts:
            self._forecast_timer = self.set_timer(_STILL, partial(self._errand.ask, spec))

    def _measure(self, spec: SweepSpec, latest: Latest) -> None:
        key = spec.model_copy(update={"name": "draft"}).model_dump_json()
        try:
            shape, classes, sizes = facts_of(spec)
            found: Forecast | str = forecast(spec, shape, classes, sizes, latest)
        except Cancelled:
            return
        except XSampleError as error:
            found = printable(error, 200)
        self.post_message(self.Forecasted(key, found))

    def on_form_screen_forecasted(self, event: Forecasted) -> None:
        """Show how long it takes."""
        self._forecasts[event.key] = event.found
        self._check()

    def on_unmount(self) -> None:
        """End a measurement that is under way."""
        self._errand.close()

    # -- reading data --------------------------------------------------------------------------------------------

    def _probe_later(self) -> None:
        if self._probe_timer is not None:
            self._probe_timer.stop()
        self._probe_timer = self.set_timer(_TYPING, self._probe)

    def _probe(self) -> None:
        source = self.texts["data"].strip()
        if source and source not in self._sources:
            _in_background(self._read, source)

    def _read(self, source: str) -> None:
        try:
            dataset = load(source)
        except InputError as error:
            self.post_message(self.Probed(source, error))
        except Exception as error:
            self.post_message(self.Probed(source, InputError("--data", source, f"cannot be read: {error}")))
        else:
            self.post_message(self.Probed(source, (dataset.shape, dataset.classes)))

    def on_form_screen_probed(self, event: Probed) -> None:
        """Take in what a source holds."""
        self._sources[event.source] = event.found
        self._check()

    # -- starting ------------------------------------------------------------------------------------------------

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "start":
            self.action_start()
        else:
            self.action_leave()

    def action_start(self) -> None:
        """Lay out the run, in a thread."""
        self._check()
        if self._busy or self._checked.spec is None:
            self.app.bell()
            return
        self._set_busy(True, "Reading the data and laying out the trials ...")
        _in_background(self._lay_out, self._checked.spec)

    def _lay_out(self, spec: SweepSpec) -> None:
        try:
            run = lay_out(self._runs, spec)
        except Exception as error:
            self.post_message(self.Refused(error))
        else:
            self.post_message(self.LaidOut(run))

    def on_form_screen_laid_out(self, event: LaidOut) -> None:
        """Open the run and train it."""
        self.program.open_run(event.run, train=True)

    def on_form_screen_refused(self, event: Refused) -> None:
        """Say why it cannot be."""
        error = event.error
        words = str(error) if isinstance(error, XSampleError) else printable(f"{type(error).__name__}: {error}", 400)
        self._set_busy(False, f"✗ {words}", wrong=True)
        if isinstance(error, InputError) and (place := place_of(error)) is not None:
            self.query_one(f"#{place}").focus()

    def _set_busy(self, busy: bool, words: str, *, wrong: bool = False) -> None:
        self._busy = busy
        self.query_one("#form").disabled = busy
        refusal = self.query_one("#refusal", Static)
        refusal.update(words)
        refusal.set_class(wrong, "-wrong")
        self._check()

    def action_leave(self) -> None:
        """Go back to the list of runs."""
        self.program.show_runs()


def brief(problem: str) -> str:
    """Return as much of a problem as fits beside its field in 80 columns: its first clause, where it is longer."""
    return problem if len(problem) <= _BESIDE else problem.split(",")[0].split(";")[0]


def _select(name: Field, values: Iterable[str], value: str) -> Select[str]:
    return Select([(item, item) for item in values], value=value, allow_blank=False, id=name, compact=True)


def _in_background(work: object, *arguments: object) -> None:
    """Start what may take long, a download even, in a thread that the program's end does not wait for."""
    threading.Thread(target=cast("None", work), args=arguments, daemon=True).start()
