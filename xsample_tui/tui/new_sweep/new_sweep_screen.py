"""The form for a new sweep: checks every change, estimates the cost and creates the run."""

from __future__ import annotations

from asyncio import TimerHandle
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Label, OptionList, Select, Static

from ...core.data.reading_options import ReadingOptions
from ...core.errors import ArgumentError, InputError, XSampleError, printable
from ...core.masks.windows import times_larger
from ...core.training.sweep_spec import PresetName, SweepSpec
from ...datasets import load
from ...services.data_facts import KNOWN, Shape, data_facts
from ...services.what_can_be_found import what_can_be_found
from ...store.run.run_folder import RunFolder
from ...sweep.machine.precision_support import precision_note
from ...sweep.machine.training_packages import need_training_packages
from ...sweep.measuring.cost_estimate import Cancelled, CostEstimate, estimate_cost
from ...sweep.run_setup import free_name, lay_out
from ..delayed_call import call_after
from ..keys.key_bar import KeyBar
from ..latest_only import Latest, LatestOnly, unwaited
from ..widgets.base_screen import BaseScreen
from .form_estimate import brief, disk_words, time_words
from .form_fields import HINTS, LABELS, choices, hint_of, preset_words, remedy_of
from .form_start import other_settings, run_texts
from .form_validation import (
    FIELDS,
    PRESETS,
    CheckedForm,
    Field,
    Texts,
    check,
    place_of,
    preset_texts,
    reading_of,
    source_key,
)
from .path_input import field_input

_TYPING = 0.6
# Seconds without a change before the time is measured.
_STILL = 1.5


