"""Ask each position for the token after it."""

import torch

from attncourse import generation
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.generation.shared import seeded


def _loss_case(label, *shape, V, scale=1.0, dtype=torch.float64, **options):
    generator = seeded(sum(shape) + V)
    logits = scale * torch.randn(*shape, V, generator=generator, dtype=torch.float64)
    tokens = torch.randint(V, shape, generator=generator)
    return Case(label, logits.to(dtype), tokens, **options)


def _cases():
    steep = torch.tensor([[[900.0, -900, 3], [2, 1, -1], [-700, 700, 5]]]).double()
    strided = torch.randn(2, 7, 5, generator=seeded(5), dtype=torch.float64).transpose(1, 2)
    return [
        _loss_case("plain", 1, 3, V=2),
        _loss_case("two tokens", 3, 2, V=5),
        _loss_case("plain", 2, 5, V=7),
        _loss_case("no batch axis", 6, V=3),
        _loss_case("two batch axes", 2, 3, 5, V=7),
        _loss_case("large logits", 3, 7, V=5, scale=5.0),
        Case("very large logits", steep, torch.tensor([[0, 1, 0]]), rtol=1e-4),
        _loss_case("two words in the vocabulary", 3, 71, V=2),
        _loss_case("float32", 2, 6, V=5, dtype=torch.float32),
        Case("not contiguous", strided, torch.tensor([[0, 6, 2, 3, 1], [4, 5, 0, 0, 3]])),
    ]


def _with(
    logits, tokens, *, shift="next", reduce="mean", of="log softmax", over="V", sign=-1, batch="any"
):
    if batch == "one":
        _, _, _ = logits.shape
    axis = {"V": -1, "T": -2}[over]
    scored = {
        "log softmax": lambda: logits.log_softmax(axis),
        "softmax then log": lambda: logits.softmax(axis).log(),
        "softmax": lambda: logits.softmax(axis),
        "nothing": lambda: logits,
        "softmax twice": lambda: logits.softmax(axis).log_softmax(axis),
        "bits": lambda: logits.log_softmax(axis) / torch.log(torch.tensor(2.0)),
    }[of]()
    rows, asked = {
        "next": (scored[..., :-1, :], tokens[..., 1:]),
        "none": (scored, tokens),
        "previous": (scored[..., 1:, :], tokens[..., :-1]),
        "ring": (scored, tokens.roll(-1, -1)),
        "two": (scored[..., :-2, :], tokens[..., 2:]),
        "cut the end": (scored[..., :-1, :], tokens[..., :-1]),
        "cut the start": (scored[..., 1:, :], tokens[..., 1:]),
    }[shift]
    found = sign * rows.gather(-1, asked[..., None])[..., 0]
    return {
        "mean": lambda: found.mean(),
        "sum": lambda: found.sum(),
        "sum over time": lambda: found.sum(-1).mean(),
        "mean over T": lambda: found.sum() / tokens.numel(),
        "sum over batch": lambda: found.sum() / found.shape[-1],
        "without token 0": lambda: found[asked != 0].mean(),
        "per token": lambda: found,
        "per sequence": lambda: found.mean(-1),
        "perplexity": lambda: found.mean().exp(),
        "last": lambda: found[..., -1].mean(),
    }[reduce]()


def _over_cut_time(logits, tokens):
    return -logits[..., :-1, :].log_softmax(-2).gather(-1, tokens[..., 1:, None]).mean()


def _one_long_text(logits, tokens):
    return torch.nn.functional.cross_entropy(logits.flatten(0, -2)[:-1], tokens.flatten()[1:])


