"""Lesson 01's exercises: four lookups, from exact to soft."""
