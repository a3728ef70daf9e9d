"""Rule out unlikely tokens before one is drawn: top-k and top-p."""

import torch

from attncourse import generation
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.generation.shared import seeded


def _case(label, *shape, V, seed, dtype=torch.float64, **options):
    logits = 2 * torch.randn(*shape, V, generator=seeded(seed), dtype=torch.float64)
    return Case(label, logits.to(dtype), gradient=False, **options)


def _cases():
    peaked = torch.tensor([[9.0, 0.1, 0.5, -2.0], [0.3, -1.0, 8.0, 0.2]]).double()
    certain = torch.tensor([[0.5, 0.1, -0.3, 0.2], [1.0, 900.0, 3.0, -2.0]]).double()
    return [
        _case("top_k", V=5, seed=1, top_k=2),
        _case("top_k=1", 3, V=4, seed=2, top_k=1),
        _case("top_p", V=6, seed=3, top_p=0.7),
        Case("one token is enough", peaked, gradient=False, top_p=0.9),
        _case("nothing to rule out", 2, V=5, seed=4),
        _case("top_p", 4, V=9, seed=5, top_p=0.5),
        Case("top_p=1", certain, gradient=False, top_p=1.0),
        _case("top_k and top_p", 5, V=11, seed=7, top_k=4, top_p=0.8),
        _case("top_k and top_p", 6, V=8, seed=8, top_k=3, top_p=0.95),
        _case("two batch axes", 2, 3, V=71, seed=9, top_k=5, top_p=0.6),
        _case("top_k = vocabulary", 3, V=6, seed=10, top_k=6),
        _case("float32", 4, V=10, seed=11, dtype=torch.float32, top_p=0.75),
    ]


def _keeps_some(result, logits, **options):
    return bool(result.isfinite().any(-1).all())


def _keeps_as_it_was(result, logits, **options):
    stays = result.isfinite()
    return bool(torch.equal(result[stays], logits[stays]))


def _at_most_k(result, logits, top_k=None, top_p=None):
    return top_k is None or bool((result.isfinite().sum(-1) <= top_k).all())


def _enough(result, logits, top_k=None, top_p=None):
    kept = torch.where(result.isfinite(), logits.softmax(-1), 0).sum(-1)
    return top_k is not None or top_p is None or bool((kept >= top_p - 1e-6).all())


def _with(
    logits,
    *,
    top_k=None,
    top_p=None,
    k_more=0,
    tail="beyond",
    of="softmax",
    order="best first",
    back=True,
    fill=-torch.inf,
    joined="both",
    compare="sum",
    told="logits",
    rows="each",
):
    """The reference with a knob for each way of going wrong."""
    descending = order == "best first"
    ranked = logits.argsort(-1, descending=descending)
    places = ranked.argsort(-1)
    k = logits.shape[-1] if top_k is None else top_k + k_more
    out = places >= k
    if top_p is not None:
        shares = {
            "softmax": lambda: logits.softmax(-1),
            "what top_k left": lambda: logits.masked_fill(places >= k, -torch.inf).softmax(-1),
            "logits": lambda: logits,
        }[of]()
        sorted_shares = shares.gather(-1, ranked)
        upto = sorted_shares.cumsum(-1)
        late = {
            "beyond": lambda: upto - sorted_shares >= top_p,
            "reaching": lambda: upto > top_p,
            "equal too": lambda: upto - sorted_shares > top_p,
            "one more": lambda: upto - sorted_shares - sorted_shares.roll(1, -1) >= top_p,
        }[tail]()
        if compare == "own":
            beyond = shares < top_p
        elif compare == "rest":
            beyond = shares < 1 - top_p
        else:
            beyond = late.gather(-1, places) if back else late
        out = {"both": out | beyond, "k only": out, "p only": beyond}[joined]
    elif joined == "p only":
        out = torch.zeros_like(out)
    if rows == "first" and out.ndim > 1:
        out = out.reshape(-1, out.shape[-1])[0].expand(out.shape)
    kept = logits.masked_fill(out, fill)
    last = {"logits": kept, "probabilities": kept.softmax(-1), "mask": ~out}
    return (last | {"sorted": kept.gather(-1, ranked)})[told]


def _best_alone(logits, *, top_k=None, top_p=None):
    """The k best logits, without the others."""
    best = logits if top_k is None else logits.topk(top_k, -1).values
    return best if top_p is None else _with(best, top_p=top_p)


