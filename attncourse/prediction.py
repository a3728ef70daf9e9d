"""A line for your guess, at the top of a cell that you predict before you run it.

JupyterLab shows the first line of a closed output, so this one keeps the others hidden.
"""


def guess(text: str = "") -> None:
    """Show your guess above what the cell computes; it is saved with the notebook.

    Args: text, what you expect, in your own words.
    """
    print(f"Your guess: {text or 'none yet'}")
