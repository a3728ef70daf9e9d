"""The lessons in order: number, slug, question, and the exercises each one grades."""

from typing import NamedTuple


class Lesson(NamedTuple):
    """One lesson; `modules` are the rooms of the package it fills; their exercises are in `attncourse.checks`."""

    number: int
    slug: str
    question: str
    modules: tuple[str, ...]
    exercises: tuple[str, ...]

    @property
    def name(self) -> str:
        """File name without its ending, the same in notebooks/, exercises/ and solutions/."""
        return f"{self.number:02d}_{self.slug}"


LESSONS = (
    Lesson(0, "start", "How do I work through this course?", (), ("swap_last_two",)),
    Lesson(
        1,
        "database",
        "What is a query, a key, a value?",
        ("database",),
        ("exact_lookup", "nearest_lookup", "top_k_lookup", "soft_lookup"),
    ),
    Lesson(
        2,
        "pooling",
        "What does a weighted average of values do?",
        ("pooling",),
        (
            "normalize",
            "softmax",
            "attention_pool",
            "gaussian_kernel",
            "nadaraya_watson",
            "softmax_jacobian",
        ),
    ),
)


def find_lesson(text: str) -> Lesson:
    """Find a lesson by number ("4", "04"), slug, file name or path; ValueError names the choices."""
    stem = text.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].removesuffix(".ipynb")
    for lesson in LESSONS:
        if stem in (lesson.name, lesson.slug) or (stem.isdecimal() and int(stem) == lesson.number):
            return lesson
    choices = ", ".join(lesson.name for lesson in LESSONS)
    raise ValueError(f"no lesson is called {text!r}; the lessons are {choices}")
