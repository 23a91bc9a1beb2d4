"""A simulator of whole sweeps: the real controller, scheduler, inbox, event log and store, on a simulated machine.

One thread, one seed: every fault, its time and its place follow from the seed, so a failing seed replays exactly.
After the databases that are tested so (FoundationDB, TigerBeetle).
"""
