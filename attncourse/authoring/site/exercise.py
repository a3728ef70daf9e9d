"""One page for one exercise: its task, the code to start from, hints and misconceptions, folded."""

import re

from attncourse.authoring.notebook import source
from attncourse.checks import exercise
from attncourse.checks.engine.exercise import Mistake

HEADING = re.compile(r"^## ([★☆]+) (`\w+`) · (.+)$", re.M)  # stars, name, minutes and kind


def exercise_cells(notebook: dict, name: str) -> list[dict]:
    """The cells of an exercise's page, from the notebook that hands the exercise out."""
    by_id = {cell["id"]: cell for cell in notebook["cells"]}
    parts = [by_id[key] for key in (f"task-{name}", name, f"hints-{name}") if key in by_id]
    shown = [_plain(cell) for cell in parts]
    shown[0]["source"] = HEADING.sub(r"# \2\n\n\1 · \3", source(shown[0]))
    return [*shown, markdown(f"{name}-misconceptions", misconceptions(name))]


def misconceptions(name: str) -> str:
    """The mistakes that the exercise's check can name, each folded over why it is one."""
    named = [mistake for mistake in exercise(name).mistakes if isinstance(mistake, Mistake)]
    seen = {mistake.name: mistake for mistake in named}.values()
    folds = (
        f"(mistake-{name}-{m.id})=\n"
        f"<details><summary>You {m.name}.</summary>\n\n{m.why}\n\n</details>"
        for m in seen
    )
    head = "## What its check can name\n\nEach line is a mistake; open it to read why it is one."
    return "\n\n".join([head, *folds])


def markdown(name: str, text: str) -> dict:
    """A cell of text."""
    return {"cell_type": "markdown", "id": name[:64], "metadata": {}, "source": text}


def _plain(cell: dict) -> dict:
    """The cell without what only graders need."""
    return cell | {"metadata": {}}
