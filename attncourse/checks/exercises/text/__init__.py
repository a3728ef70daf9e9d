"""Exercises of lesson 05: count pairs, merge one, encode a text, look up vectors."""
