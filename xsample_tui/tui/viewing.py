"""Viewing: what the panels of a sweep show of it, and the keys that choose it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.content import Content

from ..core.errors import XSampleError, printable
from .curve import Curve
from .flag import Flags
from .gallery import Gallery, open_gallery
from .grid import Grid
from .legend import Legend, flag_signs
from .link import Link
from .metric import METRICS
from .page import Layout, Page
from .palette import PINS
from .preview import Preview
from .smoothing import Smoothing


class Viewing(Page):
    """A page with a grid, a curve and a preview of one run.

    Args:
        link: the run's link.

    Attributes:
        selected: the trial that every panel shows.
        gallery: the run's pictures; None until they are wanted and read.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "metric(1)", "Metric", tooltip="colour the grid by the next metric", id="sweep.metric"),
        Binding(
            "M",
            "metric(-1)",
            "Metric before",
            show=False,
            tooltip="colour the grid by the metric before",
            id="sweep.metric-before",
        ),
        Binding(
            "i", "map", "Map", tooltip="paint the importance of each pixel, or the windows again", id="sweep.map"
        ),
        Binding(
            "v",
            "preview",
            "View",
            tooltip="show or hide a picture as the chosen trial's network sees it",
            id="sweep.view",
        ),
        Binding(
            "left_square_bracket",
            "turn(-1)",
            "Picture before",
            show=False,
            tooltip="the picture before",
            id="sweep.picture-before",
        ),
        Binding(
            "right_square_bracket",
            "turn(1)",
            "Next picture",
            show=False,
            tooltip="the next picture",
            id="sweep.next-picture",
        ),
        Binding("p", "pin", "Pin", tooltip="pin the chosen trial's curve, or take its pin back", id="sweep.pin"),
        Binding(
            "y",
            "log",
            "Log axis",
            show=False,
            tooltip="a logarithmic axis of values for the curve, or linear",
            id="sweep.log-axis",
        ),
        Binding(
            "o",
            "smooth",
            "Smooth",
            show=False,
            tooltip="smooth the curves: over 5 epochs, over 15, not at all",
            id="sweep.smooth",
        ),
    ]

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link
        self.selected: str | None = None
        self.gallery: Gallery | None = None
        self._reading = self._mapping = False
        self._smoothing = Smoothing(self, link)
        self._titles: tuple[str, Content] | None = None
        # Whether the preview was asked for; None where the layout decides.
        self._previewing: bool | None = None

    def fit(self) -> None:
        """Lay the panels out for what they show now."""
        raise NotImplementedError

    def show_scale(self) -> None:
        """Show what the grid's colours stand for."""
        grid = self.query_one(Grid)
        pixels = grid.pixels if grid.mapped else None
        # Under a frame there is room for the flags; where there is none, the legend has it.
        framed = not self.has_class("-compact")
        signs = [] if grid.mapped or not framed else flag_signs(grid.flags, self.app)
        for legend in self.query(Legend):
            if pixels is None:
                legend.show(grid.scale, flags=None if framed else grid.flags)
            else:
                legend.show(pixels.scale, pixels.windows)
        what = "pixels" if grid.mapped else "windows"
        title, subtitle = f"{what} · {grid.metric.title}", Content("  ").join(signs)
        # Setting them draws the whole panel anew.
        if (title, subtitle) != self._titles:
            self._titles = title, subtitle
            grid.border_title, grid.border_subtitle = title, subtitle

    @on(Grid.Remapped)
    def _remapped(self, event: Grid.Remapped) -> None:
        event.stop()
        self.show_scale()

    def show_flags(self) -> None:
        """Show in the grid which trials are marked, pinned and filtered out."""
        grid = self.query_one(Grid)
        grid.show_flags(self.flags())
        self.show_scale()

    def flags(self) -> Flags:
        """Return which trials are marked, pinned and filtered out."""
        return Flags(pins=tuple(self.query_one(Curve).pins))

    def action_metric(self, by: int) -> None:
        """Colour the grid by the next metric."""
        names = list(METRICS)
        self.show_metric(names[(names.index(self.query_one(Grid).metric.name) + by) % len(names)])

    def show_metric(self, name: str) -> None:
        """Colour the grid by a metric; the curve shows the loss where that is it."""
        grid = self.query_one(Grid)
        grid.show_metric(name)
        self.query_one(Curve).show_measure("loss" if grid.metric.measure == "loss" else "errors")
        self.show_scale()
        self.renew_smoothed()

    def on_unmount(self) -> None:
        """Smooth no more."""
        self._smoothing.close()

    def renew_smoothed(self) -> None:
        """Bring the smoothed gains up to date, where the grid shows them."""
        if self.query_one(Grid).metric.measure == "smoothed":
            self._smoothing.renew()

    @on(Smoothing.Smoothed)
    def _smoothed(self, event: Smoothing.Smoothed) -> None:
        event.stop()
        if self._smoothing.settled:
            return
        self.link.yardstick.smooth(event.found)
        self.query_one(Grid).refresh_trials()
        self.show_scale()

    def action_map(self) -> None:
        """Paint the pixel importance map, or the windows again."""
        grid = self.query_one(Grid)
        if grid.mapped:
            grid.show_map(None)
        elif self.gallery is None:
            self._mapping = True
            self._want_gallery()
        else:
            grid.show_map(self.gallery)
        self.show_scale()

    @on(Grid.Zoomed)
    def _zoomed(self, event: Grid.Zoomed) -> None:
        event.stop()
        self.fit()

    def action_preview(self) -> None:
        """Show the preview, or hide it."""
        self._previewing = not self.query_one(Preview).display
        self.show_preview(self._previewing)

    def show_preview(self, shown: bool) -> None:
        """Show the preview, or hide it; small terminals show it in the table's place."""
        self.set_class(shown, "-preview")
        if shown:
            self.remove_class("-log")
            self._want_gallery()
            # Only once it has its place does it know its size.
            self.call_after_refresh(self.query_one(Preview).show, self.selected)

    def lay_out_preview(self, layout: Layout) -> None:
        """Show the preview where it was asked for, or where there is room for everything."""
        self.show_preview(layout == "large" if self._previewing is None else self._previewing)

    def action_turn(self, pages: int) -> None:
        """Show the next picture, or the one before."""
        self.query_one(Preview).turn(pages)

    def action_pin(self) -> None:
        """Pin the chosen trial's curve, or take its pin back."""
        if self.selected is None:
            return
        if self.query_one(Curve).pin(self.selected):
            self.show_flags()
        else:
            self.notify(f"{PINS} trials are pinned; take a pin back first: p on its trial.", markup=False)

    def action_log(self) -> None:
        """Take a logarithmic axis for the curve, or a linear one again."""
        self.query_one(Curve).toggle_log()

    def action_smooth(self) -> None:
        """Smooth the curves over more epochs, or not at all."""
        self.query_one(Curve).smooth()

    def _want_gallery(self) -> None:
        if self.gallery is None and not self._reading:
            self._reading = True
            self._read_gallery()

    @work(thread=True, exit_on_error=False, group="gallery")
    def _read_gallery(self) -> None:
        """Read the pictures; training and keys do not wait for it."""
        try:
            gallery = open_gallery(self.link.run)
        except (XSampleError, OSError) as error:
            self.app.call_from_thread(self._hang, None, printable(error, 300))
            return
        self.app.call_from_thread(self._hang, gallery, "")

    def _hang(self, gallery: Gallery | None, fault: str) -> None:
        self.gallery, self._reading = gallery, False
        self.query_one(Preview).hang(gallery, fault)
        if self._mapping:
            self._mapping = False
            if gallery is None:
                self.notify(f"The pictures cannot be read: {fault}", severity="error", markup=False)
            else:
                self.action_map()

    def commands(self) -> Iterable[SystemCommand]:
        """Return this screen's commands for the palette."""
        for name, metric in METRICS.items():
            yield SystemCommand(f"Metric: {name}", metric.meaning, partial(self.show_metric, name))
