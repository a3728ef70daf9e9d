"""Exercises of lesson 07: cut into heads, join again, and the whole module."""
