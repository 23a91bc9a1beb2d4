"""Compares arms: blends that differ in one thing each, so their differences answer the article's question."""
