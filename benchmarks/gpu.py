"""What one NVIDIA card does for this project, in under ten minutes: exactness, resuming, and speed beside others.

``python -m benchmarks.gpu [--data PATH] [--json FILE] [--torch PYTHON] [--minutes N]``

Outputs and losses on the card are compared with the processor's, and a training that is cut in two with one that is
not, bit for bit. Then images a second, whole image and windows, in float32, TF32 and bfloat16, 1 to 8 trials side by
side on the card, each in a process of its own; Keras's ``fit`` and PyTorch on the same card. What is not installed,
and what the time does not allow, is left out with a line. Without a card it says so and ends with exit code 2;
``--device cpu --quick`` tries all parts on the processor, on a few images: its figures say nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np

from xsample_tui.core.training.sweep_spec import Precision
from xsample_tui.sweep.machine.gpu_devices import devices

from .contender import Running, Way, environment
from .digits import CENTRE, digits, mask_at
from .matmul import machine

KINDS = ("full", "keep")
# How far outputs of the same weights may be from the processor's in float32, relative: each of four layers rounds its
# factors to 24, 11 or 8 bits, and float32 adds up in another order.
TOLERANCE = {"float32": 1e-4, "tf32": 4 * 2**-11, "bfloat16": 4 * 2**-8}
# The losses of a short training may be further apart: each step adds to it.
LOSS_TOLERANCE = {"float32": 1e-3, "tf32": 1e-2, "bfloat16": 3e-2}
_BATCH = 250


@dataclass(frozen=True)
class Row:
    """A rate.

    Attributes:
        what: whole image or window.
        way: who trains, and in which precision.
        trials: how many side by side.
        rates: images a second of all together, of each repeat; empty where it could not be measured.
        why: why not.
    """

    what: str
    way: str
    trials: int
    rates: tuple[float, ...] = ()
    why: str = ""


@dataclass
class Clock:
    """The time that is left.

    Attributes:
        seconds: how many there are in all.
        began: when they began.
    """

    seconds: float
    began: float = field(default_factory=time.monotonic)

    @property
    def over(self) -> bool:
        """Whether nothing more is to be begun."""
        return time.monotonic() - self.began > self.seconds


def settings(given: argparse.Namespace, precision: str) -> dict[str, str]:
    """Return the arguments of a child that trains in a precision."""
    computed = {"precision": "float32" if precision == "tf32" else precision}
    shared = {"data": given.data, "pictures": str(given.images), "evaluated": "100", "batch": str(_BATCH)}
    return shared | computed | {"tf32": "on" if precision == "tf32" else "off"}


def exactness(given: argparse.Namespace, precisions: tuple[str, ...], folder: Path) -> list[dict[str, Any]]:
    """Compare outputs and losses with the processor's, and a training that is cut in two with one that is not.

    Where these two differ, they are trained once more with TensorFlow's deterministic operations.
    """
    reference = _exact(given, "cpu", "float32", folder / "reference.npz")
    found = []
    for precision in precisions:
        _say(f"exactness and resuming in {precision}")
        for deterministic in (False, True):
            place = folder / f"{precision}-{deterministic}.npz"
            whole = _exact(given, given.device, precision, place, deterministic=deterministic)
            rest = _exact(given, given.device, precision, folder / "rest.npz", place, deterministic=deterministic)
            found.append(compared(precision, reference, whole, rest) | {"deterministic_ops": deterministic})
            if found[-1]["resumes_with_the_same_bits"]:
                break
    return found


def compared(
    precision: str, reference: dict[str, Any], whole: dict[str, Any], rest: dict[str, Any]
) -> dict[str, Any]:
    """Return how far a training is from the reference, and whether its second half alone has the same bits."""
    outputs = max(_apart(whole[f"outputs-{kind}"], reference[f"outputs-{kind}"]) for kind in KINDS)
    losses = max(_apart(whole[f"losses-{kind}"], reference[f"losses-{kind}"]) for kind in KINDS)
    same = all(np.array_equal(whole[f"end-{kind}"], rest[f"end-{kind}"]) for kind in KINDS)
    return {
        "precision": precision,
        "outputs_apart": outputs,
        "losses_apart": losses,
        "within_tolerance": outputs <= TOLERANCE[precision] and losses <= LOSS_TOLERANCE[precision],
        "resumes_with_the_same_bits": same,
    }


def rates(given: argparse.Namespace, precisions: tuple[str, ...], clock: Clock, folder: Path) -> list[Row]:
    """Measure images a second of every way."""
    found: list[Row] = []

    def ours(trials: int) -> None:
        for precision in precisions:
            way = Way("xsample-tui", "benchmarks.ours", settings(given, precision) | {"micro": str(_BATCH)})
            found.extend(_measured(given, way, precision, trials, KINDS, clock))

    first, *more = given.trials
    ours(first)
    for precision in precisions:
        way = Way("Keras fit, batch 250", "benchmarks.plain_keras", settings(given, precision))
        found += _measured(given, way, precision, 1, ("full",), clock)
    if given.torch is None:
        _say("PyTorch: not installed here; name an interpreter that has it with --torch")
    else:
        found += _by_torch(given, precisions, clock, folder / "digits.npz")
    for trials in more:
        ours(trials)
    return found


def _by_torch(given: argparse.Namespace, precisions: tuple[str, ...], clock: Clock, arrays: Path) -> list[Row]:
    data = digits(given.data, given.images, 100)
    images = (data.train / 255).astype(np.float32).transpose(0, 3, 1, 2)
    np.savez(arrays, x=np.ascontiguousarray(images), y=data.train_labels)
    found = []
    for precision in precisions:
        arguments = {"arrays": str(arrays), "batch": str(_BATCH), "device": given.device, "precision": precision}
        way = Way("PyTorch, batch 250", "benchmarks.plain_torch", arguments, python=given.torch)
        found += _measured(given, way, precision, 1, ("full",), clock)
    return found


def _measured(
    given: argparse.Namespace, way: Way, precision: str, trials: int, kinds: tuple[str, ...], clock: Clock
) -> list[Row]:
    threads = max(int(machine()["cores"]) // trials, 1)
    way = replace(way, processes=trials, threads=threads, device=given.device)
    named = [
        Row("whole image" if kind == "full" else "keep, centre", f"{way.label}, {precision}", trials)
        for kind in kinds
    ]
    if clock.over:
        return [replace(row, why="no time left") for row in named]
    _say(f"{way.label}, {precision}, {trials} side by side")
    running, done = Running(way), []
    try:
        running.start()
        for kind, row in zip(kinds, named, strict=True):
            running.rate(what="train", kind=kind)
            done.append(
                replace(row, rates=tuple(running.rate(what="train", kind=kind) for _ in range(given.repeats)))
            )
    except RuntimeError:
        # The usual reason is that so many do not fit into the card's memory.
        done += [
            replace(row, why="a process ended: not installed there, or no memory left") for row in named[len(done) :]
        ]
    finally:
        running.stop()
    return done


# -- the child that is compared --------------------------------------------------------------------------------------


def _exact(
    given: argparse.Namespace,
    device: Literal["cpu", "gpu"],
    precision: str,
    place: Path,
    begin: Path | None = None,
    *,
    deterministic: bool = False,
) -> dict[str, Any]:
    arguments = ["--child", str(place), "--device", device, "--data", given.data, "--images", str(given.exact_images)]
    arguments += ["--child-precision", precision, *(["--child-from", str(begin)] if begin else [])]
    kept = environment(Way("exact", "", {}, threads=int(machine()["cores"]), device=device))
    kept |= {"TF_DETERMINISTIC_OPS": "1"} if deterministic else {}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu", *arguments], env=kept, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"benchmarks.gpu: {device}, {precision}: {done.stderr.strip().splitlines()[-1][:300]}")
    with np.load(place) as arrays:
        return dict(arrays)


def child(given: argparse.Namespace) -> None:
    """Train three short epochs of each kind from the same weights, or the last two from a stored state; store all."""
    import tensorflow as tf

    from xsample_tui.core.data.data_splits import Split
    from xsample_tui.core.data.dataset import Dataset
    from xsample_tui.core.networks.network import article_network
    from xsample_tui.core.training.sweep_spec import Training
    from xsample_tui.training.trainer import Trainer

    if given.device == "gpu" and not tf.config.list_physical_devices("GPU"):
        raise SystemExit("TensorFlow sees no card")
    tf.config.experimental.enable_tensor_float_32_execution(given.child_precision == "tf32")
    data = digits(given.data, given.images, 200)
    everything = np.concatenate([data.train, data.test])
    dataset = Dataset(
        given.data, everything, np.concatenate([data.train_labels, data.test_labels]), data.classes, given.images
    )
    fit, test = np.split(np.arange(len(everything)), [given.images])
    precision: Precision = "bfloat16" if given.child_precision == "bfloat16" else "float32"
    network = article_network(dataset.shape, data.classes)
    training = Training(batch_size=100, micro_batch=100, precision=precision)
    trainer = Trainer(network, training, 0, dataset, Split(fit, fit[:0], test, test))
    found: dict[str, Any] = {}
    begun = None if given.child_from is None else dict(np.load(given.child_from))
    for kind in KINDS:
        mask, losses = mask_at(kind, *CENTRE, dataset.shape[:2]), []
        first = 1
        if begun is None:
            trainer.set(network.initial_weights(0), None)
            found[f"outputs-{kind}"] = trainer.softmax(mask, "test")
        else:
            weights, slots = (
                {k.split("|", 1)[1]: v for k, v in begun.items() if k.startswith(f"{part}-{kind}|")}
                for part in ("weights", "slots")
            )
            trainer.set(weights, slots)
            first = 2
        for epoch in range(first, 4):
            losses.append(trainer.train_epoch("exact", mask, epoch)[0])
            if epoch == 1:
                found |= {f"weights-{kind}|{name}": value for name, value in trainer.weights().items()}
                found |= {f"slots-{kind}|{name}": value for name, value in trainer.slots().items()}
        found[f"losses-{kind}"] = np.array(losses)
        found[f"end-{kind}"] = np.concatenate([value.ravel() for value in trainer.weights().values()])
    np.savez(given.child, **found)


def _apart(one: Any, other: Any) -> float:
    return float(np.linalg.norm(np.subtract(one, other)) / np.linalg.norm(other))


# -- what is said ----------------------------------------------------------------------------------------------------


def exact_table(found: list[dict[str, Any]]) -> str:
    """Return how exact the card is, as a table in Markdown."""
    lines = [
        "| precision | deterministic ops | outputs apart | losses apart | within tolerance | same bits resumed |"
    ]
    lines.append("|---|---|---|---|---|---|")
    for one in found:
        words = [
            "yes" if one[key] else "no"
            for key in ("deterministic_ops", "within_tolerance", "resumes_with_the_same_bits")
        ]
        lines.append(
            f"| {one['precision']} | {words[0]} | {one['outputs_apart']:.1e} | {one['losses_apart']:.1e} "
            f"| {words[1]} | {words[2]} |"
        )
    return "\n".join(lines)


def rate_table(found: list[Row]) -> str:
    """Return the rates as a table in Markdown, beside Keras's ``fit`` in float32 on the whole image."""
    keras = max((max(r.rates) for r in found if r.rates and r.way == "Keras fit, batch 250, float32"), default=None)
    lines = [
        "| measured | way | side by side | images/s | least .. most | over Keras fit, float32 |",
        "|---|---|---|---|---|---|",
    ]
    for row in found:
        if not row.rates:
            lines.append(f"| {row.what} | {row.way} | {row.trials} | not measured: {row.why} | | |")
            continue
        middle = float(np.median(row.rates))
        ratio = "" if keras is None else f"{middle / keras:.2f}"
        least = f"{min(row.rates):,.0f} .. {max(row.rates):,.0f}"
        lines.append(f"| {row.what} | {row.way} | {row.trials} | {middle:,.0f} | {least} | {ratio} |")
    return "\n".join(lines)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Return the options, with what ``--quick`` makes of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--data", default="demo", help="images of 28x28: demo (default), mnist, or a path")
    parser.add_argument("--images", type=int, default=20_000, help="images an epoch (default 20,000)")
    parser.add_argument("--repeats", type=int, default=3, help="how often each rate is measured (default 3)")
    parser.add_argument("--minutes", type=float, default=8.0, help="begin nothing after so many (default 8)")
    parser.add_argument("--device", choices=("gpu", "cpu"), default="gpu", help="cpu: try the parts without a card")
    parser.add_argument("--quick", action="store_true", help="a few images, one repeat: the figures say nothing")
    parser.add_argument("--torch", default=None, metavar="PYTHON", help="an interpreter that has PyTorch")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE", help="write everything there")
    for name in ("--child", "--child-precision", "--child-from"):
        parser.add_argument(name, default=None, help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    given.trials, given.exact_images = (1, 2, 4, 8), 2000
    if given.quick:
        given.trials, given.images, given.exact_images, given.repeats = (1, 2), 200, 200, 1
    if given.torch is None and find_spec("torch") is not None:
        given.torch = sys.executable
    return given


def main(words: list[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    given = arguments(words)
    if given.child is not None:
        child(given)
        return 0
    if given.device == "gpu" and not devices():
        _say(
            "benchmarks.gpu: no NVIDIA card that TensorFlow can use, nothing was measured; "
            "--device cpu --quick tries the parts on the processor"
        )
        return 2
    precisions = ("float32", "tf32", "bfloat16") if given.device == "gpu" else ("float32", "bfloat16")
    clock = Clock(60 * given.minutes)
    with tempfile.TemporaryDirectory() as folder:
        exact = exactness(given, precisions, Path(folder))
        measured = rates(given, precisions, clock, Path(folder))
    known = {"machine": machine() | {"card": card()}, "device": given.device, "quick": given.quick}
    if given.json is not None:
        found = known | {"exactness": exact, "rates": [asdict(row) for row in measured]}
        given.json.write_text(json.dumps(found, indent=1) + "\n")
    print("  ".join(f"{key}: {value}" for key, value in known["machine"].items()))
    if given.device == "cpu" or given.quick:
        print("tried on the processor or with --quick: the figures say nothing of a card")
    print(f"\n{exact_table(exact)}\n\n{rate_table(measured)}")
    return 0


def card() -> str:
    """Return the name of the card and its driver; empty where the system does not say."""
    command = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


if __name__ == "__main__":
    sys.exit(main())
