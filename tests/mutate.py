"""`make mutate`: single edits of every reference, and what the checks say of each.

No edit that breaks what is asked may be accepted; those that get no name are the list of mistakes
to write. `python -m tests.mutate softmax rotate` tries these alone; `-v` prints every edit.
"""

import ast
import copy
import inspect
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator

from attncourse.checks import exercise
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.judge import judge
from attncourse.curriculum import LESSONS

OPERATORS = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
MOST = 90  # edits of one exercise


def edits(node: ast.AST) -> Iterator[ast.AST]:
    """What a node may become by one slip."""
    if isinstance(node, ast.BinOp):
        yield from (_with(node, op=new()) for new in OPERATORS.get(type(node.op), ()))
        yield from (node.left, node.right, _with(node, left=node.right, right=node.left))
    elif isinstance(node, ast.Compare):
        yield from (_with(node, ops=[new()]) for new in OPERATORS.get(type(node.ops[0]), ()))
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Constant):
        yield from (ast.Constant(value) for value in _other_constants(node.value))
    elif isinstance(node, ast.Call):
        yield from _other_calls(node)
    elif isinstance(node, ast.Subscript) or getattr(node, "attr", "") in ("mT", "T"):
        yield node.value


def _other_constants(value):
    if isinstance(value, bool):
        return (not value,)
    return (value + 1, value - 1, -value) if isinstance(value, int | float) and value else ()


def _other_calls(node):
    """The object of a method, the first argument alone, two arguments swapped, one left out."""
    if isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Name):
        yield node.func.value
    if node.args and not isinstance(node.args[0], ast.Starred):
        yield node.args[0]
    if len(node.args) > 1:
        yield _with(node, args=[node.args[1], node.args[0], *node.args[2:]])
        yield _with(node, args=node.args[:-1])
    for index in range(len(node.keywords)):
        yield _with(node, keywords=node.keywords[:index] + node.keywords[index + 1 :])


def _with(node, **fields):
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def mutants(reference) -> Iterator[tuple[str, object]]:
    """Every edited reference that still compiles, with the edit in words."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(reference))))
    tree.body[0].decorator_list = []
    for statement in ast.walk(tree):
        if isinstance(statement, ast.FunctionDef):
            statement.returns = None
            for argument in (*statement.args.args, *statement.args.kwonlyargs):
                argument.annotation = None
    for place, node in enumerate(list(ast.walk(tree))):
        for number, new in enumerate(edits(node)):
            words = f"{ast.unparse(node)} → {ast.unparse(new)}"
            if made := _made(tree, place, number, inspect.unwrap(reference)):
                yield words, made


def _made(tree, place, number, reference):
    """The object that the tree defines with one edit made."""
    changed = copy.deepcopy(tree)
    node = list(ast.walk(changed))[place]
    new = list(edits(node))[number]

    class Put(ast.NodeTransformer):
        def visit(self, found):
            return new if found is node else self.generic_visit(found)

    names = dict(vars(sys.modules[reference.__module__]))
    try:
        source = ast.fix_missing_locations(Put().visit(changed))
        exec(compile(source, "<mutant>", "exec"), names)
    except (SyntaxError, TypeError, ValueError):
        return None
    return names[reference.__name__]


def survey(name: str, every: bool) -> Counter:
    """How one exercise's edits fare; prints those that are accepted or get no name."""
    told: Counter = Counter()
    found = list(mutants(exercise(name).reference))
    for words, mutant in found[:: -(-len(found) // MOST) or 1]:
        verdict = judge(exercise(name), LocalAnswer(mutant))
        kind = verdict.findings[0].certainty if verdict.findings else "unnamed"
        kind = verdict.state if verdict.state != "not yet" else kind
        told[kind] += 1
        if every or kind in ("correct", "unnamed"):
            print(f"{name}: {kind}: {words.splitlines()[0][:110]} {list(verdict.mistakes)}")
    return told


def main(arguments: list[str]) -> None:
    """Survey the exercises that are named, or all, and print the sums."""
    every = "-v" in arguments
    names = [name for name in arguments if name != "-v"]
    names = names or [name for lesson in LESSONS for name in lesson.exercises]
    total: Counter = Counter()
    for name in names:
        total += survey(name, every)
    print(f"{sum(total.values())} edits: {dict(total.most_common())}")


if __name__ == "__main__":
    main(sys.argv[1:])
