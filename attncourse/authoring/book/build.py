"""Chapters to Typst, by pandoc, and to a PDF, by typst. The same course gives the same bytes."""

import re
import tempfile
from pathlib import Path

from attncourse.authoring.book.chapter import chapter
from attncourse.curriculum import LESSONS, Lesson
from attncourse.glossary import Term, terms

LOOK = Path(__file__).with_name("book.typ")
MARKDOWN = "markdown-auto_identifiers-citations-example_lists+lists_without_preceding_blankline"
PARTS = {"answers": "Answers", "solutions": "Hints and solutions", "glossary": "Glossary"}
MENDED = {  # where this pandoc and this typst do not agree
    "#h(-1em)": "#h(-0.17em)",  # TeX's narrow negative space
    "dot.circle": "dot.o",
}
TO_LESSON = re.compile(r"\[([^\]]+)\]\(#(?:lesson|exercises|solutions)-(\d\d)\)")


def build_book(root: Path, out: Path, lessons: tuple[Lesson, ...] = LESSONS) -> None:
    """Write the course as one PDF.

    Args:
        root: the course's folder, with executed notebooks.
        out: the PDF; its folder has to be there.
        lessons: those that it holds.

    Raises:
        RuntimeError: pandoc or typst could not read something, with what they said.
    """
    import typst

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = book(root, folder, lessons)
        (folder / "book.typ").write_text(LOOK.read_text("utf-8") + typeset(text), "utf-8")
        pdf = typst.compile(folder / "book.typ", font_paths=letters(), ignore_system_fonts=True)
    out.write_bytes(pdf)


def book(root: Path, folder: Path, lessons: tuple[Lesson, ...]) -> str:
    """The whole book in Markdown; its drawings are written to `folder`."""
    chapters = [chapter(root, lesson, folder) for lesson in lessons]
    ends = {
        "answers": [c.answers for c in chapters],
        "solutions": [c.solutions for c in chapters],
        "glossary": map(_told, terms()),
    }
    back = [f"# {PARTS[part]} {{#{part}}}\n\n" + "\n\n".join(ends[part]) for part in PARTS]
    there = {f"{lesson.number:02d}" for lesson in lessons}
    text = "\n\n".join([*(c.lesson for c in chapters), *back])
    return TO_LESSON.sub(lambda link: link[0] if link[2] in there else link[1], text)


def _told(term: Term) -> str:
    """A word of the course in one paragraph."""
    lesson = f"{term.lesson:02d}"
    papers = f" *In papers:* {term.papers}." if term.papers else ""
    return f"**{term.name}** ([{lesson}](#lesson-{lesson})). {term.means}{papers}"


def typeset(text: str) -> str:
    """Markdown as Typst."""
    import pypandoc

    typst = pypandoc.convert_text(text, "typst", format=MARKDOWN, extra_args=["--wrap=none"])
    for old, new in MENDED.items():
        typst = typst.replace(old, new)
    return typst


def letters() -> list[str]:
    """The folders of the letters, from packages, so that every machine prints the same pages."""
    import font_source_sans_pro
    import matplotlib

    own = Path(font_source_sans_pro.__file__).parent / "files"
    return [str(own), str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")]
