"""Give each object a query of its own, as cheaply as possible."""

import torch
from scipy.optimize import linear_sum_assignment

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal
from attncourse.vision import matching


def _cases():
    by_hand = torch.tensor([[[0.1, 0.2], [0.3, 0.9]]], dtype=torch.float64)
    return [
        Case("by hand", by_hand),
        Case("one object", normal(1, 1, 4, 1)),
        Case("as many queries as objects", normal(2, 1, 3, 3)),
        Case("more queries than objects", normal(3, 1, 6, 3)),
        Case("a batch", normal(4, 3, 5, 3)),
        Case("many queries", normal(5, 2, 40, 5)),
        Case("far-off costs", 50 + 30 * normal(6, 2, 4, 4)),
        Case("negative costs", normal(7, 2, 5, 2) - 4),
        Case("float32", normal(8, 2, 6, 4, dtype=torch.float32)),
    ]


def _with(cost, *, how="hungarian", give="queries", best="least", over="picture"):
    cost = cost.detach()
    cost = -cost if best == "most" else cost
    if over == "batch":
        cost = cost.sum(0, keepdim=True).expand_as(cost)
    if over == "first":
        cost = cost[:1].expand_as(cost)
    return torch.stack([_one(table, how, give) for table in cost])


def _one(table, how, give):
    query, thing = WAYS[how](table)
    order = thing.argsort()
    found = {"queries": query[order], "as found": query, "objects": thing}
    return found[give]


def _hungarian(table):
    return tuple(torch.from_numpy(part) for part in linear_sum_assignment(table.numpy()))


def _cheapest(table):
    return table.argmin(0), torch.arange(table.shape[1])


def _in_turn(table):
    """Each object in turn takes the cheapest query that is left."""
    table, taken = table.clone(), []
    for j in range(table.shape[1]):
        taken.append(int(table[:, j].argmin()))
        table[taken[-1]] = torch.inf
    return torch.tensor(taken), torch.arange(len(taken))


def _greedy(table):
    """The cheapest pair of all, then the cheapest of what is left."""
    table, pairs = table.clone(), []
    for _ in range(table.shape[1]):
        i, j = divmod(int(table.argmin()), table.shape[1])
        table[i], table[:, j] = torch.inf, torch.inf
        pairs.append((i, j))
    return torch.tensor(pairs).T


WAYS = {"hungarian": _hungarian, "cheapest": _cheapest, "in turn": _in_turn, "greedy": _greedy}


def _of_queries(cost):
    """The cheapest object of each query."""
    return cost.argmin(-1)


def _different(result, cost):
    return all(len(row.unique()) == len(row) for row in result)


def _are_queries(result, cost):
    return bool(((result >= 0) & (result < cost.shape[1])).all())


EXERCISE = Exercise(
    reference=matching.match,
    points=3,
    cases=_cases,
    hints=(
        "SciPy has it: `scipy.optimize.linear_sum_assignment(table)` takes one table (as a NumPy "
        "array) and returns two arrays, rows and columns, of the pairs that it chose.",
        "The pairs come in the order of the queries. Asked for is, for each object in its order, "
        "its query.",
        "`rows[columns.argsort()]` sorts the pairs by object.",
        "Each picture of the batch has a table of its own: a loop over the batch, then "
        "`torch.stack`.",
    ),
    verified="the cheapest of all matchings, in the order of the objects, each picture of a batch "
    "on its own; as many queries as objects, more, many; negative costs, float32 and float64",
    rewrite=_with,
    sizes=lambda cost: {"M": cost.shape[1], "K": cost.shape[2]},
    laws=(
        Law("every object gets one of the queries", _are_queries),
        Law("no query answers for two objects", _different),
    ),
    mistakes=(
        Mistake(
            "greedy",
            "took the cheapest pair first, then the cheapest of what was left",
            "The cheapest pair can leave only expensive ones to the others. Asked for is the "
            "smallest *sum*.",
            how="greedy",
        ),
        Mistake(
            "in-turn",
            "let the objects choose in turn",
            "What the first object takes may be worth much more to the second. Asked for is the "
            "smallest *sum*.",
            how="in turn",
        ),
        Mistake(
            "each-its-cheapest",
            "gave each object its cheapest query, taken or not",
            "Two objects can then have the same query, which can say one thing only.",
            how="cheapest",
        ),
        Mistake(
            "order-of-queries",
            "left the pairs in the order of the queries",
            "SciPy sorts its pairs by row. Sort them by column: the first number is the query of "
            "the first object.",
            give="as found",
        ),
        Mistake(
            "returned-objects",
            "returned objects where queries were asked for",
            "Rows are queries, columns are objects. For each object, say which query answers.",
            {"give": "objects"},
            _of_queries,
        ),
        Mistake(
            "highest",
            "looked for the highest cost",
            "A cost is to be small: minimise.",
            best="most",
        ),
        Mistake(
            "one-match-for-all",
            "made one match for the whole batch",
            "Each picture has objects of its own, so it needs a match of its own.",
            {"over": "batch"},
            {"over": "first"},
        ),
    ),
)
