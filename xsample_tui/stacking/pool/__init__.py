"""The finished models of a run, with their outputs, and which of them a blend may use."""
