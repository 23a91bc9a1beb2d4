"""Lists the extensions of installed packages, and why some cannot be used."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.plugin_registry import Extension, brought_kinds


def installed_extensions() -> tuple[Extension, ...]:
    """Return every mask kind, blender, network and data source that a package brings, by kind and name.

    Each is imported, and checked as it would be before it is used.
    """
    return tuple(_brought())


def _brought() -> Iterator[Extension]:
    # What is built in of a kind is imported where there is something to check beside it: most installations have no
    # extension, and NumPy and the blenders take longer to import than everything else here.
    kinds = brought_kinds()
    if "mask" in kinds:
        from ..core.masks.mask_kinds import DRAWERS

        yield from DRAWERS.brought()
    if "blend" in kinds:
        from ..stacking.blending.blender_registry import BLENDERS

        yield from BLENDERS.brought()
    if "network" in kinds:
        from ..core.networks.network_registry import NETWORKS

        yield from NETWORKS.brought()
    if "data" in kinds:
        from ..datasets.loader_registry import sources

        yield from sources().brought()
