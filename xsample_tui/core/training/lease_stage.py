"""What a worker is doing within a lease, in one byte; of workers of this machine with each sign of life."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["", "loading", "compiling", "training", "measuring"]
_NAMES: dict[bytes, Stage] = {b".": "", b"l": "loading", b"c": "compiling", b"m": "measuring"}
_BYTES = {name: byte for byte, name in _NAMES.items()}
# A byte from here on is the per cent of an epoch that is trained.
_PERCENT = 128


@dataclass(frozen=True)
class LeaseStage:
    """What a worker is doing.

    Attributes:
        name: ``loading`` the libraries and the images, ``compiling`` a computation that it has not run before,
            ``training`` an epoch, ``measuring`` after it; empty where nothing is known.
        share: of the epoch that is trained, 0..1.
    """

    name: Stage = ""
    share: float = 0.0

    def sign(self) -> bytes:
        """Return it as one byte; the share is rounded down to per cents."""
        if self.name == "training":
            return bytes([_PERCENT + int(100 * min(max(self.share, 0.0), 1.0))])
        return _BYTES[self.name]


def stage_of(sign: bytes) -> LeaseStage:
    """Return what a byte says; nothing where it says nothing.

    >>> stage_of(LeaseStage("training", 0.429).sign()), stage_of(b"?")
    (LeaseStage(name='training', share=0.42), LeaseStage(name='', share=0.0))
    """
    if sign[0] >= _PERCENT:
        return LeaseStage("training", min((sign[0] - _PERCENT) / 100, 1.0))
    return LeaseStage(_NAMES.get(sign, ""))


class CurrentStage:
    """The stage of the lease that this process runs; read from another thread than it is set in."""

    def __init__(self) -> None:
        self._name: Stage = ""
        self._share: Callable[[], float] | None = None

    def set(self, name: Stage, share: Callable[[], float] | None = None) -> None:
        """Enter a stage.

        Args:
            name: the stage.
            share: gives the share of the epoch that is trained, while it is; 0 before its first step, which is when
                a computation that is new is compiled.
        """
        self._name, self._share = name, share

    def get(self) -> LeaseStage:
        """Return the stage as it is now."""
        name, share = self._name, self._share
        if share is None:
            return LeaseStage(name)
        try:
            trained = share()
        except Exception:
            # Whatever reading it may raise, a sign of life must go out.
            return LeaseStage(name)
        return LeaseStage(name, trained) if trained > 0 else LeaseStage("compiling")


current = CurrentStage()
