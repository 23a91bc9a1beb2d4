"""What happened in a run, and when, for a replay."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .run_events import EpochDone, Event, QueueChanged, RunChanged, TrialChanged
from .run_progress import ENDED, Progress, TrialProgress

# A pause or a night between two sessions lasts this many of the longest epochs in a recording.
_GAP = 2.0
_LEAST_GAP = 5.0


@dataclass(frozen=True)
class Recording:
    """Events in the order in which they happened.

    Attributes:
        times: seconds from the begin of each event, pauses shortened; never falling.
        events: the events.
        began: Unix time of the first.
        estimated: whether the times are estimated from the epochs' lengths, because part of the event log is gone.
    """

    times: tuple[float, ...]
    events: tuple[Event, ...]
    began: float
    estimated: bool

    @property
    def length(self) -> float:
        """Seconds from begin to end."""
        return self.times[-1] if self.times else 0.0

    def until(self, at: float) -> int:
        """Return how many events have happened ``at`` seconds from the begin."""
        return bisect_right(self.times, at)


def recording(progress: Progress, logged: Iterable[Event], order: Sequence[str] = ()) -> Recording:
    """Return the recording of a run: from its event log where that is whole, else estimated from its histories.

    Args:
        progress: what the trials' records say.
        logged: the events that the run still has, oldest first.
        order: the trials' names as they are trained; empty for baselines first, then by place.
    """
    events = list(logged)
    if _whole(progress, events):
        longest = max((e.seconds for e in events if isinstance(e, EpochDone)), default=0.0)
        most = max(_GAP * longest, _LEAST_GAP)
        times, now = [], 0.0
        for before, event in zip([events[0], *events], events, strict=False):
            now += min(max(event.at - before.at, 0.0), most)
            times.append(now)
        return Recording(tuple(times), tuple(events), events[0].at, estimated=False)
    events = _estimated(progress, order)
    return Recording(tuple(event.at for event in events), tuple(events), 0.0, estimated=True)


def _whole(progress: Progress, events: list[Event]) -> bool:
    """Return whether the events lead to the histories that the records hold."""
    seen = {(e.trial, e.metrics.epoch): e.metrics for e in events if isinstance(e, EpochDone)}
    held = {(name, m.epoch): m for name, entry in progress.trials.items() for m in entry.history}
    return bool(held) and held.items() <= seen.items()


def _estimated(progress: Progress, order: Sequence[str]) -> list[Event]:
    """Let the spec's number of workers take the trials in their order, at their own pace."""
    jobs = 1 if progress.spec.leaks else progress.spec.machine.jobs
    free = [(0.0, slot) for slot in range(jobs)]
    events: list[Event] = [RunChanged(at=0.0, state="running")]
    in_order = [progress.trials[name] for name in order] or (*progress.baselines, *progress.windows)
    waiting = [entry for entry in in_order if entry.history]
    for number, entry in enumerate(waiting):
        at, slot = heapq.heappop(free)
        events += _trained(entry, at, slot)
        events.append(QueueChanged(at=at, order=tuple(e.trial.name for e in waiting[number + 1 :])))
        heapq.heappush(free, (at + sum(entry.seconds), slot))
    end = max(at for at, _ in free)
    events += [
        TrialChanged(at=end, trial=name, status=entry.status, message=entry.message)
        for name, entry in progress.trials.items()
        if not entry.history and entry.status in ("failed", "skipped")
    ]
    events.append(RunChanged(at=end, state="finished" if _complete(progress) else "stopped"))
    return sorted(events, key=lambda event: event.at)


def _trained(entry: TrialProgress, at: float, slot: int) -> list[Event]:
    name = entry.trial.name
    events: list[Event] = [TrialChanged(at=at, trial=name, status="running", slot=slot)]
    for metrics, seconds in zip(entry.history, entry.seconds, strict=True):
        at += seconds
        events.append(EpochDone(at=at, trial=name, metrics=metrics, seconds=seconds))
    return [*events, TrialChanged(at=at, trial=name, status=entry.status, message=entry.message)]


def _complete(progress: Progress) -> bool:
    return all(entry.status in ENDED for entry in progress.trials.values())
