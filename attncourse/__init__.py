"""attncourse: attention, from a table lookup to the Transformer.

Importing the package costs nothing: `check` and `hint` load what they need when they are called.
"""

from attncourse.checks import check, hint
from attncourse.prediction import guess

__version__ = "0.1.0"
__all__ = ["check", "guess", "hint"]
