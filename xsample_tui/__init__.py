"""xsample-tui: which part of the image does a network need, and does a blend of different parts help?

In Python: :class:`~xsample_tui.api.sweep_object.Sweep`, and what it returns. ``docs/python.md`` shows how.

Stability: the names of ``__all__``, their public attributes and arguments, and those of :mod:`xsample_tui.events` and
:mod:`xsample_tui.extension`, change only with a minor version, 0.2 to 0.3. A name that goes warns with
``DeprecationWarning`` for one minor version before. Whatever else the package holds may change at any time.
"""

# Nothing is imported here: a Ctrl-C meanwhile would be a traceback.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import events as events
    from . import extension as extension
    from .api.arms_object import ArmsResult as ArmsResult
    from .api.arms_object import ConfirmationResult as ConfirmationResult
    from .api.comparison_object import ComparisonResult as ComparisonResult
    from .api.comparison_object import RunsComparisonResult as RunsComparisonResult
    from .api.comparison_object import compare as compare
    from .api.package_functions import DataDescription as DataDescription
    from .api.package_functions import create_sweep as create_sweep
    from .api.package_functions import delete_sweep as delete_sweep
    from .api.package_functions import describe_data as describe_data
    from .api.package_functions import estimate as estimate
    from .api.package_functions import export_sweeps as export_sweeps
    from .api.package_functions import extensions as extensions
    from .api.package_functions import load_sweep as load_sweep
    from .api.package_functions import report_sweeps as report_sweeps
    from .api.package_functions import stack as stack
    from .api.package_functions import sweep_spec as sweep_spec
    from .api.package_functions import sweeps as sweeps
    from .api.package_functions import tune as tune
    from .api.package_functions import windows as windows
    from .api.scout_object import ScoutResult as ScoutResult
    from .api.stack_object import Stack as Stack
    from .api.sweep_object import Sweep as Sweep
    from .api.sweep_status import SweepStatus as SweepStatus
    from .core.errors import InputError as InputError
    from .core.errors import XSampleError as XSampleError

__version__ = "0.1.0"

_PLACES = {
    "ArmsResult": "api.arms_object",
    "ComparisonResult": "api.comparison_object",
    "ConfirmationResult": "api.arms_object",
    "DataDescription": "api.package_functions",
    "InputError": "core.errors",
    "RunsComparisonResult": "api.comparison_object",
    "ScoutResult": "api.scout_object",
    "Stack": "api.stack_object",
    "Sweep": "api.sweep_object",
    "SweepStatus": "api.sweep_status",
    "XSampleError": "core.errors",
    "compare": "api.comparison_object",
    "create_sweep": "api.package_functions",
    "delete_sweep": "api.package_functions",
    "describe_data": "api.package_functions",
    "estimate": "api.package_functions",
    "export_sweeps": "api.package_functions",
    "extensions": "api.package_functions",
    "load_sweep": "api.package_functions",
    "report_sweeps": "api.package_functions",
    "stack": "api.package_functions",
    "sweep_spec": "api.package_functions",
    "sweeps": "api.package_functions",
    "tune": "api.package_functions",
    "windows": "api.package_functions",
}
_MODULES = ("events", "extension")

__all__ = [
    "ArmsResult",
    "ComparisonResult",
    "ConfirmationResult",
    "DataDescription",
    "InputError",
    "RunsComparisonResult",
    "ScoutResult",
    "Stack",
    "Sweep",
    "SweepStatus",
    "XSampleError",
    "__version__",
    "compare",
    "create_sweep",
    "delete_sweep",
    "describe_data",
    "estimate",
    "events",
    "export_sweeps",
    "extension",
    "extensions",
    "load_sweep",
    "report_sweeps",
    "stack",
    "sweep_spec",
    "sweeps",
    "tune",
    "windows",
]


def __getattr__(name: str) -> object:
    """Import what is asked for: the command line, and workers, need none of it."""
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
