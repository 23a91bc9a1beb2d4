"""The machine: its cores, memory and GPUs, and what of it has changed since a run began."""