class NewSweepScreen(BaseScreen):
    """Preset, data, window and the other fields; an error appears beside its field.

    Args:
        runs: the runs folder.
        like: the spec of the run whose settings the form begins with; None for those of the preset ``quick``.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "start", "Start", id="form.start"),
        Binding("escape", "leave", "Back", id="form.back"),
        Binding("tab", "app.focus_next", "Next field", id="form.next-field"),
        Binding("shift+tab", "app.focus_previous", "Previous field", show=False, id="form.field-before"),
    ]

    class Created(Message):
        """The run folder was created."""

        def __init__(self, run: RunFolder) -> None:
            self.run = run
            super().__init__()

    class Refused(Message):
        """The run folder could not be created."""

        def __init__(self, error: Exception) -> None:
            self.error = error
            super().__init__()

    class Probed(Message):
        """The data of a source were read: their shape and number of classes, or an error."""

        def __init__(self, key: str, found: tuple[Shape, int] | InputError) -> None:
            self.key, self.found = key, found
            super().__init__()

    class Estimated(Message):
        """The cost of a sweep was estimated, or an error prevents it."""

        def __init__(self, key: str, found: CostEstimate | str, findings: tuple[str, ...] = ()) -> None:
            self.key, self.found, self.findings = key, found, findings
            super().__init__()

    def __init__(self, runs: Path, like: SweepSpec | None = None) -> None:
        super().__init__()
        self._runs = runs
        self._like = like
        self._sources: dict[str, tuple[Shape, int] | InputError] = dict(KNOWN)
        self._checked = CheckedForm()
        self._preset: PresetName = like.preset if like is not None else "quick"
        # How many times larger the images are than those that the presets' windows are for.
        self._larger = 1
        self._busy = False
        self._probe_timer: TimerHandle | None = None
        self._estimates: dict[str, CostEstimate | str] = {}
        # The differences that each of these sweeps can detect, the shortest sentence first.
        self._findings: dict[str, tuple[str, ...]] = {}
        self._estimated_key = ""
        # By precision and use of oneDNN: the machine has to be examined for it.
        self._notes: dict[tuple[str, bool], str] = {}
        self._estimate_timer: TimerHandle | None = None
        self._creator: LatestOnly[SweepSpec] = LatestOnly(self, "create", self._lay_out)
        self._estimator: LatestOnly[SweepSpec] = LatestOnly(self, "estimate", self._measure)

    def compose_page(self) -> ComposeResult:
        """Lay out the fields."""
        if self._like is None:
            title = "New sweep"
            texts = preset_texts(self._preset) | {"data": "demo", "name": free_name(self._runs, self._preset)}
        else:
            title = f"New sweep with the settings of {printable(self._like.name)}"
            texts = run_texts(self._like, self._runs)
        yield Static(title, id="form-title", markup=False)
        chosen = choices()
        with VerticalScroll(id="form", can_focus=False):
            for name in FIELDS:
                with Horizontal(classes="field"):
                    yield Label(LABELS[name], classes="field-label")
                    if name in chosen:
                        yield _select(name, chosen[name], self._preset if name == "preset" else texts[name])
                    else:
                        yield field_input(name, texts[name])
                    yield Static(HINTS[name], id=f"{name}-hint", classes="hint", markup=False)
        # Below what scrolls: both must be seen.
        yield Static(id="estimate", markup=False)
        refusal = Static(id="refusal", markup=False)
        refusal.display = False
        yield refusal
        with Horizontal(id="buttons"):
            yield Button("Start", id="start", variant="primary", compact=True)
            yield Button("Back", id="back", compact=True)
        yield KeyBar()

    def on_mount(self) -> None:
        """Check the initial values."""
        self.query_one("#window", Input).focus()
        for name, values in choices().items():
            options = self.query_one(f"#{name}", Select).query_one(OptionList)
            self.watch(options, "highlighted", partial(self._offered, name, values), init=False)
        self._probe()
        self._check()

    # -- checking ------------------------------------------------------------------------------------------------

    @property
    def texts(self) -> Texts:
        """The texts of the fields."""
        texts: Texts = {}
        for name in FIELDS:
            widget = self.query_one(f"#{name}")
            texts[name] = str(widget.value) if isinstance(widget, Input | Select) else ""
        return texts

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if event.input.id in ("data", "size", "label_column"):
            self._probe_later()
        self._check()

    @on(Select.Changed)
    def _picked(self, event: Select.Changed) -> None:
        if event.select.id == "preset" and event.value != self._preset:
            self._take_preset(next(name for name in PRESETS if name == event.value), self._larger)
        self._probe_later()
        self._check()

    def _offered(self, name: Field, values: tuple[str, ...], at: int | None) -> None:
        """Say what the value under the cursor of an open list means."""
        if at is not None and self.query_one(f"#{name}", Select).expanded:
            self.query_one(f"#{name}-hint", Static).update(hint_of(name, values[at]))

    def _take_preset(self, name: PresetName, larger: int) -> None:
        """Fill in a preset's values for images ``larger`` times 28x28, except in fields that the user changed."""
        before, after = preset_texts(self._preset, self._larger), preset_texts(name, larger)
        texts = self.texts
        for field, value in after.items():
            widget = self.query_one(f"#{field}")
            if texts[field] == before[field] and isinstance(widget, Input | Select):
                widget.value = value
        if texts["name"].startswith(f"{self._preset}-"):
            self.query_one("#name", Input).value = free_name(self._runs, name)
        self._preset, self._larger = name, larger

    def _check(self) -> None:
        texts = self.texts
        found = self._sources.get(source_key(texts))
        if self._like is None and isinstance(found, tuple) and times_larger(*found[0][:2]) != self._larger:
            self._take_preset(self._preset, times_larger(*found[0][:2]))
            texts = self.texts
        self._checked = check(texts, self._runs, None if isinstance(found, InputError) else found, self._like)
        if isinstance(found, InputError):
            self._checked.problems[place_of(found) or "data"] = remedy_of(found)
            self._checked.spec = None
        for name in FIELDS:
            hint = self.query_one(f"#{name}-hint", Static)
            problem = self._checked.problems.get(name)
            hint.update(f"✗ {brief(problem)}" if problem else hint_of(name, texts[name]))
            hint.set_class(problem is not None, "-wrong")
        self._estimate_later()
        summary = Content.styled(self._begun_from(), "$foreground-muted")
        self.query_one("#estimate", Static).update(Content("\n").join([summary, self._estimate()]))
        self.query_one("#start", Button).disabled = self._busy or self._checked.spec is None

    def _begun_from(self) -> str:
        """Return what the settings that have no field are, or what is trained first or costs time here."""
        if (spec := self._checked.spec) is not None:
            if note := self._precision_note(spec):
                return note
            if self._checked.rungs:
                return self._checked.rungs
            if spec.scout:
                return "a scout is trained first: one network under all windows in turn estimates the map"
        if self._like is None or self._like.preset != self._preset:
            return preset_words(self._preset, self.texts, preset_texts(self._preset, self._larger))
        others = other_settings(self._like)
        return (
            f"also as in {printable(self._like.name)}: {others}"
            if others
            else f"all other settings are those of the preset {self._preset}"
        )

    def _precision_note(self, spec: SweepSpec) -> str:
        key = spec.training.precision, spec.machine.onednn
        if key not in self._notes:
            self._notes[key] = precision_note(spec)
        return self._notes[key]

    def _estimate(self) -> Content:
        checked = self._checked
        if (longest := max(checked.problems.values(), key=len, default="")) != brief(longest):
            return Content.styled(f"✗ {longest}", "$error")
        if checked.trials is None or checked.windows is None:
            unread = source_key(self.texts) not in self._sources and not checked.problems
            return Content("Reading the data to count the windows …" if unread else "")
        baselines = checked.trials - checked.windows
        return Content.assemble(
            (f"{checked.windows:,}", "bold $primary"),
            f" windows + {baselines:,} baselines = ",
            (f"{checked.trials:,}", "bold $primary"),
            " trials",
            *disk_words(checked.disk, checked.trials),
            "\n",
            self._time(),
        )

    # -- the time ------------------------------------------------------------------------------------------------

    def _time(self) -> Content:
        """Return the estimated time of the sweep, as far as it is known."""
        found = self._estimates.get(self._estimated_key)
        if self._checked.spec is None:
            return Content("")
        if found is None:
            return Content.styled("Estimating the time … You can start now.", "$foreground-muted")
        if isinstance(found, str):
            return Content.styled(f"No time estimate: {found}", "$warning")
        return time_words(found, self._findings[self._estimated_key])

    def _estimate_later(self) -> None:
        """Measure once the form has not changed for a moment; earlier results are remembered."""
        spec = self._checked.spec
        key = "" if spec is None else _key(spec)
        if key == self._estimated_key:
            return
        self._estimated_key = key
        if self._estimate_timer is not None:
            self._estimate_timer.cancel()
        if spec is not None and key not in self._estimates:
            self._estimate_timer = call_after(self, _STILL, partial(self._estimator.ask, spec))

    def _measure(self, spec: SweepSpec, latest: Latest) -> None:
        key = _key(spec)
        findings: tuple[str, ...] = ()
        try:
            shape, classes, sizes = data_facts(spec)
            cost = estimate_cost(spec, shape, classes, sizes, latest)
            found: CostEstimate | str = cost
            findings = tuple(what_can_be_found(cost, self._runs, spec.source))
        except Cancelled:
            return
        except XSampleError as error:
            found = printable(error, 200)
        self.post_message(self.Estimated(key, found, findings))

    def on_new_sweep_screen_estimated(self, event: Estimated) -> None:
        """Show how long it takes."""
        self._estimates[event.key], self._findings[event.key] = event.found, event.findings
        self._check()

    def on_unmount(self) -> None:
        """End the current measurement."""
        self._estimator.close()

    # -- reading data --------------------------------------------------------------------------------------------

    def _probe_later(self) -> None:
        if self._probe_timer is not None:
            self._probe_timer.cancel()
        self._probe_timer = call_after(self, _TYPING, self._probe)

    def _probe(self) -> None:
        texts, reading = self.texts, reading_of(self.texts)
        if texts["data"].strip() and reading is not None and source_key(texts) not in self._sources:
            self._read(texts["data"].strip(), source_key(texts), reading)

    @unwaited
    def _read(self, source: str, key: str, reading: ReadingOptions) -> None:
        try:
            dataset = load(source, reading)
        except InputError as error:
            self.post_message(self.Probed(key, error))
        except Exception as error:
            self.post_message(self.Probed(key, ArgumentError("data", source, f"cannot be read: {error}")))
        else:
            self.post_message(self.Probed(key, (dataset.shape, dataset.classes)))

    def on_new_sweep_screen_probed(self, event: Probed) -> None:
        """Use what a source contains."""
        self._sources[event.key] = event.found
        self._check()

    # -- starting ------------------------------------------------------------------------------------------------

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "start":
            self.action_start()
        else:
            self.action_leave()

    def action_start(self) -> None:
        """Create the run, in a thread."""
        self._check()
        if self._busy or self._checked.spec is None:
            self.app.bell()
            if wrong := [name for name in FIELDS if name in self._checked.problems]:
                self.query_one(f"#{wrong[0]}").focus()
            return
        self._set_busy(True, "Reading the data and laying out the trials ...")
        self._creator.ask(self._checked.spec)

    def _lay_out(self, spec: SweepSpec, latest: Latest) -> None:
        try:
            need_training_packages()
            run = lay_out(self._runs, spec)
        except Exception as error:
            self.post_message(self.Refused(error))
        else:
            self.post_message(self.Created(run))

    def on_new_sweep_screen_created(self, event: Created) -> None:
        """Open the run and train it."""
        self.program.open_run(event.run, train=True)

    def on_new_sweep_screen_refused(self, event: Refused) -> None:
        """Show why the run cannot be created."""
        error = event.error
        words = str(error) if isinstance(error, XSampleError) else printable(f"{type(error).__name__}: {error}", 400)
        self._set_busy(False, f"✗ {words}", wrong=True)
        if isinstance(error, InputError) and (place := place_of(error)) is not None:
            self.query_one(f"#{place}").focus()

    def _set_busy(self, busy: bool, words: str, *, wrong: bool = False) -> None:
        self._busy = busy
        self.query_one("#form").disabled = busy
        refusal = self.query_one("#refusal", Static)
        refusal.display = bool(words)
        refusal.update(words)
        refusal.set_class(wrong, "-wrong")
        self._check()

    def action_leave(self) -> None:
        """Go back to the list of runs."""
        self.program.show_runs()


def _key(spec: SweepSpec) -> str:
    """Return a key of what a sweep costs, to which its name and the order of its trials do not matter."""
    return spec.model_copy(update={"name": "draft", "order": "rows"}).model_dump_json()


def _select(name: Field, values: Iterable[str], value: str) -> Select[str]:
    return Select([(item, item) for item in values], value=value, allow_blank=False, id=name, compact=True)
