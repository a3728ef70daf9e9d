"""Pictures for attention, one difficulty a file.

handwriting   one digit in 8 × 8 pixels, split by the people who wrote it
painting      digits on a dark square, and the boxes around their ink
sentences     the one sentence that describes a scene
scenes        coloured digits placed with a plan, parts of the plan held out
patches       a picture as a sequence of tokens, and a Transformer that reads it
contrast      pictures and sentences as vectors of one space
captions      a sentence, written while attending to the patches
learning      the models of lesson 13, trained
judging       what they get right on what they have never met
pages         sixteen digits and a question: which one is worth reading?
"""
