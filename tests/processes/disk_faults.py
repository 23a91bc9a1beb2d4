"""Faults of the disk: full, or the run's folder moved, replaced, protected, in part deleted."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from pathlib import Path

from .controller import owner_alone
from .disturbed_run import DisturbedRun

_MARKER = "not-the-run"
# What a service manager or a user deletes from a run's folder in the belief that nobody needs it.
_DELETABLE = ("logs", "events.jsonl", "pulse.json", "owner.lock", "requests")
_PROTECTED = (".", "trials", "requests", "logs", "events.jsonl", "pulse.json", "owner.lock", "trial")


class DiskFaults:
    """Disturbs the disk and the folder of a run.

    Args:
        on: the run.
    """

    def __init__(self, on: DisturbedRun) -> None:
        self._on = on
        self._protected: dict[str, int] = {}

    @property
    def replaced(self) -> bool:
        """Whether another folder is in the run's place: a controller that starts now would rightly take it."""
        return (self._on.folder / _MARKER).exists()

    @property
    def protected(self) -> bool:
        """Whether permissions of something are not what they were."""
        return bool(self._protected)

    @property
    def in_the_way(self) -> bool:
        """Whether a controller that starts now may find that it cannot."""
        return self._on.away or self.protected or self._ballast.exists()

    @property
    def _ballast(self) -> Path:
        return self._on.place.runs / "ballast"

    def fill_disk(self) -> bool:
        if not self._on.place.small or self._ballast.exists():
            return False
        self._ballast.mkdir()
        self._on.after(self._on.chance.uniform(0.5, 5), self._free_disk)
        piece = self._ballast / "0"
        free = os.statvfs(self._ballast)
        size = free.f_bavail * free.f_frsize - self._on.chance.choice((0, 0, 8192, 150_000))
        with open(piece, "wb") as file, contextlib.suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, max(size, 4096))
        return True

    def use_up_inodes(self) -> bool:
        if not self._on.place.small or self._ballast.exists():
            return False
        self._ballast.mkdir()
        self._on.after(self._on.chance.uniform(0.5, 5), self._free_disk)
        with contextlib.suppress(OSError):
            for number in range(os.statvfs(self._ballast).f_favail):
                (self._ballast / str(number)).touch()
        return True

    def _free_disk(self) -> None:
        shutil.rmtree(self._ballast, ignore_errors=True)

    def move_folder(self) -> bool:
        if self._on.away:
            return False
        # Whoever starts now would find no run, or rightly take the other for it.
        replaced = self._on.chance.random() < 0.3 and all(controller.begun for controller in self._on.controllers)
        os.rename(self._on.folder, self._on.elsewhere)
        self._on.after(self._on.chance.uniform(0.05, 5), self._put_back)
        if replaced and not self._protected:
            self._replace()
        return True

    def _replace(self) -> None:
        """Put something else in the run's place: as much of a copy as there is room for."""
        self._on.folder.mkdir()
        try:
            (self._on.folder / _MARKER).touch()
            shutil.copytree(self._on.elsewhere, self._on.folder, dirs_exist_ok=True)
        except OSError:
            if not (self._on.folder / _MARKER).exists():
                self._on.folder.rmdir()

    def _put_back(self) -> None:
        if self._on.folder.exists():
            if not (self._on.folder / _MARKER).exists():
                made = sorted(str(path.relative_to(self._on.folder)) for path in self._on.folder.rglob("*"))
                self._on.wrong.append(f"written where the run was: {made}")
            else:
                # One that was being written when the folder was replaced is written again, in its place.
                self._on.wrong += [f"written into another folder: {path}" for path in self._more()[1:]]
            shutil.rmtree(self._on.folder)
        os.rename(self._on.elsewhere, self._on.folder)

    def _more(self) -> list[str]:
        """Return what a folder that took the run's place has of trials that the run does not have."""
        found = [path.relative_to(self._on.folder) for path in self._on.folder.glob("trials/*/*.ckpt")]
        newest: dict[Path, str] = {}
        for path in self._on.elsewhere.glob("trials/*/*.ckpt"):
            trial = path.parent.relative_to(self._on.elsewhere)
            newest[trial] = max(path.name, newest.get(trial, ""))
        # Older ones the run has dropped by now.
        return [str(path) for path in found if path.name > newest.get(path.parent, "")]

    def protect(self) -> bool:
        """Take rights away from the folder or from something in it, and give them back."""
        if owner_alone() is None:
            return False
        name = self._on.chance.choice(_PROTECTED)
        if name == "trial":
            trials = sorted(path.name for path in (self._on.here / "trials").iterdir())
            if not trials:
                return False
            name = f"trials/{self._on.chance.choice(trials)}"
        path = self._on.here / name
        if name in self._protected or not path.exists():
            return False
        before = stat.S_IMODE(path.stat().st_mode)
        self._protected[name] = before
        path.chmod(self._on.chance.choice((0, 0o500 if path.is_dir() else 0o400)))

        def give_back() -> None:
            # It may have been deleted, and made again.
            with contextlib.suppress(FileNotFoundError):
                (self._on.here / name).chmod(before)
            del self._protected[name]

        self._on.after(self._on.chance.uniform(0.2, 4), give_back)
        return True

    def delete(self) -> bool:
        path = self._on.here / self._on.chance.choice(_DELETABLE)
        if path.name == "owner.lock":
            for controller in self._on.controllers:
                controller.unlocked = True
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        return True
