"""Pictures for attention, one difficulty a file.

handwriting   one digit in 8 × 8 pixels, split by the people who wrote it
painting      digits on a dark square, and the boxes around their ink
scenes        coloured digits placed with a plan, a sentence for each scene, parts held out
"""
