"""``python -m xsample_tui`` and the console script."""

import signal
import sys


def main() -> None:
    """Run the command line and end with its exit code.

    Before there is anything to give up, and after that, Ctrl-C ends the program at once and without a traceback.
    """
    # Not where Ctrl-C is ignored: a shell does that for what it starts in the background.
    heeds = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if heeds:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from .cli.main_command import main as run

    if heeds:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    code = run()
    if heeds:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(code)


if __name__ == "__main__":
    main()
