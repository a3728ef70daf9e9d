"""Exercises of lesson 11: predict the next token, hide some tokens, write new ones."""
