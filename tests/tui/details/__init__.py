"""Dialogs about one model."""
