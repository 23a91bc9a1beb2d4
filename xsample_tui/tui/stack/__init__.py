"""The stack screen: blends of the best windows, and the arms that they are compared with."""
