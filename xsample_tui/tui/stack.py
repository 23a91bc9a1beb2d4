"""The stack screen: the best windows blended, every blender side by side, and what that amounts to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from ..core.errors import XSampleError, printable
from ..stacking.blender import BLENDERS
from ..stacking.companion import missing
from ..stacking.curve import Curve
from ..stacking.disagreement import Disagreement
from ..stacking.library import PoolKind
from ..store.folder import RunFolder
from ..sweep.background import start_in_background
from ..sweep.logout import ended_by_logout
from .agreement import AgreementMatrix
from .arms import ArmsQuestion
from .choosing import Choosing
from .comparison import Comparison
from .declared_keys import STACK
from .disagreement import DisagreementBrowser
from .kcurve import GreedyPath, KCurve
from .keys import KeyBar
from .member import MemberList
from .page import Layout, layout_for
from .prompt import PathPrompt
from .reckoning import Found, Reckoning, Spread
from .study import Arms, Standing, Study
from .tabs import PANELS, FlowLine, PanelTabs
from .title import title
from .verdict import VerdictPanel

_FOCUS = ("members", "kcurve", "agreement", "pictures", "verdict")
# A border and a column of room on either side.
_FRAME = 4
_TURN = "next picture, or the one before"


class StackScreen(Choosing):
    """The finished windows of a run blended, on select alone; it can be looked at while training goes on.

    Args:
        run: the run.
        ticked: names of trials to begin with, instead of the best.
    """

    CSS_PATH = Path(__file__).with_name("stack.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        *Choosing.BINDINGS,
        Binding("n", "turn(1)", "Next picture", show=False, tooltip=_TURN, id="stack.next-picture"),
        Binding("p", "turn(-1)", "Picture before", show=False, tooltip=_TURN, id="stack.picture-before"),
        *(
            Binding(
                str(number),
                f"panel({number})",
                name,
                show=False,
                tooltip=f"go to panel {number}: {name}",
                id=f"stack.{name}",
            )
            for number, name in enumerate(PANELS, 1)
        ),
        *STACK,
    ]
    HELP_WORDS: ClassVar[dict[str, str]] = {
        "blend": "one prediction made of several models' softmax outputs",
        "select": "the pictures that members are ranked and blends judged on; the test set stays locked here",
        "log-loss": "mean negative log-probability of the true class, in nats; less is better",
        "cross-fitted": "each fifth of select is predicted by members chosen, weights fitted and a temperature set "
        "without it",
        "caruana": "greedy selection: members added one by one, with replacement, whichever helps most",
        "simplex": "weights that are not negative and sum to 1, of least log-loss",
        "logistic": "L2 logistic regression on the members' log-probabilities",
        "best, G": "the best single model, chosen without the fifth it is judged on",
        "arms": "blends that differ in one thing each: windows (A), seeds (B), by lot (C, D), random masks (E), "
        "placebos (F)",
    }
    STEERS = frozenset({"export", "train_arms"})

    def __init__(self, run: RunFolder, ticked: Sequence[str] = ()) -> None:
        super().__init__(ticked)
        self._run = run
        self.panel = 1
        self.standings: dict[str, Standing] = {}
        self._curves: dict[tuple[PoolKind, str], Curve] = {}
        self._arms: dict[int, Arms] = {}
        self._reckoning = Reckoning(self)

    def compose_page(self) -> ComposeResult:
        """Lay out the title, the tabs and the panels."""
        yield FlowLine("stack-title")
        yield PanelTabs()
        yield Static(id="stack-message", markup=False)
        with Horizontal(id="stack-body"):
            with Container(id="stack-choice"):
                yield MemberList()
                yield Comparison()
            with Vertical(id="stack-panels"):
                with Container(id="stack-upper", classes="stack-pair"):
                    with Vertical(id="stack-curve"):
                        yield KCurve()
                        yield GreedyPath()
                    yield AgreementMatrix()
                with Container(id="stack-lower", classes="stack-pair"):
                    yield DisagreementBrowser()
                    yield VerdictPanel()
        yield KeyBar()

    def on_mount(self) -> None:
        """Read the run."""
        self.query_one("#stack-curve").border_title = KCurve.BORDER_TITLE
        self.add_class("-panel-1")
        self.action_reload()

    def on_unmount(self) -> None:
        """Let the threads end after what they are at."""
        self._reckoning.close()

    @property
    def reckoning(self) -> bool:
        """Whether anything is still being read or reckoned, or about to be."""
        return self._reckoning.busy

    # -- what comes in -------------------------------------------------------------------------------------------

    def on_found(self, found: Found) -> None:
        """Show a result, unless what it belongs to is no longer shown."""
        found.stop()
        what = found.what
        if isinstance(what, Study):
            self.take(what)
        elif found.study is None:
            self._say(str(what))
        elif found.study is not self.study:
            return
        elif isinstance(what, Curve) and isinstance(found.key, tuple):
            self._curves[found.key] = what
            self._show_curve()
        elif isinstance(what, Arms):
            self._arms[what.k] = what
            self._show_verdict()
        elif isinstance(what, Standing) and found.key == self.choice:
            self.standings[what.blender.name] = what
            self.query_one(Comparison).show(found.study, self.standings, self.blender)
            if what.blender.name == self.blender:
                self._show_weights()
                self._ask_pictures()
        elif isinstance(what, Spread) and found.key == self.choice:
            self.query_one(AgreementMatrix).show(what.agreement)
            self.query_one(GreedyPath).show(what.greedy)
        elif isinstance(what, list) and found.key == (self.choice, self.blender):
            self._show_pictures(what)

    def _say(self, words: str) -> None:
        """Say why there is nothing to show."""
        self.study = None
        self.remove_class("-loaded")
        self.add_class("-waiting")
        self.query_one("#stack-message", Static).update(
            Content.assemble(words, "\n", ("Press r to look again, escape to go back.", "$foreground-muted"))
        )
        self._show_title()
        self.refresh_bindings()

    def take(self, study: Study) -> None:
        """Show a study that was just read."""
        first = self.study is None
        super().take(study)
        self._curves.clear()
        self._arms.clear()
        self.remove_class("-waiting")
        self.add_class("-loaded")
        if first:
            self.call_after_refresh(self._focus_panel)
        self.show_choice()

    # -- showing -------------------------------------------------------------------------------------------------

    def show_choice(self) -> None:
        """Ask for everything that depends on the choice, and show at once what is known."""
        study = self.study
        if study is None:
            return
        self.standings = {}
        self._reckoning.blend((study, self.choice, self.blender))
        with self.app.batch_update():
            self.query_one(MemberList).show(study, self.choice)
            self.query_one(Comparison).show(study, self.standings, self.blender)
            self._fit(layout_for(self.app.size))
            self._show_title()
            self._show_curve()
            self._show_verdict()
        self.refresh_bindings()

    def show_blender(self) -> None:
        """Show the chosen blender's weights, pictures and curve."""
        if self.study is None:
            return
        self.query_one(Comparison).show(self.study, self.standings, self.blender)
        self._show_weights()
        self._ask_pictures()
        self._show_curve()

    def _ask_pictures(self) -> None:
        if self.study is None:
            return
        standing = self.standings.get(self.blender)
        if standing is None:
            self._show_pictures(None)
        else:
            self._reckoning.find_pictures((self.study, (self.choice, self.blender), standing))

    def _show_title(self) -> None:
        self.query_one("#stack-title", FlowLine).show(title(self._run, self.study, self.choice))

    def _show_curve(self) -> None:
        """Show the curve of the chosen blender, or the mean's where it would take too long."""
        study = self.study
        if study is None or not self._seen(2):
            return
        fitted = BLENDERS[self.blender].fitted
        key = (self.choice.pool, "mean" if fitted else self.blender)
        if key not in self._curves and len(study.ranked[key[0]]):
            self._reckoning.trace_curve(study, *key)
        heading = f"{BLENDERS[key[1]].title}, {key[0]}"
        level = next((level for level in study.levels if level.title == "baselines"), None)
        self.query_one(KCurve).show(
            self._curves.get(key), heading, level, self.choice.k if self.choice.hand is None else 0
        )
        self.query_one("#stack-curve").border_title = f"curve over k · {heading}"

    def _show_pictures(self, found: list[Disagreement] | None) -> None:
        study = self.study
        if study is None:
            return
        baseline = "" if study.baseline is None else study.library.members[study.baseline].name
        count = len(study.members(self.choice))
        words = f"{self.blender} of {count}" if count else ""
        self.query_one(DisagreementBrowser).show(study.library.run.dataset.pictures, found, words, baseline)

    def _show_verdict(self) -> None:
        """Show the verdict; the arms are compared once they are looked at, since that takes a while."""
        study = self.study
        if study is None:
            return
        k = len(study.members(self.choice))
        wanted = self.panel == 5 and k > 0
        if wanted and k not in self._arms:
            self._reckoning.compare_arms(study, k)
        arms = self._arms.get(k)
        self.query_one(VerdictPanel).show(study, arms, k, reckoning=wanted and arms is None)

    def _seen(self, panel: int) -> bool:
        """Whether there is room for a panel now."""
        layout = layout_for(self.app.size)
        return panel == self.panel or layout == "large" or (layout == "medium" and panel == 2 and self.panel == 1)

    def lay_out(self, layout: Layout) -> None:
        """Give the members the width they need, and show what has come into sight."""
        self._fit(layout)
        self._show_curve()
        self.query_one(PanelTabs).show(self.panel)

    def _fit(self, layout: Layout) -> None:
        """Give the members and the blenders the width they need."""
        members, blenders = self.query_one(MemberList), self.query_one(Comparison)
        width = members.width(layout, self.app.size.width)
        compact = layout == "compact"
        _widen(members, width if compact else None)
        _widen(self.query_one("#stack-choice"), None if compact else max(width, blenders.width) + _FRAME)

    def _show_weights(self) -> None:
        """Show beside the members what the chosen blender weighs them by."""
        standing = self.standings.get(self.blender)
        weights: dict[int, float] = {}
        if standing is not None and standing.blend is not None:
            whole = standing.blend.whole
            if whole.recipe.weights is not None:
                weights = {int(m): float(w) for m, w in zip(whole.members, whole.recipe.weights, strict=True)}
        self.query_one(MemberList).weigh(weights)

    # -- keys ----------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what makes no sense now."""
        if self.forbids(action):
            return None
        if action in ("turn", "panel", "export") and self.study is None:
            return None
        if action == "export" and self.study is not None:
            return bool(self.study.members(self.choice)) or None
        return super().check_action(action, parameters)

    def action_turn(self, pages: int) -> None:
        """Turn to another picture."""
        self.query_one(DisagreementBrowser).turn(pages)

    def action_panel(self, number: int) -> None:
        """Go to a panel; where there is no room for all, it takes the place of the one before."""
        self.set_classes([*(c for c in self.classes if not c.startswith("-panel-")), f"-panel-{number}"])
        self.panel = number
        self.query_one(PanelTabs).show(number)
        self._show_curve()
        self._show_verdict()
        self.call_after_refresh(self._focus_panel)

    def _focus_panel(self) -> None:
        panel: Widget = self.query_one(f"#{_FOCUS[self.panel - 1]}")
        panel.focus()

    def action_reload(self) -> None:
        """Read again what is finished."""
        if self.study is None:
            self.add_class("-waiting")
            self.query_one("#stack-message", Static).update(Content("… reading what is finished"))
            self._show_title()
        self._reckoning.read(self._run)

    def action_export(self) -> None:
        """Ask for a path and write the predictions of the chosen blender there."""
        study, choice, name = self.study, self.choice, self.blender
        if study is None:
            return
        standing = self.standings.get(name)
        if standing is not None and standing.blend is None:
            self.notify(f"{name}: {standing.refusal}", severity="warning", markup=False)
            return

        def export(path: Path, probabilities: bool, force: bool) -> int:
            made = standing or study.blend(choice, BLENDERS[name])
            if made.blend is None:
                raise XSampleError(f"{name}: {made.refusal}")
            return study.export(choice, made.blend, path, probabilities=probabilities, force=force)

        heading = f"Export: {BLENDERS[name].title} of {study.words(choice)}"
        self.app.push_screen(PathPrompt(heading, f"{self._run.name}-stack.csv", export), self._exported)

    def _exported(self, words: str | None) -> None:
        if words is not None:
            self.notify(printable(words, 400), markup=False)

    @work(thread=True, exclusive=True, exit_on_error=False, group="stack-missing")
    def action_train_arms(self) -> None:
        """Ask whether to train what the arms still lack, and how long that takes."""
        run = self._run
        try:
            if run.spec.article_protocol:
                raise XSampleError("the arms need the honest protocol; this run's selects with the test data")
            lacking = missing(run)
        except (XSampleError, OSError) as error:
            self.app.call_from_thread(self.notify, printable(error, 400), severity="warning", markup=False)
            return
        if not any(lacking.trials.values()):
            self.app.call_from_thread(self.notify, "all arms are trained; 5 compares them", markup=False)
            return
        question = ArmsQuestion(printable(run.name, 40), lacking)
        self.app.call_from_thread(self.app.push_screen, question, self._arms_answered)

    def _arms_answered(self, yes: bool | None) -> None:
        if not yes:
            return
        try:
            pid = start_in_background(self._run, ["arms", self._run.name, "--headless"])
        except OSError as error:
            self.notify(f"cannot be started: {printable(error)}", severity="error", markup=False)
            return
        words = f"process {pid} trains them; they are in the list of runs, and r reads here what is finished"
        self.notify(words, markup=False)
        if why := ended_by_logout():
            self.notify(why, severity="warning", markup=False)

    def action_leave(self) -> None:
        """Go back to the sweep."""
        self.dismiss(None)


def _widen(widget: Widget, width: int | None) -> None:
    """Set a width if it is another: Textual lays the whole screen out anew even for the same."""
    present = widget.styles.inline.width
    if (present.value if present is not None else None) != width:
        widget.styles.width = width
