"""The learner's own copy of the course in `my/`, kept up to date around their work."""

from collections.abc import Iterator
from pathlib import Path

from attncourse.authoring.navigation import KINDS
from attncourse.authoring.notebook import read, write
from attncourse.curriculum import LESSONS
from attncourse.learner.places import KEPT, MY

WELCOME = """\
# Your course

Everything in this folder is yours. The course beside it stays as it came, so that
`attncourse update` brings what is new without touching what you wrote.

## The course

"""


def set_out(root: Path) -> Iterator[str]:
    """Bring the learner's copy up to date with the course; yields a line for what changed.

    Args:
        root: the course's folder; the copy is `my/` in it.
    """
    own, first = root / MY, not (root / MY / KEPT).is_dir()
    for kind in KINDS:
        for fresh in sorted((root / kind).iterdir()):
            if _belongs(fresh):
                place = Path(kind, fresh.name)
                _provide(fresh, own / place, own / KEPT / place)
    (own / "README.md").write_text(WELCOME + course_map(), encoding="utf-8")
    if first:
        yield "Your own copy of the course is in my/: work there, nothing else is touched."
        yield from _take_over(root)


def course_map() -> str:
    """One line for each lesson, with links to its three notebooks."""
    lines = []
    for lesson in LESSONS:
        links = (f"[{kind}]({kind}/{lesson.name}.ipynb)" for kind in KINDS[1:])
        title = f"[{lesson.name}](notebooks/{lesson.name}.ipynb): {lesson.question}"
        lines.append(f"- {title} {' · '.join(links)}\n")
    return "".join(lines)


def _belongs(path: Path) -> bool:
    return path.suffix in (".ipynb", ".md") and ".before-" not in path.name


def _provide(fresh: Path, own: Path, base: Path) -> None:
    """Copy a file of the course where there is no copy yet, and remember what it was."""
    for copy in (own, base):
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(fresh.read_bytes())


def _take_over(root: Path) -> Iterator[str]:
    """Leave no answer in the course's own exercises/: it has just been copied to my/exercises."""
    from attncourse.authoring.release import stub

    for lesson in LESSONS:
        place = Path("exercises", f"{lesson.name}.ipynb")
        solution = root / "solutions" / place.name
        if solution.exists() and (root / place).exists():
            released = stub(read(solution))
            if write(root / place, released):
                write(root / MY / KEPT / place, released)
                yield f"Your answers in {place.as_posix()} are now in my/{place.as_posix()}."
