"""The command ``verify``: recomputes every checksum of a run."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import typer

from ...core.exit_codes import FAILED
from ...store.run.integrity_check import audit
from ...store.run.run_folder import RunFolder
from ..command_options import RUNS, Json, RunName, RunsDir
from ..command_registry import command
from ..console_output import as_json


@command("Manage runs")
def verify(name: RunName, runs_dir: RunsDir = RUNS, json: Json = False) -> None:
    """Recompute every checksum of a run; exit code 1 if something is damaged."""
    findings = audit(RunFolder.open(runs_dir, name))
    counts = Counter(finding.state for finding in findings)
    if json:
        print(as_json({"counts": dict(counts), "findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            print(f"{finding.state:<8} {finding.what:<40} {finding.note}")
        print(
            f"{counts['whole']} whole, {counts['damaged']} damaged, {counts['missing']} trials without a checkpoint"
        )
    if counts["damaged"]:
        raise typer.Exit(FAILED)
