"""Exercises on reading a model: what a map says, and what a part does."""
