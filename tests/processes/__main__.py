"""``python -m tests.processes [FAULTS] [--first SEED] [--sweeps N]``: disturb sweeps, print what happened to them."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence

from .adversary import FAULTS
from .controller import owner_alone
from .place import place
from .sweep import Report, disturb


def untried(small: bool) -> list[str]:
    """Return what cannot be tried here, in words.

    Args:
        small: whether there is a small disk.
    """
    found = []
    if not small:
        found.append("disk full, inodes used up: this user may not mount a small file system")
    if owner_alone() is None:
        found.append("rights taken: root has them all, and there is no setpriv to give them up")
    if os.geteuid() == 0:
        found.append("few processes: root may have as many as it likes")
    return found


def tally(reports: Sequence[Report]) -> str:
    """Return counts of faults by kind, sessions by exit code, seconds, and what went wrong."""
    faults = sum((report.faults for report in reports), Counter[str]())
    codes = sum((report.codes for report in reports), Counter[int]())
    seconds = sum(report.seconds for report in reports)
    seeds = ", ".join(str(report.seed) for report in reports)
    lines = [f"seeds {seeds}: {sum(faults.values()):,} faults, {sum(codes.values()):,} sessions, {seconds:.0f} s"]
    lines += [f"  {count:5,} {name}" for name, count in sorted(faults.items(), key=lambda item: -item[1])]
    lines.append("  exit codes: " + ", ".join(f"{code}: {count}" for code, count in sorted(codes.items())))
    lines.append(f"  workers given up as silent: {sum(report.given_up for report in reports)}")
    for report in reports:
        lines += [f"seed {report.seed}: {what}" for what in report.wrong]
    return "\n".join(lines)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", type=int, nargs="?", default=300, help="of each sweep")
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--sweeps", type=int, default=1)
    parser.add_argument("--every", type=float, default=0.6, help="mean seconds between two faults")
    parser.add_argument("--kinds", nargs="*", choices=tuple(FAULTS), default=(), metavar="KIND")
    given = parser.parse_args()
    reports = []
    with place() as where:
        for line in untried(where.small):
            print(f"not tried: {line}")
        for seed in range(given.first, given.first + given.sweeps):
            reports.append(disturb(seed, given.faults, where, given.every, given.kinds))
            print(tally(reports[-1:]), flush=True)
    if len(reports) > 1:
        print(tally(reports))
    return 1 if any(report.wrong for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
