"""Exercises of lesson 02: weights that sum to 1, the average they make, how they react."""
