"""The README tells the truth: its map is the curriculum, its message is what the check says.

`python -m tests.test_readme` writes both parts anew.
"""

import re
from pathlib import Path

import pytest
import torch

from attncourse import check
from attncourse.authoring.notebook import read, source
from attncourse.curriculum import LESSONS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"


def scaled_dot_product_attention(query, key, value, mask=None):
    """What the README's learner wrote."""
    weights = torch.softmax(query @ key.mT / value.shape[-1] ** 0.5, dim=-1)
    if mask is not None:
        weights = weights * mask
    return weights @ value, weights


def message() -> str:
    """The check's words about that answer."""
    return f"```text\n{check(scaled_dot_product_attention)}\n```"


def minutes(lesson) -> str:
    """The minutes that a lesson itself states in its box."""
    cells = read(ROOT / "notebooks" / f"{lesson.name}.ipynb")["cells"]
    text = "\n".join(source(cell) for cell in cells if cell["cell_type"] == "markdown")
    return re.search(r"\*\*Time\*\* about (\d+) minutes", text)[1]


def course_map() -> str:
    """One row for each lesson, linked."""
    rows = [
        "| lesson | question | minutes | exercises | module |",
        "|---|---|---|---|---|",
    ]
    for lesson in LESSONS:
        link = f"[{lesson.name}](notebooks/{lesson.name}.ipynb)"
        exercises = ", ".join(f"`{name}`" for name in lesson.exercises)
        modules = [module.replace(".", "/") for module in lesson.modules if module != "start"]
        files = [f"`{module}.py`" for module in modules]
        cells = (link, lesson.question, minutes(lesson), exercises, ", ".join(files) or "–")
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


PARTS = {"message": message, "map": course_map}


def part(name: str) -> str:
    return re.search(rf"<!-- {name} -->\n(.*?)\n\n", README.read_text("utf-8"), re.S)[1]


@pytest.mark.parametrize("name", PARTS)
def test_readme_says_what_the_code_says(name):
    assert part(name) == PARTS[name]()


def test_every_lesson_has_its_three_notebooks_and_no_other_is_there():
    for folder in ("notebooks", "exercises", "solutions"):
        names = {p.stem for p in (ROOT / folder).glob("*.ipynb") if ".before-" not in p.name}
        assert names == {lesson.name for lesson in LESSONS}, folder


def test_every_link_of_the_readme_leads_somewhere():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text("utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def rewrite():
    """Write the generated parts anew."""
    text = README.read_text("utf-8")
    for name, make in PARTS.items():
        text = text.replace(part(name), make())
    README.write_text(text, "utf-8")


if __name__ == "__main__":
    rewrite()
