"""The comparison of two runs as a table, one row per window position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.comparison.comparison_text import table
from ..core.comparison.run_comparison import RunComparison

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "trial", "row", "col", "error_rate_a", "error_rate_b", "gain", "low", "high", "noise_sd", "p", "p_holm",
    "mcnemar_holm", "net_of_baselines", "standing", "trainings",
)  # fmt: skip


def comparison_frame(found: RunComparison) -> pd.DataFrame:
    """Return the windows that both runs have; rates and gains are shares of images, what is not known is NA."""
    # Imported late: sentences and JSON do without.
    import pandas as pd

    frame = pd.DataFrame(table(found), columns=list(COLUMNS))
    for column in ("row", "col"):
        frame[column] = frame[column].astype("Int64")
    return frame
