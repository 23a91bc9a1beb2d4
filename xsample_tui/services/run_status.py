"""The progress of a run, as plain values."""

from __future__ import annotations

from typing import Any

from ..core.errors import printable
from ..core.run_state.eta import Estimate, estimate, fraction_done
from ..core.scout.scout_progress import ScoutProgress
from ..store.run_catalog import RunSummary

_AT_WORK = ("running", "pausing", "paused", "stopping")


def status_facts(run: RunSummary) -> dict[str, Any]:
    """Return what is known of a run, for JSON; of one that cannot be read its name, and why."""
    facts: dict[str, Any] = {"name": printable(run.name), "state": run.state, "created": run.created}
    facts |= {"tags": list(run.notes.tags), "note": run.notes.note, "archived": run.notes.archived}
    if run.progress is None:
        return facts | {"problem": run.problem}
    workers = run.heartbeat.workers if run.heartbeat and run.state in _AT_WORK else ()
    left = estimate(run.progress, len(workers))
    return facts | {
        "preset": run.progress.spec.preset,
        "protocol": "article" if run.progress.spec.article_protocol else "honest",
        "data": printable(run.progress.spec.source),
        "seed": run.progress.spec.seed,
        "precision": run.progress.spec.training.precision,
        "fraction_done": fraction_done(run.progress),
        "counts": run.progress.counts(),
        "unreadable": run.progress.doubts,
        "damaged": run.progress.damages,
        "problem": run.problem or None,
        "active_seconds": run.heartbeat.active if run.heartbeat else 0.0,
        "seconds_left": left.middle if left else None,
        "deadline": deadline_of(run),
        "scout": scout.model_dump() if (scout := scout_of(run)) is not None else None,
        "workers": [worker.model_dump() for worker in workers],
        "dashboard": run.heartbeat.dashboard if run.heartbeat and workers else None,
        "heartbeat": run.heartbeat.at if run.heartbeat else None,
    }


def left_of(run: RunSummary) -> Estimate | None:
    """Return the time that is left of a run that is being trained; None while that is not known."""
    if run.progress is None or run.heartbeat is None or run.state not in _AT_WORK:
        return None
    return estimate(run.progress, len(run.heartbeat.workers))


def deadline_of(run: RunSummary) -> float | None:
    """Return when the session that trains a run stops, Unix time in seconds; None where it does not."""
    heartbeat = run.heartbeat
    return heartbeat.until if heartbeat is not None and heartbeat.until and run.state in _AT_WORK else None


def scout_of(run: RunSummary) -> ScoutProgress | None:
    """Return how far the scout is that a run's trials wait for; None where they wait for none."""
    heartbeat = run.heartbeat
    return heartbeat.scout if heartbeat is not None and run.state in _AT_WORK else None
