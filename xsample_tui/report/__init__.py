"""The report: one page and its figures, for a colleague who does not have the tool."""
