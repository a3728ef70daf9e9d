"""Store a value in place of what a memory says."""

import torch
import torch.nn.functional as F

from attncourse import modern
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, normal


def _given(seed, *batch, d_k=4, d_v=3, dtype=DOUBLE):
    return (
        normal(4 * seed, *batch, d_k, d_v, dtype=dtype),
        normal(4 * seed + 1, *batch, d_k, spread=2.0, dtype=dtype),
        normal(4 * seed + 2, *batch, d_v, dtype=dtype),
        normal(4 * seed + 3, *batch, dtype=dtype).sigmoid(),
    )


def _cases():
    by_hand = torch.tensor([[1.0], [2.0]], dtype=DOUBLE), torch.tensor([0.0, 2.0], dtype=DOUBLE)
    S, key, value, beta = _given(5)
    return [
        Case("a memory of 2 × 1", *by_hand, _tensor([6.0]), _tensor(0.5)),
        Case("plain", *_given(1)),
        Case("an empty memory", torch.zeros_like(S), key, value, beta),
        Case("all of it is corrected", S, key, value, torch.ones_like(beta)),
        Case("nothing is corrected", S, key, value, torch.zeros_like(beta)),
        Case("a key of norm 1", S, F.normalize(key, dim=-1), value, beta),
        Case("one batch axis", *_given(2, 3)),
        Case("two batch axes", *_given(3, 2, 3)),
        Case("d_v = d_k", *_given(4, d_k=4, d_v=4)),
        Case("batch, d_v = d_k", *_given(6, 4, d_k=4, d_v=4)),
        Case("float32", *_given(7, 2, dtype=torch.float32)),
    ]


def _tensor(numbers):
    return torch.tensor(numbers, dtype=DOUBLE)


_KEYS = {
    "norm 1": lambda key: F.normalize(key, dim=-1),
    "as it is": lambda key: key,
    "divided by the square": lambda key: key / key.square().sum(-1, keepdim=True),
    "sum 1": lambda key: key / key.sum(-1, keepdim=True),
    "softmax": lambda key: key.softmax(-1),
    "root mean square 1": lambda key: key * key.square().mean(-1, keepdim=True).rsqrt(),
}


def _with(S, key, value, beta, *, keys="norm 1", rule="correct", beta_on="both", sign=1):
    k, v = _KEYS[keys](key).unsqueeze(-2), value.unsqueeze(-2)  # 1 d_k, 1 d_v
    b = beta[..., None, None]
    of_new, of_old = {"both": (b, b), "new": (b, 1.0), "old": (1.0, b), "no": (1.0, 1.0)}[beta_on]
    new, old = k.mT @ v, k.mT @ (k @ S)
    if rule == "add":
        return S + of_new * new
    if rule == "fade":
        return (1 - b) * S + b * new
    if rule == "replace":
        return of_new * (new - old)
    return S + sign * (of_new * new - of_old * old)


def _mixed_value(S, key, value, beta):
    """Correct by the whole value, then mix old and new memory, doubly."""
    k = F.normalize(key, dim=-1).unsqueeze(-2)
    return S + (beta**2)[..., None, None] * k.mT @ (value.unsqueeze(-2) - k @ S)


def _erased_all(S, key, value, beta):
    """What the key finds is taken out entirely, and β of the value stored."""
    return _with(S, key, value, beta, beta_on="new")


EXERCISE = Exercise(
    reference=modern.delta_rule_step,
    points=2,
    cases=_cases,
    hints=(
        "First ask: what does the memory say for this key? One row vector, k S.",
        "What is wrong about it is v − k S. Store that, times β, under the key: an outer product.",
        "With batch axes: `key.unsqueeze(-2)` is a row of 1 × d_k, its `.mT` a column, and "
        "`beta[..., None, None]` multiplies whole matrices. `F.normalize(key, dim=-1)` comes "
        "first.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "added",
            "added the value instead of correcting",
            "That is linear attention: what was stored under the key before stays in the sum. "
            "Store v − k S.",
            rule="add",
        ),
        Mistake(
            "beta-on-value",
            "put β on the new value only",
            "Then all of the old is taken out, and a part of the new comes in. β multiplies the "
            "whole correction, v − k S.",
            beta_on="new",
        ),
        Mistake(
            "beta-on-old",
            "put β on the old value only",
            "β multiplies the whole correction, v − k S.",
            beta_on="old",
        ),
        Mistake("no-beta", "left β out", "Only β of what is wrong is corrected.", beta_on="no"),
        Mistake("beta-twice", "multiplied by β twice", "Once is enough.", _mixed_value),
        Mistake(
            "key-not-normalised",
            "did not normalise the key",
            "With a key of norm 2 the correction is four times too large for β = 1. Give the key "
            "norm 1 first.",
            keys="as it is",
        ),
        Mistake(
            "divided-by-square",
            "divided the key by its squared norm",
            "Divide by the norm: √ of the sum of squares.",
            keys="divided by the square",
        ),
        Mistake(
            "key-sum-1",
            "made the key's entries sum to 1",
            "Its norm is to be 1: the squares sum to 1.",
            keys="sum 1",
        ),
        Mistake("key-softmax", "took a softmax of the key", "Give it norm 1.", keys="softmax"),
        Mistake(
            "key-rms",
            "gave the key a root mean square of 1",
            "Its norm is to be 1, not √d_k: add the squares up, do not average them.",
            keys="root mean square 1",
        ),
        Mistake(
            "faded",
            "let the whole memory fade",
            "(1 − β) S forgets what stands under other keys, too. Only what this key finds is "
            "corrected.",
            rule="fade",
        ),
        Mistake(
            "replaced",
            "returned the correction without the memory",
            "It is added to S.",
            rule="replace",
        ),
        Mistake(
            "wrong-sign",
            "took the correction with the other sign",
            "What is wrong is v − k S; add β of it.",
            sign=-1,
        ),
    ),
    laws=(
        Law(
            "with β = 1 the key then finds the value",
            lambda result, S, key, value, beta: (
                not bool((beta == 1).all())
                or torch.allclose(
                    (F.normalize(key, dim=-1).unsqueeze(-2) @ result).squeeze(-2),
                    value,
                    rtol=1e-3,
                    atol=1e-4,
                )
            ),
        ),
        Law(
            "with β = 0 nothing changes",
            lambda result, S, key, value, beta: bool((beta != 0).any()) or torch.equal(result, S),
        ),
    ),
    sizes=lambda S, key, value, beta: {"d_k": S.shape[-2], "d_v": S.shape[-1]},
    verified="empty and full memories, β from 0 to 1, keys of any norm, none to two batch axes, "
    "float32 and float64; all gradients",
)
