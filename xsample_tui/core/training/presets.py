"""The presets: complete specs under a name, with windows in proportion to the images."""

from __future__ import annotations

from typing import Any

from ..masks.windows import times_larger
from .sweep_spec import Machine, PresetName, SweepSpec, Training, Windows

SUMMARY: dict[PresetName, str] = {
    "quick": "25 windows and 3 baselines; too small to detect differences of 0.001",
    "standard": "every 9x9 window and 10 baselines, a fixed number of epochs",
    "article": "as the article's code: early stopping and selection on test images, state leaks between trials",
}

_PRESETS: dict[PresetName, dict[str, Any]] = {
    "quick": {"baselines": 3, "order": "coarse", "windows": Windows(stride=5), "training": Training(epochs=8)},
    "standard": {"baselines": 10, "order": "coarse", "windows": Windows(), "training": Training(epochs=12)},
    "article": {
        "baselines": 1,
        "order": "rows",
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
    laid = Windows(**(base_windows.model_dump() | (windows or {})))
    # Only what was given counts as given: in_proportion changes the rest.
    parts["windows"] = Windows.model_construct(set(windows or {}), **dict(laid))
    parts["training"] = Training(**(base_training.model_dump() | (training or {})))
    if parts["training"].stopping == "article" and "order" not in changes:
        # Its trials depend on those before them.
        parts["order"] = "rows"
    return SweepSpec(name=run_name, preset=name, machine=machine, **parts)


def window_and_stride(height: int, width: int) -> tuple[int, int]:
    """Return the side of a window and the stride for images of a size: 9 and 1 for 28x28."""
    factor = times_larger(height, width)
    return Windows().height * factor, Windows().stride * factor


def in_proportion(spec: SweepSpec, height: int, width: int) -> SweepSpec:
    """Return a spec whose windows and stride, where they were not given, are as much larger as the images are.

    Args:
        spec: the drafted sweep; what is read from a run's folder is given.
        height, width: the images' size.
    """
    return enlarged(spec, times_larger(height, width))


def enlarged(spec: SweepSpec, factor: int) -> SweepSpec:
    """Return a spec whose windows and stride, where they were not given, are ``factor`` times as large."""
    windows = spec.windows
    grown = {name: getattr(windows, name) * factor for name in ("height", "width", "stride")}
    changed = {name: value for name, value in grown.items() if name not in windows.model_fields_set}
    if factor == 1 or not changed:
        return spec
    return spec.model_copy(update={"windows": windows.model_copy(update=changed)})
