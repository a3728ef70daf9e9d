"""The same attention, or nearly the same, without the whole map of weights.

M × N weights are the one thing in attention that grows with the square of the length. So nothing
here holds them: a softmax that sees its scores block by block (exact), a window (fewer weights),
and features or a shorter memory that take the softmax's place (another function, near it or not).
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from attncourse.attention import scaled_dot_product_attention
from attncourse.scoring import scaled_dot_score

Features = Callable[[Float[Tensor, "*batch T d_k"]], Float[Tensor, "*batch T d_f"]]


def online_softmax_attention(
    query: Float[Tensor, "*batch M d_k"],
    key: Float[Tensor, "*batch N d_k"],
    value: Float[Tensor, "*batch N d_v"],
    block: int,
) -> tuple[Float[Tensor, "*batch M d_v"], Float[Tensor, "*batch M"]]:
    """Attend exactly, with no more than block × block weights at a time.

    O = softmax(Q Kᵀ / √d_k) V,  log_sums_i = ln Σ_j exp(a_ij)

    Args:
        block: how many queries and how many keys are compared at once.

    Returns: (output, log_sums); any weight can be had again as exp(a_ij − log_sums_i).
    Raises: ValueError if the block is empty.
    Source: Milakov and Gimelshein 2018, algorithm 3; Rabe and Staats 2021; Dao et al. 2022
        ("FlashAttention"), algorithm 1. Derived in: lesson 15.
    """
    if block < 1:
        raise ValueError(f"block must be at least 1; got {block}")
    rows = [_fold(tile, key, value, block) for tile in query.split(block, dim=-2)]
    output, log_sums = (torch.cat(parts, dim=-2) for parts in zip(*rows, strict=True))
    return output, log_sums.squeeze(-1)


def _fold(query: Tensor, key: Tensor, value: Tensor, block: int) -> tuple[Tensor, Tensor]:
    """Read keys and values block by block; what was summed under a smaller maximum shrinks."""
    top = query.new_full((*query.shape[:-1], 1), -torch.inf)  # largest score so far
    total = torch.zeros_like(top)  # Σ exp(a − top)
    output = query.new_zeros(*query.shape[:-1], value.shape[-1])  # Σ exp(a − top) v
    for keys, values in zip(key.split(block, -2), value.split(block, -2), strict=True):
        scores = scaled_dot_score(query, keys)
        higher = torch.maximum(top, scores.amax(-1, keepdim=True))
        shrink, parts = (top - higher).exp(), (scores - higher).exp()
        total = shrink * total + parts.sum(-1, keepdim=True)
        output = shrink * output + parts @ values
        top = higher
    return output / total, top + total.log()


def online_softmax_gradients(
    query: Float[Tensor, "*batch M d_k"],
    key: Float[Tensor, "*batch N d_k"],
    value: Float[Tensor, "*batch N d_v"],
    result: tuple[Float[Tensor, "*batch M d_v"], Float[Tensor, "*batch M"]],
    above: Float[Tensor, "*batch M d_v"],
    block: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """Go back through `online_softmax_attention` without having kept a single weight.

    ∂a_ij = α_ij (above_i · v_j − above_i · o_i),  α_ij = exp(a_ij − log_sums_i), computed anew

    Args: result, what that function returned; above, the gradient by its output.
    Returns: the gradients by query, key and value.
    Source: Dao et al. 2022, section 3.1 and algorithm 4. Derived in: lesson 15.
    """
    output, log_sums = result
    common = (above * output).sum(-1, keepdim=True)
    scale, by_query, by_key, by_value = query.shape[-1] ** -0.5, 0, [], []
    for keys, values in zip(key.split(block, -2), value.split(block, -2), strict=True):
        weights = (scaled_dot_score(query, keys) - log_sums.unsqueeze(-1)).exp()
        by_scores = weights * (above @ values.mT - common) * scale
        by_query = by_query + by_scores @ keys
        by_key.append(by_scores.mT @ query)
        by_value.append(weights.mT @ above)
    return by_query, torch.cat(by_key, dim=-2), torch.cat(by_value, dim=-2)


def sliding_window_mask(
    T: int, window: int, *, device: torch.device | str | None = None
) -> Bool[Tensor, "{T} {T}"]:
    """Let each position attend to itself and to the window − 1 positions before it.

    m_ij = (i − window < j ≤ i)

    Args:
        window: how many positions each attends to, itself included.

    Raises: ValueError if the window holds nothing.
    Source: Child et al. 2019; Beltagy, Peters, Cohan 2020, section 3.1. Derived in: lesson 15.
    """
    if T < 0 or window < 1:
        raise ValueError(f"T must be at least 0 and window at least 1; got {T} and {window}")
    everything = torch.ones(T, T, dtype=torch.bool, device=device)
    return everything.tril() & everything.triu(1 - window)


def pooled_attention(
    query: Float[Tensor, "*batch M d_k"],
    key: Float[Tensor, "*batch N d_k"],
    value: Float[Tensor, "*batch N d_v"],
    summary: Float[Tensor, "r N"],
) -> tuple[Float[Tensor, "*batch M d_v"], Float[Tensor, "*batch M r"]]:
    """Attend to r mixtures of the keys instead of to N keys.

    O = softmax(Q (E K)ᵀ / √d_k) E V

    Args:
        summary: E, one row per mixture; learned for one N in the paper, means of neighbours here.

    Returns: (output, weights on the mixtures). Each mixture holds later keys, too: no causal mask.
    Source: Wang et al. 2020 ("Linformer"), equation 7. Derived in: lesson 15.
    """
    return scaled_dot_product_attention(query, summary @ key, summary @ value)


def elu_features(x: Float[Tensor, "*batch T d_k"]) -> Float[Tensor, "*batch T d_k"]:
    """Make every entry positive: φ(x) = elu(x) + 1 (Katharopoulos et al. 2020, equation 7)."""
    return F.elu(x) + 1


def random_features(
    d_k: int, n_features: int, generator: torch.Generator | None = None
) -> Features:
    """Draw features whose products are, on average, the softmax's exp(q · k / √d_k).

    φ(x)_r = exp(w_r · x − ‖x‖²/2),  x over ⁴√d_k,  w_r normal, orthogonal in groups of d_k

    Args: n_features, R; the error falls as 1/√R, and grows exponentially with ‖q‖² and ‖k‖².
    Returns: φ, up to a factor common to all rows, which keeps exp in range and cancels.
    Source: Choromanski et al. 2021 ("Performer"), lemma 1 and section 2.4. Derived in: lesson 15.
    """
    groups = -(-n_features // d_k)
    axes = torch.linalg.qr(torch.randn(groups, d_k, d_k, generator=generator)).Q
    lengths = torch.randn(groups, d_k, d_k, generator=generator).norm(dim=-1, keepdim=True)
    directions = (axes * lengths).reshape(-1, d_k)[:n_features]  # R d_k

    def features(x: Float[Tensor, "*batch T d_k"]) -> Float[Tensor, "*batch T R"]:
        x = x / d_k**0.25
        exponents = x @ directions.to(x).mT - x.square().sum(-1, keepdim=True) / 2
        return (exponents - exponents.amax((-2, -1), keepdim=True)).exp()

    return features


def kernel_attention(
    query: Float[Tensor, "*batch M d_k"],
    key: Float[Tensor, "*batch N d_k"],
    value: Float[Tensor, "*batch N d_v"],
    features: Features = elu_features,
) -> Float[Tensor, "*batch M d_v"]:
    """Let products of features take the place of exp: keys and values are summed up once for all.

    o_i = φ(q_i) Σ_j φ(k_j)ᵀ v_j / φ(q_i) · Σ_j φ(k_j)

    Args: features, φ: positive, so that the weights that nobody computes are.
    Returns: the output; there are no weights to return.
    Source: Katharopoulos et al. 2020, equation 5. Derived in: lesson 15.
    """
    asked, found = features(query), features(key)  # M d_f, N d_f
    return (asked @ (found.mT @ value)) / (asked @ found.sum(-2).unsqueeze(-1))


def linear_attention(
    query: Float[Tensor, "*batch T d_k"],
    key: Float[Tensor, "*batch T d_k"],
    value: Float[Tensor, "*batch T d_v"],
    features: Features = elu_features,
) -> Float[Tensor, "*batch T d_v"]:
    """`kernel_attention` that attends backwards only: the sums grow by one position at a time.

    S_t = S_{t−1} + φ(k_t)ᵀ v_t,  z_t = z_{t−1} + φ(k_t),  o_t = φ(q_t) S_t / φ(q_t) · z_t

    Returns: the output. All that a next step needs is S (d_f × d_v) and z, whatever T is.
    Source: Katharopoulos et al. 2020, section 3.3. Derived in: lesson 15.
    """
    asked, found = features(query), features(key)  # T d_f
    S = (found.unsqueeze(-1) * value.unsqueeze(-2)).cumsum(-3)  # T d_f d_v
    z = found.cumsum(-2)  # T d_f
    output = (asked.unsqueeze(-2) @ S).squeeze(-2)
    return output / (asked * z).sum(-1, keepdim=True)
