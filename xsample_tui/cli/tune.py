"""``tune``: finding out how this machine trains fastest."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path

from ..core.errors import InputError
from ..sweep import tuned, tuning
from .command import command
from .options import Json
from .output import as_json, narrate


@command("Train")
def tune(json: Json = False) -> None:
    """Measure workers, threads, oneDNN and micro-batch in under a minute; new runs use what was fastest."""
    paces: list[tuning.Pace] = []
    # Said before anything is measured.
    path = tuned.place()
    with tempfile.TemporaryDirectory() as folder:
        for pace in tuning.tune(tuning.process_slots(Path(folder))):
            narrate(_sentence(pace))
            paces.append(pace)
    top = tuning.best(paces)
    try:
        tuned.save(tuning.choice(top))
    except OSError as error:
        raise InputError("tune", path, f"cannot be written: {error.strerror}") from error
    if json:
        print(as_json({"chosen": asdict(top), "measured": [asdict(pace) for pace in paces], "file": str(path)}))
        return
    print("jobs  threads  oneDNN  micro-batch  pictures/s")
    for pace in paces:
        mark = "  chosen" if pace is top else ""
        onednn = "on" if pace.onednn else "off"
        print(
            f"{pace.jobs:4}  {pace.threads:7}  {onednn:>6}  {pace.micro_batch:11}  "
            f"{pace.pictures_per_second:10,.0f}{mark}"
        )
    narrate(f"written to {path}; new runs use it unless told otherwise, runs under way keep what they began with")


def _sentence(pace: tuning.Pace) -> str:
    onednn = "with" if pace.onednn else "without"
    return (
        f"{pace.jobs} jobs of {pace.threads} threads {onednn} oneDNN, micro-batch {pace.micro_batch}: "
        f"{pace.pictures_per_second:,.0f} pictures/s"
    )
