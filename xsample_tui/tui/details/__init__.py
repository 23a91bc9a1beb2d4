"""Dialogs about one model: its classes, and what its worker wrote."""
