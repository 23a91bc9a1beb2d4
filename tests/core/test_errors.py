"""Errors cross from workers to the controller: each comes out of a pickle as it went in."""

import copy
import pickle
import subprocess
import sys

from xsample_tui.core.errors import InputError
from xsample_tui.tui.view_models.filter_parser import FilterError

# A process of its own imports the whole package, so that no class is missed.
PROGRAM = """
import importlib, pickle, pkgutil, xsample_tui
from xsample_tui.core.errors import XSampleError

for module in pkgutil.walk_packages(xsample_tui.__path__, "xsample_tui."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)

OTHERS = {"InputError": ("mask", "\\x1b[31mz", "choose one"), "FileThere": ("file", "a", "b"),
          "ArgumentError": ("mask", "a", "b"),
          "FilterError": ("acc>>1", 4, 1, "write a number")}

def kinds(root):
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)

found = sorted(set(kinds(XSampleError)), key=lambda kind: kind.__name__)
for kind in found:
    error = kind(*OTHERS.get(kind.__name__, ("why",)))
    error.add_note("more")
    there = pickle.loads(pickle.dumps(error))
    assert type(there) is kind, kind
    assert (str(there), there.args, vars(there)) == (str(error), error.args, vars(error)), kind
print(*(kind.__name__ for kind in found))
"""


def test_every_error_of_ours_comes_out_of_a_pickle_as_it_went_in() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = done.stdout.split()
    assert len(found) >= 13
    assert {"InputError", "FilterError", "TrainingFailed", "RunBusy", "FileThere", "TooFewModels"} <= set(found)


def test_a_filter_error_still_says_where_it_is_wrong() -> None:
    error: FilterError = pickle.loads(pickle.dumps(FilterError("acc>>1", 4, 1, "write a number")))
    assert (error.start, error.length, error.line) == (4, 1, "column 5: write a number")
    assert copy.copy(InputError("a", "b", "c")).remedy == "c"
