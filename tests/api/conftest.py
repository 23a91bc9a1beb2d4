"""Images that a real network can be trained on in a moment."""

from tests.cli.conftest import images

__all__ = ["images"]
