"""What all tests share."""

import atexit
import os
import random
import shutil
import signal
import tempfile
import time

import pytest
from hypothesis import settings

from xsample_tui.store.files.user_settings import VARIABLE

# Whoever runs the tests may have keys of their own; processes that tests start inherit this.
os.environ["XSAMPLE_TUI_KEYS"] = ""

# A shell lets what it starts in the background ignore Ctrl-C, and nohup a closed terminal: processes that tests start
# would ignore them too.
for _number, _handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)

# Speed is measured in benchmarks; here a busy machine must not fail a test.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# No test, and no process that a test starts, sees what the user of this machine has set.
os.environ[VARIABLE] = tempfile.mkdtemp(prefix="xsample-tui-settings-")
atexit.register(shutil.rmtree, os.environ[VARIABLE], ignore_errors=True)

# What informs a program of the terminal, the session and the language that it runs in.
_SURROUNDINGS = (
    "COLORTERM",
    "COLUMNS",
    "FORCE_COLOR",
    "LANGUAGE",
    "LINES",
    "NO_COLOR",
    "PYTHONIOENCODING",
    "STY",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "TMUX",
)
_FAMILIES = ("LC_", "SSH_", "TEXTUAL")


# Here and not in a fixture, so that fixtures of a module or a session have the same surroundings as tests.
for _name in tuple(os.environ):
    # The plugin for snapshots has variables of its own, which processes of pytest-xdist inherit.
    if _name in _SURROUNDINGS or (_name.startswith(_FAMILIES) and "SNAPSHOT" not in _name):
        del os.environ[_name]
# One thread, as workers have: the last bits may hang on the number, and testers share the processors.
os.environ.update({"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"})
os.environ.update({"TERM": "xterm-256color", "LANG": "C.UTF-8", "TZ": "UTC"})
time.tzset()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--shuffle``."""
    parser.addoption(
        "--shuffle", type=int, metavar="SEED", help="run the modules, and the tests of each, in any order"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put modules and tests into an order that the seed decides; a module's tests stay together."""
    seed = config.getoption("--shuffle")
    if seed is not None:
        lot = random.Random(seed)
        modules = sorted({item.path for item in items})
        lot.shuffle(modules)
        lot.shuffle(items)
        items.sort(key=lambda item: modules.index(item.path))
