"""Exercises of lesson 04: the masked softmax, and the attention made of it."""
