"""Derive it: the gradient of the loss by the logits."""

import torch
import torch.nn.functional as F

from attncourse import generation
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.generation.shared import seeded


def _case(label, *shape, V, seed, dtype=torch.float64, spread=1.5):
    logits = torch.randn(*shape, V, generator=seeded(seed), dtype=torch.float64)
    tokens = torch.randint(V, shape, generator=seeded(seed + 50))
    return Case(label, spread * logits.to(dtype), tokens, gradient=False)


def _cases():
    return [
        _case("plain", 1, 3, V=2, seed=1),
        _case("two tokens", 2, 2, V=4, seed=2),
        _case("large logits", 3, 5, V=7, seed=3, spread=900),
        _case("no batch axis", 6, V=3, seed=4),
        _case("two batch axes", 2, 3, 4, V=5, seed=5),
        _case("float32", 2, 6, V=5, seed=6, dtype=torch.float32),
    ]


def _with(
    logits, tokens, *, shift="next", n="predictions", sign=1, came="token", last="zero", of="V"
):
    share = {
        "V": lambda: logits.softmax(-1),
        "T": lambda: logits.softmax(-2),
        "cut T": lambda: F.pad(logits[..., :-1, :].softmax(-2), (0, 0, 0, 1)),
        "exp": lambda: logits.exp() / logits.exp().sum(-1, keepdim=True),
    }[of]()
    wanted = {
        "next": tokens.roll(-1, -1),
        "none": tokens,
        "previous": tokens.roll(1, -1),
    }[shift]
    hit = F.one_hot(wanted, logits.shape[-1]).to(logits)
    found = {
        "token": lambda: share - hit,
        "nothing": lambda: share,
        "product": lambda: (share - 1) * hit,
        "jacobian": lambda: share * (share - hit),
        "by the probability": lambda: -hit / share,
    }[came]()
    found = (
        sign
        * found
        / {"predictions": tokens[..., 1:].numel(), "tokens": tokens.numel()}.get(
            n, 1 if n == "none" else tokens.shape[-1] - 1
        )
    )
    if last == "zero":
        found[..., -1, :] = 0
    if last == "first":
        found[..., 0, :] = 0
    if last == "softmax":
        found[..., -1, :] = share[..., -1, :] / tokens[..., 1:].numel()
    return found[..., :-1, :] if last == "cut" else found


EXERCISE = Exercise(
    reference=generation.next_token_gradient,
    points=3,
    cases=_cases,
    hints=(
        "Take one row: the loss is −logit[token] + ln Σ exp(logit). What is the derivative of each "
        "term by logit v?",
        "The second term gives softmax(logits)[v]. The first gives −1 at the token that came, and "
        "0 elsewhere.",
        "The loss is a mean over (T − 1) · B predictions, and the last row is asked for nothing.",
    ),
    verified="softmax less what came, divided by the number of predictions; nothing in the last "
    "row; any number of batch axes",
    rewrite=_with,
    laws=(
        Law(
            "each row of the gradient sums to 0",
            lambda result, logits, tokens: bool((result.sum(-1).abs() < 1e-4).all()),
        ),
        Law(
            "the last row is asked for nothing",
            lambda result, logits, tokens: not result[..., -1, :].any(),
        ),
    ),
    mistakes=(
        Mistake(
            "forgot-shift",
            "took the token just read for the one that came",
            "Row t is asked for token t + 1.",
            {"shift": "none"},
            {"shift": "none", "n": "tokens", "last": "kept"},
        ),
        Mistake(
            "shifted-wrong-way",
            "shifted the wrong way",
            "Row t is asked for token t + 1, not t − 1.",
            {"shift": "previous"},
            {"shift": "previous", "last": "first"},
        ),
        Mistake(
            "forgot-mean",
            "forgot that the loss is a mean",
            "Divide by the number of predictions.",
            n="none",
        ),
        Mistake(
            "divided-t",
            "divided by the number of tokens",
            "Nobody predicts the first token of a text: there are T − 1 predictions in each.",
            n="tokens",
        ),
        Mistake(
            "forgot-batch",
            "divided by T − 1 alone",
            "The mean runs over the batch, too.",
            n="row",
        ),
        Mistake(
            "wrong-sign",
            "turned the sign",
            "A step *against* the gradient must raise the logit of the token that came.",
            sign=-1,
        ),
        Mistake(
            "forgot-what-came",
            "forgot the token that came",
            "Without it the gradient would always push every logit down.",
            came="nothing",
        ),
        Mistake(
            "only-what-came",
            "moved only the token that came",
            "The sum in the softmax contains every logit, so every logit has a derivative.",
            came="product",
        ),
        Mistake(
            "multiplied-by-softmax",
            "multiplied by the softmax once more",
            "That is the gradient of −p. The logarithm cancels one factor.",
            came="jacobian",
        ),
        Mistake(
            "asked-last-row",
            "gave the last row a gradient",
            "Nothing comes after it, so no loss depends on it.",
            last="asked",
        ),
        Mistake(
            "softmax-over-tokens",
            "took the softmax over the tokens",
            "Probabilities sum to 1 over the vocabulary, the last axis.",
            {"of": "T"},
            {"of": "cut T"},
        ),
        Mistake(
            "overflow",
            "took exponentials of large logits",
            "exp(1000) is infinite. `softmax` subtracts the largest logit first.",
            of="exp",
            alone=True,
        ),
        Mistake(
            "softmax-in-last-row",
            "left the softmax in the last row",
            "No loss depends on that row: the whole of it is 0.",
            last="softmax",
        ),
        Mistake(
            "by-the-probability",
            "stopped at the derivative by the probability, −1/p",
            "Asked for is the one by the logit: the softmax's derivative comes in between.",
            came="by the probability",
        ),
        Mistake(
            "cut-last-row",
            "cut the last row off",
            "It has a gradient too: zeros, so that the result is shaped like the logits.",
            last="cut",
        ),
    ),
)
