"""How long the start takes: ``--help``, and the start screen in a terminal of 80x24.

``python -m benchmarks.startup [--repeats N]`` prints medians in seconds. The start screen counts as shown when its
footer has been written to the terminal.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .terminal import open_terminal, read

COMMAND = [sys.executable, "-m", "xsample_tui"]
SHOWN = b"Quit"


def help_seconds() -> float:
    """Return the wall time of ``xsample-tui --help``."""
    began = time.perf_counter()
    subprocess.run([*COMMAND, "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def screen_seconds() -> float:
    """Return the time from the start of the process until the start screen's footer is written."""
    with tempfile.TemporaryDirectory() as folder:
        began, seen = time.perf_counter(), b""
        process, master = open_terminal((80, 24), [*COMMAND, "--runs-dir", str(Path(folder))])
        while SHOWN not in seen and time.perf_counter() - began < 20:
            seen += read(master, 0.01)
        taken = time.perf_counter() - began
        process.kill()
        process.wait()
        os.close(master)
    return taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    for what, measure in (("--help", help_seconds), ("start screen", screen_seconds)):
        measure()
        taken = [measure() for _ in range(repeats)]
        print(
            f"{what}: median {statistics.median(taken):.2f} s ({min(taken):.2f} .. {max(taken):.2f}, {repeats} runs)"
        )


if __name__ == "__main__":
    main()
