"""Attend to latents without making a key or a value."""

import torch
from einops import einsum

from attncourse import reach
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, normal


def latent_attention(query, latent, W_uk, W_uv):
    """(output, weights) of heads whose keys and values come from shared latents."""
    return reach.latent_attention(query, latent, W_uk, W_uv)


def without_keys(answer, query, latent, W_uk, W_uv):
    """Call an answer and stop it where it makes a key for each head and each token."""
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    most = min(W.shape[0] * latent.shape[-2] * W.shape[-1] for W in (W_uk, W_uv))

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
            made = operation(*args, **(kwargs or {}))
            sizes = [leaf.numel() for leaf in tree_leaves(made) if hasattr(leaf, "numel")]
            if max(sizes, default=0) >= most:
                raise MemoryError(f"{max(sizes)} numbers at once: keys or values of all tokens")
            return made

    with Watch():
        return answer(query, latent, W_uk, W_uv)


def _given(seed, *batch, H=2, M=2, N=5, d_k=4, d_v=3, d_c=6, dtype=DOUBLE, spread=1.0):
    return (
        normal(4 * seed, *batch, H, M, d_k, dtype=dtype, spread=spread),
        normal(4 * seed + 1, *batch, N, d_c, dtype=dtype),
        normal(4 * seed + 2, H, d_c, d_k, dtype=dtype, spread=0.5),
        normal(4 * seed + 3, H, d_c, d_v, dtype=dtype, spread=0.5),
    )


def _cases():
    long = _given(11, M=1, N=60, d_k=24, d_v=24, d_c=8)
    return [
        Case("one head, two tokens", *_given(1, H=1, M=1, N=2, d_k=2, d_v=1, d_c=1)),
        Case("two heads", *_given(2)),
        Case("a batch", *_given(3, 3)),
        Case("two batch axes", *_given(4, 2, 3)),
        Case("d_c = d_k = d_v", *_given(5, d_k=4, d_v=4, d_c=4)),
        Case("as many heads as tokens", *_given(6, H=4, M=4, N=4, d_k=4, d_v=4, d_c=4)),
        Case("d_c < d_k", *_given(7, d_k=8, d_v=5, d_c=3)),
        Case("batch = heads", *_given(8, 2, H=2, M=3)),
        Case("large scores", *_given(9, spread=20.0), rtol=1e-4),
        Case("float32", *_given(10, 2, dtype=torch.float32)),
        Case("60 tokens, keys watched", *long, use=without_keys),
    ]


def _with(
    query,
    latent,
    W_uk,
    W_uv,
    *,
    divide="√d_k",
    made="neither",
    heads="each",
    swap=False,
    over="keys",
    order="before",
):
    if heads == "first":
        W_uk, W_uv = (W[:1].expand_as(W) for W in (W_uk, W_uv))
    if swap:
        W_uk, W_uv = W_uv, W_uk
    c = latent.unsqueeze(-3)
    if made in ("both", "keys"):
        scores = query @ (c @ W_uk).mT
    elif heads == "not absorbed":
        scores = query @ c.mT
    elif heads == "turned":
        scores = query @ W_uk @ c.mT
    else:
        scores = query @ W_uk.mT @ c.mT
    d_k, d_c = query.shape[-1], latent.shape[-1]
    divisor = {"√d_k": d_k**0.5, "√d_c": d_c**0.5, "d_k": d_k, "not": 1, "d_c": d_c}[divide]
    weights = (scores / divisor).softmax({"keys": -1, "queries": -2, "heads": -3}[over])
    if made in ("both", "values"):
        output = weights @ (c @ W_uv)
    elif order == "never":
        output = weights @ c
    else:
        output = weights @ c @ W_uv
    return output, weights


def _values_of_another(query, latent, W_uk, W_uv):
    """Values are made with the matrix of the keys."""
    weights = _with(query, latent, W_uk, W_uv)[1]
    c = latent.unsqueeze(-3)
    return einsum(weights @ c, W_uk, "... H M c, H c d -> ... H M d"), weights


EXERCISE = Exercise(
    reference=latent_attention,
    points=3,
    cases=_cases,
    hints=(
        "Write it first with keys k = c W_uk and values v = c W_uv of every head. It gives the "
        "right numbers; the check then says what is too large.",
        "(q)(c W)ᵀ = (q Wᵀ) cᵀ: bring the query to the latents, `query @ W_uk.mT`.",
        "`latent.unsqueeze(-3)` stands beside every head. The weights first mix latents; "
        "`@ W_uv` comes last.",
        "The scale is still the key's: √d_k, though the products are over d_c numbers.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "made-keys",
            "made keys or values of all tokens",
            "The numbers are right, but every new token would make them all again. Bring the query "
            "to the latents, q W_ukᵀ; let the weights mix latents, and apply W_uv to the mixture.",
            {"made": "keys"},
            {"made": "values"},
            made="both",
        ),
        Mistake(
            "root-of-d_c",
            "divided by √d_c instead of √d_k",
            "The products are the same as between queries and keys of d_k numbers, so the scale is "
            "√d_k, however many numbers they are computed from.",
            divide="√d_c",
        ),
        Mistake("no-scale", "forgot to divide by √d_k", "Lesson 04: √d_k.", divide="not"),
        Mistake("d_k-scale", "divided by d_k instead of √d_k", "Lesson 04: √d_k.", divide="d_k"),
        Mistake(
            "not-absorbed",
            "asked the latents with the query as it is",
            "A query fits keys. To ask latents it is first multiplied by W_ukᵀ.",
            heads="not absorbed",
        ),
        Mistake(
            "not-transposed",
            "multiplied the query by W_uk instead of W_ukᵀ",
            "Where d_c = d_k both run. (q)(c W)ᵀ = q Wᵀ cᵀ.",
            heads="turned",
        ),
        Mistake(
            "first-head",
            "used the first head's matrices for all heads",
            "The latents are shared, W_uk and W_uv are not.",
            heads="first",
        ),
        Mistake(
            "exchanged",
            "exchanged W_uk and W_uv",
            "W_uk makes keys, W_uv values.",
            swap=True,
        ),
        Mistake(
            "values-by-W_uk",
            "made the output with W_uk",
            "W_uk makes keys, W_uv values.",
            _values_of_another,
        ),
        Mistake(
            "latents-returned",
            "returned mixed latents",
            "W_uv of each head turns the mixture into its output.",
            order="never",
        ),
        Mistake(
            "over-queries",
            "normalised over the queries, not the keys",
            "The keys are the last axis.",
            over="queries",
        ),
        Mistake(
            "over-heads",
            "normalised over the heads",
            "Each head normalises its own rows: the keys are the last axis.",
            over="heads",
        ),
    ),
    laws=(
        Law(
            "one map per head",
            lambda result, query, latent, W_uk, W_uv: (
                result[1].shape == (*query.shape[:-1], latent.shape[-2])
            ),
        ),
        Law(
            "each row of weights sums to 1",
            lambda result, query, latent, W_uk, W_uv: torch.allclose(
                result[1].sum(-1), torch.ones_like(result[1].sum(-1)), atol=1e-5
            ),
        ),
    ),
    sizes=lambda query, latent, W_uk, W_uv: {
        "H": W_uk.shape[0],
        "M": query.shape[-2],
        "N": latent.shape[-2],
        "d_k": W_uk.shape[-1],
        "d_v": W_uv.shape[-1],
        "d_c": latent.shape[-1],
    },
    returns=("output", "weights"),
    verified="output, weights and all gradients; d_c smaller, equal and larger than d_k, none to "
    "two batch axes; no key and no value is made",
)
