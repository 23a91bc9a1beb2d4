"""The Python interface: sweeps and blends for notebooks and scripts, under the names of the command line."""
