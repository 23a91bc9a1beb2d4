"""Composes the warning that accompanies a run's scores."""

from __future__ import annotations

from ...core.training.sweep_spec import SweepSpec

ARTICLE_WARNING = "ARTICLE PROTOCOL: scores are optimistic (test data used for model selection)"
_SMALL_SELECT = 2_000


def notice(spec: SweepSpec, select: int | None) -> str:
    """Return the warning that must accompany a run's scores; empty for no warning.

    Args:
        spec: the run's spec.
        select: the number of selection images, if known.
    """
    if spec.article_protocol or spec.preset == "article":
        return ARTICLE_WARNING
    if select is not None and select <= _SMALL_SELECT:
        return f"{select:,} images: ±0.001 is noise"
    return ""
