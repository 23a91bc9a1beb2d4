"""Whether sweeps end within the range that was shown: ``python -m benchmarks.eta_range RUNS_DIR [--train]``.

With ``--train`` small sweeps of the demo are trained into the folder first. Every finished run of the
folder that was trained in one session is then replayed from its event log, and at several points the range that the
interface shows is compared with the true end.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from xsample_tui.core.run_state.eta import Estimate, estimate
from xsample_tui.core.run_state.run_events import EpochDone, Event, RunChanged
from xsample_tui.core.run_state.run_progress import Progress
from xsample_tui.store.control.event_log_file import stored
from xsample_tui.store.run.access_rights import is_run
from xsample_tui.store.run.run_folder import RunFolder

POINTS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9)
# Mask, stride, epochs.
SWEEPS = (
    ("keep", 5, 3),
    ("occlude", 9, 3),
    ("random", 9, 2),
    ("keep", 4, 2),
    ("placebo", 19, 4),
    ("keep", 9, 6),
    ("occlude", 6, 2),
    ("article", 9, 3),
    ("keep", 6, 3),
    ("random", 6, 2),
)


@dataclass(frozen=True)
class Shown:
    """A range shown at a point of a sweep, and what came.

    Attributes:
        share: of the sweep's epochs that were trained.
        left: what was shown, in seconds.
        truth: seconds until the sweep was finished.
    """

    share: float
    left: Estimate
    truth: float

    @property
    def inside(self) -> bool:
        """Whether the end lay in the range."""
        return self.left.low <= self.truth <= self.left.high


def shown(run: RunFolder, events: list[Event]) -> list[Shown]:
    """Return what was shown at :data:`POINTS` of a run; nothing of one that was not trained in one session."""
    ends = [event.at for event in events if isinstance(event, RunChanged) and event.state == "finished"]
    begins = [event for event in events if isinstance(event, RunChanged) and event.state == "running"]
    total = sum(isinstance(event, EpochDone) for event in events)
    if len(ends) != 1 or len(begins) != 1 or not total:
        return []
    progress, trained, found = Progress(run.spec, run.document.trials), 0, []
    points = list(POINTS)
    for event in events:
        progress.apply(event)
        if not isinstance(event, EpochDone):
            continue
        trained += 1
        if points and trained >= points[0] * total:
            point = points.pop(0)
            if (left := estimate(progress)) is not None:
                found.append(Shown(point, left, ends[0] - event.at))
    return found


def train(runs: Path) -> None:
    """Train the sweeps one after the other."""
    for number, (mask, stride, epochs) in enumerate(SWEEPS):
        options = ["--mask", mask, "--stride", str(stride), "--epochs", str(epochs), "--name", f"s{number}-{mask}"]
        command = [sys.executable, "-m", "xsample_tui", "run", "--limit", "500", *options, "--headless"]
        subprocess.run([*command, "--runs-dir", str(runs)], check=True, capture_output=True)


def main() -> None:
    """Print a row for each run and point, and how many ends lay in the range at each point."""
    runs = Path(sys.argv[1])
    if "--train" in sys.argv[2:]:
        train(runs)
    inside: dict[float, list[bool]] = {}
    print("| run | trained | shown (s) | truth (s) | inside |\n|---|---|---|---|---|")
    for path in sorted(path for path in runs.iterdir() if is_run(path)):
        run = RunFolder(path)
        for one in shown(run, list(stored(path))):
            span = f"{one.left.low:.0f} .. {one.left.high:.0f}"
            print(f"| {run.name} | {one.share:.0%} | {span} | {one.truth:.0f} | {'yes' if one.inside else 'no'} |")
            inside.setdefault(one.share, []).append(one.inside)
    for share, found in inside.items():
        print(f"at {share:.0%}: {sum(found)} of {len(found)} ends lay in the range")


if __name__ == "__main__":
    main()
