"""The stack screen: blends chosen members with every blender, and compares the result with baselines and arms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from ...services.ensemble_study import Arms, EnsembleStudy, MemberStanding
from ...stacking.blending.blender_registry import BLENDERS
from ...stacking.blending.disagreements import Disagreement
from ...stacking.blending.score_by_size import SizeCurve
from ...stacking.pool.model_pool import PoolKind
from ...store.run.run_folder import RunFolder
from ..keys.declared_keys import STACK
from ..keys.key_bar import KeyBar
from ..widgets.base_screen import BaseScreen, Layout, layout_for
from .agreement_matrix import AgreementMatrix
from .background_queries import Answered, BackgroundQueries, Spread
from .blender_table import BlenderTable
from .disagreement_browser import DisagreementBrowser
from .export_dialog import ExportControls
from .member_controls import MemberControls
from .member_list import MemberList
from .size_curve import GreedyPath, SizeCurvePlot
from .stack_tabs import PANELS, FlowLine, PanelTabs
from .stack_title import title
from .train_controls_dialog import ArmTraining
from .verdict_panel import VerdictPanel

_FOCUS = ("members", "kcurve", "agreement", "pictures", "verdict")
# A border and a blank column on either side.
_FRAME = 4
_TURN = "next or previous image"


class StackScreen(BaseScreen):
    """Blends the finished windows of a run on its selection images, also while training continues.

    Args:
        run: the run.
        ticked: names of the trials that are chosen first, instead of the best.

    Attributes:
        members: the choice of members and blender.
    """

    CSS_PATH = Path(__file__).with_name("stack.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        *MemberControls.BINDINGS,
        Binding("n", "turn(1)", "Next image", tooltip=_TURN, id="stack.next-picture"),
        Binding(
            "o",
            "only",
            "Only some",
            show=False,
            tooltip="show only images that the blend alone has right, the baseline alone, neither; then all",
            id="stack.only-some-images",
        ),
        Binding("p", "turn(-1)", "Previous image", show=False, tooltip=_TURN, id="stack.picture-before"),
        *(
            Binding(
                str(number),
                f"panel({number})",
                label,
                show=False,
                tooltip=f"go to panel {number}: {label}",
                id=f"stack.{name}",
            )
            for number, (name, label) in enumerate(PANELS.items(), 1)
        ),
        *STACK,
    ]
    HELP_WORDS: ClassVar[dict[str, str]] = {
        "blend": "one prediction from the softmax outputs of several models",
        "selection images": "used to rank members and score blends; the test set stays locked here",
        "log-loss": "mean negative log-probability of the true class, in nats; lower is better",
        "cross-fitted": "each fifth of the selection images is predicted with members, weights and temperature from "
        "the other four",
        "calibrated": "a blend's probabilities to the power of 1 / T, T the temperature that lowers the log-loss of "
        "the other folds most; losses of single members, of the baselines and of the greedy picks are not calibrated",
        "caruana": "greedy selection with replacement: adds the member that lowers the log-loss most",
        "simplex": "weights >= 0 that sum to 1, with the lowest log-loss",
        "logistic": "L2 logistic regression on the members' log-probabilities",
        "best single (G)": "the best single model, chosen on the other folds",
        "arms": "blends that differ in one respect: windows (A), seeds (B), random choice (C, D), random masks (E), "
        "placebo masks (F)",
    }

    def __init__(self, run: RunFolder, ticked: Sequence[str] = ()) -> None:
        super().__init__()
        self.members = MemberControls(self, ticked, self.show_choice, self.show_blender)
        self._run = run
        self.panel = 1
        self._curves: dict[tuple[PoolKind, str], SizeCurve] = {}
        self._arms: dict[int, Arms] = {}
        self._queries = BackgroundQueries(self)
        self._writers = self.writers()
        self.parts = (self.members, *self._writers)

    def writers(self) -> tuple[ExportControls | ArmTraining, ...]:
        """Return the parts that write or train something."""
        return ExportControls(self, self._run, self.members), ArmTraining(self, self._run)

    def compose_page(self) -> ComposeResult:
        """Lay out the title, the tabs and the panels."""
        yield FlowLine("stack-title")
        yield PanelTabs()
        yield Static(id="stack-message", markup=False)
        with Horizontal(id="stack-body"):
            with Container(id="stack-choice"):
                yield MemberList()
                yield BlenderTable()
            with Vertical(id="stack-panels"):
                with Container(id="stack-upper", classes="stack-pair"):
                    with Vertical(id="stack-curve"):
                        yield SizeCurvePlot()
                        yield GreedyPath()
                    yield AgreementMatrix()
                with Container(id="stack-lower", classes="stack-pair"):
                    yield DisagreementBrowser()
                    yield VerdictPanel()
        yield KeyBar()

    def on_mount(self) -> None:
        """Read the run."""
        self.query_one("#stack-curve").border_title = SizeCurvePlot.BORDER_TITLE
        self.add_class("-panel-1")
        self.action_reload()

    def on_unmount(self) -> None:
        """End the threads after their current work."""
        self._queries.close()
        for writer in self._writers:
            writer.close()

    @property
    def busy(self) -> bool:
        """Whether anything is being read or computed, or about to be."""
        return self._queries.busy

    @on(MemberList.Toggled)
    def _toggled(self, event: MemberList.Toggled) -> None:
        event.stop()
        self.members.toggle(event.member)

    @on(BlenderTable.Picked)
    def _picked(self, event: BlenderTable.Picked) -> None:
        event.stop()
        self.members.pick(event.name)

    # -- results -------------------------------------------------------------------------------------------------

    def on_answered(self, found: Answered) -> None:
        """Show a result, unless it is outdated."""
        found.stop()
        what = found.what
        if isinstance(what, EnsembleStudy):
            self.take(what)
        elif found.study is None:
            self._show_message(str(what))
        elif found.study is not self.members.study:
            return
        elif isinstance(what, SizeCurve) and isinstance(found.key, tuple):
            self._curves[found.key] = what
            self._show_curve()
        elif isinstance(what, Arms):
            self._arms[what.k] = what
            self._show_verdict()
        elif isinstance(what, MemberStanding) and found.key == self.members.choice:
            self.members.standings[what.blender.name] = what
            self.query_one(BlenderTable).show(found.study, self.members.standings, self.members.blender)
            if what.blender.name == self.members.blender:
                self._show_weights()
                self._ask_images()
        elif isinstance(what, Spread) and found.key == self.members.choice:
            self.query_one(AgreementMatrix).show(what.agreement)
            self.query_one(GreedyPath).show(what.greedy)
        elif isinstance(what, list) and found.key == (self.members.choice, self.members.blender):
            self._show_images(what)

    def _show_message(self, words: str) -> None:
        """Show why there is no study."""
        self.members.study = None
        self.remove_class("-loaded")
        self.add_class("-waiting")
        self.query_one("#stack-message", Static).update(
            Content.assemble(words, "\n", ("Press r to read again, Esc to go back.", "$foreground-muted"))
        )
        self._show_title()
        self.refresh_bindings()

    def take(self, study: EnsembleStudy) -> None:
        """Show a new study."""
        first = self.members.study is None
        self.members.take(study)
        self._curves.clear()
        self._arms.clear()
        self.remove_class("-waiting")
        self.add_class("-loaded")
        if first:
            self.call_after_refresh(self._focus_panel)
        self.show_choice()

    # -- showing -------------------------------------------------------------------------------------------------

    def show_choice(self) -> None:
        """Start everything that depends on the choice, and show what is known."""
        study = self.members.study
        if study is None:
            return
        self.members.standings = {}
        self._queries.blend((study, self.members.choice, self.members.blender))
        with self.app.batch_update():
            self.query_one(MemberList).show(study, self.members.choice)
            self.query_one(BlenderTable).show(study, self.members.standings, self.members.blender)
            self._fit(layout_for(self.app.size))
            self._show_title()
            self._show_curve()
            self._show_verdict()
        self.refresh_bindings()

    def show_blender(self) -> None:
        """Show the weights, images and curve of the chosen blender."""
        if self.members.study is None:
            return
        self.query_one(BlenderTable).show(self.members.study, self.members.standings, self.members.blender)
        self._show_weights()
        self._ask_images()
        self._show_curve()

    def _ask_images(self) -> None:
        if self.members.study is None:
            return
        standing = self.members.standings.get(self.members.blender)
        if standing is None:
            self._show_images(None)
        else:
            self._queries.find_images((self.members.study, (self.members.choice, self.members.blender), standing))

    def _show_title(self) -> None:
        self.query_one("#stack-title", FlowLine).show(title(self._run, self.members.study, self.members.choice))

    def _show_curve(self) -> None:
        """Show the curve of the chosen blender; of the mean if fitting would take too long."""
        study = self.members.study
        if study is None or not self._seen(2):
            return
        fitted = BLENDERS[self.members.blender].fitted
        key = (self.members.choice.pool, "mean" if fitted else self.members.blender)
        if key not in self._curves and len(study.ranked[key[0]]):
            self._queries.trace_curve(study, *key)
        heading = f"{BLENDERS[key[1]].title}, {key[0]}"
        level = next((level for level in study.levels if level.title == "baselines"), None)
        self.query_one(SizeCurvePlot).show(
            self._curves.get(key), heading, level, self.members.choice.k if self.members.choice.hand is None else 0
        )
        self.query_one("#stack-curve").border_title = f"score by size · {heading}"

    def _show_images(self, found: list[Disagreement] | None) -> None:
        study = self.members.study
        if study is None:
            return
        baseline = "" if study.baseline is None else study.models.members[study.baseline].name
        count = len(study.members(self.members.choice))
        words = f"{self.members.blender} of {count}" if count else ""
        data = study.models.run.dataset
        self.query_one(DisagreementBrowser).show(data.images, found, words, baseline, data.class_names)

    def _show_verdict(self) -> None:
        """Show the verdict; the arms are compared once the panel is shown, since that is slow."""
        study = self.members.study
        if study is None:
            return
        k = len(study.members(self.members.choice))
        wanted = self.panel == 5 and k > 0
        if wanted and k not in self._arms:
            self._queries.compare_arms(study, k)
        arms = self._arms.get(k)
        self.query_one(VerdictPanel).show(study, arms, k, computing=wanted and arms is None)

    def _seen(self, panel: int) -> bool:
        """Whether a panel is visible now."""
        layout = layout_for(self.app.size)
        return panel == self.panel or layout == "large" or (layout == "medium" and panel == 2 and self.panel == 1)

    def lay_out(self, layout: Layout) -> None:
        """Give the members the width they need, and show what became visible."""
        self._fit(layout)
        self._show_curve()
        self.query_one(PanelTabs).show(self.panel)

    def _fit(self, layout: Layout) -> None:
        """Give the members and the blenders the width they need."""
        members, blenders = self.query_one(MemberList), self.query_one(BlenderTable)
        width = members.width(layout, self.app.size.width)
        compact = layout == "compact"
        _widen(members, width if compact else None)
        _widen(self.query_one("#stack-choice"), None if compact else max(width, blenders.width) + _FRAME)

    def _show_weights(self) -> None:
        """Show the weights of the chosen blender beside the members."""
        standing = self.members.standings.get(self.members.blender)
        weights: dict[int, float] = {}
        if standing is not None and standing.blend is not None:
            whole = standing.blend.whole
            if whole.pooling.weights is not None:
                weights = {int(m): float(w) for m, w in zip(whole.members, whole.pooling.weights, strict=True)}
        self.query_one(MemberList).weigh(weights)

    # -- keys ----------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what cannot be used now."""
        if action in ("turn", "panel", "export", "only") and self.members.study is None:
            return None
        if action in ("turn", "only"):
            return self._seen(4) or None
        if action == "export" and self.members.study is not None:
            return bool(self.members.study.members(self.members.choice)) or None
        return self.members.possible(action, parameters)

    def action_turn(self, pages: int) -> None:
        """Show another image."""
        self.query_one(DisagreementBrowser).turn(pages)

    def action_only(self) -> None:
        """Show only the images that one of the two models, or neither, has right; then all again."""
        self.query_one(DisagreementBrowser).show_next_kind()

    def action_panel(self, number: int) -> None:
        """Go to a panel; on small terminals it replaces the previous one."""
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
        """Read the finished trials again."""
        if self.members.study is None:
            self.add_class("-waiting")
            self.query_one("#stack-message", Static).update(Content("… reading the finished trials"))
            self._show_title()
        self._queries.read(self._run)

    def action_leave(self) -> None:
        """Go back to the sweep."""
        self.dismiss(None)


def _widen(widget: Widget, width: int | None) -> None:
    """Set a width if it changed: Textual would lay out the whole screen even for the same width."""
    present = widget.styles.inline.width
    if (present.value if present is not None else None) != width:
        widget.styles.width = width