EXERCISE = Exercise(
    reference=generation.next_token_loss,
    points=2,
    cases=_cases,
    hints=(
        "Row t of the logits has seen tokens 0 … t. Which token is it asked for? Which row is "
        "asked for nothing, and which token does nobody predict?",
        "Cut the last row off the logits and the first token off the tokens; what is left stands "
        "side by side.",
        "`F.cross_entropy` wants one row of scores per token: flatten all axes before V into one. "
        "It takes logits, not probabilities.",
    ),
    verified="each row is asked for the token after it, averaged over everything that is "
    "predicted; any number of batch axes, logits up to ±900, float32 and float64; gradient",
    sizes=lambda logits, tokens: {"T": tokens.shape[-1], "V": logits.shape[-1]},
    rewrite=_with,
    laws=(
        Law("a loss is not negative", lambda result, logits, tokens: bool(result >= 0)),
        Law("a loss is one number", lambda result, logits, tokens: result.ndim == 0),
    ),
    mistakes=(
        Mistake(
            "forgot-shift",
            "forgot to shift: each row is asked for the token it has just read",
            "Row t has seen token t, so that is no prediction. Ask it for token t + 1.",
            shift="none",
        ),
        Mistake(
            "shifted-wrong-way",
            "shifted the wrong way",
            "You ask each row for the token before it. Drop the last row and the first token.",
            shift="previous",
        ),
        Mistake(
            "asked-last-row-first-token",
            "asked the last row for the first token",
            "`roll` makes a ring of the text. The last row is asked for nothing: cut it off.",
            shift="ring",
        ),
        Mistake(
            "shifted-two",
            "shifted by two",
            "Each row is asked for the very next token.",
            shift="two",
        ),
        Mistake(
            "cut-end-off-both",
            "cut the end off both",
            "The rows lose their last, the tokens lose their first.",
            shift="cut the end",
        ),
        Mistake(
            "cut-start-off-both",
            "cut the start off both",
            "The rows lose their last, the tokens lose their first.",
            shift="cut the start",
        ),
        Mistake(
            "took-sum",
            "took the sum instead of the mean",
            "A loss per token can be compared between texts of any length: average.",
            reduce="sum",
        ),
        Mistake(
            "summed-over-time-averaged-over",
            "summed over time and averaged over the batch",
            "Average over both: every predicted token counts the same.",
            reduce="sum over time",
        ),
        Mistake(
            "divided-t",
            "divided by T instead of T − 1",
            "T tokens hold T − 1 predictions: nobody predicts the first.",
            reduce="mean over T",
        ),
        Mistake(
            "returned-one-loss-per-token",
            "returned one loss per token",
            "Average them: training needs one number.",
            reduce="per token",
        ),
        Mistake(
            "returned-one-loss-per-sequence",
            "returned one loss per sequence",
            "Average over the batch too: training needs one number.",
            reduce="per sequence",
        ),
        Mistake(
            "looked-last-prediction-only",
            "looked at the last prediction only",
            "Every position predicts, all at once; average over all of them.",
            reduce="last",
        ),
        Mistake(
            "returned-perplexity",
            "returned the perplexity",
            "That is exp of the loss. Asked for is the loss itself, in nats.",
            reduce="perplexity",
        ),
        Mistake(
            "measured-bits",
            "measured in bits",
            "The natural logarithm gives nats; divide by ln 2 only when you report.",
            of="bits",
        ),
        Mistake(
            "forgot-logarithm",
            "forgot the logarithm",
            "The loss is −ln p, not −p: a surprise grows without end as p goes to 0.",
            of="softmax",
        ),
        Mistake(
            "forgot-softmax",
            "forgot the softmax",
            "Logits are no probabilities yet: log_softmax over the vocabulary comes first.",
            of="nothing",
        ),
        Mistake(
            "applied-softmax-before-f-cross",
            "applied a softmax before `F.cross_entropy`",
            "It contains the softmax already: give it the logits.",
            of="softmax twice",
        ),
        Mistake(
            "took-logarithm-softmax",
            "took the logarithm of a softmax",
            "For large logits a probability becomes exactly 0, and its logarithm −∞. Take "
            "log_softmax, or F.cross_entropy, in one step.",
            of="softmax then log",
        ),
        Mistake(
            "took-softmax-over-tokens",
            "took the softmax over the tokens",
            "Softmax normalises over the vocabulary, the last axis.",
            over="T",
        ),
        Mistake(
            "forgot-minus-sign",
            "forgot the minus sign",
            "ln p is negative; the loss is −ln p.",
            sign=1,
        ),
        Mistake(
            "counted-exactly-one-batch-axis",
            "counted on exactly one batch axis",
            "There may be no batch axis, or several. Count axes from the right.",
            batch="one",
        ),
        Mistake(
            "summed-over-batch",
            "summed over the batch",
            "Average over everything that is predicted, the sequences of the batch too.",
            reduce="sum over batch",
        ),
        Mistake(
            "softmax-over-tokens-cut",
            "took the softmax over the tokens",
            "Probabilities sum to 1 over the vocabulary, the last axis.",
            _over_cut_time,
        ),
        Mistake(
            "without-token-0",
            "left token 0 out",
            "Here nothing is padding: token 0 is a token like any.",
            reduce="without token 0",
        ),
        Mistake(
            "one-long-text",
            "let the sequences run into each other",
            "The last row of one is then asked for the first token of the next. Cut first, flatten "
            "afterwards.",
            _one_long_text,
        ),
    ),
)
