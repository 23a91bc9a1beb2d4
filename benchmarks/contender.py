"""Contenders: ways to train, each in child processes of its own, which measure one epoch each time they are asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any, Literal

Setting = Literal["default", "on", "off"]


@dataclass(frozen=True)
class Way:
    """A way to train or evaluate.

    Attributes:
        label: what the tables call it.
        module: run with ``python -m`` in each child; reads commands as JSON lines, answers with seconds.
        settings: arguments of the child, as ``--name value``.
        onednn: TensorFlow's default on this machine, or switched on or off.
        processes, threads: children that run side by side, and threads of each.
        python: interpreter for the children.
        device: whether children may use a GPU.
    """

    label: str
    module: str
    settings: dict[str, str]
    onednn: Setting = "default"
    processes: int = 1
    threads: int = 1
    python: str = sys.executable
    device: Literal["cpu", "gpu"] = "cpu"

    @property
    def name(self) -> str:
        """The label with how the machine is used."""
        return f"{self.label}, oneDNN {self.onednn}, {self.processes} x {self.threads} threads"


@dataclass
class Running:
    """A way whose children are up."""

    way: Way
    children: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self) -> None:
        """Start the children and wait until they are ready."""
        arguments = [part for name, value in self.way.settings.items() for part in (f"--{name}", value)]
        for _ in range(self.way.processes):
            self.children.append(
                subprocess.Popen(
                    [self.way.python, "-m", self.way.module, *arguments, "--threads", str(self.way.threads)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    env=environment(self.way),
                )
            )
        for child in self.children:
            if _answer(child) != "ready":
                raise RuntimeError(f"{self.way.name} did not start")

    def rate(self, **command: Any) -> float:
        """Return images a second of all children together for one command, each doing it once.

        A child counts as long as the slowest one takes, so that nobody gains from an idle neighbour.
        """
        for child in self.children:
            assert child.stdin is not None
            child.stdin.write(json.dumps(command) + "\n")
            child.stdin.flush()
        answers = [_answer(child) for child in self.children]
        return float(sum(a["pictures"] for a in answers) / max(a["seconds"] for a in answers))

    def stop(self) -> None:
        """End the children."""
        for child in self.children:
            child.kill()
            child.wait()


def environment(way: Way) -> dict[str, str]:
    """Return a child's environment: threads and oneDNN are read when TensorFlow is imported."""
    kept = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    kept |= {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "KERAS_BACKEND": "tensorflow",
        "OMP_NUM_THREADS": str(way.threads),
        "TF_NUM_INTRAOP_THREADS": str(way.threads),
        "TF_NUM_INTEROP_THREADS": "1",
        # Several children may share a card.
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    }
    if way.device == "cpu":
        kept["CUDA_VISIBLE_DEVICES"] = "-1"
    if way.onednn != "default":
        kept["TF_ENABLE_ONEDNN_OPTS"] = "1" if way.onednn == "on" else "0"
    return kept


def _answer(child: subprocess.Popen[str]) -> Any:
    assert child.stdout is not None
    line = child.stdout.readline()
    if not line:
        raise RuntimeError(f"a child ended: {' '.join(map(str, child.args))}")  # type: ignore[arg-type]
    return json.loads(line)
