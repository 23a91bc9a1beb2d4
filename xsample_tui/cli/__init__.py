"""The command line: the same engine without a terminal. stdout is data, stderr is narration."""
