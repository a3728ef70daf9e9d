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
matching      which answer is responsible for which object, and what all of them are taught
detection     object queries that attend to the patches
finding       the detectors of lesson 14, trained
found         what they find, and a rival
noise         added to a picture, taken away, and guided by words
diffusion     drawing by taking noise away step by step
drawing       the denoisers of lesson 14, trained
drawn         what they draw, read by a judge
pages         sixteen digits and a question: which one is worth reading?
"""
