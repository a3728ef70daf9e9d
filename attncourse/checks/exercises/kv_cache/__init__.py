"""Exercises of lesson 15: what a model keeps while it writes."""
