"""The preview: a real picture as the chosen trial's network sees it, and what it made of it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.timer import Timer

from ..core.errors import XSampleError
from ..core.progress import TrialProgress
from ..store.outputs import softmax
from .ascii import is_ascii
from .gallery import Gallery
from .legend import flow
from .link import Link
from .palette import palette_of
from .panel import Panel
from .picture import seen_blocks

# The cursor may run over many trials: only one that it stays on is worth reading outputs for.
_STAYS = 0.2
_KEPT = 8
_TEXT_LINES = 2


class Preview(Panel, can_focus=True):
    """One of the pictures that trials are judged on, under the chosen trial's mask.

    Args:
        link: the run's link.

    Attributes:
        at: which picture.
    """

    BORDER_TITLE = "what the network sees"
    HELP = (
        "One of the pictures that trials are judged on, select's, as the chosen trial's network sees it: what its "
        "mask takes away is dark and blue. Below it the picture's label, and, once the trial is done, which digit "
        "its network says it is, and how probable that is to it."
    )
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "screen.turn(-1)", "Picture before", show=False, id="preview.picture-before"),
        Binding("right", "screen.turn(1)", "Next picture", show=False, id="preview.next-picture"),
    ]
    DEFAULT_CSS = """
    Preview {
        display: none;
        width: 36;
    }

    .-preview Preview {
        display: block;
    }

    .-compact Preview {
        width: 100%;
    }
    """

    def __init__(self, link: Link) -> None:
        super().__init__(link)
        self._gallery: Gallery | None = None
        self._fault = ""
        self._outputs: dict[tuple[str, int], NDArray[np.float32] | str] = {}
        self._timer: Timer | None = None
        self.at = 0

    def hang(self, gallery: Gallery | None, fault: str = "") -> None:
        """Take the run's pictures, or say why there are none."""
        self._gallery, self._fault = gallery, fault
        self.show(self._trial)

    def show(self, trial: str | None) -> None:
        """Show what another trial sees, or the present one as it is now."""
        self._trial = trial
        if not self.display:
            return
        self.refresh()
        if self._timer is not None:
            self._timer.stop()
        if self._gallery is not None and self._key is not None and self._key not in self._outputs:
            self._timer = self.set_timer(_STAYS, self._fetch)

    def repaint(self) -> None:
        """Draw it anew."""
        self.refresh()

    def turn(self, pages: int) -> None:
        """Go on by pictures, round at the end."""
        if self._gallery is not None:
            self.at = (self.at + pages) % len(self._gallery.labels)
            self.refresh()

    # -- what the network made of it -----------------------------------------------------------------------------

    @property
    def waiting(self) -> bool:
        """Whether something that it is to show is still being read."""
        if not self.display or self._fault:
            return False
        return self._gallery is None or (self._key is not None and self._key not in self._outputs)

    @property
    def _entry(self) -> TrialProgress | None:
        return self._link.progress.trials.get(self._trial or "")

    @property
    def _key(self) -> tuple[str, int] | None:
        """The trial and the epoch of its last checkpoint, where it is finished and has outputs."""
        entry = self._entry
        return (entry.trial.name, len(entry.history)) if entry is not None and entry.status == "done" else None

    def _fetch(self) -> None:
        if self._key is not None and self._gallery is not None:
            self._read(*self._key, len(self._gallery.labels))

    @work(thread=True, exclusive=True, exit_on_error=False, group="outputs")
    def _read(self, trial: str, epoch: int, pictures: int) -> None:
        found: NDArray[np.float32] | str
        try:
            found = softmax(self._link.run, trial, epoch, "select", pictures)
        except XSampleError:
            found = "its outputs cannot be read"
        self.app.call_from_thread(self._take, (trial, epoch), found)

    def _take(self, key: tuple[str, int], found: NDArray[np.float32] | str) -> None:
        self._outputs[key] = found
        while len(self._outputs) > _KEPT:
            del self._outputs[next(iter(self._outputs))]
        self.refresh()

    # -- drawing -------------------------------------------------------------------------------------------------

    def render(self) -> Content:
        """Return the picture, and what there is to say of it."""
        muted = "$foreground-muted"
        width, height = max(self.size.width, 10), max(self.size.height, 4)
        if self._gallery is None or self._trial is None:
            words = self._fault or "… reading the run's pictures"
            return Content.styled(words, "$error" if self._fault else muted)
        gallery, palette = self._gallery, palette_of(self.app)
        signs = is_ascii(self.app) or self.app.console.color_system is None
        said = flow(self._words(), width)
        picture = seen_blocks(
            gallery.pictures[self.at],
            gallery.masks[self._trial],
            width,
            max(height - max(len(said), _TEXT_LINES), 2),
            signs=signs,
            few=palette.few,
        )
        lines = [*picture, *said]
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines[:height])

    def _words(self) -> list[Content]:
        assert self._gallery is not None
        muted, label = "$foreground-muted", int(self._gallery.labels[self.at])
        parts = [
            Content.styled(self._trial or "", "bold $primary"),
            Content.assemble((f"{self.at + 1}/{len(self._gallery.labels):,}", muted), f" label {label}"),
        ]
        found = self._outputs.get(self._key) if self._key is not None else None
        if isinstance(found, str):
            parts.append(Content.styled(found, muted))
        elif found is not None:
            says = int(found[self.at].argmax())
            sign, style = ("✓", "bold $success") if says == label else ("✗", "bold $warning")
            parts.append(Content.styled(f"{sign} says {says} at {float(found[self.at, says]):.3f}", style))
        elif self._key is None:
            parts.append(Content.styled("not finished: no outputs yet", muted))
        return parts
