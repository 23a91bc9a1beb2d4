"""Kills a small sweep at every point of every write in turn, resumes it, and compares.

Run as ``python -m tests.sweep.crash_driver FOLDER [FIELDS]``, fields of the spec being JSON: each session is a forked
child that ends by ``os._exit`` at the n-th failpoint, as a killed process does. Prints one line of JSON: how many
points were driven, what differed.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.harness.runs import digests, make_run, work
from xsample_tui.store.files import atomic_write
from xsample_tui.store.run.run_folder import RunFolder


def session(run: RunFolder, die_at: int) -> tuple[bool, int]:
    """Work in a child that ends at the failpoint of a number (0: at none); return (finished, points passed)."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        passed = 0

        def count(point: str) -> None:
            nonlocal passed
            passed += 1
            if passed == die_at:
                os._exit(9)

        atomic_write.failpoint = count
        ended = work(RunFolder(run.path))
        os.write(write, str(passed).encode())
        os._exit(0 if ended == "finished" else 1)
    os.close(write)
    _, status = os.waitpid(child, 0)
    passed_text = os.read(read, 32)
    os.close(read)
    return os.waitstatus_to_exitcode(status) == 0, int(passed_text or 0)


def main(folder: Path, changes: dict[str, Any]) -> None:
    """Drive every failpoint."""
    only = ("keep-r00-c04", "keep-r04-c00", *(("keep-r04-c04",) if changes else ()))

    def make(name: str) -> RunFolder:
        return make_run(folder, name, windows={"only": only}, baselines=1, **changes)

    reference = make("reference")
    finished, points = session(reference, 0)
    assert finished
    expected = digests(reference)
    wrong: list[str] = []
    killed = 0
    for die_at in range(1, points + 1):
        run = make(f"kill-{die_at:04d}")
        finished, _ = session(run, die_at)
        killed += not finished
        for name, digest in digests(run).items():
            state, problems = run.latest(name)
            if state is None or problems:
                wrong.append(f"{die_at}: {name} {digest} unreadable after the kill: {problems}")
        if not session(run, 0)[0] or digests(run) != expected:
            wrong.append(f"{die_at}: other results after resume")
    print(json.dumps({"points": points, "killed": killed, "wrong": wrong}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]) if sys.argv[2:] else {})
