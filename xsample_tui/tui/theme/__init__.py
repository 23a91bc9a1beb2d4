"""Colours, symbols and their forms for terminals that have few."""
