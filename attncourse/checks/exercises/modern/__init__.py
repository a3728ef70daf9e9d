"""Exercises of lesson 17: norms, a way out of the softmax, a memory that corrects itself."""
