"""xsample-tui: which part of the picture does a network need, and does blending across parts help?

In Python: :class:`~xsample_tui.notebook.sweep.Sweep`, and what it returns. ``docs/python.md`` shows how.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core.errors import InputError as InputError
    from .core.errors import XSampleError as XSampleError
    from .notebook.stack import Stack as Stack
    from .notebook.sweep import Sweep as Sweep
    from .notebook.sweep import sweeps as sweeps

__version__ = "0.1.0"

_PLACES = {
    "InputError": "core.errors",
    "Stack": "notebook.stack",
    "Sweep": "notebook.sweep",
    "XSampleError": "core.errors",
    "sweeps": "notebook.sweep",
}


def __getattr__(name: str) -> object:
    """Import what is asked for: the command line, and workers, need none of it."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *_PLACES]
