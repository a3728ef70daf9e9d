"""All limits of grading: on what is read, on what an answer may use, on what it may send."""

# What one submission may use; a teacher's machine decides some of them.
LIMITS = {
    "memory_mb": 2048,  # of address space per process, beyond what the warm process has
    "cpu_seconds": 120,
    "file_mb": 16,
    "folder_mb": 64,
    "files": 64,
    "processes": 16,
    "cell_seconds": 10.0,
    "cells_seconds": 60.0,  # all cells of a notebook together
    "call_seconds": 5.0,
    "exercise_seconds": 20.0,  # all calls of an exercise together
    "submission_seconds": 150.0,  # after which no further child is started
    "grace_seconds": 3.0,  # for a child that should have kept a limit itself
}

STARTS = 12  # children per submission, before the rest is given up
GIVE_UP_SECONDS = 600  # for one submission, whatever happens

# What may cross from a child to the judge.
REPLY_BYTES = 8 * 2**20  # of one outcome; right ones are a thousand times smaller
MESSAGE_BYTES = 9 * 2**20  # of the message around it
ELEMENTS = 4096  # that an answer may hand to a function it was given, beyond 4 times the case's

# What is read of a submission.
MOST_BYTES = 32 * 2**20  # of one notebook
MOST_ZIPPED = 256 * 2**20  # of one zip inside a zip
MOST_FILES = 100_000
MOST_CELLS = 2000
MOST_CODE = 2**20  # characters of all code cells
