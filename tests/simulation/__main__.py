"""``python -m tests.simulation [COUNT] [--first SEED] [--show]``: simulate sweeps, print what happened to them."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from .sweep import Report, simulate
from .templates import KINDS, Template, template


def memory() -> str | None:
    """Return a folder in memory, where there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def templates(folder: Path) -> list[Template]:
    """Lay out one run of each kind."""
    return [template(folder / "templates", kind) for kind in KINDS]


def many(seeds: range, folder: Path) -> list[Report]:
    """Simulate the sweeps of some seeds, one after the other."""
    laid = templates(folder)
    return [simulate(seed, laid, folder) for seed in seeds]


def tally(reports: list[Report]) -> str:
    """Return counts of sweeps, sessions, faults by kind, and what went wrong."""
    faults = sum((report.faults for report in reports), Counter[str]())
    sessions = sum(report.sessions for report in reports)
    hours = sum(report.seconds for report in reports) / 3600
    counts = f"{len(reports):,} sweeps, {sessions:,} sessions, {sum(faults.values()):,} faults"
    lines = [f"{counts}, {hours:,.0f} simulated hours"]
    lines += [f"  {count:7,} {name}" for name, count in sorted(faults.items(), key=lambda item: -item[1])]
    for report in reports:
        if report.wrong:
            lines.append(f"seed {report.seed} ({report.kind}): {'; '.join(report.wrong[:3])}")
    return "\n".join(lines)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="show what the sweeps that went wrong said last")
    given = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=memory()) as name:
        reports = many(range(given.first, given.first + given.count), Path(name))
    print(tally(reports))
    print(f"{time.perf_counter() - began:.1f} s")
    wrong = [report for report in reports if report.wrong]
    if given.show:
        for report in wrong[:3]:
            print(f"\nseed {report.seed} ({report.kind})", *report.wrong, *report.log, sep="\n  ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
