"""What a check answers: data. Its text and its HTML are made last, from its record."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from attncourse.checks.engine.message import as_text, title
from attncourse.checks.engine.page import as_html

MIME = "application/vnd.attncourse.verdict+json"
NOT_ATTEMPTED, NOT_YET, CORRECT = "not attempted", "not yet", "correct"

FACT = "fact"  # seen directly: it raised, the shape is wrong, a rule is broken
LIKELY = "likely"  # a known mistake that agrees with the answer wherever it could tell
CONVENTION = "convention"  # no mistake, but another course's way, which agrees so, too
NEAREST = "nearest"  # a known mistake that is never denied and explains most failing inputs


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        id: names it for programs; stays when the words change.
        name: ends the sentence "you …".
        why: says in the learner's words what to think about.
        certainty: FACT, LIKELY, CONVENTION or NEAREST.
        line: the learner's own line that it is about, if one is known.
    """

    id: str
    name: str
    why: str
    certainty: str = FACT
    line: str = ""


@dataclass(frozen=True)
class Shown:
    """A value as a message shows it.

    Attributes:
        name: of the argument or of the part of a result; "" for the only part.
        about: its kind, shape and dtype; "" where its code says enough.
        code: the value as Python; "" where it is too large, or not data.
        wrong: which entries of `code` are wrong, counted row by row; empty if all are.
        fault: the same in words.
        large: whether its code is better shown when asked for.
    """

    name: str
    about: str
    code: str = ""
    wrong: tuple[int, ...] = ()
    fault: str = ""
    large: bool = False


@dataclass(frozen=True)
class Example:
    """A failing input as real objects: `answer(*example)` meets it again.

    Attributes:
        what: which of the failing inputs it is.
        label: what is special about the input.
        input, output: as a message shows them; no `output` where nothing came back.
        rule: the law that the result breaks, or "".
        case: how the check puts an answer to work.
    """

    what: str
    label: str
    input: tuple[Shown, ...]
    output: tuple[Shown, ...] = ()
    rule: str = ""
    case: object = field(default=None, compare=False, repr=False)

    @property
    def args(self) -> tuple:
        """Copies of the positional arguments."""
        return self._copies(self.case.args)

    @property
    def kwargs(self) -> dict:
        """Copies of the arguments that are passed by name."""
        return self._copies(self.case.kwargs)

    @property
    def is_plain(self) -> bool:
        """Whether `answer(*example)` is all that the check does."""
        case = self.case
        return not (case.kwargs or case.build or case.use or case.before)

    def __iter__(self) -> Iterator[object]:
        return iter(self.args)

    def replay(self, answer):
        """What the answer makes of this input, with its prints and breakpoints; it may raise."""
        from attncourse.checks.engine.replay import replay

        return replay(answer, self.case)

    def _copies(self, things):
        from attncourse.checks.engine.case import fresh

        return fresh(things)


@dataclass(frozen=True)
class Printed:
    """What an answer printed on one input: its first and last lines.

    `label` and `input` are those of an `Example`; `input` is empty where it is the case shown.
    """

    label: str
    text: str
    input: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The result of a check, true only when the answer is correct.

    Where a cell asks `if check(softmax):` and nothing would appear, `waiting` is printed.

    Attributes:
        exercise: the exercise's id, or "" when none could be told.
        state: "not attempted", "not yet" or "correct".
        points: what a correct answer earns.
        findings: what is wrong, most specific first.
        right, total: how many inputs are right, and how many were tried.
        case: the smallest failing input that shows what is wrong.
        expected_properties: the laws that the result for this input breaks.
        note: what there is to say beside the findings.
        digest: of the answer's own text, to tell whether it changed since.
        hints: mildest first, to be opened one by one.
        again: the line of Python that runs the answer on `case` once more.
        notices: what to know before all else, such as that another version was checked.
        printed: what the answer printed on one input.
        waiting: what a cell says that goes on only with a correct answer.
        score: a number for the leaderboard; no page shows it, for each machine measures another.
    """

    exercise: str
    state: str
    points: int = 0
    findings: tuple[Finding, ...] = ()
    right: int = 0
    total: int = 0
    case: Example | None = None
    expected_properties: tuple[str, ...] = ()
    note: str = ""
    digest: str = ""
    hints: tuple[str, ...] = ()
    again: str = ""
    notices: tuple[str, ...] = ()
    printed: Printed | None = None
    waiting: str = field(default="", compare=False, repr=False)
    score: float | None = field(default=None, compare=False, repr=False)

    def __bool__(self) -> bool:
        if self.waiting and self.state != CORRECT:
            print(self.waiting)
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
        return {
            "exercise": self.exercise,
            "state": self.state,
            "points": self.points,
            "findings": [asdict(finding) for finding in self.findings],
            "right": self.right,
            "total": self.total,
            "case": self.case and _shown(self.case, "input", "output"),
            "note": self.note,
            "digest": self.digest,
            "hints": list(self.hints),
            "again": self.again,
            "notices": list(self.notices),
            "printed": self.printed and _shown(self.printed, "input"),
        }

    def __str__(self) -> str:
        return f"{title(self.record())}\n{self.message}"

    __repr__ = __str__

    def _repr_mimebundle_(self, **_):
        """Text, HTML and data: what JupyterLab shows, and what `attncourse status` reads."""
        record = self.record()
        return {"text/plain": str(self), "text/html": as_html(record), MIME: record}


def _shown(part: Example | Printed, *values: str) -> dict:
    """What a record keeps of an example or a print: what can be read, not the objects."""
    kept = {key: text for key, text in vars(part).items() if isinstance(text, str)}
    for key in values:
        kept[key] = [asdict(one) | {"wrong": list(one.wrong)} for one in getattr(part, key)]
    return kept
