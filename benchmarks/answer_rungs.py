"""Successive halving as a method of ``benchmarks.answer``: windows wait at a rung until it is decided."""

from __future__ import annotations

from collections.abc import Iterable

from xsample_tui.core.halving.rung_decisions import decide

from .answer_replay import Story


class Halving:
    """Trains windows to the next rung, and those that go on from there, by the product's own rule.

    Args:
        story: the full sweep.
        order: its trials in the order in which they begin.
        factor, least: one of so many windows goes on from a rung, and so many at least.

    Attributes:
        parked: after which epoch of which trial these windows have ended, as their rung was decided then.
    """

    def __init__(self, story: Story, order: Iterable[str], factor: int, least: int) -> None:
        self._epochs, self._factor, self._least = story.epochs, factor, least
        self._queue = list(order)
        self._losses: dict[str, list[float | None]] = {name: [] for name in story.places}
        self._standings = decide(story.epochs, factor, least, self._losses).standings
        self._waiting: set[str] = set()
        self.parked: dict[tuple[str, int], tuple[str, ...]] = {}

    def ask(self) -> str | None:
        """Return the next trial."""
        return self._queue.pop(0) if self._queue else None

    def told(self, trial: str, epoch: int, stop_loss: float) -> bool:
        """Take in an epoch; return whether the trial's rung is farther on."""
        if trial not in self._losses:
            return True
        self._losses[trial].append(stop_loss)
        if epoch < self._standings[trial].limit:
            return True
        self._waiting.add(trial)
        self._standings = decide(self._epochs, self._factor, self._least, self._losses).standings
        if behind := tuple(
            name for name in self._standings if name in self._waiting and self._standings[name].parked
        ):
            self.parked[trial, epoch] = behind
            self._waiting.difference_update(behind)
        # The best at the rung first, as a sweep does.
        on = [name for name in self._standings if name in self._waiting and self._goes_on(name)]
        self._waiting.difference_update(on)
        self._queue += on
        return False

    def ended(self, trial: str, stop_loss: float) -> None:
        """Take in that a trial is finished."""
        if trial in self._losses:
            self._losses[trial].append(stop_loss)

    def _goes_on(self, name: str) -> bool:
        return self._standings[name].limit > len(self._losses[name])
