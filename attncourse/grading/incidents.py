"""What a person should look at: what a submission did, or only names, that no exercise needs.

Being listed costs nothing and proves nothing; most of it is an accident or curiosity.
"""

import re

from attncourse.checks.engine.verdict import Verdict
from attncourse.grading.untrusted.limits import SHOWN_TEXT

MOST_INCIDENTS = 12
# Names by which code reaches beyond its own function: into the interpreter, the system, the grader.
REACHING = re.compile(
    r"\b(ctypes|_getframe|f_back|f_locals|f_globals|currentframe|get_objects|get_referrers|settrace"
    r"|setprofile|__subclasses__|__builtins__|meta_path|sys\.modules|linecache|mmap|prlimit"
    r"|setrlimit|shmget|msgget|keyctl|unshare|os\.fork|forkpty|posix_spawn|execv\w*|os\.kill|killpg"
    r"|SIGKILL|SIGSTOP|setitimer|os\._exit|os\.abort|atexit|os\.system|popen|Popen|subprocess"
    r"|multiprocessing|threading|glob|pathlib|sys\.path|sys\.exit|SystemExit|os\.(?:mkdir|chdir)"
    r"|__reduce__|__torch_function__|__array__|__eq__|as_subclass|setattr|socket|urllib|sitecustomize|LocalAnswer"
    r"|attncourse\.(?:checks|grading|trained))\b|/proc/|/etc/|/dev/shm|\.ssh\b|\bdef check\b"
    r"|\b(?:torch|np|numpy|Tensor|builtins)(?:\.\w+)+ *=(?!=)"  # what everybody shares, replaced
)
ENDED = ("it ", "stopped", "PermissionError", "MemoryError", "OSError")  # how cells may end
TOLD = {"child-lost", "kept-ending", "published-only", "forged"}  # ids of our own findings


def incidents(cells: list[str], graded) -> list[str]:
    """One line for each, short enough for a table; the gravest first."""
    found = list(graded.incidents)
    found += [
        f"its {name} {finding.name}"
        for name, verdict in graded.verdicts.items()
        for finding in (verdict.findings if isinstance(verdict, Verdict) else ())
        if finding.id in TOLD
    ]
    found += [
        f"code cell {index + 1}: {said}"
        for index, said in sorted(graded.troubles.items())
        if said.startswith(ENDED)
    ]
    found += [_named(index, cell) for index, cell in enumerate(cells) if REACHING.search(cell)]
    return [line[: SHOWN_TEXT // 10] for line in dict.fromkeys(found)][:MOST_INCIDENTS]


def _named(index: int, cell: str) -> str:
    names = dict.fromkeys(match[0] for match in REACHING.finditer(cell))
    return f"code cell {index + 1} names {', '.join(list(names)[:5])}"
