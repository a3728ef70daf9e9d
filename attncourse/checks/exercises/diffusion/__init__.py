"""Exercises of lesson 14: noise that words guide."""
