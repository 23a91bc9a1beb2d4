"""``python -m xsample_tui`` and the console script."""

import sys


def main() -> None:
    """Run the command line and end with its exit code."""
    from .cli.app import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
