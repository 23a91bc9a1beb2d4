"""The command ``tune``: measures which settings train fastest on this machine."""

from __future__ import annotations

from dataclasses import asdict

from ...services.machine_tuning import tune_machine
from ...sweep.measuring import autotune
from ..command_options import Json
from ..command_registry import command
from ..console_output import as_json, narrate


@command("Train")
def tune(json: Json = False) -> None:
    """Find the fastest workers, threads, oneDNN and micro-batch in a minute or two; new runs use them."""
    found = tune_machine(lambda pace: narrate(_sentence(pace)))
    top, path = found.chosen, found.file
    if json:
        measured = [asdict(pace) for pace in found.measured]
        known = {"chosen": asdict(top), "measured": measured, "bfloat16": found.precision_facts(), "file": str(path)}
        print(as_json(known))
        return
    print("jobs  threads  oneDNN  micro-batch  images/s")
    for pace in found.measured:
        mark = "  chosen" if pace is top else ""
        onednn = "on" if pace.onednn else "off"
        print(
            f"{pace.jobs:4}  {pace.threads:7}  {onednn:>6}  {pace.micro_batch:11}  "
            f"{pace.pictures_per_second:10,.0f}{mark}"
        )
    print(found.precision_sentence())
    narrate(f"written to {path}; new runs use it unless options differ; existing runs keep their settings")


def _sentence(pace: autotune.Pace) -> str:
    onednn = "with" if pace.onednn else "without"
    return (
        f"{pace.jobs} jobs of {pace.threads} threads {onednn} oneDNN, micro-batch {pace.micro_batch}: "
        f"{pace.pictures_per_second:,.0f} images/s"
    )
