"""What a page folds, an answer or a hint, stands at the end of a book, linked both ways."""

import re

FOLD = re.compile(
    r"<details>\s*<summary>(?P<title>.*?)</summary>\s*(?P<text>.*?)\s*</details>", re.S
)


class Folds:
    """The folded texts of one chapter, in order."""

    def __init__(self, lesson: int):
        self.lesson = lesson
        self.texts: list[str] = []

    def put(self, title: str, text: str) -> str:
        """Keep a text for the end of the book; gives the line that stands in its place."""
        name = f"{self.lesson:02d}.{len(self.texts) + 1}"
        key = name.replace(".", "-")
        self.texts.append(f"#### [{name}](#asked-{key}) · {title} {{#answer-{key}}}\n\n{text}")
        why = "" if title == "Answer" else f"*{title}* "
        return f"[▸ {why}Answer {name}](#answer-{key}) []{{#asked-{key}}}"

    def unfold(self, text: str) -> str:
        """Text with a line in the place of everything that it folds."""
        return FOLD.sub(lambda fold: self.put(fold["title"], fold["text"]), text)


def hints(text: str) -> str:
    """The folded hints of an exercise as a numbered list."""
    found = (fold["text"].replace("\n", "\n    ") for fold in FOLD.finditer(text))
    return "\n".join(f"{n}.  {hint}" for n, hint in enumerate(found, 1))
