"""Exercises of lesson 06: a sequence asks itself, a sequence asks another."""
