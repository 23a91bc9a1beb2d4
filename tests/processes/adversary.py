"""The adversary: does to real processes and their files what can be done from outside, as a seed decides."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import stat
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from xsample_tui.core.run_state.requests import Action, Request
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.run.run_folder import RunFolder

from .controller import SILENCE_ALLOWED, ControllerProcess, owner_alone
from .place import Place

# Nobody's on any machine.
_STRANGER = 54321
# More deaths of workers in a row than this are a trial's own fault.
_MOST_DEATHS = 4
_LONG_ONES = 2
_MARKER = "not-the-run"
# What a service manager or a user deletes from a run's folder in the belief that nobody needs it.
_DELETABLE = ("logs", "events.jsonl", "pulse.json", "owner.lock", "requests")
_PROTECTED = (".", "trials", "requests", "logs", "events.jsonl", "pulse.json", "owner.lock", "trial")


class Adversary:
    """Disturbs the controllers that work on the run ``r`` of a place.

    Args:
        place: where the run is.
        chance: what decides.
        controllers: that live; whoever starts and buries them keeps the list.
        start: starts another.
        kinds: faults to choose among, by name; all where there is none.

    Attributes:
        counts: faults that happened, by kind.
        wrong: what was seen that must not be.
        hung: workers that were suspended for longer than the silence that is allowed.
    """

    def __init__(
        self,
        place: Place,
        chance: Random,
        controllers: list[ControllerProcess],
        start: Callable[[], None],
        kinds: Sequence[str] = (),
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.hung = 0
        self._place = place
        self._run = place.runs / "r"
        self._away = place.runs / "elsewhere"
        self._chance = chance
        self._controllers = controllers
        self._start = start
        self._kinds = tuple(kinds) or tuple(FAULTS)
        self._long = 0
        # What lasts: when it ends, and what ends it.
        self._lasting: list[tuple[float, Callable[[], None]]] = []
        self._protected: dict[str, int] = {}
        self._stopped: set[int] = set()
        self._few: set[tuple[int, int]] = set()

    # -- what its user asks --------------------------------------------------------------------------------------

    @property
    def away(self) -> bool:
        """Whether the run's folder is not in its place."""
        return self._away.exists()

    @property
    def replaced(self) -> bool:
        """Whether another folder is in the run's place: a controller that starts now would rightly take it."""
        return (self._run / _MARKER).exists()

    @property
    def protected(self) -> bool:
        """Whether permissions of something are not what they were."""
        return bool(self._protected)

    @property
    def in_the_way(self) -> bool:
        """Whether a controller that starts now may find that it cannot."""
        return self.away or self.protected or self._ballast.exists()

    def strike(self) -> str:
        """Do one fault, of a kind that can be done now; return its name."""
        for name in self._chance.sample(self._kinds, len(self._kinds)):
            try:
                happened = FAULTS[name](self)
            except OSError:
                # What an earlier fault left in its way.
                happened = False
            if happened:
                self.counts[name] += 1
                self._note()
                return name
        return ""

    def go_on(self) -> None:
        """Take back what has lasted long enough."""
        now = time.monotonic()
        due = [undo for end, undo in self._lasting if end <= now]
        self._lasting = [(end, undo) for end, undo in self._lasting if end > now]
        for undo in due:
            try:
                undo()
            except OSError:
                # Where permissions forbid it, they are taken back first.
                self._after(0.2, undo)
        if due:
            self._note()

    def make_peace(self) -> None:
        """Take back what lasts."""
        end = time.monotonic() + 60
        while self._lasting and time.monotonic() < end:
            self._lasting = [(0.0, undo) for _, undo in self._lasting]
            self.go_on()
            if self._lasting:
                time.sleep(0.25)
        if self._lasting:
            self.wrong.append("the test could not take back what it did")

    def _note(self) -> None:
        """Take note of who starts while something is in the way."""
        for controller in self._controllers:
            if self.in_the_way and not controller.begun:
                controller.disturbed = True

    def _after(self, seconds: float, undo: Callable[[], None]) -> None:
        self._lasting.append((time.monotonic() + seconds, undo))

    def _one(self, *, begun: bool = False) -> ControllerProcess | None:
        """Return one of those who live."""
        found = [c for c in self._controllers if not c.ended() and (not begun or c.begun)]
        return self._chance.choice(found) if found else None

    # -- signals -------------------------------------------------------------------------------------------------

    def kill_controller(self) -> bool:
        return self._send(signal.SIGKILL)

    def kill_all(self) -> bool:
        return self._send(signal.SIGKILL, group=True)

    def terminate(self) -> bool:
        return self._send(signal.SIGTERM)

    def interrupt(self) -> bool:
        """Ctrl-C: the terminal sends it to the group."""
        return self._send(signal.SIGINT, group=True)

    def interrupt_twice(self) -> bool:
        controller = self._one()
        if controller is None:
            return False
        controller.send(signal.SIGINT)
        self._after(self._chance.uniform(0, 0.5), lambda: controller.send(signal.SIGINT))
        return True

    def hang_up(self) -> bool:
        """The terminal is closed: the system sends it to the group."""
        return self._send(signal.SIGHUP, group=True)

    def _send(self, number: signal.Signals, *, group: bool = False) -> bool:
        controller = self._one()
        if controller is None:
            return False
        controller.send(number, group=group)
        return True

    def kill_worker(self) -> bool:
        controller = self._one(begun=True)
        workers = controller.workers() if controller else []
        if controller is None or not workers or controller.deaths >= _MOST_DEATHS:
            return False
        controller.deaths += 1
        os.kill(self._chance.choice(workers), signal.SIGKILL)
        return True

    def suspend_controller(self) -> bool:
        controller = self._one()
        return controller is not None and self._suspend([controller.pid], self._chance.uniform(0.2, 3))

    def suspend_worker(self) -> bool:
        controller = self._one(begun=True)
        workers = controller.workers() if controller else []
        return bool(workers) and self._suspend([self._chance.choice(workers)], self._chance.uniform(0.2, 5))

    def suspend_all(self) -> bool:
        controller = self._one(begun=True)
        return controller is not None and self._suspend_all(controller, self._chance.uniform(0.2, 4))

    def suspend_all_for_long(self) -> bool:
        """Longer than workers may be silent, as a lid that is closed; seldom, for the time it takes."""
        controller = self._one(begun=True)
        if controller is None or self._long >= _LONG_ONES:
            return False
        self._long += 1
        return self._suspend_all(controller, SILENCE_ALLOWED + 3)

    def _suspend_all(self, controller: ControllerProcess, seconds: float) -> bool:
        """Suspend a controller and its workers, who go on half a second later."""
        workers = controller.workers()
        if not self._suspend([controller.pid], seconds):
            return False
        self._suspend(workers, seconds + 0.5)
        return True

    def hang_worker(self) -> bool:
        """Suspend a worker for so long that it is given up; seldom, for the time it takes."""
        controller = self._one(begun=True)
        workers = controller.workers() if controller else []
        if controller is None or not workers or controller.deaths >= _MOST_DEATHS or self.hung >= _LONG_ONES:
            return False
        if not self._suspend([self._chance.choice(workers)], 2 * SILENCE_ALLOWED):
            return False
        controller.deaths += 1
        self.hung += 1
        return True

    def _suspend(self, pids: list[int], seconds: float) -> bool:
        if not pids or any(pid in self._stopped for pid in pids):
            return False
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        self._stopped.update(pids)

        def resume() -> None:
            self._stopped.difference_update(pids)
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

        self._after(seconds, resume)
        return True

    # -- limits and the clock ------------------------------------------------------------------------------------

    def few_descriptors(self) -> bool:
        return self._limit(resource.RLIMIT_NOFILE, self._chance.choice((3, 8, 12, 16)))

    def small_files(self) -> bool:
        return self._limit(resource.RLIMIT_FSIZE, self._chance.choice((0, 4096, 65536)))

    def few_processes(self) -> bool:
        # Root has as many as it likes.
        return os.geteuid() != 0 and self._limit(resource.RLIMIT_NPROC, 1)

    def _limit(self, which: int, soft: int) -> bool:
        controller = self._one(begun=True)
        if controller is None or (controller.pid, which) in self._few:
            return False
        before = controller.limit(which)
        controller.set_limit(which, soft)
        self._few.add((controller.pid, which))

        def raise_again() -> None:
            self._few.discard((controller.pid, which))
            if not controller.ended():
                with contextlib.suppress(ProcessLookupError):
                    controller.set_limit(which, before)

        self._after(self._chance.uniform(0.3, 4), raise_again)
        return True

    def set_clock(self) -> bool:
        controller = self._one()
        if controller is None:
            return False
        controller.set_clock(self._chance.choice((-86400, -100, -1, 1, 100, 86400)))
        return True

    # -- the disk ------------------------------------------------------------------------------------------------

    @property
    def _ballast(self) -> Path:
        return self._place.runs / "ballast"

    def fill_disk(self) -> bool:
        if not self._place.small or self._ballast.exists():
            return False
        self._ballast.mkdir()
        self._after(self._chance.uniform(0.5, 5), self._free_disk)
        piece = self._ballast / "0"
        free = os.statvfs(self._ballast)
        size = free.f_bavail * free.f_frsize - self._chance.choice((0, 0, 8192, 150_000))
        with open(piece, "wb") as file, contextlib.suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, max(size, 4096))
        return True

    def use_up_inodes(self) -> bool:
        if not self._place.small or self._ballast.exists():
            return False
        self._ballast.mkdir()
        self._after(self._chance.uniform(0.5, 5), self._free_disk)
        with contextlib.suppress(OSError):
            for number in range(os.statvfs(self._ballast).f_favail):
                (self._ballast / str(number)).touch()
        return True

    def _free_disk(self) -> None:
        shutil.rmtree(self._ballast, ignore_errors=True)

    def move_folder(self) -> bool:
        if self.away:
            return False
        # Whoever starts now would find no run, or rightly take the other for it.
        replaced = self._chance.random() < 0.3 and all(controller.begun for controller in self._controllers)
        os.rename(self._run, self._away)
        self._after(self._chance.uniform(0.05, 5), self._put_back)
        if replaced and not self._protected:
            self._replace()
        return True

    def _replace(self) -> None:
        """Put something else in the run's place: as much of a copy as there is room for."""
        self._run.mkdir()
        try:
            (self._run / _MARKER).touch()
            shutil.copytree(self._away, self._run, dirs_exist_ok=True)
        except OSError:
            if not (self._run / _MARKER).exists():
                self._run.rmdir()

    def _put_back(self) -> None:
        if self._run.exists():
            if not (self._run / _MARKER).exists():
                made = sorted(str(path.relative_to(self._run)) for path in self._run.rglob("*"))
                self.wrong.append(f"written where the run was: {made}")
            else:
                # One that was being written when the folder was replaced is written again, in its place.
                self.wrong += [f"written into another folder: {path}" for path in self._more()[1:]]
            shutil.rmtree(self._run)
        os.rename(self._away, self._run)

    def _more(self) -> list[str]:
        """Return what a folder that took the run's place has of trials that the run does not have."""
        found = [path.relative_to(self._run) for path in self._run.glob("trials/*/*") if path.suffix == ".ckpt"]
        newest: dict[Path, str] = {}
        for path in self._away.glob("trials/*/*.ckpt"):
            trial = path.parent.relative_to(self._away)
            newest[trial] = max(path.name, newest.get(trial, ""))
        # Older ones the run has dropped by now.
        return [str(path) for path in found if path.name > newest.get(path.parent, "")]

    def protect(self) -> bool:
        """Take rights away from the folder or from something in it, and give them back."""
        if owner_alone() is None:
            return False
        name = self._chance.choice(_PROTECTED)
        if name == "trial":
            trials = sorted(path.name for path in (self._here / "trials").iterdir())
            if not trials:
                return False
            name = f"trials/{self._chance.choice(trials)}"
        path = self._here / name
        if name in self._protected or not path.exists():
            return False
        before = stat.S_IMODE(path.stat().st_mode)
        self._protected[name] = before
        path.chmod(self._chance.choice((0, 0o500 if path.is_dir() else 0o400)))

        def give_back() -> None:
            # It may have been deleted, and made anew.
            with contextlib.suppress(FileNotFoundError):
                (self._here / name).chmod(before)
            del self._protected[name]

        self._after(self._chance.uniform(0.2, 4), give_back)
        return True

    @property
    def _here(self) -> Path:
        return self._away if self.away else self._run

    def delete(self) -> bool:
        path = self._here / self._chance.choice(_DELETABLE)
        if path.name == "owner.lock":
            for controller in self._controllers:
                controller.unlocked = True
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        return True

    # -- requests and other controllers --------------------------------------------------------------------------

    def request(self) -> bool:
        actions: tuple[Action, ...] = ("pause", "unpause", "front", "skip", "retry", "stop", "stop-now")
        action = self._chance.choice(actions)
        if self.away:
            return False
        names = sorted(path.name for path in (self._run / "trials").iterdir()) or ["nothing"]
        trials = (self._chance.choice(names),) if action in ("front", "skip", "retry") else ()
        if action in ("stop", "stop-now"):
            for controller in self._controllers:
                controller.asked = True
        self._put(action, trials, self._chance.choice((1, 2)))
        if action == "pause":
            for wait in (1, 5, 15):
                self._after(wait * self._chance.uniform(0.3, 1), lambda: self._put("unpause"))
        return True

    def _put(self, action: Action, trials: tuple[str, ...] = (), times: int = 1) -> None:
        if not self.away:
            for _ in range(times):
                RequestInbox(self._run).put(Request(action=action, trials=trials, sender="adversary"))

    def ask_to_go_on(self) -> None:
        """Ask for what was skipped, and that a pause ends."""
        trials = RunFolder(self._run).progress().trials
        skipped = tuple(name for name, entry in trials.items() if entry.status == "skipped")
        if skipped:
            self._put("retry", skipped)
        self._put("unpause")

    def garbage(self) -> bool:
        if self.away:
            return False
        folder = self._run / "requests"
        folder.mkdir(exist_ok=True)
        path = folder / f"{time.time_ns():020d}-1-{self._chance.randrange(10**6)}.json"
        kind = self._chance.choice(("text", "empty", "large", "folder", "pipe", "link", "stranger's"))
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
        if len(self._controllers) != 1 or self.away or self._controllers[0].ended():
            return False
        self._start()
        for controller in self._controllers:
            controller.beside = True
        return True


FAULTS: dict[str, Callable[[Adversary], bool]] = {
    "controller killed": Adversary.kill_controller,
    "all killed": Adversary.kill_all,
    "controller terminated": Adversary.terminate,
    "all interrupted": Adversary.interrupt,
    "controller interrupted twice": Adversary.interrupt_twice,
    "all hung up": Adversary.hang_up,
    "worker killed": Adversary.kill_worker,
    "worker killed again": Adversary.kill_worker,
    "worker suspended": Adversary.suspend_worker,
    "worker hung": Adversary.hang_worker,
    "controller suspended": Adversary.suspend_controller,
    "all suspended": Adversary.suspend_all,
    "all suspended for long": Adversary.suspend_all_for_long,
    "few descriptors": Adversary.few_descriptors,
    "small files only": Adversary.small_files,
    "few processes": Adversary.few_processes,
    "wall clock set": Adversary.set_clock,
    "disk full": Adversary.fill_disk,
    "inodes used up": Adversary.use_up_inodes,
    "folder moved": Adversary.move_folder,
    "rights taken": Adversary.protect,
    "file deleted": Adversary.delete,
    "request": Adversary.request,
    "garbage among requests": Adversary.garbage,
    "second controller": Adversary.second_controller,
}
