"""The packages that training needs, which an installation that only shows runs does not have."""

from __future__ import annotations

from importlib.util import find_spec

from ...core.errors import InputError

PACKAGES = ("keras", "tensorflow")
EXTRA = "train"


def missing_packages() -> tuple[str, ...]:
    """Return those of the packages that are not installed; none of them is imported."""
    return tuple(name for name in PACKAGES if not _found(name))


def need_training_packages() -> None:
    """Refuse to train or predict on a machine that cannot.

    Raises:
        InputError: TensorFlow or Keras is not installed.
    """
    if missing := missing_packages():
        raise InputError(
            "training",
            " and ".join(missing),
            f"not installed here, only what shows, judges and reports runs; pip install 'xsample-tui[{EXTRA}]'",
        )


def _found(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False
