"""Real data that is already on the machine.

Nothing here downloads: every set ships with Python or with a package that the course installs, and
is read only when its function is called.
"""

import ast
import sysconfig
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class Patients(NamedTuple):
    """Some patients: what was measured, and how far their diabetes went within a year."""

    features: Float[np.ndarray, "n d"]
    progression: Float[np.ndarray, "n 1"]


def diabetes(
    *columns: str, standardize: bool = False, seed: int = 0
) -> tuple[Patients, Patients, Patients]:
    """Split 442 diabetes patients into 262 to look at, 90 to choose by and 90 to report on.

    Args: columns, some of age sex bmi bp s1 … s6 (default all ten), in their own units;
        standardize, in standard deviations of the first part; seed, of the split.
    Returns: three `Patients`; progression is a clinical score between 25 and 346.
    Source: Efron, Hastie, Johnstone, Tibshirani 2004, "Least angle regression"; scikit-learn.
    """
    from sklearn.datasets import load_diabetes

    table = load_diabetes(scaled=False)
    chosen = [table.feature_names.index(column) for column in columns or table.feature_names]
    order = np.random.default_rng(seed).permutation(len(table.target))
    parts = np.split(order, [262, 352])
    features = table.data[:, chosen]
    if standardize:
        seen = features[parts[0]]
        features = (features - seen.mean(axis=0)) / seen.std(axis=0)
    return tuple(Patients(features[part], table.target[part, None]) for part in parts)


def docstrings() -> list[str]:
    """Read what the modules of Python's standard library say about themselves: real English.

    Returns: each different docstring once, about 3700 of them, in the order of the modules.
    """
    folder = Path(sysconfig.get_path("stdlib"))
    found = []
    for path in sorted(folder.glob("*.py")):
        parts = ast.walk(ast.parse(path.read_bytes()))
        found += [ast.get_docstring(part) for part in parts if isinstance(part, _DOCUMENTED)]
    return list(dict.fromkeys(text for text in found if text))
