"""Exercises of lesson 08: clocks, distances, rotations and slopes."""
