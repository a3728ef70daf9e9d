"""Answers that are built alike: the same code but for names, comments and white space.

Short answers are alike by nature, so only long ones count. Being alike proves nothing: a person
looks at both.
"""

import ast
import hashlib
import textwrap

LEAST_NODES = 60  # of an answer's syntax tree, for two of a kind to be worth a look


def form(text: str) -> str:
    """A digest of how an answer is built; "" where it is too short to tell anything."""
    try:
        tree = ast.parse(textwrap.dedent(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    nodes = list(ast.walk(tree))
    if len(nodes) < LEAST_NODES:
        return ""
    names: dict[str, str] = {}
    for node in nodes:
        _plain(node, names)
    return hashlib.sha256(ast.dump(tree).encode("utf-8", "replace")).hexdigest()[:16]


def _plain(node: ast.AST, names: dict[str, str]) -> None:
    """Take away what does not matter: names, annotations, docstrings."""
    for field in ("annotation", "returns", "type_comment"):
        if hasattr(node, field):
            setattr(node, field, None)
    for field in ("id", "arg", "name"):
        if isinstance(getattr(node, field, None), str):
            setattr(node, field, names.setdefault(getattr(node, field), str(len(names))))
    body = getattr(node, "body", None)
    first = body[0] if isinstance(body, list) and body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        del body[0]


def alike(forms: dict[str, dict[str, dict[str, str]]], published: dict[str, dict[str, str]]):
    """Groups of students whose long answers to a lesson are all built alike.

    Args:
        forms: lesson → student → exercise → form.
        published: lesson → exercise → form of the published solution.

    Returns:
        (lesson, exercises, students, whether the published solution is alike), largest first.
    """
    groups: dict[tuple, list[str]] = {}
    for lesson, students in forms.items():
        for student, own in students.items():
            if own:
                groups.setdefault((lesson, tuple(sorted(own.items()))), []).append(student)
    found = []
    for (lesson, own), students in groups.items():
        known = published.get(lesson, {})
        same = all(known.get(exercise) == digest for exercise, digest in own)
        if len(students) > 1 or same:
            found.append((lesson, [exercise for exercise, _ in own], students, same))
    return sorted(found, key=lambda group: (-len(group[2]), group[0], group[2]))
