"""Exercises of lesson 17: positions beyond training, masks and caches of today's models."""
