"""What all tests share."""

from hypothesis import settings

# Speed is measured in benchmarks; here a busy machine must not fail a test.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
