"""What command line, terminal, notebook and report have in common: one function for each question."""
