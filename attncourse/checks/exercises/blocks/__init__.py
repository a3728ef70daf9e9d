"""Exercises of lesson 10: normalise a vector, wire a block, wire a decoder block."""
