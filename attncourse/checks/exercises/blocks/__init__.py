"""Exercises of lesson 10: normalise a vector, wire an encoder block, wire a decoder block."""
