"""How far the scout is that a sweep trains before its trials."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ScoutProgress(BaseModel):
    """What is done of a scout.

    Attributes:
        epoch, epochs: of its training: how many are behind it, and how many there are.
        evaluated, windows: windows that it has been evaluated under since, and how many there are.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    epoch: int
    epochs: int
    evaluated: int
    windows: int

    def words(self) -> str:
        """Return what is done at the moment.

        >>> ScoutProgress(epoch=2, epochs=6, evaluated=0, windows=400).words()
        'scout epoch 3/6'
        >>> ScoutProgress(epoch=6, epochs=6, evaluated=120, windows=400).words()
        'scout evaluated 120/400'
        """
        if self.epoch < self.epochs:
            return f"scout epoch {self.epoch + 1}/{self.epochs}"
        return f"scout evaluated {self.evaluated}/{self.windows}"
