"""What all tests share."""

import os
import tempfile

from hypothesis import settings

from xsample_tui.store.settings import VARIABLE

# Whoever runs the tests may have keys of their own; processes that tests start inherit this.
os.environ["XSAMPLE_TUI_KEYS"] = ""

# Speed is measured in benchmarks; here a busy machine must not fail a test.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# No test, and no process that a test starts, sees what the user of this machine has set.
os.environ[VARIABLE] = tempfile.mkdtemp(prefix="xsample-tui-settings-")
