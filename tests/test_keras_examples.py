"""The example networks and a saved model, through the real commands: trained, predicted, and resumed after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.harness.until import SECONDS, until
from xsample_tui.core.networks.keras_network import KerasNetwork
from xsample_tui.store.run.run_folder import RunFolder

EXAMPLES = Path(__file__).parent.parent / "examples" / "keras_models"
# One window and its twin, on few digits.
LAY = ("--limit", "120", "--stride", "19", "--only", "keep-r00-c00", "--baselines", "1", "--jobs", "1")


def command(*words: str, folder: Path = EXAMPLES) -> subprocess.Popen[str]:
    """Start the command in a folder, where it finds the modules."""
    return subprocess.Popen(
        [sys.executable, "-m", "xsample_tui", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def done(*words: str, folder: Path = EXAMPLES) -> str:
    process = command(*words, folder=folder)
    said, _ = process.communicate(timeout=2 * SECONDS)
    assert process.returncode == 0, said
    return said


def digests(run: RunFolder) -> dict[str, str]:
    states = {trial.name: run.latest(trial.name)[0] for trial in run.document.trials}
    return {name: state.digest() if state is not None and state.finished else "" for name, state in states.items()}


# Minutes on two cores; the bits of smaller models are held in tests/training/keras_models.
@pytest.mark.slow
def test_the_small_resnet_is_killed_and_ends_with_the_same_bits(tmp_path: Path) -> None:
    words = ("run", "--headless", "--runs-dir", str(tmp_path), "--network", "small_resnet:network", *LAY)
    said = done(*words, "--epochs", "2", "--name", "straight")
    assert "trained on whole frames, not on crops: random_translation (RandomTranslation)" in said
    # Short epochs and a checkpoint each: it is killed between the first and the last.
    process = command(*words, "--epochs", "2", "--name", "killed", "--checkpoint-seconds", "0")
    until(lambda: any((tmp_path / "killed" / "trials").glob("*/000001.ckpt")))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    killed = RunFolder(tmp_path / "killed")
    assert "" in digests(killed).values()
    done("resume", "killed", "--headless", "--runs-dir", str(tmp_path))
    straight = RunFolder(tmp_path / "straight")
    assert digests(killed) == digests(straight)
    assert isinstance(straight.network, KerasNetwork)


@pytest.mark.slow
def test_the_tiny_transformer_trains_and_predicts(tmp_path: Path) -> None:
    words = ("--runs-dir", str(tmp_path))
    done("run", "--headless", *words, "--network", "tiny_vit:network", *LAY, "--epochs", "1", "--name", "vit")
    run = RunFolder(tmp_path / "vit")
    assert dict(run.network.modules).keys() == {"tiny_vit"}  # type: ignore[union-attr]
    assert "code of tiny_vit" in run.document.fingerprint
    images = run.dataset.images[run.plan.split.select]
    np.savetxt(tmp_path / "new.csv", images.reshape(len(images), -1), "%d", ",", header=HEADER, comments="")
    files = ("--input", str(tmp_path / "new.csv"), "--csv", str(tmp_path / "labels.csv"))
    done("predict", "vit", *words, "--top", "1", *files, "--format", "kaggle")
    labels = np.loadtxt(tmp_path / "labels.csv", delimiter=",", skiprows=1, dtype=int)[:, 1]
    state, _ = run.latest("keep-r00-c00")
    assert state is not None
    assert np.array_equal(labels, state.softmax["select"].argmax(1))
    # Its layer is code of the user's, which must be there to resume.
    elsewhere = command("resume", "vit", "--headless", *words, folder=tmp_path)
    said, _ = elsewhere.communicate(timeout=SECONDS)
    assert elsewhere.returncode == 2
    assert "code of tiny_vit" in said


HEADER = ",".join(f"pixel{index}" for index in range(784))
