"""Exercises of lesson 13: pictures as tokens, pictures beside sentences, sentences of pictures."""
