"""``python -m xsample_tui`` and the console script."""

import os
import sys


def main() -> None:
    """Run the command line and end with its exit code.

    Before there is anything to give up, and after that, Ctrl-C ends the program at once and without a traceback.
    """
    try:
        _open_standard_streams()
        # Imported here, where Ctrl-C is one line: Python has its own answer until then.
        import signal

        from .core.heeded_signals import heeded

        heeds = bool(heeded([signal.SIGINT]))
        if heeds:
            signal.signal(signal.SIGINT, lambda number, frame: _end_interrupted())
        from .cli.main_command import main as run

        if heeds:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = run()
        if heeds:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
    except KeyboardInterrupt:
        _end_interrupted()
    sys.exit(code)


def _end_interrupted() -> None:
    """End at once: an error would not come through every import."""
    os.write(2, b"interrupted\n")
    os._exit(130)


def _open_standard_streams() -> None:
    """Open what is closed of stdin, stdout and stderr on ``/dev/null``.

    Else the run's own files would get their numbers, and what libraries print would come into those files.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            stream = os.fdopen(number, mode, closefd=False)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


if __name__ == "__main__":
    main()
