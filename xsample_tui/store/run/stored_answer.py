"""The answer of a run as it was last computed, beside its trials: a list of runs shows it without computing it."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from ...core.stats.effect_verdict import Verdict
from ..files.atomic_write import write

NAME = "answer.json"
# How the sentence of each verdict begins: files without a verdict have it in the sentence alone.
_HEADS: dict[str, Verdict] = {
    "Blending windows helps": "helps",
    "Blending windows hurts": "hurts",
    "No difference": "no difference",
    "Not resolved": "not resolved",
    "No verdict": "no verdict",
}


@dataclass(frozen=True)
class StoredAnswer:
    """An answer.

    Attributes:
        sentence: the first sentence of the run's summary.
        done: trials that were finished then, of the run and its control runs.
        verdict: on blending windows; None where the run asks something else, as the article's protocol does.
    """

    sentence: str
    done: int
    verdict: Verdict | None = None


def store_answer(run: Path, answer: StoredAnswer) -> None:
    """Store an answer; where the folder cannot be written nothing is, as it can be computed again.

    Args:
        run: the run's folder.
        answer: as it is now.
    """
    text = json.dumps({"sentence": answer.sentence, "done": answer.done, "verdict": answer.verdict})
    with contextlib.suppress(OSError):
        write(run / NAME, text.encode(), durable=False)


def stored_answer(run: Path) -> StoredAnswer | None:
    """Return a run's stored answer; None where there is none that can be read."""
    try:
        found = json.loads((run / NAME).read_bytes())
        sentence = str(found["sentence"])
        verdict = found["verdict"] if "verdict" in found else _verdict_of(sentence)
        if verdict not in (None, *get_args(Verdict)):
            return None
        return StoredAnswer(sentence, int(found["done"]), verdict)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _verdict_of(sentence: str) -> Verdict | None:
    return next((verdict for head, verdict in _HEADS.items() if sentence.startswith(head)), None)
