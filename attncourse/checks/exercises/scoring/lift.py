"""Derive longer vectors whose dot product is the negative squared distance."""

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Finding, Law
from attncourse.checks.exercises.inputs import normal


def lift(query, key):
    """Add two numbers to each vector so that lifted_query · lifted_key = −‖query − key‖²."""
    q_squared = query.square().sum(-1, keepdim=True)
    k_squared = key.square().sum(-1, keepdim=True)
    lifted_query = torch.cat([2 * query, -q_squared, -torch.ones_like(q_squared)], dim=-1)
    lifted_key = torch.cat([key, torch.ones_like(k_squared), k_squared], dim=-1)
    return lifted_query, lifted_key


def _cases():
    def case(label, M, N, d):
        shapes = (normal(M + d, M, d), normal(N + 2 * d, N, d))
        return Case(label, *shapes, exact=False, gradient=False)

    return [
        case("one query, one key, one number", 1, 1, 1),
        case("one query, five keys", 1, 5, 2),
        case("three queries, five keys", 3, 5, 2),
        case("seven queries, nine keys", 7, 9, 3),
        case("as many as numbers", 4, 4, 4),
    ]


def _close(wanted):
    def holds(result, query, key):
        product = result[0].double() @ result[1].double().mT
        return product.shape == wanted(query, key).shape and torch.allclose(
            product, wanted(query, key), atol=1e-6
        )

    return holds


def _distance(query, key):
    return (query[:, None] - key).square().sum(-1)


def _without_query(query, key):
    return query.square().sum(-1, keepdim=True) - _distance(query, key)


def _without_key(query, key):
    return key.square().sum(-1) - _distance(query, key)


def _with_norms(squares):
    """2 q · k − ‖q‖² − ‖k‖² with something else for the squared norms."""
    return lambda query, key: squares(query)[:, None] + squares(key) - 2 * query @ key.mT


def _is_not(wanted):
    close = _close(wanted)
    return lambda result, query, key: (
        not close(result, query, key) or not _tells(wanted, query, key)
    )


def _tells(wanted, query, key):
    """Whether this input tells the two apart."""
    return not torch.allclose(wanted(query, key), -_distance(query, key))


EXERCISE = Exercise(
    reference=lift,
    points=3,
    cases=_cases,
    hints=(
        "Multiply out: −‖q − k‖² = 2 q · k − ‖q‖² − ‖k‖². The first term is a dot product already.",
        "‖q‖² depends on the query alone. As part of a dot product it needs a partner on the key's "
        "side that is the same for every key.",
        "So the query carries ‖q‖², with a sign, beside a 1 of the key; and the key carries "
        "‖k‖², beside a number of the query. Which signs, and what becomes of the 2 in front of"
        " q · k?",
    ),
    verified="the product is the negative squared distance of every pair, with two numbers more "
    "per vector",
    mistakes=(),
    returns=("lifted_query", "lifted_key"),
    laws=(
        Law(
            "one lifted vector for each query and each key, both of the same dimension",
            lambda result, query, key: (
                isinstance(result, tuple | list)
                and len(result) == 2
                and result[0].shape[:-1] == query.shape[:-1]
                and result[1].shape[:-1] == key.shape[:-1]
                and result[0].shape[-1] == result[1].shape[-1]
            ),
        ),
        Law(
            "far keys score low",
            _is_not(_distance),
            Finding(
                "sign",
                "left out the minus sign",
                "A score is large where the two fit, so the distance enters with a minus.",
            ),
        ),
        Law(
            "the query's norm is in the score",
            _is_not(_without_query),
            Finding(
                "no-query-norm",
                "left out ‖query‖²",
                "The softmax would not notice, since it is the same for all keys of a query. The "
                "distance does.",
            ),
        ),
        Law(
            "the key's norm is in the score",
            _is_not(_without_key),
            Finding(
                "no-key-norm",
                "left out ‖key‖²",
                "Without it, long keys win, as with the plain dot product.",
            ),
        ),
        Law(
            "the norms are squared",
            _is_not(lambda q, k: -_with_norms(lambda x: x.norm(dim=-1))(q, k)),
            Finding(
                "norms-not-squared",
                "took the norms, not their squares",
                "Multiplied out, ‖q − k‖² has ‖q‖² and ‖k‖²: sums of squares, without a root.",
            ),
        ),
        Law(
            "squares are added up, not averaged",
            _is_not(lambda q, k: -_with_norms(lambda x: x.square().mean(-1))(q, k)),
            Finding(
                "mean-of-squares",
                "took the mean of the squares, not their sum",
                "‖q‖² is the sum of its squared numbers.",
            ),
        ),
        Law(
            "each vector has a norm of its own",
            _is_not(lambda q, k: -_with_norms(lambda x: x.square().sum().expand(len(x)))(q, k)),
            Finding(
                "one-norm-for-all",
                "added up the squares of all vectors",
                "Each vector has a norm of its own: sum over the last axis.",
            ),
        ),
        Law("the product is −‖query − key‖²", _close(lambda q, k: -_distance(q, k))),
    ),
)
