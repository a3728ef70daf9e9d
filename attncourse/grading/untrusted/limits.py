"""All limits of grading: on what is read, on what an answer may use, on what it may send."""

# What one submission may use; a teacher's machine decides some of them.
LIMITS = {
    "memory_mb": 2048,  # of address space per process, beyond what the warm process has
    "cpu_seconds": 120,
    "file_mb": 16,
    "folder_mb": 64,
    "folder_files": 4096,
    "files": 64,
    "threads": 16,  # an answer is one process
    "cell_seconds": 10.0,
    "cells_seconds": 60.0,  # all cells of a notebook together
    "call_seconds": 5.0,
    "exercise_seconds": 20.0,  # all calls of an exercise together
    "submission_seconds": 90.0,  # for everything that a submission runs
    "grace_seconds": 3.0,  # for a child that should have kept a limit itself
}

STARTS = 12  # children per submission, before the rest is given up
GIVE_UP_SECONDS = 150  # for one submission, its judging included, whatever happens

# What may cross from a child to the judge.
REPLY_BYTES = 8 * 2**20  # of one outcome; right ones are a thousand times smaller
MESSAGE_BYTES = 9 * 2**20  # of the message around it
HEADER_BYTES = 2**19  # of it, what is no array
ELEMENTS = 1024  # numbers handed to a function, beyond 4 times the case's
NUMBERS = 4096  # numbers in a result, beyond 16 times the case's and the right one's
MOST_NUMBERS = 200_000  # where there is no right one
MOST_RESULTS = 20_000  # parts of one result
MOST_TEXT = 10_000  # characters of a text that is a result
MOST_ASKED = 5000  # calls of functions among the arguments, per batch of cases
LATE_SECONDS = 0.5  # that a call may take longer by the judge's clock than by its limit

# What is kept and shown.
SHOWN_TEXT = 2000  # characters of any text in a record
SHOWN_CODE = 20_000  # characters of a cell in a record
SHOWN_PARTS = 200  # entries of any list in a record

# What is read of a submission.
MOST_BYTES = 32 * 2**20  # of one notebook
MOST_ARCHIVE = 256 * 2**20  # of one zip in a folder
MOST_ZIPPED = 64 * 2**20  # of one zip inside a zip
MOST_FILES = 2000  # that a student's folder or zip may list
MOST_IN_CLASS = 200_000  # that the zip of a class may list
MOST_ZIPS = 20  # in a student's folder or zip
MOST_NOTEBOOKS = 50  # of one student
MOST_SEARCHED = 64 * 2**20  # bytes of one student, to find out which lessons they belong to
MOST_NAME = 100  # characters of a student's name, as it is told
MOST_PLACE = 300  # characters of where a notebook lies, as it is told
MOST_CELLS = 2000
MOST_CODE = 200 * 2**10  # characters of all code cells
MOST_PARTS = 3_000_000  # brackets, braces and commas of a notebook, pictures' data included
