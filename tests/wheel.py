"""A check of a built wheel: ``python -m tests.wheel dist`` (``make wheel`` runs it)."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

# Bytes: 1.25 MiB. It is source alone, 560 modules of 2 kB; data or images that get in by mistake are larger.
LARGEST = 5 * 2**18
PACKAGE = Path(__file__).parent.parent / "xsample_tui"


def problems(wheel: Path, package: Path = PACKAGE) -> list[str]:
    """Return a line for each thing that is wrong with a wheel of the package in the folder ``package``."""
    found = []
    if (size := wheel.stat().st_size) >= LARGEST:
        found.append(f"{wheel.name} has {size:,} bytes; it must have fewer than {LARGEST:,}")
    files = {p.relative_to(package.parent).as_posix() for p in package.rglob("*") if p.is_file()}
    wanted = {name for name in files if "__pycache__" not in name}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    found += [f"{wheel.name} lacks {name}; see package-data in pyproject.toml" for name in sorted(wanted - held)]
    return found + [f"{wheel.name} holds {name}, which is not the package's" for name in sorted(held - wanted)]


def main() -> int:
    """Check the one wheel in a folder; return the exit code."""
    (wheel,) = Path(sys.argv[1]).glob("*.whl")
    for line in (found := problems(wheel)):
        print(line, file=sys.stderr)
    print(f"{wheel.name}: {wheel.stat().st_size:,} bytes, {'not as it should be' if found else 'complete'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
