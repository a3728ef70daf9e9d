"""The final project of lesson 17."""
