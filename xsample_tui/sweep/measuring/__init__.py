"""Measuring how fast this machine trains, in workers as a sweep starts them."""
