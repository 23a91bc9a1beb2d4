"""Computes the smoothed map of the finished windows in a thread."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message
from textual.widget import Widget

from ...core.maps.map_noise import seed_noise
from ...core.maps.smoothed_map import LEAST_SEEDS, LEAST_WINDOWS, SmoothedMap, smoothed_map
from ...core.seeding import derive
from ..latest_only import Latest, LatestOnly
from .run_session import RunSession


@dataclass(frozen=True)
class Finished:
    """The results of finished windows and baselines: enough for a map with noise over seeds, not over images.

    Attributes:
        names, places, errors, gains: of each finished window; places in pixels, gains in images over the baselines'
            mean at equal epochs.
        base: the baselines' errors.
        alone: whether the windows share initial weights that no baseline has.
        seed: the seed of the simulated maps.
    """

    names: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    errors: tuple[int, ...]
    gains: tuple[float, ...]
    base: tuple[int, ...]
    alone: bool
    seed: int

    def smoothed(self) -> SmoothedMap:
        """Return the smoothed map; takes about a second for hundreds of windows."""
        noise = seed_noise(self.errors, self.base, alone=self.alone)
        return smoothed_map(self.places, self.gains, noise, self.names, self.seed)


def finished(run_session: RunSession) -> Finished | None:
    """Return the finished results; None with fewer than two baselines or four windows, or without errors.

    None too where windows are parked: the band holds for windows that nobody chose.
    """
    rows = []
    if run_session.progress.counts()["parked"]:
        return None
    for entry in run_session.progress.windows:
        gain, window = run_session.baseline_test.gain(entry), entry.trial.window
        if entry.status == "done" and entry.kept and gain is not None and window is not None:
            rows.append((entry, (window.row, window.col), gain, entry.kept))
    last = max((kept.epoch for _, _, _, kept in rows), default=0)
    base = run_session.progress.baseline_error_counts(last)
    if len(rows) < LEAST_WINDOWS or len(base) < LEAST_SEEDS or not any(base):
        return None
    spec = run_session.run.spec
    return Finished(
        names=tuple(entry.trial.name for entry, *_ in rows),
        places=tuple(place for _, place, *_ in rows),
        errors=tuple(kept.val_errors for *_, kept in rows),
        gains=tuple(gain for _, _, gain, _ in rows),
        base=tuple(base),
        alone=spec.streams == "named",
        seed=derive(spec.seed, "smoothed"),
    )


class SmoothedMapThread:
    """Keeps the smoothed map of the baseline test up to date, in a thread, one map at a time.

    Args:
        owner: the widget that receives each map.
        run_session: the run's session.
    """

    class Smoothed(Message):
        """A map was computed."""

        def __init__(self, found: SmoothedMap) -> None:
            self.found = found
            super().__init__()

    def __init__(self, owner: Widget, run_session: RunSession) -> None:
        self._owner, self._run_session = owner, run_session
        self._asked: Finished | None = None
        self._queries = LatestOnly[Finished](owner, "smoothing", self._smooth)

    @property
    def settled(self) -> bool:
        """Whether the run is finished and judged, which includes a map."""
        known = self._run_session.baseline_test.smoothed
        return known is not None and known.images and self._run_session.complete

    def renew(self) -> None:
        """Request a map of the finished windows, unless it exists or is requested already.

        The map of a finished run comes with its judgement, which also counts noise over images.
        """
        if self.settled:
            return
        known = self._run_session.baseline_test.smoothed
        wanted = finished(self._run_session)
        if wanted is not None and (wanted != self._asked or (known is None and not self._queries.busy)):
            self._asked = wanted
            self._queries.ask(wanted)

    def close(self) -> None:
        """Stop the requests."""
        self._queries.close()

    def _smooth(self, asked: Finished, latest: Latest) -> None:
        found = asked.smoothed()
        if latest():
            self._owner.post_message(self.Smoothed(found))
