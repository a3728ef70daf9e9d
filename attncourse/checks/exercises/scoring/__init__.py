"""Exercises of lesson 03: how well a query fits a key."""
