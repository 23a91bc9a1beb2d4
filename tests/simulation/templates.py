"""The kinds of sweeps that are simulated, and a laid-out run of each."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from tests.harness.runs import digests, make_run, work
from xsample_tui.core.training.epoch_metrics import EpochMetrics

FAULTY = "keep-r04-c04"


@dataclass(frozen=True)
class Kind:
    """A kind of sweep.

    Attributes:
        name: of its template.
        jobs: workers.
        cluster: whether they are a cluster's.
        faulty: whether one trial's own lease fails.
        leaks: whether it is the article's, whose trials have a fixed order.
        checkpoint_seconds: seconds between commits of a trial.
    """

    name: str
    jobs: int = 1
    cluster: bool = False
    faulty: bool = False
    leaks: bool = False
    checkpoint_seconds: float = 0.0


KINDS = (
    Kind("one"),
    Kind("two", jobs=2),
    Kind("three-seldom", jobs=3, checkpoint_seconds=10.0),
    Kind("faulty", jobs=2, faulty=True),
    Kind("cluster", jobs=3, cluster=True, checkpoint_seconds=10.0),
    Kind("article", leaks=True),
)


@dataclass
class Template:
    """A run that is laid out, and what it gives undisturbed.

    Attributes:
        kind: of it.
        path: its folder.
        digests: of each trial that ends well.
        history: what each trial measures, by name and epoch.
    """

    kind: Kind
    path: Path
    digests: dict[str, str]
    history: dict[tuple[str, int], EpochMetrics]


def template(folder: Path, kind: Kind) -> Template:
    """Lay out a run of a kind, and train another of it undisturbed."""
    with failing_trial(kind):
        changes: dict[str, Any] = {"preset_name": "article"} if kind.leaks else {}
        options: dict[str, Any] = {
            "jobs": kind.jobs,
            "checkpoint_seconds": kind.checkpoint_seconds,
            "training": {"epochs": 4},
            **changes,
        }
        run = make_run(folder / kind.name, **options)
        reference = make_run(folder / kind.name / "reference", **options)
        assert work(reference) == "finished"
    history = {
        (name, metrics.epoch): metrics
        for name, entry in reference.progress().trials.items()
        for metrics in entry.history
    }
    found = digests(reference)
    if kind.faulty:
        found.pop(FAULTY, None)
    return Template(kind, run.path, found, history)


@contextlib.contextmanager
def failing_trial(kind: Kind) -> Iterator[None]:
    with mock.patch.dict(os.environ, {"FAKE_NAN": FAULTY if kind.faulty else ""}):
        yield
