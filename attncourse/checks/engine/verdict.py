"""What a check answers: data. Its text and its HTML are made last, from its record."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from attncourse.checks.engine.message import as_html, as_text, title

MIME = "application/vnd.attncourse.verdict+json"
NOT_ATTEMPTED, NOT_YET, CORRECT = "not attempted", "not yet", "correct"

FACT = "fact"  # seen directly: it raised, the shape is wrong, a rule is broken
LIKELY = "likely"  # a known mistake that agrees with the answer wherever it could tell
NEAREST = "nearest"  # a known mistake that agrees on most failing inputs


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        id: names it for programs; stays when the words change.
        name: ends the sentence "you …".
        why: says in the learner's words what to think about.
        certainty: FACT, LIKELY or NEAREST.
        line: the learner's own line that it is about, if one is known.
    """

    id: str
    name: str
    why: str
    certainty: str = FACT
    line: str = ""


@dataclass(frozen=True)
class Example:
    """The smallest failing input, and what the answer made of it.

    Attributes:
        label: what is special about the input.
        input, output: both as a message prints them; `output` is "" where nothing came back.
        rule: the law that the result breaks, or "".
        args, kwargs, build: the real objects of this input, for `answer(*example)`.
    """

    label: str
    input: str
    output: str = ""
    rule: str = ""
    args: tuple = field(default=(), compare=False, repr=False)
    kwargs: dict = field(default_factory=dict, compare=False, repr=False)
    build: tuple | None = field(default=None, compare=False, repr=False)

    def __iter__(self) -> Iterator[object]:
        return iter(self.args)


@dataclass(frozen=True)
class Verdict:
    """The result of a check, true only when the answer is correct.

    Attributes:
        exercise: the exercise's id, or "" when none could be told.
        state: "not attempted", "not yet" or "correct".
        points: what a correct answer earns.
        findings: what is wrong, most specific first.
        right, total: how many inputs are right, and how many were tried.
        case: the smallest failing input.
        note: what there is to say beside the findings.
        digest: of the answer's own text, to tell whether it changed since.
    """

    exercise: str
    state: str
    points: int = 0
    findings: tuple[Finding, ...] = ()
    right: int = 0
    total: int = 0
    case: Example | None = None
    note: str = ""
    digest: str = ""

    def __bool__(self) -> bool:
        return self.state == CORRECT

    @property
    def mistakes(self) -> tuple[str, ...]:
        """Names of the findings, each ending the sentence "you …"."""
        return tuple(finding.name for finding in self.findings)

    @property
    def message(self) -> str:
        """The verdict's text without its first line."""
        return as_text(self.record())

    def record(self) -> dict:
        """The verdict as JSON: what a saved notebook keeps, and all that a page needs."""
        shown = self.case and {key: getattr(self.case, key) for key in SHOWN}
        return {
            "exercise": self.exercise,
            "state": self.state,
            "points": self.points,
            "findings": [asdict(finding) for finding in self.findings],
            "right": self.right,
            "total": self.total,
            "case": shown,
            "note": self.note,
            "digest": self.digest,
        }

    def __str__(self) -> str:
        return f"{title(self.record())}\n{self.message}"

    __repr__ = __str__

    def _repr_mimebundle_(self, **_):
        """Text, HTML and data: what JupyterLab shows, and what `attncourse status` reads."""
        record = self.record()
        return {"text/plain": str(self), "text/html": as_html(record), MIME: record}


SHOWN = ("label", "input", "output", "rule")  # of an example, in a record
