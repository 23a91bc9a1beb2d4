"""A check of measured coverage: ``python -m tests.coverage_floors`` (the end of ``make cover``).

Every folder of the package has a floor of its own, for lines and branches together, and the core one for its
branches, which are the fewer. A floor lies a little below what the fast tests reach.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from coverage import Coverage

PACKAGE = Path(__file__).parent.parent / "xsample_tui"
# Per cent of lines and branches.
FLOORS: dict[str, float] = {
    "api": 95,
    "cli": 75,
    "core": 97,
    "datasets": 92,
    "report": 95,
    "services": 75,
    "stacking": 92,
    "store": 84,
    "sweep": 85,
    "training": 84,
    "tui": 88,
    "web": 60,
}
# Per cent of the core's branches.
BRANCHES = 90.0


@dataclass
class Share:
    """How much of a folder ran.

    Attributes:
        lines, branches: how many there are.
        lines_run, branches_run: how many ran.
    """

    lines: int = 0
    lines_run: int = 0
    branches: int = 0
    branches_run: int = 0

    @property
    def both(self) -> float:
        """Lines and branches that ran, in per cent."""
        return 100 * (self.lines_run + self.branches_run) / max(self.lines + self.branches, 1)

    @property
    def of_branches(self) -> float:
        """Branches that ran, in per cent."""
        return 100 * self.branches_run / max(self.branches, 1)


def layers() -> set[str]:
    """Return the names of the package's folders."""
    return {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


def measured(data: Coverage) -> dict[str, Share]:
    """Return each folder's share, by its name."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        data.json_report(outfile=str(report))
        files = json.loads(report.read_text())["files"]
    found: dict[str, Share] = defaultdict(Share)
    for name, file in files.items():
        parts = Path(name).parts
        layer = parts[parts.index(PACKAGE.name) + 1]
        if layer in layers():
            about, share = file["summary"], found[layer]
            share.lines += about["num_statements"]
            share.lines_run += about["covered_lines"]
            share.branches += about["num_branches"]
            share.branches_run += about["covered_branches"]
    return dict(found)


def problems(found: dict[str, Share], floors: dict[str, float], branches: float) -> list[str]:
    """Return a line for each folder below its floor, without one, or that nothing was measured of."""
    lines = [f"{name}: nothing was measured" for name in sorted(floors.keys() - found.keys())]
    lines += [f"{name}: has no floor" for name in sorted(found.keys() - floors.keys())]
    for name in sorted(found.keys() & floors.keys()):
        if found[name].both < floors[name]:
            lines.append(
                f"{name}: {found[name].both:.1f} % of lines and branches ran; the floor is {floors[name]:g} %"
            )
    if "core" in found and found["core"].of_branches < branches:
        lines.append(f"core: {found['core'].of_branches:.1f} % of branches ran; the floor is {branches:g} %")
    return lines


def main() -> int:
    """Print each folder's share and compare it with its floor; return the exit code."""
    data = Coverage()
    data.load()
    found = measured(data)
    for name, share in sorted(found.items()):
        print(f"{name:<12} {share.both:5.1f} % of {share.lines:5} lines and {share.branches:4} branches", end="")
        print(f"   floor {FLOORS.get(name, 0):g} %   branches {share.of_branches:.1f} %")
    for line in (wrong := problems(found, FLOORS, BRANCHES)):
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
