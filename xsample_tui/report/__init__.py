"""The report: one HTML page and its figures, readable without the program."""
