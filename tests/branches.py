"""A check of measured coverage: ``python -m tests.branches 90`` (``make cover`` runs it).

What coverage itself checks is lines and branches together, of which branches are the fewer.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from coverage import Coverage


def main() -> int:
    """Compare the share of branches taken with the least that is allowed, in percent; return the exit code."""
    least = float(sys.argv[1])
    measured = Coverage()
    measured.load()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        measured.json_report(outfile=str(report))
        totals = json.loads(report.read_text())["totals"]
    taken, branches = totals["covered_branches"], totals["num_branches"]
    share = 100 * taken / branches
    print(f"branches taken: {taken} of {branches}, {share:.1f} %; at least {least:g} % are wanted")
    return 0 if share >= least else 1


if __name__ == "__main__":
    sys.exit(main())
