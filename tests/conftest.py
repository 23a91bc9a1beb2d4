"""What all tests share."""

import os

from hypothesis import settings

# Whoever runs the tests may have keys of their own; processes that tests start inherit this.
os.environ["XSAMPLE_TUI_KEYS"] = ""

# Speed is measured in benchmarks; here a busy machine must not fail a test.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
