"""Small notebooks for tests, written as data."""

from attncourse.authoring.execute import METADATA

SETUP = "import numpy as np\n\nfrom attncourse import check"
SOLUTION = '''def softmax(scores, axis=-1):
    """Weights from scores."""
    ### BEGIN SOLUTION
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)
    ### END SOLUTION'''


def code(text, **metadata):
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": metadata,
        "outputs": [],
        "source": text,
    }


def markdown(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def notebook(*cells):
    cells = [cell | {"id": f"cell-{number}"} for number, cell in enumerate(cells)]
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def solution():
    """A notebook with one exercise, as an author writes it."""
    return notebook(
        markdown("# Exercises"),
        code(SETUP),
        markdown("## ★☆☆ `softmax` · 5 minutes\nTurn scores into weights."),
        code(SOLUTION),
        code("check(softmax)"),
        markdown("<!-- hints: softmax -->"),
        code("import time\n\ntime.perf_counter()", tags=["nbval-ignore-output"]),
    )
