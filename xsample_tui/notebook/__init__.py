"""The Python interface: sweeps and blends from a notebook or a script, in the words of the command line."""