EXERCISE = Exercise(
    reference=generation.keep_likeliest,
    points=3,
    cases=_cases,
    hints=(
        "Order the tokens from the best to the worst. Which are the first top_k of them? And how "
        "much probability have those that stand before a token?",
        "For top_p: softmax, sort, `cumsum`. A token stays as long as what the *better* ones have "
        "together has not reached top_p; so the best always stays.",
        "`order = logits.argsort(-1, descending=True)` says which token stands at each place; "
        "`order.argsort(-1)` says at which place each token stands, which brings you back.",
        "`logits.masked_fill(ruled_out, -torch.inf)`, where a token is ruled out by either rule.",
    ),
    verified="top_k, top_p, both and none; the best token always stays, the others in the order of "
    "the vocabulary; logits that stay are as they came, all others −∞",
    sizes=lambda logits, **_: {"V": logits.shape[-1]},
    rewrite=_with,
    laws=(
        Law("something is left to draw", _keeps_some),
        Law("what stays is as it came", _keeps_as_it_was),
        Law("at most top_k tokens stay", _at_most_k),
        Law("those that stay have top_p together", _enough),
    ),
    mistakes=(
        Mistake(
            "dropped-crossing-token",
            "ruled out the token with which top_p is reached",
            "Those that stay have *at least* top_p together. Compare what the better ones have: "
            "the cumulative sum without the token itself.",
            tail="reaching",
        ),
        Mistake(
            "kept-one-past-top-p",
            "kept one token more than top_p needs",
            "Stop as soon as top_p is reached.",
            tail="one more",
        ),
        Mistake(
            "left-in-sorted-order",
            "left the verdict of top_p in the order of the sorted tokens",
            "After sorting, column j is the j-th best token, not token j. Bring it back.",
            back=False,
        ),
        Mistake(
            "sorted-ascending",
            "sorted from the worst to the best",
            "The best tokens stay: sort with descending=True.",
            order="worst first",
        ),
        Mistake(
            "summed-logits",
            "added up logits",
            "top_p speaks of probabilities: take the softmax first.",
            of="logits",
        ),
        Mistake(
            "own-probability",
            "compared each token's own probability with top_p",
            "top_p is what those that stay have together: sort and add up.",
            compare="own",
        ),
        Mistake(
            "own-probability-rest",
            "kept the tokens with a probability of at least 1 − top_p",
            "top_p is what those that stay have together: sort and add up.",
            compare="rest",
        ),
        Mistake(
            "normalised-after-top-k",
            "normalised again between top_k and top_p",
            "Here both rules see the probabilities of all tokens, as they came.",
            of="what top_k left",
        ),
        Mistake("ignored-top-k", "ignored top_k", "Where it is given, it counts.", joined="p only"),
        Mistake("ignored-top-p", "ignored top_p", "Where it is given, it counts.", joined="k only"),
        Mistake(
            "kept-one-token-too-many",
            "kept one token more than top_k",
            "Exactly top_k tokens stay.",
            k_more=1,
        ),
        Mistake(
            "set-ruled-out-logits-0",
            "set the ruled-out logits to 0",
            "exp(0) is 1, so these tokens are still drawn. Their logits must become −∞.",
            fill=0.0,
        ),
        Mistake(
            "returned-probabilities",
            "returned probabilities",
            "Asked for are logits: those that stay as they came, the others −∞.",
            told="probabilities",
            alone=True,
        ),
        Mistake(
            "returned-mask",
            "returned which tokens stay instead of the logits",
            "Asked for are logits: those that stay as they came, the others −∞.",
            told="mask",
            alone=True,
        ),
        Mistake(
            "first-row-decides",
            "let the first row decide for all",
            "Each row of the batch has its own likeliest tokens.",
            rows="first",
            alone=True,
        ),
        Mistake(
            "bound-itself",
            "kept a token although the better ones have exactly top_p",
            "A token stays while those before it have *less* than top_p.",
            tail="equal too",
        ),
        Mistake(
            "returned-sorted",
            "returned the logits in their sorted order",
            "Column v belongs to token v: bring them back to their places.",
            told="sorted",
            alone=True,
        ),
        Mistake(
            "best-alone",
            "returned the k best logits without the others",
            "The result has a column for every token; what is ruled out is −∞.",
            _best_alone,
        ),
    ),
)
