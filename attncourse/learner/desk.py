"""The learner's own copy of the course in `my/`, kept up to date around their work."""

from collections.abc import Iterator
from pathlib import Path

from attncourse.authoring.merge import Merged, merge
from attncourse.authoring.navigation import KINDS
from attncourse.authoring.notebook import read, write
from attncourse.curriculum import LESSONS
from attncourse.learner.places import KEPT, MY
from attncourse.learner.reset import keep

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
        files = [path for path in sorted((root / kind).iterdir()) if _belongs(path)]
        yield from _follow_renumbering(own, kind, [path.name for path in files])
        for fresh in files:
            yield from renew(fresh, own / kind / fresh.name, own / KEPT / kind / fresh.name)
    (own / "README.md").write_text(WELCOME + course_map(), encoding="utf-8")
    if first:
        yield "Your own copy of the course is in my/: work there, nothing else is touched."
        yield from _take_over(root)


def renew(fresh: Path, own: Path, base: Path) -> Iterator[str]:
    """Bring one file up to date around what its owner wrote; yields what was done, if anything.

    Args:
        fresh: the course's file.
        own: the learner's.
        base: what theirs was made from; becomes `fresh`.
    """
    new, place = fresh.read_bytes(), f"{own.parent.name}/{own.name}"
    if own.exists() and base.exists() and base.read_bytes() == new:
        return
    if not own.exists() or not base.exists():
        _put(own, own.read_bytes() if own.exists() else new)
    elif own.read_bytes() == base.read_bytes() or own.suffix != ".ipynb":
        _put(own, new)
        yield f"{place}: new"
    else:
        try:
            merged = merge(read(own), read(base), read(fresh))
        except ValueError as error:
            yield f"{place}: left as it is ({error})"
            return
        yield from _store(merged, own, place)
    _put(base, new)


def _store(merged: Merged, own: Path, place: str) -> Iterator[str]:
    """Write what was merged; a file with anything of the learner's is kept beside it."""
    kept = ""
    if merged.kept:
        kept = f"; your old file is {keep(own, 'before-update').name}"
    write(own, merged.notebook)
    yield f"{place}: new around your work{kept}" if merged.kept else f"{place}: new"
    yield from (f"  {line}" for line in dict.fromkeys(merged.told))


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _follow_renumbering(own: Path, kind: str, names: list[str]) -> Iterator[str]:
    """A lesson that has another number now keeps its learner's work under the new name."""
    places = {name.partition("_")[2]: name for name in names}
    for base in sorted((own / KEPT / kind).glob("*.ipynb")):
        name = places.get(base.name.partition("_")[2], base.name)
        if base.name not in names and name in names and not (own / kind / name).exists():
            base.rename(base.with_name(name))
            if (own / kind / base.name).exists():
                (own / kind / base.name).rename(own / kind / name)
            yield f"{kind}/{base.name}: now called {name}"


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
