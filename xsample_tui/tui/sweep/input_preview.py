"""Shows an image as the chosen trial's network sees it, and what the network predicts."""

from __future__ import annotations

from asyncio import TimerHandle
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from ...core.data.class_labels import class_name
from ...core.errors import XSampleError, printable
from ...core.run_state.run_progress import TrialProgress
from ...store.run.stored_outputs import softmax
from ..delayed_call import call_after
from ..heatmap.heatmap_legend import flow
from ..latest_only import Latest, LatestOnly
from ..session.run_images import RunImages
from ..session.run_session import RunSession
from ..theme.colors import theme_color
from ..theme.drawing_app import drawing_app, is_ascii
from ..widgets.half_block_image import seen_blocks
from ..widgets.pixel_image import pixel_widget, seen_pixels, show_pixels
from .trial_panel import TrialPanel

# Outputs are read only for a trial on which the cursor stays this many seconds.
_STAYS = 0.2
_KEPT = 8
_TEXT_LINES = 2


class InputPreview(TrialPanel, can_focus=True):
    """A selection image under the chosen trial's mask.

    Args:
        run_session: the run's session.

    Attributes:
        at: which image.
    """

    NAME = "preview"
    BORDER_TITLE = "what the network sees"
    HELP = (
        "A selection image as the chosen trial's network sees it; what the mask hides is dimmed, what it shows "
        "is framed. Below: its label and, once the trial is done, the predicted class with its probability."
    )
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "screen.turn(-1)", "Previous image", show=False, id="preview.picture-before"),
        Binding("right", "screen.turn(1)", "Next image", show=False, id="preview.next-picture"),
    ]
    DEFAULT_CSS = """
    InputPreview {
        display: none;
        width: 36;
    }

    .-preview InputPreview {
        display: block;
    }

    .-compact InputPreview {
        width: 100%;
    }
    """

    def __init__(self, run_session: RunSession) -> None:
        super().__init__(run_session)
        self._images: RunImages | None = None
        self._class_names = run_session.run.document.class_names
        self._fault = ""
        self._outputs: dict[tuple[str, int], NDArray[np.float32] | str] = {}
        self._timer: TimerHandle | None = None
        self._reader: LatestOnly[tuple[str, int, int]] = LatestOnly(self, "outputs", self._read)
        self._pixels: Widget | None = None
        # What that widget shows: trial, image, the frame's colour.
        self._drawn: tuple[str, int, tuple[int, int, int]] | None = None
        self.at = 0

    def compose(self) -> ComposeResult:
        """Make the part that shows pixels, in terminals that can."""
        protocol = drawing_app(self).image_protocol
        if protocol is not None:
            self._pixels = pixel_widget(protocol)
            self._pixels.display = False
            yield self._pixels

    def show_images(self, images: RunImages | None, fault: str = "") -> None:
        """Show the run's images, or why there are none."""
        self._images, self._fault = images, fault
        self.show(self._trial)

    def show(self, trial: str | None) -> None:
        """Show another trial, or the same one as it is now."""
        self._trial = trial
        if not self.display:
            return
        self.repaint()
        if self._timer is not None:
            self._timer.cancel()
        if self._images is not None and self._key is not None and self._key not in self._outputs:
            self._timer = call_after(self, _STAYS, self._fetch)

    def repaint(self) -> None:
        """Redraw."""
        self._show_pixels()
        self.refresh()

    def on_resize(self) -> None:
        """Fit the image into the new size."""
        self._show_pixels()

    def turn(self, pages: int) -> None:
        """Move forward or back by images, wrapping around."""
        if self._images is not None:
            self.at = (self.at + pages) % len(self._images.labels)
            self.repaint()

    # -- the network's prediction --------------------------------------------------------------------------------

    @property
    def waiting(self) -> bool:
        """Whether it waits for something to be read."""
        if not self.display or self._fault:
            return False
        return self._images is None or (self._key is not None and self._key not in self._outputs)

    @property
    def _entry(self) -> TrialProgress | None:
        return self._run_session.progress.trials.get(self._trial or "")

    @property
    def _key(self) -> tuple[str, int] | None:
        """The trial and the epoch of its last checkpoint, if it is finished and has outputs."""
        entry = self._entry
        return (entry.trial.name, len(entry.history)) if entry is not None and entry.status == "done" else None

    def _fetch(self) -> None:
        if self._key is not None and self._images is not None:
            self._reader.ask((*self._key, len(self._images.labels)))

    def on_unmount(self) -> None:
        """Read no more."""
        self._reader.close()

    def _read(self, asked: tuple[str, int, int], latest: Latest) -> None:
        trial, epoch, images = asked
        found: NDArray[np.float32] | str
        try:
            found = softmax(self._run_session.run, trial, epoch, "select", images)
        except XSampleError:
            found = "cannot read its outputs"
        self.call_later(self._take, (trial, epoch), found)

    def _take(self, key: tuple[str, int], found: NDArray[np.float32] | str) -> None:
        self._outputs[key] = found
        while len(self._outputs) > _KEPT:
            del self._outputs[next(iter(self._outputs))]
        self.repaint()

    # -- drawing -------------------------------------------------------------------------------------------------

    @property
    def _room(self) -> tuple[int, int]:
        """Characters in a line, and lines."""
        return max(self.size.width, 10), max(self.size.height, 4)

    @property
    def _frame(self) -> tuple[int, int, int]:
        """The colour of the frame around what is seen."""
        return theme_color(self.app.theme_variables, "accent").rgb

    @property
    def _signs(self) -> bool:
        """Whether images are drawn with symbols."""
        return is_ascii(self.app) or self.app.console.color_system is None

    def _show_pixels(self) -> None:
        """Hand the image to the part that shows pixels, if there is one."""
        if self._pixels is None:
            return
        if self._images is None or self._trial is None or self._signs:
            self._pixels.display = False
            return
        self._pixels.display = True
        self._pixels.styles.max_width = self._room[0]
        self._pixels.styles.max_height = self._laid_out()[1]
        if self._drawn != (self._trial, self.at, self._frame):
            self._drawn = (self._trial, self.at, self._frame)
            image, mask = self._images.images[self.at], self._images.masks[self._trial]
            show_pixels(self._pixels, seen_pixels(image, mask, self._frame))

    def _laid_out(self) -> tuple[list[Content], int]:
        """Return the text below the image, and how many lines are left for the image."""
        width, height = self._room
        text = flow(self._words(), width)
        return text, max(height - max(len(text), _TEXT_LINES), 2)

    def render(self) -> Content:
        """Return the image and the text below it."""
        muted = "$foreground-muted"
        width, height = self._room
        if self._images is None or self._trial is None:
            words = self._fault or "… reading the images"
            return Content.styled(words, "$error" if self._fault else muted)
        images = self._images
        text, room = self._laid_out()
        if self._pixels is not None and self._pixels.display:
            # The widget in front draws the image.
            image = [Content("")] * room
        else:
            image = seen_blocks(
                images.images[self.at], images.masks[self._trial], width, room, signs=self._signs, frame=self._frame
            )
        lines = [*image, *text]
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines[:height])

    def _sight(self) -> str:
        """Return what the network sees of the image, in words; empty for the whole."""
        assert self._images is not None
        mask = self._images.masks.get(self._trial or "")
        if mask is None or mask.all():
            return ""
        seen = self._images.images[self.at][mask]
        if not seen.any():
            return "nothing but black"
        rows, columns = np.nonzero(mask)
        full = int(np.ptp(rows) + 1) * int(np.ptp(columns) + 1) == mask.sum()
        return "sees only this frame" if full else "sees what is bright"

    def _class(self, label: int) -> str:
        return printable(class_name(self._class_names, label), 24)

    def _words(self) -> list[Content]:
        assert self._images is not None
        muted, label = "$foreground-muted", int(self._images.labels[self.at])
        parts = [
            Content.styled(self._trial or "", "bold $primary"),
            *([Content.styled(words, "$accent")] if (words := self._sight()) else []),
            Content.assemble(
                (f"image {self.at + 1:,}/{len(self._images.labels):,}", muted), f"  label {self._class(label)}"
            ),
        ]
        found = self._outputs.get(self._key) if self._key is not None else None
        if isinstance(found, str):
            parts.append(Content.styled(found, muted))
        elif found is not None:
            predicted = int(found[self.at].argmax())
            sign, style = ("✓", "bold $success") if predicted == label else ("✗", "bold $warning")
            p = float(found[self.at, predicted])
            parts.append(Content.styled(f"{sign} predicts {self._class(predicted)} (p = {p:.2f})", style))
        elif self._key is None:
            parts.append(Content.styled("no prediction until it is done", muted))
        return parts
