"""Checks that name the mistake: `check(answer)` and `hint(answer)`."""


def check(answer):
    raise ImportError("the check engine is being written")


hint = check
