"""Presets: whole specs under a name."""

from __future__ import annotations

from typing import Any

from .spec import Machine, PresetName, SweepSpec, Training, Windows

SUMMARY: dict[PresetName, str] = {
    "quick": "25 windows and 3 baselines in about 5 minutes; cannot resolve thousandths",
    "standard": "the honest protocol: every 9x9 window, 10 baselines, fixed epochs",
    "article": "the article as its code has it: test data stop and select, state leaks between trials",
}

_PRESETS: dict[PresetName, dict[str, Any]] = {
    "quick": {"baselines": 3, "windows": Windows(stride=5), "training": Training(epochs=8)},
    "standard": {"baselines": 10, "windows": Windows(), "training": Training(epochs=12)},
    "article": {
        "baselines": 1,
        "article_protocol": True,
        "streams": "shared",
        "windows": Windows(mask="article"),
        "training": Training(
            loss="binary_crossentropy",
            learning_rate=1e-4,
            batch_size=5000,
            epochs=1000,
            stopping="article",
        ),
    },
}


def preset(
    name: PresetName,
    run_name: str,
    machine: Machine,
    *,
    windows: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
    **changes: Any,
) -> SweepSpec:
    """Return a preset's spec with changes.

    Args:
        name: the preset.
        run_name: the run's name.
        machine: how the machine is used.
        windows, training: fields of :class:`Windows` and :class:`Training` that differ from the preset's.
        changes: fields of :class:`SweepSpec` that differ.

    Raises:
        pydantic.ValidationError: a value out of range.
    """
    parts = _PRESETS[name] | changes
    base_windows: Windows = _PRESETS[name]["windows"]
    base_training: Training = _PRESETS[name]["training"]
    parts["windows"] = Windows(**(base_windows.model_dump() | (windows or {})))
    parts["training"] = Training(**(base_training.model_dump() | (training or {})))
    return SweepSpec(name=run_name, preset=name, machine=machine, **parts)
