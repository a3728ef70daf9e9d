"""Exercises of lesson 04: what a query may attend to."""
