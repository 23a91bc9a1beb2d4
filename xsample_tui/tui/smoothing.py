"""Smoothing: the smoothed map of the windows that are finished so far, computed in a thread."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message
from textual.widget import Widget

from ..core.seed import derive
from ..core.stats.map_noise import seed_noise
from ..core.stats.smoothed_map import LEAST_SEEDS, LEAST_WINDOWS, SmoothedMap, smoothed_map
from .errand import Errand, Latest
from .link import Link


@dataclass(frozen=True)
class Finished:
    """What the finished windows and the baselines have: enough for a map over other seeds, not over other images.

    Attributes:
        names, places, errors, gains: of each finished window; places in pixels, gains in images beyond the
            baselines' mean at equal epochs.
        base: the baselines' errors.
        alone: whether the windows share a draw of initial weights that the baselines do not have.
        seed: of the simulated maps.
    """

    names: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    errors: tuple[int, ...]
    gains: tuple[float, ...]
    base: tuple[int, ...]
    alone: bool
    seed: int

    def smoothed(self) -> SmoothedMap:
        """Return the smoothed map; this takes a second with hundreds of windows."""
        noise = seed_noise(self.errors, self.base, alone=self.alone)
        return smoothed_map(self.places, self.gains, noise, self.names, self.seed)


def finished(link: Link) -> Finished | None:
    """Return what is finished; None with fewer than two baselines or four windows, or without errors."""
    rows = []
    for entry in link.progress.windows:
        gain, window = link.yardstick.gain(entry), entry.trial.window
        if entry.status == "done" and entry.kept and gain is not None and window is not None:
            rows.append((entry, (window.row, window.col), gain, entry.kept))
    last = max((kept.epoch for _, _, _, kept in rows), default=0)
    base = link.progress.baseline_error_counts(last)
    if len(rows) < LEAST_WINDOWS or len(base) < LEAST_SEEDS or not any(base):
        return None
    spec = link.run.spec
    return Finished(
        names=tuple(entry.trial.name for entry, *_ in rows),
        places=tuple(place for _, place, *_ in rows),
        errors=tuple(kept.val_errors for *_, kept in rows),
        gains=tuple(gain for _, _, gain, _ in rows),
        base=tuple(base),
        alone=spec.streams == "named",
        seed=derive(spec.seed, "smoothed"),
    )


class Smoothing:
    """Keeps the yardstick's smoothed map up to date, in a thread, one map at a time.

    Args:
        owner: what hears of each map.
        link: the run's link.
    """

    class Smoothed(Message):
        """A map was computed."""

        def __init__(self, found: SmoothedMap) -> None:
            self.found = found
            super().__init__()

    def __init__(self, owner: Widget, link: Link) -> None:
        self._owner, self._link = owner, link
        self._asked: Finished | None = None
        self._errand = Errand[Finished](owner, "smoothing", self._smooth)

    @property
    def settled(self) -> bool:
        """Whether the run is finished and its map came with its judgement."""
        known = self._link.yardstick.smoothed
        return known is not None and known.images and self._link.complete

    def renew(self) -> None:
        """Ask for the map of what is finished now, unless it is there or asked for.

        A finished run's map, which counts other images too, came with its judgement.
        """
        if self.settled:
            return
        known = self._link.yardstick.smoothed
        wanted = finished(self._link)
        if wanted is not None and (wanted != self._asked or (known is None and not self._errand.busy)):
            self._asked = wanted
            self._errand.ask(wanted)

    def close(self) -> None:
        """Want nothing any more."""
        self._errand.close()

    def _smooth(self, asked: Finished, latest: Latest) -> None:
        found = asked.smoothed()
        if latest():
            self._owner.post_message(self.Smoothed(found))
