"""Exercises of lesson 15: blocks, windows and features in place of the whole map."""
