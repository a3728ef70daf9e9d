"""Exercises of lesson 04: who may look at whom."""
