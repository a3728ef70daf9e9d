"""Pictures for attention, one difficulty a file.

handwriting   one digit in 8 × 8 pixels, split by the people who wrote it
painting      digits on a dark square, and the boxes around their ink
sentences     the one sentence that describes a scene
scenes        coloured digits placed with a plan, parts of the plan held out
pages         sixteen digits and a question: which one is worth reading?
"""
