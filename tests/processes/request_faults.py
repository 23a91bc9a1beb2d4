"""What other processes ask of a run: requests, garbage among them, and a second controller."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from xsample_tui.core.run_state.requests import Action, Request
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.run.run_folder import RunFolder

from .disturbed_run import DisturbedRun

# Nobody's on any machine.
_STRANGER = 54321


class RequestFaults:
    """Asks things of the controllers of a run.

    Args:
        on: the run.
        start: starts another controller.
    """

    def __init__(self, on: DisturbedRun, start: Callable[[], None]) -> None:
        self._on, self._start = on, start

    def request(self) -> bool:
        actions: tuple[Action, ...] = ("pause", "unpause", "front", "skip", "retry", "stop", "stop-now")
        action = self._on.chance.choice(actions)
        if self._on.away:
            return False
        names = sorted(path.name for path in (self._on.folder / "trials").iterdir()) or ["nothing"]
        trials = (self._on.chance.choice(names),) if action in ("front", "skip", "retry") else ()
        if action in ("stop", "stop-now"):
            for controller in self._on.controllers:
                controller.asked = True
        self._put(action, trials, self._on.chance.choice((1, 2)))
        if action == "pause":
            for wait in (1, 5, 15):
                self._on.after(wait * self._on.chance.uniform(0.3, 1), lambda: self._put("unpause"))
        return True

    def _put(self, action: Action, trials: tuple[str, ...] = (), times: int = 1) -> None:
        if not self._on.away:
            for _ in range(times):
                RequestInbox(self._on.folder).put(Request(action=action, trials=trials, sender="adversary"))

    def ask_to_go_on(self) -> None:
        """Ask for what was skipped, and that a pause ends."""
        trials = RunFolder(self._on.folder).progress().trials
        skipped = tuple(name for name, entry in trials.items() if entry.status == "skipped")
        if skipped:
            self._put("retry", skipped)
        self._put("unpause")

    def garbage(self) -> bool:
        if self._on.away:
            return False
        folder = self._on.folder / "requests"
        folder.mkdir(exist_ok=True)
        path = folder / f"{time.time_ns():020d}-1-{self._on.chance.randrange(10**6)}.json"
        kind = self._on.chance.choice(("text", "empty", "large", "folder", "pipe", "link", "stranger's"))
        match kind:
            case "folder":
                path.mkdir()
            case "pipe":
                os.mkfifo(path)
            case "link":
                path.symlink_to("/nowhere")
            case "stranger's":
                path.write_text(Request(action="unpause").model_dump_json())
                path.chmod(0)
                if os.geteuid() == 0:
                    os.chown(path, _STRANGER, _STRANGER)
            case _:
                path.write_text({"text": "{", "empty": "", "large": "x" * ((1 << 20) + 1)}[kind])
        return True

    def second_controller(self) -> bool:
        """Another process wants the run: it must be refused, as long as the first one lives and holds the lock."""
        if len(self._on.controllers) != 1 or self._on.away or self._on.controllers[0].ended():
            return False
        self._start()
        for controller in self._on.controllers:
            controller.beside = True
        return True
