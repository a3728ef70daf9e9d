"""Exercises of lesson 12: picking one, and learning what to pick."""
