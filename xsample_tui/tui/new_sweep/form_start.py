"""What the form for a new sweep begins from: a preset, or another run with settings that have no field."""

from __future__ import annotations

import re
from pathlib import Path

from ...core.errors import printable
from ...core.training.spec_fields import flat_fields
from ...core.training.sweep_spec import PresetName, SweepSpec
from ...services.spec_from_options import base_of_run
from ...sweep.run_setup import new_spec
from .form_validation import Texts, spec_texts

_NUMBERED = re.compile(r"-\d{1,6}$")
# What has a field of its own, and what belongs to a run rather than to its settings.
_SHOWN = {
    "name", "version", "preset", "source", "network", "baselines", "order", "search", "seed", "windows.mask",
    "windows.height", "image_size", "skip_bad", "label_column", "transpose", "windows.width", "windows.stride",
    "training.epochs", "machine.jobs", "training.precision", "training.keep_optimizer",
}  # fmt: skip


def run_texts(spec: SweepSpec, runs: Path) -> Texts:
    """Return a run's settings as the form shows them, under a free name.

    Args:
        spec: the run's spec.
        runs: the runs folder.
    """
    return spec_texts(spec) | {"preset": spec.preset, "data": spec.source, "name": next_name(runs, spec.name)}


def next_name(runs: Path, name: str) -> str:
    """Return a free name for a run like another: its name and the next number."""
    stem = _NUMBERED.sub("", name)[:56]
    names = (f"{stem}-{number}" for number in range(2, 1_000_000))
    return next(name for name in names if not (runs / name).exists())


def other_settings(spec: SweepSpec) -> str:
    """Return a run's settings that have no field and are not its preset's, as text; empty without any."""
    usual = dict(flat_fields(_preset_spec(spec.preset).model_dump()))
    found = []
    for key, value in flat_fields(base_of_run(spec)):
        if key not in _SHOWN and value != usual.get(key):
            said = f"{len(value)} of the windows" if key == "windows.only" else printable(value, 40)
            found.append(f"{key.rpartition('.')[2]} {said}")
    return ", ".join(found)


def _preset_spec(preset: PresetName) -> SweepSpec:
    return new_spec(Path(), preset, name="draft")
