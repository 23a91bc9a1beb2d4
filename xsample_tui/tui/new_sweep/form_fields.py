"""The fields of the form for a new sweep: their labels, their hints, and the values to choose from."""

from __future__ import annotations

from collections.abc import Mapping

from ...core.errors import InputError, printable
from ...core.halving.rungs import SEARCHES
from ...core.masks.mask_kinds import DRAWERS
from ...core.training.presets import SUMMARY
from ...core.training.sweep_spec import PresetName
from ...core.training.training_order import TRAINING_ORDERS
from .form_validation import KEEP_DROP, PRECISIONS, PRESETS, TRANSPOSE, YES_NO, Field

LABELS: dict[Field, str] = {
    "preset": "preset",
    "data": "data",
    "size": "size",
    "skip_bad": "skip bad",
    "label_column": "labels",
    "transpose": "transpose",
    "window": "window",
    "stride": "stride",
    "mask": "mask",
    "network": "network",
    "epochs": "epochs",
    "baselines": "baselines",
    "order": "order",
    "search": "search",
    "precision": "precision",
    "keep_optimizer": "optimizer",
    "jobs": "jobs",
    "seed": "seed",
    "name": "name",
}
HINTS: dict[Field, str] = {
    "preset": "fills in the fields below",
    "data": "demo, mnist, cifar10, a file or a folder",
    "size": "resizes image files, such as 64x64",
    "skip_bad": "leave out files that cannot be read",
    "label_column": "column of a table; else by its name",
    "transpose": "rows and columns; auto: EMNIST's only",
    "window": "height x width in pixels",
    "stride": "pixels from one window to the next",
    "mask": "which pixels a network sees",
    "network": "article, module:function, FILE.keras",
    "epochs": "training epochs per trial",
    "baselines": "networks trained on whole images",
    "order": "of the windows; changes no result",
    "search": "halving parks what is behind",
    "precision": "what networks are computed in",
    "keep_optimizer": "keep its state to add epochs later",
    "jobs": "parallel workers",
    "seed": "random seed",
    "name": "name of the run folder",
}

# What a field's values mean; a hint says it of the chosen one, or of the one under the cursor of an open list.
MEANINGS: dict[Field, dict[str, str]] = {
    "preset": {
        "quick": "a few windows, in minutes",
        "standard": "every window, more baselines",
        "article": "as the article's code",
    },
    "mask": {
        "keep": "networks see only the window",
        "occlude": "networks see all but the window",
        "article": "two corners are cut, as in the article",
        "random": "random pixels, as much ink as keep",
        "placebo": "next to nothing is removed",
    },
    "order": {
        "coarse": "coarse to fine over the image",
        "rows": "row by row",
        "centre": "from the centre outwards",
        "promising": "finer where a scout expects more",
    },
    "search": {"all": "every window to its end", "halving": "parks what is behind, rung by rung"},
}


def hint_of(field: Field, value: str) -> str:
    """Return what is said beside a field with a value."""
    return MEANINGS.get(field, {}).get(value, HINTS[field])


def preset_words(name: PresetName, texts: Mapping[Field, str], preset: Mapping[Field, str]) -> str:
    """Return what a preset is, or which of its settings are changed.

    Args:
        name: the preset.
        texts: of the form's fields.
        preset: the same as the preset has them.
    """
    # Workers and seed are no preset's.
    fields = [field for field in preset if field not in ("jobs", "seed") and texts[field] != preset[field]]
    if not fields or name == "article":
        # What the article's protocol does is said in any case.
        return SUMMARY[name]
    changed = (f"{LABELS[field]} {texts[field] or 'none'}" for field in fields)
    return f"preset {name}, but {printable(', '.join(changed), 200)}"


def choices() -> dict[Field, tuple[str, ...]]:
    """Return the values of each field that takes only some."""
    return {
        "preset": PRESETS,
        "skip_bad": YES_NO,
        "transpose": tuple(TRANSPOSE),
        "mask": tuple(DRAWERS),
        "order": TRAINING_ORDERS,
        "search": SEARCHES,
        "precision": PRECISIONS,
        "keep_optimizer": KEEP_DROP,
    }


def remedy_of(error: InputError) -> str:
    """Return what to do about an error, with arguments called as the form's fields are."""
    remedy = error.remedy
    for field, label in LABELS.items():
        if field in error.named:
            remedy = remedy.replace(field, label)
    return printable(remedy)
