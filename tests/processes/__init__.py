"""Whole sweeps of real processes under a seeded adversary, which does to them what can be done from outside.

The controller is the command of the product, with real worker processes and the tests' lease. A seed decides on the
faults, their order and the pauses between them; what they meet is a matter of the machine's speed.
"""
