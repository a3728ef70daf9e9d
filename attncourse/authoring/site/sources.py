"""The site's pages before Sphinx: the course's own files, arranged, and one page per exercise.

Files keep the places that they have in the repository, so that every link between them holds.
"""

import shutil
from pathlib import Path

from attncourse.authoring.navigation import TAG
from attncourse.authoring.notebook import read, source, write
from attncourse.authoring.site.exercise import exercise_cells, markdown
from attncourse.checks.engine.verdict import MIME
from attncourse.curriculum import LESSONS, Lesson

SIDEBAR = """

```{toctree}
:hidden:
:caption: Lessons
:glob:

notebooks/[0-9]*
notebooks/glossary
```

```{toctree}
:hidden:
:caption: Exercises
:glob:

exercises/[0-9]*
```

```{toctree}
:hidden:
:caption: Solutions
:glob:

solutions/[0-9]*
```

```{toctree}
:hidden:
:caption: Taking part

CONTRIBUTING
```
"""
INDEX = """\
```{{toctree}}
:maxdepth: 1

{pages}
```"""


def write_sources(root: Path, out: Path, lessons: tuple[Lesson, ...] = LESSONS) -> None:
    """Write the sources of the site.

    Args:
        root: the course's folder.
        out: an empty folder.
        lessons: those that the site shows.
    """
    for kind in ("notebooks", "exercises", "solutions"):
        (out / kind).mkdir(parents=True)
    (out / "index.md").write_text((root / "README.md").read_text("utf-8") + SIDEBAR, "utf-8")
    shutil.copy(root / "CONTRIBUTING.md", out)
    shutil.copy(root / "notebooks" / "glossary.md", out / "notebooks")
    for lesson in lessons:
        for kind in ("notebooks", "solutions"):
            path = f"{kind}/{lesson.name}.ipynb"
            write(out / path, shown(read(root / path)))
        _write_exercises(read(root / "exercises" / f"{lesson.name}.ipynb"), lesson, out)


def shown(notebook: dict) -> dict:
    """A notebook without its navigation, which the site draws itself."""
    cells = [c for c in notebook["cells"] if TAG not in c["metadata"].get("tags", ())]
    return notebook | {"cells": [_closed(cell) for cell in cells]}


def _closed(cell: dict) -> dict:
    """A cell as a page shows it: predictions fold their output, verdicts are there to be read."""
    hidden = cell["metadata"].get("jupyter", {}).get("outputs_hidden")
    for output in cell.get("outputs", ()):
        output.get("data", {}).pop(MIME, None)
    return cell | {"metadata": {"tags": ["hide-output"]} if hidden else {}}


def _write_exercises(notebook: dict, lesson: Lesson, out: Path) -> None:
    """The page that lists a lesson's exercises, and a page for each."""
    pages = [f"{lesson.name}/{name}" for name in lesson.exercises]
    first = next(cell for cell in shown(notebook)["cells"] if source(cell).startswith("# "))
    index = [first, markdown("pages", INDEX.format(pages="\n".join(pages)))]
    write(out / "exercises" / f"{lesson.name}.ipynb", notebook | {"cells": index})
    (out / "exercises" / lesson.name).mkdir()
    for page, name in zip(pages, lesson.exercises, strict=True):
        cells = exercise_cells(notebook, name)
        write(out / "exercises" / f"{page}.ipynb", notebook | {"cells": cells})
