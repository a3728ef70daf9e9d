"""Exercises of lesson 14: queries that find objects, and the match that teaches them."""
