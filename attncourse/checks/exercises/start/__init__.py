"""Lesson 00's exercise: one function, to try the way of working."""
