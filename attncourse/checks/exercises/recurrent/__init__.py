"""Exercises of lesson 09: what the decoder asks, what it reads, what it is judged by."""
