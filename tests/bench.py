"""`make bench`: how long checks and imports take, and our attention beside PyTorch's, in one run.

Figures are medians; checks are measured in CPU seconds, which a busy machine distorts least, and
speeds are ratios of times measured in turn in this one process.
"""

import subprocess
import sys
import time
from dataclasses import replace
from importlib import import_module, util
from statistics import median

from rich.console import Console
from rich.table import Table

from attncourse.checks import exercise
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.judge import judge
from attncourse.curriculum import LESSONS
from tests.unknown import Perturbed

NAMES = [name for lesson in LESSONS for name in lesson.exercises]
PARTS = ("bench_attention", "bench_multihead", "bench_transformer", "bench_grading")


def main():
    """Print every table; exit with 1 when a check's median passes 50 ms."""
    console = Console(width=110)
    imports = Table("import", "median of 5, ms", title="Imports, each in a fresh interpreter")
    for module in ("numpy", "attncourse", "torch"):
        imports.add_row(module, f"{1000 * import_seconds(module):.0f}")
    console.print(imports)
    medians = check_table(console)
    unknown_table(console)
    for part in PARTS:
        if util.find_spec(f"tests.{part}"):
            import_module(f"tests.{part}").main(console)
    return int(median(medians) > 0.050)


def import_seconds(module: str) -> float:
    """Wall time of one import in a fresh interpreter, without the interpreter's own start."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    run = [sys.executable, "-c", code]
    return median(float(subprocess.check_output(run, text=True)) for _ in range(5))


def check_table(console) -> list[float]:
    """Median CPU seconds of a check after the first: of the reference, and of every mistake."""
    titles = ("exercise", "mistakes", "right, ms", "wrong, ms", "slowest wrong, ms")
    table = Table(*titles, title="Checks, after the first call (medians)")
    everything = []
    for name in NAMES:
        found = exercise(name)
        right = check_seconds(found, LocalAnswer(found.reference), times=5)
        wrong = [check_seconds(found, single.answer, times=1) for single in found.singles]
        everything += [right, *wrong]
        row = (f"{1000 * s:.1f}" for s in (right, median(wrong), max(wrong)))
        table.add_row(name, str(len(found.mistakes)), *row)
    table.add_section()
    table.add_row("all", "", "", f"{1000 * median(everything):.1f}", "")
    console.print(table)
    return everything


def unknown_table(console) -> None:
    """CPU seconds of checks that end in "not in a way that this check knows": the longest search.

    Before the first call nothing is known of the exercise, as when a learner checks an answer.
    """
    table = Table("exercise", "first, ms", "second, ms", title="A mistake that nobody declared")
    firsts = {}
    for name in NAMES:
        fresh, answer = replace(exercise(name)), Perturbed(name, seed=0)
        firsts[name], second = (_seconds(fresh, answer) for _ in range(2))
        table.add_row(name, f"{1000 * firsts[name]:.0f}", f"{1000 * second:.0f}")
    table.add_section()
    worst = max(firsts, key=firsts.get)
    table.add_row(f"worst: {worst}", f"{1000 * firsts[worst]:.0f}", "")
    console.print(table)


def check_seconds(found, answer, times: int) -> float:
    """Median CPU time of `times` checks, after one that warms up."""
    judge(found, answer)
    return median(_seconds(found, answer) for _ in range(times))


def _seconds(found, answer):
    start = time.process_time()
    judge(found, answer)
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main())
